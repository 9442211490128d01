"""The log of events in SQL: open a session, append, read. Every function works within the caller's transaction.

A row holds seq, kind and at in columns of their own and the other fields as JSON text, so that a person who looks
into the table can read it: `SELECT seq, at, kind, data FROM events WHERE session_id = '…' ORDER BY seq`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.events import Event, SessionOpened, from_record, to_record
from imgloop_widgets.store.databases import database_of

_COLUMNS = ("session_id", "seq", "kind", "at")
_FIND = text("SELECT session_id FROM sessions WHERE study = :study AND worker_id = :worker_id AND unit_id = :unit_id")
_STUDY = text("SELECT study FROM sessions WHERE session_id = :session_id")
_OPEN = text("INSERT INTO sessions VALUES (:session_id, :study, :worker_id, :unit_id, :opened_at)")
_APPEND = text("INSERT INTO events (session_id, seq, kind, at, data) VALUES (:session_id, :seq, :kind, :at, :data)")
_LENGTH = text("SELECT max(seq) FROM events WHERE session_id = :session_id")
_LENGTHS = text(
    """SELECT sessions.session_id, max(seq) FROM sessions JOIN events ON events.session_id = sessions.session_id
       WHERE study = :study GROUP BY sessions.session_id, opened_at ORDER BY opened_at, sessions.session_id"""
)
_READ = text(
    "SELECT session_id, seq, kind, at, data FROM events WHERE session_id = :session_id AND seq >= :since ORDER BY seq"
)
_OF_STUDY = "(CAST(:study AS TEXT) IS NULL OR study = :study)"
_SESSIONS = text(
    f"""SELECT events.session_id, seq, kind, at, data FROM sessions
        JOIN events ON events.session_id = sessions.session_id AND seq = 0
        WHERE {_OF_STUDY} AND (CAST(:worker_id AS TEXT) IS NULL OR worker_id = :worker_id)
        AND (:finished OR NOT EXISTS (
            SELECT 1 FROM events AS e WHERE e.session_id = sessions.session_id AND e.kind = 'SessionFinished'
        )) ORDER BY opened_at, sessions.session_id"""
)
_PAGE = text(
    f"""SELECT events.session_id, seq, kind, at, data FROM (
            SELECT session_id, opened_at FROM sessions
            WHERE (opened_at, session_id) > (:opened_at, :session_id) AND {_OF_STUDY}
            ORDER BY opened_at, session_id LIMIT :sessions
        ) AS page JOIN events ON events.session_id = page.session_id
        ORDER BY page.opened_at, page.session_id, seq"""
)
_COUNTS = text(
    f"""SELECT kind, count(*) FROM events JOIN sessions ON sessions.session_id = events.session_id
        WHERE {_OF_STUDY} GROUP BY kind"""
)
_IDS = text("SELECT session_id, study FROM sessions WHERE session_id > :after ORDER BY session_id LIMIT :sessions")
_RANGE = text(
    """SELECT session_id, seq, kind, at, data FROM events
       WHERE session_id > :after AND session_id <= :last ORDER BY session_id, seq"""
)
_OF_SESSIONS = dict.fromkeys(("session_id", "study", "worker_id", "unit_id", "opened_at"), "TEXT")
_OF_EVENTS = {"session_id": "TEXT", "seq": "INTEGER", "kind": "TEXT", "at": "TEXT", "data": "TEXT"}
FIRST_PAGE = ("", "")
"""Before every (opened_at, session_id)."""


def study_of(connection: Connection, session_id: str) -> str | None:
    """Return the study of a session; None: there is no such session."""
    found: str | None = connection.scalar(_STUDY, {"session_id": session_id})
    return found


def find(connection: Connection, study: str, worker_id: str, unit_id: str) -> str | None:
    """Return the id of the session; None: it was never opened."""
    found: str | None = connection.scalar(_FIND, {"study": study, "worker_id": worker_id, "unit_id": unit_id})
    return found


def open_or_resume(connection: Connection, opening: SessionOpened) -> tuple[str, tuple[Event, ...]]:
    """Return the id and events of the session of this worker and unit, opened now if there is none.

    Raises:
        Conflict: it was opened by another process just now (look again), or its id belongs to another session.
    """
    if opening.seq != 0:
        raise StoreError(f"SessionOpened must have seq 0; not {opening.seq}")
    found = find(connection, opening.study, opening.worker_id, opening.unit_id)
    if found is not None:
        return found, read(connection, found, 0)
    row = _row(opening.session_id, opening)
    try:
        connection.execute(
            _OPEN,
            {
                "session_id": opening.session_id,
                "study": opening.study,
                "worker_id": opening.worker_id,
                "unit_id": opening.unit_id,
                "opened_at": row["at"],
            },
        )
        connection.execute(_APPEND, row)
    except IntegrityError as error:
        raise Conflict(f"session {opening.session_id} exists already; open it again, with another id") from error
    return opening.session_id, (opening,)


def append(connection: Connection, session_id: str, events: Sequence[Event]) -> None:
    """Append the events, whose `seq` must go on where the log ends.

    Raises:
        Conflict: an event with such a seq exists already, or one before it is missing.
        StoreError: there is no such session.
    """
    expected = length(connection, session_id)
    if expected == 0:
        raise StoreError(f"there is no session {session_id}; open it before appending")
    for seq, event in enumerate(events, start=expected):
        if event.seq != seq:
            found = "exists already" if event.seq < seq else f"leaves a gap after {seq - 1}"
            raise Conflict(f"session {session_id}: event {event.seq} {found}; read the session again")
    try:
        connection.execute(_APPEND, [_row(session_id, event) for event in events])
    except IntegrityError as error:  # where writers don't wait for each other, the primary key decides
        raise Conflict(f"session {session_id}: event {expected} exists already; read the session again") from error


def length(connection: Connection, session_id: str) -> int:
    """Number of events, which is the seq of the next one; 0: there is no such session."""
    last = connection.scalar(_LENGTH, {"session_id": session_id})
    return 0 if last is None else int(last) + 1


def lengths(connection: Connection, study: str) -> dict[str, int]:
    """Return the number of events of each session of a study, the earliest opened first."""
    return {session_id: int(last) + 1 for session_id, last in connection.execute(_LENGTHS, {"study": study})}


def read(connection: Connection, session_id: str, since: int) -> tuple[Event, ...]:
    """Return the events from seq `since` on; none for an unknown session."""
    return tuple(_events(connection.execute(_READ, {"session_id": session_id, "since": since})))


def counts(connection: Connection, study: str | None) -> dict[str, int]:
    """Return kind of event → how many there are. study: None: of all studies."""
    return {kind: number for kind, number in connection.execute(_COUNTS, {"study": study})}


def openings(
    connection: Connection, study: str | None, *, worker_id: str | None = None, finished: bool
) -> list[SessionOpened]:
    """Return the first event of every session, the earliest first. study, worker_id: None: of all."""
    events = _events(connection.execute(_SESSIONS, {"study": study, "worker_id": worker_id, "finished": finished}))
    return [event for event in events if isinstance(event, SessionOpened)]


def page(
    connection: Connection, study: str | None, after: tuple[str, str], sessions: int
) -> tuple[list[tuple[str, tuple[Event, ...]]], tuple[str, str] | None]:
    """Return the whole logs of the next sessions, in one query, and what to give as `after` next; None: all is read."""
    opened_at, session_id = after
    given = {"study": study, "opened_at": opened_at, "session_id": session_id, "sessions": sessions}
    rows = connection.execute(_PAGE, given).all()
    logs = [(name, tuple(_events(log))) for name, log in groupby(rows, key=lambda row: row[0])]
    if len(logs) < sessions:
        return logs, None
    last, events = logs[-1]
    return logs, (moment(events[0].at), last)


Row = tuple[str, int, str, str, str]
"""An event as it is stored: session_id, seq, kind, at (UTC, ISO 8601), its other fields as JSON text."""


def stored(session_id: str, event: Event) -> Row:
    """Return the event as a row. Raises: StoreError: a value can't be stored."""
    row = _row(session_id, event)
    return row["session_id"], row["seq"], row["kind"], row["at"], row["data"]


