"""`imgloop`: the commands, and the one place where an error becomes a message.

    exit 0      done
    exit 1      a problem, explained on stderr: what, where, what to do
    exit 130    interrupted by Ctrl+C (`serve` ends with 0: that is how it is stopped)

No traceback is shown unless `--debug` is given. Modules that take long to load (Voilà, pandas,
matplotlib) are imported by the command that needs them, when it runs.

To add a command: its module here with a function of its name and an `EXAMPLE`, and a line in `COMMANDS`. A module with
`COMMANDS` of its own is a group: its function runs before each of them, and alone where none is named. A command that
is named like a word of Python's (import) has a _ at the end of both; another _ becomes a -.
"""

import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated

import typer

from imgloop_widgets.cli import (
    backup,
    check,
    doctor,
    export,
    forget,
    forms,
    freeze,
    generate_server,
    import_,
    keys,
    links,
    monitor,
    owed,
    pack,
    panel,
    pause,
    pay,
    qualifications,
    replay,
    report,
    restore,
    resume,
    review,
    revoke,
    score,
    serve,
    simulate,
    status,
    targets,
    units,
    unpack,
)
from imgloop_widgets.cli.arguments import named, opened
from imgloop_widgets.cli.faults import explain

COMMANDS: tuple[ModuleType, ...] = (
    serve, check, links, revoke, monitor, review, status, pause, resume, units, owed, pay, report, score, replay,
    export, import_, freeze, forget, pack, unpack, backup, restore, simulate, generate_server, doctor, keys, panel,
    qualifications, targets, forms,
)  # fmt: skip

app = typer.Typer(
    name="imgloop",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog="Example: imgloop serve notebooks/look_alike",
)


@app.callback(invoke_without_command=True)
def imgloop(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Studies in which people steer an image generator with words.

    Every STUDY is a study file or its folder; left out, it is the current folder
    where that has a study.toml, else notebooks/look_alike.
    """
    if version:
        typer.echo(f"imgloop {_installed()}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _add(to: typer.Typer, module: ModuleType) -> None:
    name, epilog = module.__name__.rpartition(".")[2], f"Example: {module.EXAMPLE}"
    if not hasattr(module, "COMMANDS"):
        to.command(name.rstrip("_").replace("_", "-"), epilog=epilog)(getattr(module, name))
        return
    group = typer.Typer(rich_markup_mode=None)
    group.callback(invoke_without_command=True, epilog=epilog)(getattr(module, name))
    for command in module.COMMANDS:
        _add(group, command)
    to.add_typer(group, name=name)


for _module in COMMANDS:
    _add(app, _module)


def _installed() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("imgloop_widgets")
    except PackageNotFoundError:  # run from a folder of sources
        return "of unknown version; install it with pip install -e ."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit. arguments: None: the process's own."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given  # wherever it stands
    opened.set(None)
    named.set(None)
    try:
        code = app(args=[a for a in given if a != "--debug"], standalone_mode=False, prog_name="imgloop")
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:
        if debug:
            raise
        typer.echo(explain(error), err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
