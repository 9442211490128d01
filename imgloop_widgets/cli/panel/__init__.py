"""`imgloop panel`: see `commands`."""

from imgloop_widgets.cli.panel.commands import COMMANDS, EXAMPLE, panel

__all__ = ["COMMANDS", "EXAMPLE", "panel"]