def raw_page(connection: Connection, study: str | None, after: str, sessions: int) -> tuple[list[Row], str | None]:
    """Return the rows of the next sessions in the order of their ids, and what to give as `after` next; None: no more.

    The order of the key, and no join: a third of the time that `page` takes. study: None: of all studies.
    """
    ids = connection.execute(_IDS, {"after": after, "sessions": sessions}).all()
    if not ids:
        return [], None
    result = connection.execute(_RANGE, {"after": after, "last": ids[-1][0]})
    assert result.cursor is not None
    rows: list[Row] = list(result.cursor.fetchall())  # the driver's own tuples
    others = {session_id for session_id, name in ids if study is not None and name != study}
    if others:
        rows = [row for row in rows if row[0] not in others]
    return rows, ids[-1][0] if len(ids) == sessions else None


def add(connection: Connection, logs: Iterable[Sequence[Event]]) -> None:
    """Insert whole sessions, each with its opening first.

    Raises:
        Conflict: one of them exists already, or its worker has opened that unit.
        StoreError: one has no opening, or its seq have a gap.
    """
    openings: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for log in logs:
        opening = log[0] if log else None
        if not isinstance(opening, SessionOpened) or any(event.seq != seq for seq, event in enumerate(log)):
            raise StoreError("a session must begin with SessionOpened, and its seq be 0, 1, 2, … without a gap")
        own = [_row(opening.session_id, event) for event in log]
        about = {name: getattr(opening, name) for name in ("session_id", "study", "worker_id", "unit_id")}
        openings.append({**about, "opened_at": own[0]["at"]})
        rows += own
    if not openings:
        return
    try:
        database = database_of(connection)
        database.insert(connection, "sessions", _OF_SESSIONS, openings)
        database.insert(connection, "events", _OF_EVENTS, rows)
    except IntegrityError as error:
        raise Conflict("one of the sessions exists already, so none was added; leave it out and try again") from error


