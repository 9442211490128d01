"""Signs of life of a worker's page: while they come, the worker keeps their unit (see `assignment`)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from imgloop_widgets.store import Store

EVERY = timedelta(seconds=20)
"""How often one is stored at most; a page is heard of more often than that."""


class SignsOfLife:
    """Of one session's page. clock: UTC."""

    def __init__(self, store: Store, session_id: str, clock: Callable[[], datetime]) -> None:
        self._store, self._session_id, self._clock = store, session_id, clock
        self._last = clock()

    def give(self) -> None:
        """Say that the page was heard of just now. Raises: StoreError."""
        now = self._clock()
        if not self._last <= now < self._last + EVERY:
            self._last = now
            self._store.touch(self._session_id, now)
