"""Who is given which unit, as methods of the store; see `assignments`."""

from collections.abc import Callable
from datetime import datetime

from imgloop_widgets.assignment import Comer, Given, Nothing, Unit
from imgloop_widgets.errors import Conflict
from imgloop_widgets.events import Event, SessionOpened
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import assignments
from imgloop_widgets.store.transactions import Transactions


class Allotting(Transactions):
    """Units: given once, returned where their worker has left."""

    def allot(
        self, plan: Plan, comer: Comer, now: datetime, opening: Callable[[Given], SessionOpened]
    ) -> tuple[str, tuple[Event, ...]] | Nothing:
        """Return the id and events of the session that the worker opens or goes on with; or why there is none.

        One transaction: of any number of processes that ask at once each is given what is due after the others.
        opening: how the session begins that is of what was given; it may be called twice.
        """
        for last in (False, True):
            try:
                with self._transaction("give a unit", writes=True) as connection:
                    return assignments.allot(connection, plan, comer, now, opening)
            except Conflict:  # opened by another process that does not allot
                if last:
                    raise
        raise AssertionError("unreachable")

    def units(self, plan: Plan, now: datetime, *, simulated: bool = False) -> tuple[Unit, ...]:
        """Return the study's units as they stand now, in the order in which they were given.

        simulated: those of simulated workers, or those of people; they take nothing from each other.
        """
        with self._transaction("read the units") as connection:
            return assignments.read(connection, plan, now, simulated=simulated)

    def touch(self, session_id: str, now: datetime) -> None:
        """Keep that the session's page was heard of; nothing happens where it has no unit."""
        with self._transaction(f"keep a sign of life of session {session_id}", writes=True) as connection:
            assignments.touch(connection, session_id, now)
