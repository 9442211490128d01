"""What researchers have done to a study while it went on: who, what, when and why; rows are added, never changed.

What it means for a session stands in its own log; this is for whoever asks later who it was.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from imgloop_widgets.store.log import moment, to_text

What = Literal["pause", "resume", "extend", "close", "return"]
"""What can be done: to the study the first two, to a unit the others."""

_PUT = text("INSERT INTO steered VALUES (:steered_id, :study, :at, :who, :what, :session_id, :why)")
_READ = text(
    """SELECT study, at, who, what, why, session_id FROM steered WHERE study = :study
       ORDER BY at DESC, steered_id LIMIT :limit"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """Something that a researcher did. at: UTC. who, why: in their words. session_id: of the unit; None: the study."""

    study: str
    at: datetime
    who: str
    what: What
    why: str = ""
    session_id: str | None = None


def put(connection: Connection, steered: Steered) -> None:
    """Keep it."""
    row = {
        "steered_id": secrets.token_hex(8),
        "study": steered.study,
        "at": moment(steered.at),
        "who": to_text(steered.who),
        "what": steered.what,
        "session_id": steered.session_id,
        "why": to_text(steered.why),
    }
    connection.execute(_PUT, row)


def read(connection: Connection, study: str, limit: int) -> list[Steered]:
    """Return the latest of a study, the latest first; at most `limit`."""
    rows = connection.execute(_READ, {"study": study, "limit": limit})
    return [
        Steered(study=name, at=datetime.fromisoformat(at), who=who, what=what, why=why, session_id=session_id)
        for name, at, who, what, why, session_id in rows
    ]
