"""Who has uploaded which file. The files themselves are kept by their content (see `contents`), once for all sessions.

A worker may name and get back what their own session has uploaded, and nothing else, whatever sha256 they know.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_NOTE = text(
    """INSERT INTO uploads (session_id, sha256, size, type) VALUES (:session_id, :sha256, :size, :type)
       ON CONFLICT (session_id, sha256) DO NOTHING"""
)
_READ = text("SELECT sha256, size, type FROM uploads WHERE session_id = :session_id ORDER BY sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """sha256: of the content, 64 hex digits. size: bytes, ≥ 0. type: what the browser called it (MIME), or ""."""

    sha256: str
    size: int
    type: str


def note(connection: Connection, session_id: str, upload: Upload) -> None:
    """Keep that the session has uploaded this file."""
    given = {"session_id": session_id, "sha256": upload.sha256, "size": upload.size, "type": upload.type}
    connection.execute(_NOTE, given)


def read(connection: Connection, session_id: str) -> dict[str, Upload]:
    """Return the session's files by their sha256."""
    rows = connection.execute(_READ, {"session_id": session_id})
    return {sha256: Upload(sha256=sha256, size=size, type=kind) for sha256, size, kind in rows}
