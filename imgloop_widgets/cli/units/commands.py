"""`imgloop units`: the commands for single units of a study that goes on.

To add one: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.units import close, extend, list_, return_

EXAMPLE = "imgloop units list notebooks/look_alike"
COMMANDS: tuple[ModuleType, ...] = (list_, extend, close, return_)


def units(context: typer.Context) -> None:
    """See and steer single units.

    Each has a code, which its worker reads at the end too. What is done is kept with who did it and why, and a page
    that is open follows within seconds.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
