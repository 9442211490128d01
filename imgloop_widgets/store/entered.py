"""What a study's entrance keeps, as methods of the store; see `entries`."""

from collections.abc import Mapping
from datetime import datetime

from imgloop_widgets.store import entries
from imgloop_widgets.store.entries import SentBy
from imgloop_widgets.store.transactions import Transactions


class Entered(Transactions):
    """Seats, revocations, codes for panels, and whom panels have sent."""

    def take_seat(self, session_id: str, holder: str, at: datetime) -> None:
        """Give the session to this page, whoever had it. holder: random, of one page."""
        with self._transaction(f"take the seat of session {session_id}", writes=True) as connection:
            entries.take_seat(connection, session_id, holder, at)

    def standing(self, session_id: str) -> tuple[str | None, int]:
        """Return which page has the session (its holder; None: none has had it yet), and how many events there are."""
        with self._transaction(f"look who has session {session_id}") as connection:
            return entries.standing(connection, session_id)

    def revoke(self, study: str, digest: str, at: datetime) -> bool:
        """Let a link or a worker in no more; return whether they were let in before. digest: see `access.door`."""
        with self._transaction("revoke", writes=True) as connection:
            return entries.revoke(connection, study, digest, at)

    def allow(self, study: str, digest: str) -> bool:
        """Take a revocation back; return whether there was one."""
        with self._transaction("take back a revocation", writes=True) as connection:
            return entries.allow(connection, study, digest)

    def revoked(self, study: str) -> frozenset[str]:
        """Return the digests of all that is revoked."""
        with self._transaction("read the revocations") as connection:
            return entries.revoked(connection, study)

    def codes(self, study: str, new: Mapping[str, str]) -> dict[str, str]:
        """Return the codes of the study by outcome; those that are missing are taken from `new`, and kept."""
        with self._transaction("read the codes") as connection:
            known = entries.known_codes(connection, study)
        if not new.keys() <= known.keys():
            with self._transaction("keep codes", writes=True) as connection:
                entries.make_codes(connection, study, new)
                known = entries.known_codes(connection, study)  # of several processes, one was first
        return known

    def note_arrival(self, session_id: str, values: Mapping[str, str], at: datetime) -> None:
        """Note what a panel sent along with the worker of this session."""
        with self._transaction(f"note an arrival in session {session_id}", writes=True) as connection:
            entries.arrive(connection, session_id, values, at)

    def arrivals(self, study: str) -> list[SentBy]:
        """Return all whom a panel has sent to this study, the earliest first."""
        with self._transaction("read the arrivals") as connection:
            return entries.arrivals(connection, study)
