"""`imgloop targets`: see `commands`."""

from imgloop_widgets.cli.targets.commands import COMMANDS, EXAMPLE, targets

__all__ = ["COMMANDS", "EXAMPLE", "targets"]
