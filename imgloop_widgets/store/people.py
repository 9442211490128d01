"""What is known of workers beyond their sessions, as methods of the store; see `qualified` and `paid`."""

from collections.abc import Callable, Iterable, Sequence

from imgloop_widgets.qualifying import Value
from imgloop_widgets.store import paid, qualified
from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.paid import Payment
from imgloop_widgets.store.qualified import Grant, TurnedAway
from imgloop_widgets.store.transactions import Transactions


class SharedByStudies(Transactions):
    """Qualifications, who was turned away, what a worker has passed before, and what was paid."""

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

    def pay(self, study: str, choose: Callable[[Sequence[Payment]], Sequence[Payment]]) -> Sequence[Payment]:
        """Keep payments, chosen by what was paid before; of two who pay at once, the second sees what the first paid.

        choose: called within the transaction, so it must be quick.
        """
        with self._transaction("keep payments", writes=True) as connection:
            database_of(connection).take(connection, f"payments of {study}")
            chosen = choose(paid.read(connection, study))
            paid.put(connection, chosen)
        return chosen

    def payments(self, study: str) -> list[Payment]:
        """Return what was paid in a study, the earliest first."""
        with self._transaction("read the payments") as connection:
            return paid.read(connection, study)
