"""What stands in a worker's page and is not submitted yet. Not part of the log: a session never depends on it."""

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


def save(connection: Connection, session_id: str, seq: int, values: Mapping[str, Any]) -> None:
    """Keep the draft for the state with this seq; one that comes late, for an earlier state, is dropped."""
    data = to_json(values, f"session {session_id}: the draft")
    connection.execute(_SAVE, {"session_id": session_id, "seq": seq, "data": data})


def read(connection: Connection, session_id: str) -> tuple[int, dict[str, Any]] | None:
    """Return the seq of the state the draft is for, and its values; None: there is none."""
    row = connection.execute(_READ, {"session_id": session_id}).first()
    return None if row is None else (row[0], json.loads(row[1]))
