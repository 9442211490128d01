"""`imgloop panel`: the commands for a study on a recruitment panel.

To add one: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.panel import arrivals, codes

EXAMPLE = "imgloop panel codes"
COMMANDS: tuple[ModuleType, ...] = (codes, arrivals)


def panel(context: typer.Context) -> None:
    """Show what a panel is told, and whom it has sent."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
