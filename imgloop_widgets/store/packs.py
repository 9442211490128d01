"""Whole sessions, each in one row: for reading a million attempts.

    span    "the next 2,000 ids"   →   packs    one row a session, its events' columns joined with `BETWEEN`

The database joins the events itself: a fifth as many values come over as by event, and while it works, Python has its
hands free for what was read before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import URL, Connection, text

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.log import Row

BETWEEN = "\x1e"
"""Stands between the values of two events (ASCII's record separator): no JSON text has it, nor a kind or moment."""

Pack = tuple[str, str, str, str, str]
"""A session as it is read: session_id; then seq, kind, at and data of its events, in order, joined with `BETWEEN`."""

Span = tuple[str, str]
"""Sessions from after this id to this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some whole sessions that are still in the store; called, it reads them. See `Store.pages`.

    address: of the database, for another process that reads them (`opening.opened_again`); None: it is in memory, where
    no other process finds it. study: None: of all studies.
    """

    read: Callable[[str | None, Span], list[Pack]]
    study: str | None
    span: Span
    address: URL | None = field(repr=False)

    def __call__(self) -> list[Pack]:
        """Read them, in the order of their ids. Raises: StoreError: they can't be read."""
        return self.read(self.study, self.span)


_JOINED = {
    "sqlite": "group_concat({column}, :between)",
    "postgresql": "string_agg(CAST({column} AS TEXT), :between ORDER BY seq)",
}
"""Database → how it joins a column. SQLite takes the order of the key, by which it finds the events; who reads looks at
the seqs (`in_order`), so that another order would cost time and nothing else."""

_END = text(
    """SELECT max(session_id) FROM (
        SELECT session_id FROM sessions WHERE session_id > :after ORDER BY session_id LIMIT :sessions
    ) AS span"""
)
_OTHERS = text("SELECT session_id FROM sessions WHERE session_id > :after AND session_id <= :last AND study <> :study")
_ANY_OTHER = text(
    """SELECT EXISTS (SELECT 1 FROM sessions WHERE study < :study)
    OR EXISTS (SELECT 1 FROM sessions WHERE study > :study)"""
)
"""Whether there is a session of another study: two questions, each of which the index of studies answers at once."""


def next_span(connection: Connection, after: str, sessions: int) -> Span | None:
    """Return the span of the next so many sessions; None: there is none after this id. "": before every id."""
    last = connection.scalar(_END, {"after": after, "sessions": sessions})
    return None if last is None else (after, str(last))


def read(connection: Connection, study: str | None, span: Span) -> list[Pack]:
    """Return the sessions in the order of their ids. study: None: of all studies."""
    after, last = span
    columns = ", ".join(_JOINED[connection.dialect.name].format(column=name) for name in ("seq", "kind", "at", "data"))
    statement = f"""SELECT session_id, {columns} FROM events
                    WHERE session_id > :after AND session_id <= :last GROUP BY session_id ORDER BY session_id"""
    result = connection.execute(text(statement), {"after": after, "last": last, "between": BETWEEN})
    assert result.cursor is not None
    packs: list[Pack] = list(result.cursor.fetchall())  # the driver's own tuples
    if study is None or not connection.scalar(_ANY_OTHER, {"study": study}):
        return packs
    others = set(connection.scalars(_OTHERS, {"after": after, "last": last, "study": study}))
    return [pack for pack in packs if pack[0] not in others] if others else packs


def pack(rows: Sequence[Row]) -> list[Pack]:
    """Return rows, those of a session one after the other, as they would be read."""
    packs = []
    for session_id, own in groupby(rows, key=lambda row: row[0]):
        _, *columns = zip(*own, strict=True)
        seq, kind, at, data = (BETWEEN.join(map(str, column)) for column in columns)
        packs.append((session_id, seq, kind, at, data))
    return packs


def unpacked(packs: Sequence[Pack]) -> Iterator[list[Row]]:
    """Yield the rows of each session, by seq.

    Raises:
        StoreError: a value has what stands between values.
    """
    for session_id, *columns in packs:
        seqs, kinds, moments, data = (column.split(BETWEEN) for column in columns)
        if not len(seqs) == len(kinds) == len(moments) == len(data):
            raise StoreError(f"session {session_id}: an event can't be read (U+001E in a value); restore a backup")
        events = zip(map(int, seqs), kinds, moments, data, strict=True)
        yield [(session_id, *event) for event in sorted(events, key=lambda event: event[0])]


def in_order(events: int) -> str:
    """Return the seqs of so many events, as they are read."""
    return BETWEEN.join(map(str, range(events)))
