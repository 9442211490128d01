"""Read all that belongs to studies, as it stands at one moment; and write it into a database.

Rows are tuples in the order of the table's columns, and come in the order of its key. Both databases give the same
rows in the same order: text sorts by code points, and a missing value before all others.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, bindparam, inspect, text

from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import KINDS
from imgloop_widgets.store.catalogue import TABLES
from imgloop_widgets.store.databases import database_of

ROWS = 5_000
"""Rows that are read or written at once."""

Values = tuple[Any, ...]

_SHOWN = sorted(name for name, kind in KINDS.items() if "image_sha256" in {field.name for field in fields(kind)})
"""Kinds of events that name an image."""

_DESCRIBED: WeakKeyDictionary[Connection, dict[str, dict[str, tuple[str, bool]]]] = WeakKeyDictionary()

Studies = Sequence[str] | None
"""Names; None: all of the store, and what belongs to no study."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that a row names. kind: `images` or `files`. session_id: of the row; None: it follows none."""

    kind: str
    sha256: str
    session_id: str | None


class Snapshot:
    """What the studies have, at one moment; used while the transaction that it was made in goes on."""

    def __init__(self, connection: Connection, studies: Studies) -> None:
        self._connection, self._studies = connection, studies

    def studies(self) -> tuple[str, ...]:
        """Return the names of the studies that are in it, in their order."""
        there = studies_of(self._connection)
        return there if self._studies is None else tuple(name for name in there if name in self._studies)

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of the table's columns."""
        return tuple(columns_of(self._connection, table))

    def rows(self, table: str) -> Iterator[Values]:
        """Yield its rows in the order of its key."""
        return read(self._connection, table, self._studies)

    def kept(self, kind: str) -> list[str]:
        """Return the sha256 of its `images` or `files`, each once, in their order."""
        return sorted({one.sha256 for one in kept(self._connection, self._studies) if one.kind == kind})


def columns_of(connection: Connection, table: str) -> dict[str, str]:
    """Return the table's columns and their types, as SQL names them."""
    return {name: kind for name, (kind, _) in _described(connection, table).items()}


def _described(connection: Connection, table: str) -> dict[str, tuple[str, bool]]:
    """Return column → its type, and whether a value may be missing; asked of the database once in a transaction."""
    known = _DESCRIBED.setdefault(connection, {})
    if table not in known:
        known[table] = {
            one["name"]: (str(one["type"].compile(connection.dialect)).partition(" COLLATE")[0], one["nullable"])
            for one in inspect(connection).get_columns(table)
        }
    return known[table]


def read(connection: Connection, table: str, studies: Studies = None) -> Iterator[Values]:
    """Yield the rows of the studies in the order of the table's key."""
    columns = columns_of(connection, table)
    rows = _select(connection, f"SELECT {', '.join(columns)} FROM {table}", table, studies, ordered=True)
    floats = [place for place, kind in enumerate(columns.values()) if kind.startswith(("DOUBLE", "FLOAT"))]
    if not floats:
        yield from rows
        return
    for row in rows:  # SQLite has no negative zero
        yield tuple(v + 0.0 if place in floats and v is not None else v for place, v in enumerate(row))


def insert(connection: Connection, table: str, rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows, in the order of the table's columns; return how many."""
    columns, number, rest = columns_of(connection, table), 0, iter(rows)
    while some := [dict(zip(columns, row, strict=True)) for row in islice(rest, ROWS)]:
        database_of(connection).insert(connection, table, columns, some)
        number += len(some)
    return number


def load(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows whose columns have an order of their own. Raises: StoreError: other columns than the table's."""
    own = columns_of(connection, table)
    if set(columns) != set(own):
        raise StoreError(f"table {table}: columns must be {', '.join(own)}; not {', '.join(columns)}")
    places = [columns.index(name) for name in own]
    return insert(connection, table, ([row[place] for place in places] for row in rows))


def studies_of(connection: Connection) -> tuple[str, ...]:
    """Return the names of the studies that have a session, in their order."""
    return tuple(connection.scalars(text("SELECT DISTINCT study FROM sessions ORDER BY study")))


def kept(connection: Connection, studies: Studies = None) -> Iterator[Kept]:
    """Yield the images and files that the rows of the studies name; one more than once where several do."""
    kinds = ", ".join(f"'{kind}'" for kind in _SHOWN)
    shown = f"SELECT session_id, data FROM events WHERE kind IN ({kinds})"
    for session_id, data in _select(connection, shown, "events", studies):
        yield Kept("images", _image_in(data), session_id)
    for session_id, data in _select(connection, "SELECT session_id, data FROM generations", "generations", studies):
        yield Kept("images", _image_in(data), session_id)
    drawn = "SELECT image_sha256 FROM replays WHERE image_sha256 IS NOT NULL"
    for (sha256,) in _select(connection, drawn, "replays", studies):
        yield Kept("images", sha256, None)
    for session_id, sha256 in _select(connection, "SELECT session_id, sha256 FROM uploads", "uploads", studies):
        yield Kept("files", sha256, session_id)


def _select(
    connection: Connection, select: str, table: str, studies: Studies, *, ordered: bool = False
) -> Iterator[Values]:
    about, given = TABLES[table], dict[str, Any]()
    if studies is not None:
        select += f" {'AND' if ' WHERE ' in select else 'WHERE'} {about.own}"
        given = {"studies": list(studies)}
    if ordered:
        columns = _described(connection, table)
        select += " ORDER BY " + ", ".join(f"COALESCE({n}, '')" if columns[n][1] else n for n in about.key)
    statement = text(select)
    if given:
        statement = statement.bindparams(bindparam("studies", expanding=True))
    result = connection.execute(statement, given, execution_options={"stream_results": True, "yield_per": ROWS})
    yield from (tuple(row) for row in result)


def _image_in(data: str) -> str:
    try:
        return str(json.loads(data)["image_sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"a row can't be read, whose image is to be found ({error}); restore a backup") from error
