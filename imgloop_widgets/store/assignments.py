"""Units in SQL: who was given which one, and when their page was last heard of. What is given, `assignment` decides.

    take the study's units  →  read them, and adopt sessions without one  →  `assignment.allot`  →  open, write

All of it is one transaction, and of two for the same study one waits for the other: workers who arrive in the same
second are given what is due, each unit once. Whether a session is finished is read from its events. Sessions that were
opened otherwise (by an earlier version, or played elsewhere) are adopted as if their links had named their units.
What was wrong in a gold unit is read from its events too, and how many of them count against the worker from their
qualifications, as of this very moment.

Simulated workers have units of their own: they take none from people.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from imgloop_widgets import assignment
from imgloop_widgets.assignment import Comer, Given, Nothing, Unit
from imgloop_widgets.events import DeadlineExtended, Event, SessionOpened, SessionResumed
from imgloop_widgets.plans import Plan
from imgloop_widgets.qualifying import gold_failed_in
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store import log, qualified
from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.log import moment

_NAMES = tuple(field.name for field in fields(Unit))
_MOMENTS = ("given_at", "seen_at", "until")
_SAME_KIND = f"(substr({{table}}.worker_id, 1, {len(SIMULATED)}) = '{SIMULATED}') = :simulated"

_READ = text(
    f"""SELECT {", ".join(f"units.{name}" for name in _NAMES)}, events.data FROM units
        LEFT JOIN events ON events.session_id = units.session_id
            AND events.kind = 'SessionFinished' AND units.finished IS NULL
        WHERE units.study = :study AND {_SAME_KIND.format(table="units")}
        ORDER BY units.given_at, units.position, units.session_id"""
)
_WITHOUT = text(
    f"""SELECT sessions.session_id FROM sessions LEFT JOIN units ON units.session_id = sessions.session_id
        WHERE sessions.study = :study AND units.session_id IS NULL AND {_SAME_KIND.format(table="sessions")}
        ORDER BY sessions.opened_at, sessions.session_id"""
)
_FINISH = text("SELECT data FROM events WHERE session_id = :session_id AND kind = 'SessionFinished'")
_KEEP = text(
    f"""INSERT INTO units (study, {", ".join(_NAMES)}) VALUES (:study, {", ".join(f":{name}" for name in _NAMES)})
        ON CONFLICT (session_id) DO UPDATE SET
        state = excluded.state, finished = excluded.finished,
        seen_at = CASE WHEN excluded.seen_at > units.seen_at THEN excluded.seen_at ELSE units.seen_at END"""
)
_MOVE = text("UPDATE units SET until = :until WHERE session_id = :session_id")
_GIVE_BACK = text("UPDATE units SET finished = 'returned', state = 'returned' WHERE session_id = :session_id")
_TOUCH = text("UPDATE units SET seen_at = :now WHERE session_id = :session_id AND seen_at < :now")


def allot(
    connection: Connection, plan: Plan, comer: Comer, now: datetime, opening: Callable[[Given], SessionOpened]
) -> tuple[str, tuple[Event, ...]] | Nothing:
    """Return the id and events of the session that the worker opens or goes on with; or why there is none.

    opening: how the session begins that is of what was given.

    Raises:
        Conflict: as `log.open_or_resume`.
    """
    take(connection, plan)
    stored, adopted = _both(connection, plan, simulated=comer.worker_id.startswith(SIMULATED))
    if plan.gold is not None:
        wrong = qualified.of_worker(connection, comer.worker_id).get(gold_failed_in(plan.study), 0)
        comer = replace(comer, wrong_golds=wrong if isinstance(wrong, int) else 0)
    before, new = _in_order(stored, adopted), {unit.session_id for unit in adopted}
    after, answer = assignment.allot(plan, before, comer, now)
    changed = [unit for unit, was in zip(after, before, strict=True) if unit is not was or unit.session_id in new]
    if isinstance(answer, Given):
        opened = opening(answer)
        session_id, events = log.open_or_resume(connection, opened)
        changed.append(_given(answer, opened, session_id))
    _keep(connection, plan.study, changed)
    if isinstance(answer, Given):
        return session_id, events
    return (
        answer
        if isinstance(answer, Nothing)
        else (answer.unit.session_id, log.read(connection, answer.unit.session_id, 0))
    )


def take(connection: Connection, plan: Plan) -> None:
    """Let nobody else give or take units of the study before the end of this transaction."""
    database_of(connection).take(connection, f"units of {plan.study}")


def adopt(connection: Connection, plan: Plan, session_id: str) -> None:
    """Write the unit of a session down that was opened otherwise; nothing happens where it stands there already."""
    for simulated in (False, True):
        _, adopted = _both(connection, plan, simulated=simulated)
        _keep(connection, plan.study, [unit for unit in adopted if unit.session_id == session_id])


def follow(connection: Connection, session_id: str, events: Sequence[Event]) -> None:
    """Take over what the researcher did to the session: its deadline may have moved."""
    until = _until(events, None)
    if until is not None:
        connection.execute(_MOVE, {"session_id": session_id, "until": moment(until)})


def give_back(connection: Connection, session_id: str) -> None:
    """Let the unit be due again, whatever its session ended with; which its log goes on to say."""
    connection.execute(_GIVE_BACK, {"session_id": session_id})


def read(connection: Connection, plan: Plan, now: datetime, *, simulated: bool) -> tuple[Unit, ...]:
    """Return the units as they stand now, in the order in which they were given."""
    stored, adopted = _both(connection, plan, simulated=simulated)
    return assignment.settled(plan, _in_order(stored, adopted), now)


def touch(connection: Connection, session_id: str, now: datetime) -> None:
    """Keep that the page of the session was heard of; nothing happens where it has no unit."""
    connection.execute(_TOUCH, {"session_id": session_id, "now": moment(now)})


def _both(connection: Connection, plan: Plan, *, simulated: bool) -> tuple[list[Unit], list[Unit]]:
    """Return the units as they are stored, and those of sessions that have none yet."""
    given = {"study": plan.study, "simulated": simulated}
    stored = [_unit(row) for row in connection.execute(_READ, given).all()]
    without = list(connection.scalars(_WITHOUT, given))
    had = Counter(unit.worker_id for unit in stored)
    return stored, list(_adopted(connection, plan, without, had))


def _in_order(stored: Sequence[Unit], adopted: Sequence[Unit]) -> list[Unit]:
    """Return them in the order in which they were given; several of one worker in that of their positions."""
    return sorted([*stored, *adopted], key=lambda unit: (unit.given_at, unit.position, unit.session_id))


def _adopted(connection: Connection, plan: Plan, session_ids: Sequence[str], had: Counter[str]) -> Iterator[Unit]:
    for session_id in session_ids:
        opened, *events = log.read(connection, session_id, 0)
        if not isinstance(opened, SessionOpened) or not opened.unit_id.isdecimal():
            continue  # no unit of a study's
        had[opened.worker_id] += 1
        number = int(opened.unit_id)
        slot = plan.slot(number) if 1 <= number <= plan.units else None
        fits = slot is not None and (slot.target_id, slot.arm) == (opened.target_id, opened.arm)
        end = connection.scalar(_FINISH, {"session_id": session_id})
        yield Unit(
            session_id=session_id,
            worker_id=opened.worker_id,
            unit=number,
            target_id=opened.target_id,
            arm=opened.arm,
            form_version=opened.form_version or (slot.form_version if slot is not None and fits else 1),
            position=opened.position or had[opened.worker_id],
            given_at=opened.at,
            seen_at=opened.at,
            stratum=opened.stratum or "",
            until=_until(events, opened.deadline),
            finished=None if end is None else json.loads(end)["reason"],
            state="extra",  # until it is settled: whoever holds the unit already keeps it
        )


def _until(events: Iterable[Event], until: datetime | None) -> datetime | None:
    """Return the deadline after these events. until: before them."""
    moved = [event.deadline for event in events if isinstance(event, DeadlineExtended | SessionResumed)]
    return moved[-1] if moved else until


def _given(given: Given, opened: SessionOpened, session_id: str) -> Unit:
    return Unit(
        session_id=session_id,
        worker_id=opened.worker_id,
        unit=given.slot.unit,
        target_id=given.slot.target_id,
        arm=given.slot.arm,
        form_version=given.slot.form_version,
        position=given.position,
        given_at=opened.at,
        seen_at=opened.at,
        stratum=given.stratum,
        place=given.place,
        turn=given.turn,
        until=opened.deadline,
        state=given.state,
    )


def _keep(connection: Connection, study: str, units: Iterable[Unit]) -> None:
    rows = []
    for unit in units:
        values: dict[str, Any] = {name: getattr(unit, name) for name in _NAMES}
        values |= {name: moment(values[name]) for name in _MOMENTS if values[name] is not None}
        rows.append({"study": study, **values})
    if rows:
        connection.execute(_KEEP, rows)


def _unit(row: Any) -> Unit:
    *values, end = row
    about = dict(zip(_NAMES, values, strict=True))
    for name in _MOMENTS:
        if about[name] is not None:
            about[name] = datetime.fromisoformat(about[name])
    if end is not None:
        finished = json.loads(end)
        about["finished"] = finished["reason"]
        if finished.get("wrong") is not None:
            about["state"] = "failed" if finished["wrong"] else "passed"
    return Unit(**about)
