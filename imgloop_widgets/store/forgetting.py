"""Forget a worker: all that the store has of them, images and uploaded files too, and nothing of anybody else.

    find (sessions; images that no other session shows; files that no other session has uploaded)
      →  remove images and files  →  remove the rows, in one transaction

The rows are removed last, since only they tell which images and files there are: whoever is interrupted runs it again.
Events are otherwise never deleted, which a trigger keeps; it is out of force within the transaction.

What SQLite frees is overwritten (`secure_delete`), and the write-ahead log is emptied, so that no copy stays in the
files. PostgreSQL writes its tables anew (`VACUUM FULL`), so that no copy stays in the database's files; but its
write-ahead log keeps one until it comes round, as do replicas, backups, and blocks of the disk that were freed.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, TextClause, text

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.databases import database_of

GUARD = "events_are_never_deleted"

_SESSIONS = text("SELECT session_id FROM sessions WHERE worker_id = :worker_id ORDER BY opened_at, session_id")
_OF_WORKER = "session_id IN (SELECT session_id FROM sessions WHERE worker_id = :worker_id)"
_OF_THEIRS = "worker_id = :worker_id"
_OF_REPLAYS = f"(worker_id = :worker_id OR {_OF_WORKER})"
_OF_THEIR_REPLAYS = f"replay_id IN (SELECT replay_id FROM replays WHERE {_OF_REPLAYS})"
_OF_GENERATIONS = f"""(COALESCE({_OF_WORKER}, FALSE)
    OR idempotency_key IN (SELECT replay_id FROM replays WHERE {_OF_REPLAYS}))"""
_SHOWN = text(
    f"""SELECT data FROM events JOIN sessions ON sessions.session_id = events.session_id
       WHERE kind IN ('ImageGenerated', 'PracticeGenerated') AND worker_id = :worker_id
       UNION ALL SELECT data FROM generations WHERE {_OF_GENERATIONS}"""
)
_SHOWN_TO_OTHERS = text(
    f"""SELECT data FROM events JOIN sessions ON sessions.session_id = events.session_id
       WHERE kind IN ('ImageGenerated', 'PracticeGenerated') AND worker_id <> :worker_id
       UNION ALL SELECT data FROM generations WHERE NOT {_OF_GENERATIONS}"""
)
_REPLAYED = text(f"SELECT image_sha256 FROM replays WHERE image_sha256 IS NOT NULL AND {_OF_REPLAYS}")
_REPLAYED_OF_OTHERS = text(f"SELECT image_sha256 FROM replays WHERE image_sha256 IS NOT NULL AND NOT {_OF_REPLAYS}")
_UPLOADED = text(
    """SELECT DISTINCT sha256 FROM uploads
       WHERE session_id IN (SELECT session_id FROM sessions WHERE worker_id = :worker_id)
       AND sha256 NOT IN (SELECT sha256 FROM uploads WHERE session_id NOT IN
         (SELECT session_id FROM sessions WHERE worker_id = :worker_id))
       ORDER BY sha256"""
)
_TABLES = {
    **dict.fromkeys(
        (
            "drafts",
            "sheets",
            "uploads",
            "leases",
            "incidents",
            "metrics",
            "telemetry",
            "seats",
            "arrivals",
            "units",
            "payments",
            "reviews",
            "steered",
        ),
        _OF_WORKER,
    ),
    **dict.fromkeys(("calls", "qualifications", "turned_away", "told"), _OF_THEIRS),
    "generations": _OF_GENERATIONS,
    "replay_metrics": _OF_THEIR_REPLAYS,
    "replays": _OF_REPLAYS,  # what came of them is found by them
    "rating_slots": _OF_WORKER,
    "events": _OF_WORKER,  # they refer to sessions
    "sessions": _OF_WORKER,
}
"""Table → which of its rows are a worker's, in the order in which they are removed."""


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
    images = {*_images(connection, _SHOWN, given), *connection.scalars(_REPLAYED, given)}
    others = images & _of_others(connection, given) if images else set()
    counts = {
        table: int(connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {own}"), given) or 0)
        for table, own in _TABLES.items()
    }
    return Holdings(
        sessions=tuple(connection.scalars(_SESSIONS, given)),
        images=tuple(sorted(images - others)),
        shared=len(others),
        files=tuple(connection.scalars(_UPLOADED, given)),
        rows=counts,
    )


def remove_rows(connection: Connection, worker_id: str) -> None:
    """Remove every row of the worker; within `unguarded`."""
    for table, own in _TABLES.items():
        connection.execute(text(f"DELETE FROM {table} WHERE {own}"), {"worker_id": worker_id})


def unguarded(connection: Connection) -> AbstractContextManager[None]:
    """Let events be deleted meanwhile, in this transaction alone; nobody else writes until it ends."""
    first = ("sessions", "events")  # the order in which a session is opened: no two wait for each other
    tables = (*first, *(table for table in _TABLES if table not in first))
    return database_of(connection).unguarded(connection, "events", GUARD, tables)


def wipe(engine: Engine) -> None:
    """Leave no copy of what was deleted in the database's files."""
    database_of(engine).wipe(engine, tuple(_TABLES))


def _of_others(connection: Connection, given: dict[str, str]) -> set[str]:
    return {*_images(connection, _SHOWN_TO_OTHERS, given), *connection.scalars(_REPLAYED_OF_OTHERS, given)}


def _images(connection: Connection, query: TextClause, given: dict[str, str]) -> Iterator[str]:
    for data in connection.scalars(query, given):
        try:
            yield json.loads(data)["image_sha256"]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"an event can't be read ({error}), so nothing is removed; restore a backup") from error
