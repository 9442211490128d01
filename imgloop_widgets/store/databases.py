"""The databases a store may be kept in, and what each must bring: a module with the functions of `Database`.

To add one: its module beside `sqlite` and `postgresql`, a line in `DATABASES`, its address in `opening`, what it alone
needs in `migrations`, and a parameter of the conformance suite (tests/store/conftest.py).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from imgloop_widgets.store import postgresql, sqlite


class Database(Protocol):
    """What differs between databases; all else is SQL that each of them understands."""

    def reading(self, engine: Engine) -> Engine:
        """Return the same engine, each of whose transactions sees one moment."""

    def writing(self, engine: Engine) -> Engine:
        """Return the same engine, for transactions that write."""

    def take(self, connection: Connection, what: str) -> None:
        """Let no other transaction take this before the end of ours. what: its name; see the table in `postgresql`."""

    def in_own_words(self, statement: str) -> str:
        """Return a statement that makes or changes a table, as this database writes it."""

    def insert(
        self, connection: Connection, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Insert many rows at a time. types: column → its type."""

    def unguarded(
        self, connection: Connection, table: str, guard: str, tables: Sequence[str]
    ) -> AbstractContextManager[None]:
        """Let rows of a table be deleted meanwhile, against its guard (a trigger); nobody else writes to the tables."""

    def copy(self, engine: Engine, file: Path) -> bool:
        """Copy the database, as it stands at one moment, into a file that may be opened as a store; False: it can't be
        copied so, and a transaction that reads has to do."""

    def wipe(self, engine: Engine, tables: Sequence[str]) -> None:
        """Leave no copy of what was deleted in the database's files, as far as that can be."""


DATABASES: Mapping[str, Database] = {"sqlite": sqlite, "postgresql": postgresql}
"""SQLAlchemy's name of its dialect → the module."""


def database_of(where: Connection | Engine) -> Database:
    """Return what is particular to this database."""
    return DATABASES[where.dialect.name]


def explain(error: BaseException | None) -> str | None:
    """Return what is wrong and what to do; None: no error of a database that has a plain cause."""
    return sqlite.explain(error) or postgresql.explain(error)
