"""`imgloop qualifications`: the commands for what workers have and who may enter.

To add one: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.qualifications import grant, import_, list_, revoke

EXAMPLE = "imgloop qualifications list"
COMMANDS: tuple[ModuleType, ...] = (list_, grant, revoke, import_)


def qualifications(context: typer.Context) -> None:
    """See, give and take workers' qualifications.

    They mean the same in all studies of a results folder; a study asks for them with [[require]]. Reserved names:
    blocked (enters no study), blocked.STUDY (not this one), strikes.STUDY (failed attention checks).
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
