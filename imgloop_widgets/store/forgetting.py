"""Forget a worker: all that the store has of them, images and uploaded files too, and nothing of anybody else.

    find (sessions; images that no other session shows; files that no other session has uploaded)
      →  remove images and files  →  remove the rows, in one transaction

The rows are removed last, since only they tell which images and files there are: whoever is interrupted runs it again.
Events are otherwise never deleted, which a trigger keeps; it is taken away and put back within the transaction. What
SQLite frees is overwritten (`secure_delete`), and the write-ahead log is emptied, so that no copy stays in the files.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, TextClause, text

from imgloop_widgets.errors import StoreError

GUARD = "events_are_never_deleted"

_SESSIONS = text("SELECT session_id FROM sessions WHERE worker_id = :worker_id ORDER BY opened_at, session_id")
_SHOWN = text(
    """SELECT data FROM events JOIN sessions ON sessions.session_id = events.session_id
       WHERE kind = 'ImageGenerated' AND worker_id = :worker_id"""
)
_SHOWN_TO_OTHERS = text(
    """SELECT data FROM events JOIN sessions ON sessions.session_id = events.session_id
       WHERE kind = 'ImageGenerated' AND worker_id <> :worker_id"""
)
_UPLOADED = text(
    """SELECT DISTINCT sha256 FROM uploads
       WHERE session_id IN (SELECT session_id FROM sessions WHERE worker_id = :worker_id)
       AND sha256 NOT IN (SELECT sha256 FROM uploads WHERE session_id NOT IN
         (SELECT session_id FROM sessions WHERE worker_id = :worker_id))
       ORDER BY sha256"""
)
_OF_WORKER = "session_id IN (SELECT session_id FROM sessions WHERE worker_id = :worker_id)"
_TABLES = ("drafts", "sheets", "uploads", "leases", "incidents", "events", "sessions")  # events refer to sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What there is of a worker. sessions: their ids. images: sha256 of those that only they were shown.

    shared: images that others were shown too, which stay. files: sha256 of files that they alone have uploaded. rows:
    table → number of its rows.
    """

    sessions: tuple[str, ...]
    images: tuple[str, ...]
    shared: int
    files: tuple[str, ...]
    rows: dict[str, int]


def holdings(connection: Connection, worker_id: str) -> Holdings:
    """Return what there is of the worker, in all studies of the store."""
    given = {"worker_id": worker_id}
    own = set(_images(connection, _SHOWN, given))
    others = own & set(_images(connection, _SHOWN_TO_OTHERS, given)) if own else set()
    counts = {
        table: int(connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {_OF_WORKER}"), given) or 0)
        for table in _TABLES
    }
    return Holdings(
        sessions=tuple(connection.scalars(_SESSIONS, given)),
        images=tuple(sorted(own - others)),
        shared=len(others),
        files=tuple(connection.scalars(_UPLOADED, given)),
        rows=counts,
    )


def remove_rows(connection: Connection, worker_id: str) -> None:
    """Remove every row of the worker; within a transaction that has taken the lock for writing."""
    guard = _guard(connection)
    if guard:
        connection.execute(text(f"DROP TRIGGER {GUARD}"))
    for table in _TABLES:
        connection.execute(text(f"DELETE FROM {table} WHERE {_OF_WORKER}"), {"worker_id": worker_id})
    if guard:
        connection.exec_driver_sql(guard)


def overwrite(connection: Connection) -> None:
    """Have the database overwrite what it frees from now on, where it can be told to."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def empty_the_log(engine: Engine) -> None:
    """Bring all that was committed into the database's own file, and leave no copy beside it.

    Where somebody reads at this moment, the log keeps what they read until the next time.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()  # SQLAlchemy's own begins a transaction, in which this is refused
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()


def _guard(connection: Connection) -> str | None:
    """Return the statement that makes the trigger against deletion; None: this database has none."""
    if connection.dialect.name != "sqlite":
        return None
    found: str | None = connection.scalar(
        text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"), {"name": GUARD}
    )
    return found


def _images(connection: Connection, query: TextClause, given: dict[str, str]) -> Iterator[str]:
    for data in connection.scalars(query, given):
        try:
            yield json.loads(data)["image_sha256"]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"an event can't be read ({error}), so nothing is removed; restore a backup") from error
