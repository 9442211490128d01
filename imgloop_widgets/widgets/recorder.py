"""Takes what a page notes of the work, and keeps it, without anything of the task ever waiting for it.

    message ─▶ small enough, not too many? ─▶ signals.noted ─▶ the latest total of each step ─▶ a thread ─▶ store.note

Laws: `take` returns at once and raises nothing. What can't be kept is logged, and that is all: the worker hears nothing
of it, and no incident is made of it. While the store is slow, newer totals take the place of those that wait.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from imgloop_widgets.signals import Noted, noted
from imgloop_widgets.store import Store
from imgloop_widgets.widgets.base import characters

log = logging.getLogger("imgloop")

MOST_CHARACTERS = 8192
"""Of one message; a page's longest has about half of it."""

MOST_PER_MINUTE = 120
"""Messages that are taken; a page sends one at each step, and when it is left or hidden."""

MINUTE = timedelta(seconds=60)


class Recorder:
    """Of one session's page. now: the clock, UTC."""

    def __init__(self, store: Store, session_id: str, now: Callable[[], datetime]) -> None:
        self._store, self._session_id, self._now = store, session_id, now
        self._taken: deque[datetime] = deque(maxlen=MOST_PER_MINUTE)
        self._waiting: dict[tuple[str, int, str], Noted] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, content: Mapping[str, Any], attempts: int) -> None:
        """Take a message of the page; drop one that is out of shape or comes too often. attempts: images shown."""
        try:
            if self._too_often() or characters(content) > MOST_CHARACTERS:
                return
            notes = noted(content, attempts)
            if notes:
                self._keep_soon(notes)
        except Exception:
            log.exception("what a page of session %s noted could not be taken", self._session_id)

    def wait(self, seconds: float) -> None:
        """Wait until all that was taken is kept, at most so long; for tests and for who leaves."""
        if (thread := self._thread) is not None:
            thread.join(seconds)

    def _too_often(self) -> bool:
        now = self._now()
        if len(self._taken) == MOST_PER_MINUTE and now - self._taken[0] < MINUTE:
            return True
        self._taken.append(now)
        return False

    def _keep_soon(self, notes: tuple[Noted, ...]) -> None:
        with self._lock:
            self._waiting |= {(note.page, note.attempt, note.phase): note for note in notes}
            if self._thread is None:  # no daemon: a kernel that is told to end keeps what it has taken
                self._thread = threading.Thread(target=self._keep, name="imgloop-signals")
                self._thread.start()

    def _keep(self) -> None:
        while True:
            with self._lock:
                notes, self._waiting = tuple(self._waiting.values()), {}
                if not notes:
                    self._thread = None
                    return
            try:
                self._store.note(self._session_id, notes, self._now())
            except Exception as error:
                log.warning("what a page of session %s noted is lost: %s", self._session_id, error)
