"""`imgloop forms`: the commands for a form's files.

    separate_token_values_config.json ──permute──► token_sets_values_config.json ┐
                                                   unit_config.json              ┴──extrapolate──► task_data.json

`verify` reads any of them, `preview` shows the form. To add one: its module here with a function of its name and an
`EXAMPLE`, and a line in `COMMANDS`.
"""

from types import ModuleType

import typer

from imgloop_widgets.cli.forms import extrapolate, permute, preview, verify

EXAMPLE = "imgloop forms preview notebooks/look_alike/form"
COMMANDS: tuple[ModuleType, ...] = (verify, preview, permute, extrapolate)


def forms(context: typer.Context) -> None:
    """Check a form's files, show them, multiply them.

    A form's folder has FormComposer's files, or a form.toml or form.json; imgloop check looks at a whole study.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
