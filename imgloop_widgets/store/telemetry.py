"""What workers' pages have noted of the work, as `signals` describes it. Not part of the log: nothing depends on it.

A row is what one page has noted of one phase of an attempt; a newer total takes the place of an older one. Of a session
there are at most `MOST_ROWS` (then no more is taken), and of a session that there is not, or no longer, none.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from imgloop_widgets.signals import Noted
from imgloop_widgets.store.log import moment, to_json

MOST_ROWS = 5000
"""Rows of one session, so that nobody fills the disk with them."""

_PUT = text(
    """INSERT INTO telemetry (session_id, attempt, phase, page, at, data)
       SELECT CAST(:session_id AS TEXT), CAST(:attempt AS INTEGER), CAST(:phase AS TEXT), CAST(:page AS TEXT),
              CAST(:at AS TEXT), CAST(:data AS TEXT)
       WHERE EXISTS (SELECT 1 FROM sessions WHERE sessions.session_id = :session_id)
         AND (SELECT count(*) FROM telemetry AS t WHERE t.session_id = :session_id) < :most
       ON CONFLICT (session_id, attempt, phase, page) DO UPDATE SET at = excluded.at, data = excluded.data"""
)
_READ = text(
    """SELECT telemetry.session_id, attempt, phase, page, at, data FROM telemetry
       JOIN sessions ON sessions.session_id = telemetry.session_id
       WHERE (CAST(:study AS TEXT) IS NULL OR study = :study)
       ORDER BY telemetry.session_id, attempt, at, phase, page"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """at: when it was noted last, UTC."""

    session_id: str
    at: datetime
    noted: Noted


def put(connection: Connection, session_id: str, notes: Iterable[Noted], at: datetime) -> None:
    """Keep the notes, in place of earlier ones of the same page, attempt and phase."""
    for note in notes:
        row = {
            "session_id": session_id,
            "attempt": note.attempt,
            "phase": note.phase,
            "page": note.page,
            "at": moment(at),
            "data": to_json(note.values, f"session {session_id}: what its page notes"),
            "most": MOST_ROWS,
        }
        connection.execute(_PUT, row)


def read(connection: Connection, study: str | None) -> list[Telemetry]:
    """Return the notes, by session, attempt and time. study: None: of all studies."""
    rows = connection.execute(_READ, {"study": study})
    return [
        Telemetry(
            session_id=session_id,
            at=datetime.fromisoformat(at),
            noted=Noted(page=page, attempt=attempt, phase=phase, values=json.loads(data)),
        )
        for session_id, attempt, phase, page, at, data in rows
    ]
