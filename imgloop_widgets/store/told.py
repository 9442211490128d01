"""What panels were told by our server: one row for a worker of a study, with what came of it, as methods of the store.

Whoever calls claims the row first, and the claim runs out by itself: of several servers one calls, and what a server
that died had begun is begun again. A call that the panel has accepted is never made again; one that it has refused, or
that was given up, only once the study file names another address.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import text

from imgloop_widgets.events import Reason
from imgloop_widgets.store.log import moment
from imgloop_widgets.store.transactions import Transactions

_ENDS = text(
    """SELECT sessions.worker_id, sessions.session_id, finish.data, arrivals.data FROM sessions
       JOIN arrivals ON arrivals.session_id = sessions.session_id
       LEFT JOIN events AS finish ON finish.session_id = sessions.session_id AND finish.kind = 'SessionFinished'
       WHERE sessions.study = :study AND NOT EXISTS (
           SELECT 1 FROM told WHERE told.study = :study AND told.worker_id = sessions.worker_id
           AND (told.accepted = 1 OR told.next_at > :now OR (told.next_at IS NULL AND told.address = :address)))
       ORDER BY sessions.worker_id, sessions.opened_at, sessions.session_id, arrivals.at"""
)
_CLAIM = text(
    """INSERT INTO told (study, worker_id, session_id, outcome, address, tries, at, next_at, accepted, said)
       VALUES (:study, :worker_id, :session_id, :outcome, :address, 1, :now, :until, 0, '')
       ON CONFLICT (study, worker_id) DO UPDATE SET session_id = excluded.session_id, outcome = excluded.outcome,
       tries = CASE WHEN told.address = excluded.address THEN told.tries + 1 ELSE 1 END,
       address = excluded.address, at = excluded.at, next_at = excluded.next_at
       WHERE told.accepted = 0 AND (told.next_at <= :now OR (told.next_at IS NULL AND told.address <> :address))"""
)
_TRIES = text("SELECT tries FROM told WHERE study = :study AND worker_id = :worker_id")
_ANSWER = text(
    """UPDATE told SET accepted = :accepted, said = :said, at = :at, next_at = :next_at
       WHERE study = :study AND worker_id = :worker_id AND tries = :tries AND accepted = 0"""
)
_ALL = text(
    """SELECT worker_id, session_id, outcome, tries, at, next_at, accepted, said FROM told
       WHERE study = :study ORDER BY at, worker_id"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A worker whom a panel has sent, with nothing under way. session_id, reason: of their last session. values: what
    the panel sent along.
    """

    worker_id: str
    session_id: str
    reason: Reason
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a panel was told of a worker. tries: calls so far. at: of the last one, UTC. next_at: not before then it is
    called again; None: never. said: what the panel answered, for the researcher; empty: it is being called.
    """

    worker_id: str
    session_id: str
    outcome: str
    tries: int
    at: datetime
    next_at: datetime | None
    accepted: bool
    said: str


class ToldPanels(Transactions):
    """What panels were told by our server."""

    def ended(self, study: str, address: str, now: datetime) -> list[Ended]:
        """Return whose panel may have to be called now: it has not accepted yet, and it is time to try. address: see
        `claim_call`.
        """
        given = {"study": study, "address": address, "now": moment(now)}
        with self._transaction("look who is done") as connection:
            rows = connection.execute(_ENDS, given).all()
        found = []
        for worker_id, own in groupby(rows, key=lambda row: row[0]):
            sessions = list(own)
            _, session_id, finish, values = sessions[-1]
            if all(row[2] is not None for row in sessions):
                reason = json.loads(finish)["reason"]
                found.append(
                    Ended(worker_id=worker_id, session_id=session_id, reason=reason, values=json.loads(values))
                )
        return found

    def claim_call(
        self, study: str, ended: Ended, outcome: str, address: str, now: datetime, until: datetime
    ) -> int | None:
        """Return which try it is, if the caller may call this worker's panel now; None: somebody else does or did.

        address: what stands for the address in the study file (a digest). until: when the claim runs out.
        """
        given = {
            "study": study,
            "worker_id": ended.worker_id,
            "session_id": ended.session_id,
            "outcome": outcome,
            "address": address,
            "now": moment(now),
            "until": moment(until),
        }
        with self._transaction("claim the call of a panel", writes=True) as connection:
            if connection.execute(_CLAIM, given).rowcount != 1:
                return None
            return int(connection.scalar(_TRIES, given) or 0)

    def note_answer(
        self,
        study: str,
        worker_id: str,
        tries: int,
        *,
        accepted: bool,
        said: str,
        at: datetime,
        next_at: datetime | None,
    ) -> None:
        """Keep what came of a call. tries: as `claim_call` gave it. next_at: when to call again; None: never."""
        given = {
            "study": study,
            "worker_id": worker_id,
            "tries": tries,
            "accepted": int(accepted),
            "said": said,
            "at": moment(at),
            "next_at": None if next_at is None else moment(next_at),
        }
        with self._transaction("keep what a panel answered", writes=True) as connection:
            connection.execute(_ANSWER, given)

    def told(self, study: str) -> list[Told]:
        """Return what the study's panel was told, the latest last."""
        with self._transaction("read what the panel was told") as connection:
            rows = connection.execute(_ALL, {"study": study}).mappings().all()
        return [
            Told(
                **{
                    **row,
                    "at": datetime.fromisoformat(row["at"]),
                    "next_at": None if row["next_at"] is None else datetime.fromisoformat(row["next_at"]),
                    "accepted": bool(row["accepted"]),
                }
            )
            for row in rows
        ]
