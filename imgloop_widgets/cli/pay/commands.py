"""`imgloop pay`: the commands by which workers are paid.

To add one: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.pay import files, list_, reconcile, undo

EXAMPLE = "imgloop pay files"
COMMANDS: tuple[ModuleType, ...] = (files, reconcile, list_, undo)


def pay(context: typer.Context) -> None:
    """Pay workers through their panel."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
