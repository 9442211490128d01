"""What is known of workers beyond their sessions, as methods of the store; see `qualified`."""

from collections.abc import Iterable

from imgloop_widgets.qualifying import Value
from imgloop_widgets.store import qualified
from imgloop_widgets.store.qualified import Grant, TurnedAway
from imgloop_widgets.store.transactions import Transactions


class SharedByStudies(Transactions):
    """Qualifications, who was turned away, and what a worker has passed before."""

    def grant(self, grants: Iterable[Grant]) -> None:
        """Give or take qualifications, all of them or none.

        Raises:
            Conflict: one of them was changed just now; try again.
        """
        with self._transaction("keep qualifications", writes=True) as connection:
            qualified.put(connection, grants)

    def qualifications(self, worker_id: str) -> dict[str, Value]:
        """Return what a worker has, name → value."""
        with self._transaction("read qualifications") as connection:
            return qualified.of_worker(connection, worker_id)

    def all_qualifications(self, *, revoked: bool = False) -> list[Grant]:
        """Return what all workers have, by name and worker. revoked: also what was taken away (value None)."""
        with self._transaction("read qualifications") as connection:
            return qualified.every(connection, revoked=revoked)

    def turn_away(self, refusal: TurnedAway) -> str:
        """Keep that somebody could not enter; return their code, the same whenever they come for this unit."""
        with self._transaction("keep who was turned away", writes=True) as connection:
            return qualified.turn_away(connection, refusal)

    def turned_away(self, study: str) -> list[TurnedAway]:
        """Return who could not enter a study, the earliest first."""
        with self._transaction("read who was turned away") as connection:
            return qualified.turned_away(connection, study)

    def passed_steps(self, study: str, worker_id: str) -> set[tuple[str, str]]:
        """Return (name, version) of the steps that a worker has passed in a study; of practice the version is ""."""
        with self._transaction("look for steps") as connection:
            return qualified.passed_steps(connection, study, worker_id)
