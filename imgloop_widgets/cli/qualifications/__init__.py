"""`imgloop qualifications`: see `commands`."""

from imgloop_widgets.cli.qualifications.commands import COMMANDS, EXAMPLE, qualifications

__all__ = ["COMMANDS", "EXAMPLE", "qualifications"]
