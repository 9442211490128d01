"""`imgloop status`: who is there, what came in, what went wrong. Reads the store and changes nothing."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli import of_ratings
from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    facts,
    kept,
    open_any_file,
    require_results,
)
from imgloop_widgets.cli.assignments import assignments
from imgloop_widgets.cli.watched import arms_table, below, gate_rows, numbers_rows

if TYPE_CHECKING:
    from imgloop_widgets.plans import Plan
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.store import Store
    from imgloop_widgets.study import Study

EXAMPLE = "imgloop status notebooks/look_alike --watch"
REDRAW_S = 2.0
CLEAR = "\x1b[2J\x1b[H"


def status(
    study: StudyPath,
    results: ResultsFolder = None,
    database: StoreUrl = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl+C.")] = False,
    by_assignment: Annotated[
        bool, typer.Option("--assignments", help="Also of each target, version and arm: due, running, done, returned.")
    ] = False,
) -> None:
    """Show who is there, what came in, what went wrong.

    Counts the sessions that are open and finished, with the reasons, and the units of each arm; lists the latest
    incidents, and what researchers did (`imgloop pause`, `imgloop units`).
    """
    from imgloop_widgets.opening import load_files
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.store import has_results, open_results

    file = open_any_file(study, results, database)
    require_results(file, results)
    if isinstance(file, RatingStudy):
        look = _of_ratings(file)
    else:
        look = _of_units(file, load_files(file.path).plan, by_assignment=by_assignment)
    while True:
        if has_results(file.results):
            with open_results(file.results) as store:
                text = look(store, datetime.now(UTC))
        else:
            text = look(None, datetime.now(UTC))
        if watch and sys.stdout.isatty():
            typer.echo(CLEAR, nl=False)
        typer.echo(text)
        if not watch:
            return
        try:
            time.sleep(REDRAW_S)
        except KeyboardInterrupt:
            return


Look = Callable[["Store | None", datetime], str]
"""Returns the lines of a status; the store: None: there is none yet."""


def _of_units(file: "Study", plan: "Plan", *, by_assignment: bool) -> Look:
    from imgloop_widgets.watching import Watch

    watch, where = Watch(plan=plan), ("results", kept(file))

    def look(store: "Store | None", now: datetime) -> str:
        table = f"\n{assignments(store, plan, now)}" if by_assignment else ""
        if store is None:
            return f"{file.name}: no session yet\n{facts([where])}{table}"
        seen = watch.look(store, now)
        there = seen.numbers.sessions
        rows = [*(numbers_rows(seen.numbers) if there else []), *gate_rows(seen.gate, file.generation.max_cost, resume)]
        head = file.name if there else f"{file.name}: no session yet"
        units = f"\n{arms_table(seen.numbers)}" if there else ""
        return f"{head}\n{facts([*rows, where])}{units}{below(seen.incidents, seen.actions)}{table}"

    resume = again("resume", file)
    return look


def _of_ratings(file: "RatingStudy") -> Look:
    from imgloop_widgets.watching import incidents_of

    where = ("results", kept(file))

    def look(store: "Store | None", now: datetime) -> str:
        if store is None:
            return f"{file.name}: no session yet\n{facts([where])}"
        rows = of_ratings.standing(file, store, now)
        return f"{file.name}\n{facts([*rows, where])}{below(incidents_of(store, file.name), ())}"

    return look
