"""`imgloop units`: see `commands`."""

from imgloop_widgets.cli.units.commands import COMMANDS, EXAMPLE, units

__all__ = ["COMMANDS", "EXAMPLE", "units"]
