"""What stands in a worker's page and is not submitted yet. Not part of the log: a session never depends on it.

A draft is what the worker has typed, at one state of the session. A sheet is what triggers have changed in the form
itself (fieldsets that were added, parts that were shown); it stays as long as the form is to be seen.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from imgloop_widgets.store.log import to_json

_SAVE = text(
    """INSERT INTO drafts (session_id, seq, data) VALUES (:session_id, :seq, :data)
       ON CONFLICT (session_id) DO UPDATE SET seq = excluded.seq, data = excluded.data
       WHERE drafts.seq <= excluded.seq"""
)
_READ = text("SELECT seq, data FROM drafts WHERE session_id = :session_id")
_SAVE_SHEET = text(
    """INSERT INTO sheets (session_id, data) VALUES (:session_id, :data)
       ON CONFLICT (session_id) DO UPDATE SET data = excluded.data"""
)
_READ_SHEET = text("SELECT data FROM sheets WHERE session_id = :session_id")


def save(connection: Connection, session_id: str, seq: int, values: Mapping[str, Any]) -> None:
    """Keep the draft for the state with this seq; one that comes late, for an earlier state, is dropped."""
    data = to_json(values, f"session {session_id}: the draft")
    connection.execute(_SAVE, {"session_id": session_id, "seq": seq, "data": data})


def read(connection: Connection, session_id: str) -> tuple[int, dict[str, Any]] | None:
    """Return the seq of the state the draft is for, and its values; None: there is none."""
    row = connection.execute(_READ, {"session_id": session_id}).first()
    return None if row is None else (row[0], json.loads(row[1]))


def save_sheet(connection: Connection, session_id: str, sheet: Mapping[str, Any]) -> None:
    """Keep the sheet in place of the one before."""
    data = to_json(sheet, f"session {session_id}: the sheet")
    connection.execute(_SAVE_SHEET, {"session_id": session_id, "data": data})


def read_sheet(connection: Connection, session_id: str) -> dict[str, Any] | None:
    """Return the sheet; None: there is none."""
    data = connection.scalar(_READ_SHEET, {"session_id": session_id})
    return None if data is None else dict(json.loads(data))
