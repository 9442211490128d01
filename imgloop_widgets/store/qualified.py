"""Qualifications of workers: every grant and every withdrawal is a row, and the latest of a name counts.

And those who were turned away at the entrance, each with the code that they were shown.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from imgloop_widgets.errors import Conflict
from imgloop_widgets.qualifying import Value
from imgloop_widgets.store.log import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A qualification that is given or taken. value: None: it is taken away. why: for the researcher.

    adds: whether the value is added to what is there already; both are numbers then.
    """

    worker_id: str
    name: str
    value: Value | None
    at: datetime
    why: str
    adds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """Somebody who could not enter. code: that they were shown. why: the requirement they did not meet."""

    study: str
    worker_id: str
    unit_id: str
    code: str
    at: datetime
    why: str


_LAST = text(
    """SELECT change, value FROM qualifications WHERE worker_id = :worker_id AND name = :name
       ORDER BY change DESC LIMIT 1"""
)
_PUT = text("INSERT INTO qualifications VALUES (:worker_id, :name, :change, :value, :at, :why)")
_LATEST = """SELECT worker_id, name, value, at, why FROM qualifications AS q
    WHERE change = (SELECT max(change) FROM qualifications WHERE worker_id = q.worker_id AND name = q.name)"""
_OF_WORKER = text(f"{_LATEST} AND worker_id = :worker_id AND value IS NOT NULL ORDER BY name")
_ALL = text(f"{_LATEST} AND (:revoked OR value IS NOT NULL) ORDER BY name, worker_id")
_TURN_AWAY = text(
    """INSERT INTO turned_away VALUES (:study, :worker_id, :unit_id, :code, :at, :why)
       ON CONFLICT (study, worker_id, unit_id) DO UPDATE SET why = excluded.why"""
)
_CODE = text("SELECT code FROM turned_away WHERE study = :study AND worker_id = :worker_id AND unit_id = :unit_id")
_TURNED_AWAY = text(
    """SELECT study, worker_id, unit_id, code, at, why FROM turned_away WHERE study = :study ORDER BY at, worker_id"""
)
_STEPS = text(
    """SELECT events.session_id, kind, data FROM events JOIN sessions ON sessions.session_id = events.session_id
       WHERE study = :study AND worker_id = :worker_id
       AND kind IN ('SessionOpened', 'StepSubmitted', 'PracticeScored') ORDER BY events.session_id, seq"""
)


def put(connection: Connection, grants: Iterable[Grant]) -> None:
    """Keep the grants. Raises: Conflict: somebody else has changed the same one just now."""
    for grant in grants:
        key = {"worker_id": grant.worker_id, "name": grant.name}
        last = connection.execute(_LAST, key).first()
        before = json.loads(last[1]) if last and last[1] is not None else 0
        value = grant.value
        if grant.adds and isinstance(before, int | float) and isinstance(value, int | float):
            value += before
        row = {
            "change": last[0] + 1 if last else 1,
            "value": None if value is None else json.dumps(value, ensure_ascii=False),
            "at": moment(grant.at),
            "why": grant.why,
        }
        try:
            connection.execute(_PUT, {**key, **row})
        except IntegrityError as error:  # where writers don't wait for each other
            raise Conflict(f"qualification {grant.name!r} of {grant.worker_id!r} was changed; try again") from error


def of_worker(connection: Connection, worker_id: str) -> dict[str, Value]:
    """Return what a worker has, name → value."""
    rows = connection.execute(_OF_WORKER, {"worker_id": worker_id}).mappings()
    return {row["name"]: json.loads(row["value"]) for row in rows}


def every(connection: Connection, *, revoked: bool) -> list[Grant]:
    """Return the latest of each worker and name, by name and worker. revoked: also those that were taken away."""
    return [
        Grant(
            worker_id=row["worker_id"],
            name=row["name"],
            value=None if row["value"] is None else json.loads(row["value"]),
            at=datetime.fromisoformat(row["at"]),
            why=row["why"],
        )
        for row in connection.execute(_ALL, {"revoked": revoked}).mappings()
    ]


def turn_away(connection: Connection, refusal: TurnedAway) -> str:
    """Keep that somebody could not enter; return their code: the first one that they were shown for this unit."""
    key = {"study": refusal.study, "worker_id": refusal.worker_id, "unit_id": refusal.unit_id}
    more = {"code": refusal.code, "at": moment(refusal.at), "why": refusal.why}
    connection.execute(_TURN_AWAY, {**key, **more})
    return str(connection.scalar(_CODE, key))


def turned_away(connection: Connection, study: str) -> list[TurnedAway]:
    """Return who could not enter a study, the earliest first."""
    rows = connection.execute(_TURNED_AWAY, {"study": study}).mappings()
    return [TurnedAway(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]


def passed_steps(connection: Connection, study: str, worker_id: str) -> set[tuple[str, str]]:
    """Return (name, version) of the steps that a worker has passed, in any of their sessions of the study.

    Practice has no version, which is "" then.
    """
    passed: set[tuple[str, str]] = set()
    practices: list[str] = []
    for _, kind, data in connection.execute(_STEPS, {"study": study, "worker_id": worker_id}):
        record = json.loads(data)
        if kind == "SessionOpened":
            practices = [name for name, step_kind in record.get("steps", ()) if step_kind == "practice"]
        elif kind == "PracticeScored":
            passed.add((practices.pop(0), ""))
        elif record["passed"]:
            passed.add((record["step"], record["version"]))
    return passed
