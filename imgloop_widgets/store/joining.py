"""Take over what another store has, in one transaction: all that was decided on, or nothing. See `differing`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from imgloop_widgets.errors import Conflict
from imgloop_widgets.store.catalogue import TABLES
from imgloop_widgets.store.differing import Asked, Change, Comparison, compare
from imgloop_widgets.store.snapshots import Values, columns_of, insert, kept, read


def join(ours: Connection, theirs: Connection, asked: frozenset[Asked]) -> tuple[Comparison, dict[str, int]]:
    """Write what is taken of theirs into ours; return the comparison, and table → rows that were written.

    Raises:
        Conflict: something differs that is neither to be taken nor to be skipped; nothing is written.
    """
    found = compare(ours, theirs)
    if stops := found.stops(asked):
        raise Conflict(f"{len(stops)} conflicts, the first: {stops[0].where} {stops[0].what}; nothing was written")
    sessions, studies = found.left_out(asked)
    taken = _Taken(theirs, found, sessions, studies)
    beaten = {one.session_id for one in found.differences if one.kind == "unit_taken"}
    written = {}
    for name in TABLES:
        rows = taken.rows(name)
        if name == "units":
            rows = _extra(rows, list(columns_of(theirs, name)), beaten)
        changes = taken.changes(name, asked)
        if not TABLES[name].log:
            _remove(ours, name, [change.row for change in changes if change.later])
        number = insert(ours, name, rows) + insert(ours, name, (change.row for change in changes))
        if number:
            written[name] = number
    return found, written


def wanted(theirs: Connection, found: Comparison, asked: frozenset[Asked]) -> set[tuple[str, str]]:
    """Return (`images` or `files`, sha256) of what the rows name that are taken over, or are here already."""
    out = _Taken(theirs, found, *found.left_out(asked)).sessions
    return {(one.kind, one.sha256) for one in kept(theirs) if one.session_id not in out}


class _Taken:
    """Which of their rows are taken over. sessions: of which none are."""

    def __init__(
        self, theirs: Connection, found: Comparison, sessions: frozenset[str], studies: frozenset[str]
    ) -> None:
        self._theirs, self._found, self.sessions, self._studies = theirs, found, sessions, studies
        if studies:  # what follows a session or a replay of such a study names no study itself
            study_of = {row[0]: row[1] for row in read(theirs, "sessions")}
            self.sessions |= {name for name, study in study_of.items() if study in studies}
            replays = list(columns_of(theirs, "replays"))
            self._replays = {row[0] for row in read(theirs, "replays") if row[replays.index("study")] in studies}
        else:
            self._replays = set[str]()

    def rows(self, name: str) -> Iterator[Values]:
        """Yield the rows of sessions that are new, and the events of those that go on."""
        if not TABLES[name].session:
            return
        columns = list(columns_of(self._theirs, name))
        place, seq = columns.index(TABLES[name].session), columns.index("seq") if name == "events" else 0
        for row in read(self._theirs, name):
            session = row[place]
            if session in self.sessions:
                continue
            goes_on = name == "events" and session in self._found.longer and row[seq] >= self._found.longer[session]
            if session in self._found.new or goes_on:
                yield row

    def changes(self, name: str, asked: frozenset[Asked]) -> list[Change]:
        """Return the rows to write of what is here already, or follows no session."""
        return [
            change
            for change in self._found.changes.get(name, ())
            if change.study not in self._studies
            and change.session_id not in self.sessions
            and not (name in ("replay_metrics", "replays") and change.row[0] in self._replays)
            and (not change.later or "take" in asked)
        ]


def _extra(rows: Iterator[Values], columns: Sequence[str], beaten: set[str | None]) -> Iterator[Values]:
    """Yield units, those that somebody else holds here as ones that do not count."""
    session, state = columns.index("session_id"), columns.index("state")
    for row in rows:
        if row[session] in beaten:
            row = (*row[:state], "extra", *row[state + 1 :])
        yield row


def _remove(connection: Connection, name: str, rows: Iterable[Sequence[Any]]) -> None:
    """Remove the rows with the same keys."""
    columns = list(columns_of(connection, name))
    where = " AND ".join(f"{key} = :{key}" for key in TABLES[name].key)
    given = [{key: row[columns.index(key)] for key in TABLES[name].key} for row in rows]
    if given:
        connection.execute(text(f"DELETE FROM {name} WHERE {where}"), given)