def moment(at: datetime) -> str:
    """The moment as text: UTC, always of the same width, so that texts sort like moments.

    Raises:
        StoreError: it has no time zone.
    """
    if at.tzinfo is None:
        raise StoreError(f"a moment must have a time zone; not {at.isoformat()} (use datetime.now(UTC))")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def to_json(values: Mapping[str, Any], what: str) -> str:
    """Return the values as JSON text, readable where it can be.

    Raises:
        StoreError: a value is not one of JSON's.
    """
    try:
        data = json.dumps(values, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"{what} can't be stored as JSON ({error}); use text, numbers, lists and mappings") from error
    try:
        data.encode()
    except UnicodeEncodeError:  # half a pair of surrogates, from a browser: only its escape can be stored
        return json.dumps(values)
    return data


def to_text(text: str) -> str:
    """Return text that every database takes in a column of its own: a NUL and half a pair of surrogates as escapes.

    The log keeps them exactly, as JSON's escapes; this is for what stands beside it.
    """
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\x00")


def _row(session_id: str, event: Event) -> dict[str, Any]:
    record = to_record(event)
    data = {name: value for name, value in record.items() if name not in _COLUMNS}
    return {
        "session_id": session_id,
        "seq": event.seq,
        "kind": record["kind"],
        "at": moment(event.at),
        "data": to_json(data, f"session {session_id}: event {event.seq} ({record['kind']})"),
    }


def _events(rows: Iterable[Any]) -> Iterator[Event]:
    for session_id, seq, kind, at, data in rows:
        try:
            yield from_record({**json.loads(data), "session_id": session_id, "seq": seq, "kind": kind, "at": at})
        except StoreError as error:
            raise StoreError(f"session {session_id}: {error}") from error
        except (ValueError, TypeError) as error:
            raise StoreError(f"session {session_id}: event {seq} can't be read ({error}); restore a backup") from error
