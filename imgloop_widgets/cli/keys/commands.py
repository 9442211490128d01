"""`imgloop keys`: the commands for the keys that sign links.

To add one: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.keys import add, list_, retire

EXAMPLE = "imgloop keys add"
COMMANDS: tuple[ModuleType, ...] = (list_, add, retire)


def keys(context: typer.Context) -> None:
    """List, add and retire the keys that sign links.

    The newest key signs, and all of them are accepted. To change keys, add one, let the links of the old one run out
    or send new ones, then retire the old one.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
