"""The command `imgloop`. `main` is its entry."""

from imgloop_widgets.cli.app import main

__all__ = ["main"]
