"""`imgloop pay`: see `commands`."""

from imgloop_widgets.cli.pay.commands import COMMANDS, EXAMPLE, pay

__all__ = ["COMMANDS", "EXAMPLE", "pay"]
