"""Who may no longer enter, who has a session, how panels are told: what a study's entrance keeps.

A seat belongs to the page that took it last: a session is played on one page at a time, and the newest has it. What was
revoked is kept as digests, without a name; so it stays when a worker is forgotten.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from imgloop_widgets.store.log import moment, to_json

_TAKE = text(
    """INSERT INTO seats (session_id, holder, at) VALUES (:session_id, :holder, :at)
       ON CONFLICT (session_id) DO UPDATE SET holder = excluded.holder, at = excluded.at"""
)
_STANDING = text(
    """SELECT (SELECT holder FROM seats WHERE session_id = :session_id),
              (SELECT max(seq) FROM events WHERE session_id = :session_id)"""
)
_REVOKE = text(
    "INSERT INTO revocations (study, digest, at) VALUES (:study, :digest, :at) ON CONFLICT (study, digest) DO NOTHING"
)
_ALLOW = text("DELETE FROM revocations WHERE study = :study AND digest = :digest")
_REVOKED = text("SELECT digest FROM revocations WHERE study = :study")
_MAKE = text(
    "INSERT INTO codes (study, outcome, code) VALUES (:study, :outcome, :code) ON CONFLICT (study, outcome) DO NOTHING"
)
_CODES = text("SELECT outcome, code FROM codes WHERE study = :study")
_ARRIVE = text(
    """INSERT INTO arrivals (session_id, data, at) VALUES (:session_id, :data, :at)
       ON CONFLICT (session_id, data) DO NOTHING"""
)
_ARRIVALS = text(
    """SELECT sessions.worker_id, arrivals.session_id, arrivals.data, arrivals.at FROM arrivals
       JOIN sessions ON sessions.session_id = arrivals.session_id WHERE study = :study
       ORDER BY arrivals.at, arrivals.session_id, arrivals.data"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBy:
    """A panel has sent a worker. values: the parameters it gave, by name. at: for the first time, UTC."""

    worker_id: str
    session_id: str
    values: Mapping[str, str]
    at: datetime


def take_seat(connection: Connection, session_id: str, holder: str, at: datetime) -> None:
    """Give the session to the holder, whoever had it."""
    connection.execute(_TAKE, {"session_id": session_id, "holder": holder, "at": moment(at)})


def standing(connection: Connection, session_id: str) -> tuple[str | None, int]:
    """Return which page has the session (None: none has had it yet), and how many events there are."""
    holder, last = connection.execute(_STANDING, {"session_id": session_id}).one()
    return holder, 0 if last is None else last + 1


def revoke(connection: Connection, study: str, digest: str, at: datetime) -> bool:
    """Note what opens nothing from now on; return whether it was not noted before."""
    return connection.execute(_REVOKE, {"study": study, "digest": digest, "at": moment(at)}).rowcount == 1


def allow(connection: Connection, study: str, digest: str) -> bool:
    """Take a revocation back; return whether there was one."""
    return connection.execute(_ALLOW, {"study": study, "digest": digest}).rowcount == 1


def revoked(connection: Connection, study: str) -> frozenset[str]:
    """Return the digests of all that opens nothing."""
    return frozenset(connection.scalars(_REVOKED, {"study": study}))


def known_codes(connection: Connection, study: str) -> dict[str, str]:
    """Return the codes that were made, by outcome."""
    return {outcome: code for outcome, code in connection.execute(_CODES, {"study": study})}


def make_codes(connection: Connection, study: str, new: Mapping[str, str]) -> None:
    """Keep each code whose outcome has none yet."""
    connection.execute(_MAKE, [{"study": study, "outcome": name, "code": code} for name, code in new.items()])


def arrive(connection: Connection, session_id: str, values: Mapping[str, str], at: datetime) -> None:
    """Note what a panel sent along; the same again is noted once."""
    data = to_json(dict(sorted(values.items())), f"session {session_id}: what its panel sent")
    connection.execute(_ARRIVE, {"session_id": session_id, "data": data, "at": moment(at)})


def arrivals(connection: Connection, study: str) -> list[SentBy]:
    """Return all whom a panel has sent, the earliest first."""
    rows = connection.execute(_ARRIVALS, {"study": study}).all()
    return [
        SentBy(worker_id=worker, session_id=session, values=json.loads(data), at=datetime.fromisoformat(at))
        for worker, session, data, at in rows
    ]
