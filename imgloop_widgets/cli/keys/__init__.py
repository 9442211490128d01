"""`imgloop keys`: see `commands`."""

from imgloop_widgets.cli.keys.commands import COMMANDS, EXAMPLE, keys

__all__ = ["COMMANDS", "EXAMPLE", "keys"]
