"""What went wrong, under the number that a worker was shown beside one neutral sentence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from imgloop_widgets.store.log import moment, to_text

_RECORD = text("INSERT INTO incidents (incident, at, session_id, text) VALUES (:incident, :at, :session_id, :text)")
_READ = text("SELECT incident, at, session_id, text FROM incidents ORDER BY at DESC, incident LIMIT :limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """incident: its number. at: UTC. session_id: None: outside a session. text: the cause, with its traceback."""

    incident: str
    at: datetime
    session_id: str | None
    text: str


def record(connection: Connection, incident: Incident) -> None:
    """Keep the incident; text that no database takes is kept with its characters escaped, never lost."""
    row = {
        "incident": incident.incident,
        "at": moment(incident.at),
        "session_id": incident.session_id,
        "text": to_text(incident.text),
    }
    connection.execute(_RECORD, row)


def read(connection: Connection, limit: int) -> list[Incident]:
    """Return the latest incidents, the latest first."""
    rows = connection.execute(_READ, {"limit": limit})
    return [Incident(incident=i, at=datetime.fromisoformat(at), session_id=s, text=t) for i, at, s, t in rows]
