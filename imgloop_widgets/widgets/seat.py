"""The seat of a session: it is played on one page at a time, and the page that was opened last has it.

The page before keeps what it shows and does nothing any more; whoever wants to go on there loads it anew, and so takes
the seat back.
"""

import secrets
from datetime import datetime

from imgloop_widgets.store import Store

AWAY = "This task is open in another window. Please go on there."


class Seat:
    """Taken when it is made. lost: whether another page has taken it; events: how many there were; when last looked."""

    def __init__(self, store: Store, session_id: str, now: datetime) -> None:
        self._store, self._session_id, self._holder = store, session_id, secrets.token_hex(8)
        self.lost, self.events = False, 0
        store.take_seat(session_id, self._holder, now)

    def look(self) -> bool:
        """Look who has the seat, and return whether it is still this page's. Raises: StoreError."""
        holder, self.events = self._store.standing(self._session_id)
        self.lost = self.lost or holder != self._holder
        return not self.lost
