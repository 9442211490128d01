"""`imgloop targets`: the commands for the images that workers are to come close to.

To add one: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.targets import add, calibrate, make

EXAMPLE = "imgloop targets add fox.png …"
COMMANDS: tuple[ModuleType, ...] = (add, make, calibrate)


def targets(context: typer.Context) -> None:
    """Add, make and calibrate a study's targets.

    The commands change targets.toml and prompts.toml and leave all else in them as it is; imgloop check looks at a
    whole study.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
