"""`imgloop status`: who is there, what came in, what went wrong. Reads the store and changes nothing."""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli import of_ratings
from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    facts,
    kept,
    open_any_file,
    require_results,
)
from imgloop_widgets.cli.assignments import assignments
from imgloop_widgets.rows import SIMULATED

if TYPE_CHECKING:
    from imgloop_widgets.events import Event
    from imgloop_widgets.ratings import AnyStudy
    from imgloop_widgets.store import Gate, Store
    from imgloop_widgets.store.incidents import Incident

EXAMPLE = "imgloop status notebooks/look_alike --watch"
REDRAW_S = 2.0
CLEAR = "\x1b[2J\x1b[H"
ACTIVE = timedelta(minutes=2)
"""An open session that something happened in so lately counts as active."""
INCIDENTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A study at one moment.

    simulated: sessions of simulated workers, among all. active: open ones in which something happened lately.
    overdue: open ones whose time is over. finished: reason → sessions. attempts: images shown. failures: images that
    did not come. last: the latest event; None where there is none.
    """

    sessions: int = 0
    simulated: int = 0
    active: int = 0
    overdue: int = 0
    finished: Counter[str]
    attempts: int = 0
    failures: int = 0
    last: datetime | None = None

    @property
    def open(self) -> int:
        """Sessions that are not finished."""
        return self.sessions - self.finished.total()


def standing(logs: "Iterable[tuple[str, tuple[Event, ...]]]", now: datetime) -> Standing:
    """Return how a study stands. logs: (session_id, events) of every session."""
    from imgloop_widgets.events import GenerationFailed
    from imgloop_widgets.loop import fold, is_over

    counts: Counter[str] = Counter()
    finished: Counter[str] = Counter()
    last: datetime | None = None
    for _, events in logs:
        state = fold(events)
        assert state.opened is not None
        counts["sessions"] += 1
        counts["simulated"] += state.opened.worker_id.startswith(SIMULATED)
        counts["attempts"] += len(state.attempts)
        counts["failures"] += sum(isinstance(event, GenerationFailed) for event in events)
        last = max(last or events[-1].at, events[-1].at)
        if state.finished:
            finished[state.finished.reason] += 1
        elif is_over(state, now):
            counts["overdue"] += 1
        else:
            counts["active"] += now - events[-1].at < ACTIVE
    return Standing(**counts, finished=finished, last=last)


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

    Counts the sessions that are open and finished, with the reasons, and lists the latest incidents.
    """
    from imgloop_widgets.opening import load_files
    from imgloop_widgets.store import has_results, open_results

    file = open_any_file(study, results, database)
    require_results(file, results)
    where = kept(file)
    plan = load_files(file.path).plan if by_assignment else None
    while True:
        if has_results(file.results):
            with open_results(file.results) as store:
                now = datetime.now(UTC)
                text = _standing(file, store, now, where)
                text += f"\n{assignments(store, plan, now)}" if plan else ""
        else:
            text = show(file.name, Standing(finished=Counter()), [], datetime.now(UTC), where)
            text += f"\n{assignments(None, plan, datetime.now(UTC))}" if plan else ""
        if watch and sys.stdout.isatty():
            typer.echo(CLEAR, nl=False)
        typer.echo(text)
        if not watch:
            return
        try:
            time.sleep(REDRAW_S)
        except KeyboardInterrupt:
            return


def _standing(file: "AnyStudy", store: "Store", now: datetime, where: str) -> str:
    from imgloop_widgets.ratings import RatingStudy

    incidents = incidents_of(store, file.name)
    if isinstance(file, RatingStudy):
        return lines(file.name, of_ratings.standing(file, store, now), incidents, where)
    rows = generations(store.gate(file.name, now), file.generation.max_cost, again("resume", file))
    return show(file.name, standing(store.logs(file.name), now), incidents, now, where, rows)


def incidents_of(store: "Store", study: str) -> "list[Incident]":
    """Return the latest incidents of this study's sessions, and of none; the latest first, at most `INCIDENTS`."""
    own = {opened.session_id for opened in store.sessions(study)}
    limit = INCIDENTS
    while True:  # a folder may be shared: those of other studies can stand before ours
        latest = store.incidents(limit)
        found = [incident for incident in latest if incident.session_id is None or incident.session_id in own]
        if len(found) >= INCIDENTS or len(latest) < limit:
            return found[:INCIDENTS]
        limit *= 4


def generations(gate: "Gate", max_cost: float | None, resume: str) -> list[tuple[str, object]]:
    """Return what a status says of the generations: the pause, the money, the calls. resume: the command for it."""
    rows: list[tuple[str, object]] = []
    if gate.paused is not None:
        rows.append(("paused", f"since {gate.paused.at:%Y-%m-%d %H:%M} UTC: {gate.paused.why}"))
        rows.append(("", f"nobody gets an image; mend the cause, then {resume}"))
    if gate.spent or max_cost is not None:
        rows.append(("spent", dollars(gate.spent) + (f" of {dollars(max_cost)}" if max_cost is not None else "")))
    if gate.active or gate.waiting:
        rows.append(("images", f"{gate.active} being made, {gate.waiting} waiting"))
    return rows


def dollars(amount: float) -> str:
    """Return `$1.50`, and what is less than a cent to the last digit that counts."""
    return f"${amount:.2f}" if amount >= 0.01 or not amount else f"${amount:.2g}"


def show(
    name: str,
    standing: Standing,
    incidents: "list[Incident]",
    now: datetime,
    results: str,
    generations: Iterable[tuple[str, object]] = (),
) -> str:
    """Return the lines of a status. results: their folder. generations: what there is to say of them."""
    head, rows = (name, _rows(standing, now)) if standing.sessions else (f"{name}: no session yet", [])
    return lines(head, [*rows, *generations], incidents, results)


def lines(head: str, rows: Iterable[tuple[str, object]], incidents: "list[Incident]", results: str) -> str:
    """Return the lines of a status below its head."""
    text = f"{head}\n{facts([*rows, ('results', results)])}"
    if incidents:
        latest = [(f"{i.incident}  {i.at:%Y-%m-%d %H:%M}", _cause(i.text)) for i in incidents]
        text += f"\n  latest incidents\n{facts(latest, indent=4)}"
    return text


def _rows(standing: Standing, now: datetime) -> list[tuple[str, object]]:
    notes = [f"{standing.simulated} simulated"] if standing.simulated else []
    rows: list[tuple[str, object]] = [
        ("sessions", ", ".join([str(standing.sessions), *notes])),
        ("open", f"{standing.open} ({standing.active} active, {standing.overdue} overdue)"),
        ("finished", _finished(standing)),
        ("attempts", f"{count(standing.attempts, 'image')}, {count(standing.failures, 'failure')}"),
        ("last event", f"{_ago(now, standing.last)}" if standing.last else "none"),
    ]
    if standing.overdue:
        rows.append(("", "overdue ones are submitted when the study is served next"))
    return rows


def _finished(standing: Standing) -> str:
    reasons = ", ".join(f"{reason} {number}" for reason, number in standing.finished.most_common())
    return f"{standing.finished.total()} ({reasons})" if reasons else "0"


def _ago(now: datetime, then: datetime) -> str:
    seconds = max(0, round((now - then).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(seconds // size, unit)} ago ({then:%Y-%m-%d %H:%M} UTC)"
    return f"{count(seconds, 'second')} ago"


def _cause(text: str) -> str:
    """The last line of a traceback, which names the error, at most 100 characters."""
    lines = text.strip().splitlines() or [""]
    return re.sub(r"^(?:\w+\.)+(?=\w+: )", "", lines[-1])[:100]
