"""What moves from store to store, as methods of the store; see `snapshots`, `differing` and `joining`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.store import differing, joining, snapshots
from imgloop_widgets.store.catalogue import TABLES
from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.differing import Asked, Comparison
from imgloop_widgets.store.migrations import migrate
from imgloop_widgets.store.snapshots import Snapshot, Studies
from imgloop_widgets.store.transactions import Transactions, explained


class Moved(Transactions):
    """All that a study has, read at one moment; and what another store has, taken over."""

    @contextmanager
    def snapshot(self, studies: Studies = None) -> Iterator[Snapshot]:
        """Give what the studies have, at one moment, whoever writes meanwhile. studies: None: all of the store."""
        with self._transaction("read all of a study") as connection:
            yield Snapshot(connection, studies)

    def copy_database(self, file: Path) -> bool:
        """Copy the database into a new file, while others write; False: this kind of database can't be copied so."""
        with explained(self.where, "copy the database"):
            return database_of(self._engines[False]).copy(self._engines[False], file)

    def is_empty(self) -> bool:
        """Whether nothing was ever done in this store."""
        with self._transaction("look whether there is anything") as connection:
            return not any(connection.scalar(text(f"SELECT 1 FROM {table} LIMIT 1")) for table in TABLES)

    def load(self, tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> dict[str, int]:
        """Put rows into a new store, in one transaction. tables: name, columns, rows.

        Returns table → number of its rows.

        Raises:
            StoreError: there is no such table or column, or a row can't be there.
        """
        with self._transaction("load rows", writes=True) as connection:
            return {name: snapshots.load(connection, name, columns, rows) for name, columns, rows in tables}

    def migrate(self) -> None:
        """Bring a store that was opened at an older version to the newest."""
        with explained(self.where, "bring it to the newest version"):
            migrate(self._engines[False], self._engines[True], self.where)

    def compare(self, theirs: "Moved", asked: frozenset[Asked]) -> tuple[Comparison, set[tuple[str, str]]]:
        """Return how another store's rows stand beside these, and (`images` or `files`, sha256) of what comes along."""
        with self._transaction("compare") as ours, theirs._transaction("compare") as other:
            found = differing.compare(ours, other)
            return found, joining.wanted(other, found, asked)

    def join(self, theirs: "Moved", asked: frozenset[Asked]) -> tuple[Comparison, dict[str, int]]:
        """Take over what another store has: all that was decided on in one transaction, or nothing.

        Returns how they differed, and table → rows that were written.

        Raises:
            Conflict: something differs that is neither to be taken nor to be skipped.
            StoreError: it can't be written.
        """
        try:
            with self._transaction("join", writes=True) as ours, theirs._transaction("join") as other:
                return joining.join(ours, other, asked)
        except StoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise Conflict(
                    f"{self.where}: somebody has written meanwhile; nothing was joined, try again"
                ) from error
            raise
