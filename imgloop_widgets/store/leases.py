"""Who makes the image that is owed. Two pages of one session ask; one of them makes it, the other waits.

A lease runs out by itself, so that a killed process does not keep its session for ever. The clock is the caller's:
between hosts, clocks that differ by more than the lease make an image twice (the log still takes one).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from imgloop_widgets.store.log import moment

_CLAIM = text(
    """INSERT INTO leases (session_id, seq, holder, until) VALUES (:session_id, :seq, :holder, :until)
       ON CONFLICT (session_id, seq) DO UPDATE SET holder = excluded.holder, until = excluded.until
       WHERE leases.holder = excluded.holder OR leases.until <= :now"""
)
_RELEASE = text("DELETE FROM leases WHERE session_id = :session_id AND holder = :holder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What becomes of the images of a session together with its new events. holder: who asks.

    until: the image that is owed after the events is the holder's to make until then; nobody else can have asked for it
    before. None: all that the holder has of this session is given back.
    """

    holder: str
    until: datetime | None = None


def follow(connection: Connection, session_id: str, seq: int, lease: Lease) -> None:
    """Claim what is owed, or give it back. seq: of the event that comes after those that are appended."""
    if lease.until is None:
        release(connection, session_id, lease.holder)
    else:
        given = {"session_id": session_id, "seq": seq, "holder": lease.holder, "until": moment(lease.until)}
        connection.execute(_CLAIM, {**given, "now": given["until"]})


def claim(connection: Connection, session_id: str, seq: int, holder: str, now: datetime, lease_s: float) -> bool:
    """Return whether the holder has the lease now: taken, renewed, or taken over from one whose time is over."""
    until = now + timedelta(seconds=lease_s)
    given = {"session_id": session_id, "seq": seq, "holder": holder, "now": moment(now), "until": moment(until)}
    return connection.execute(_CLAIM, given).rowcount == 1


def release(connection: Connection, session_id: str, holder: str) -> None:
    """Give back all that the holder has of this session."""
    connection.execute(_RELEASE, {"session_id": session_id, "holder": holder})
