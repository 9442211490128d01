"""What the commands for units have in common."""

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import open_study_file, require_results, short
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.watching.steering import OfUnit

Code = Annotated[str, typer.Argument(metavar="CODE", help="Of the unit, as `imgloop units list` shows it.")]
Who = Annotated[
    str | None, typer.Option("--who", metavar="NAME", help="Who does it; left out, your name on this machine.")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="For whoever looks later.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def name_of(who: str | None) -> str:
    """Return who it is that does something."""
    if who:
        return who
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "somebody at the terminal"


def steer(
    what: "OfUnit",
    code: str,
    study: Path,
    results: Path | None,
    database: str | None,
    *,
    who: str | None,
    why: str,
    more: timedelta | None = None,
    ask: str = "",
) -> str:
    """Do something to a unit and return what it is called: its code and worker. ask: what is to be confirmed first.

    Raises:
        Refused: it can't be done; nothing was changed.
        ImgloopError: there are no results.
    """
    from imgloop_widgets.opening import load_files
    from imgloop_widgets.store import has_results, open_results
    from imgloop_widgets.watching import code_of, steer_unit, unit_of

    file = open_study_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        raise ImgloopError(f"there are no results in {short(file.results)}, so there is no unit {code!r}")
    plan = load_files(file.path).plan
    with open_results(file.results) as store:
        session_id = unit_of(store, file.name, code)
        worker_id = next(one.worker_id for one in store.sessions(file.name) if one.session_id == session_id)
        name = f"{code_of(session_id)} of {worker_id}"
        if ask:
            typer.confirm(ask.format(name), abort=True)
        now = datetime.now(UTC)
        steer_unit(store, plan, session_id, what, who=name_of(who), why=why, now=now, more=more)
    return name
