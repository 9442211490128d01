"""`imgloop forms`: see `commands`."""

from imgloop_widgets.cli.forms.commands import COMMANDS, EXAMPLE, forms

__all__ = ["COMMANDS", "EXAMPLE", "forms"]
