"""Steering a study that goes on, as methods of the store; see `steered`, `gates` and `assignments`.

Each is one transaction: what is done to the study, to the logs of its sessions and to its units, and who did it. The
pages of workers find it in their logs within seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.events import Event
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import assignments, drafts, gates, log, steered
from imgloop_widgets.store.gates import Pause
from imgloop_widgets.store.steered import Steered
from imgloop_widgets.store.transactions import Transactions

Draft = tuple[int, Mapping[str, Any]] | None
"""What stands in a session's page, and the seq of the state that it is for; None: nothing."""

Change = Callable[[tuple[Event, ...], Draft], Sequence[Event]]
"""What a session's log and draft lead to; may raise Refused, and then nothing is changed."""

TRIES = 20
"""How often a transaction is tried again, where a worker has appended to a session meanwhile."""

T = TypeVar("T")


class Steering(Transactions):
    """Pausing and resuming a study, and what is done to one unit."""

    def hold(self, by: Steered, change: Change) -> bool:
        """Pause the study and its sessions for its researcher; return whether it was not paused before.

        by: who does it and why. change: what the pause means for a session that goes on.
        """

        def pause(connection: Connection) -> bool:
            if not gates.pause(connection, by.study, by.at, by.why, by.who):
                return False
            _change_all(connection, by.study, change)
            steered.put(connection, by)
            return True

        return self._steer(f"pause study {by.study}", pause)

    def go_on(self, by: Steered, change: Change) -> Pause | None:
        """Let the study and its sessions go on; return the pause that was, None: there was none. See `hold`."""

        def resume(connection: Connection) -> Pause | None:
            was = gates.resume(connection, by.study)
            if was is not None:
                _change_all(connection, by.study, change)
                steered.put(connection, by)
            return was

        return self._steer(f"resume study {by.study}", resume)

    def change_unit(self, by: Steered, plan: Plan, change: Change) -> None:
        """Do something to the unit of a session: append what it leads to, and say so among the units.

        A unit that is given back (`return`) is due again from now on; its session may be over already.

        Raises:
            StoreError: the study has no such session.
        """
        session_id = by.session_id or ""

        def alter(connection: Connection) -> None:
            assignments.take(connection, plan)
            if by.study != log.study_of(connection, session_id):
                raise StoreError(f"study {by.study} has no session {session_id!r}; look at the list of its units")
            assignments.adopt(connection, plan, session_id)
            _change_one(connection, session_id, change)
            if by.what == "return":
                assignments.give_back(connection, session_id)
            steered.put(connection, by)

        self._steer(f"{by.what} session {session_id}", alter)

    def steered(self, study: str, limit: int = 20) -> list[Steered]:
        """Return what researchers have done to a study, the latest first; at most `limit`."""
        with self._transaction("read what was done to a study") as connection:
            return steered.read(connection, study, limit)

    def _steer(self, what: str, work: Callable[[Connection], T]) -> T:
        for left in reversed(range(TRIES)):
            try:
                with self._transaction(what, writes=True) as connection:
                    return work(connection)
            except Conflict:  # a worker was first
                if not left:
                    raise
        raise AssertionError("unreachable")


def _change_all(connection: Connection, study: str, change: Change) -> None:
    for opened in log.openings(connection, study, finished=False):
        _change_one(connection, opened.session_id, change)


def _change_one(connection: Connection, session_id: str, change: Change) -> None:
    events = change(log.read(connection, session_id, 0), drafts.read(connection, session_id))
    if events:
        log.append(connection, session_id, events)
        assignments.follow(connection, session_id, events)
