"""The waiting page: a worker for whom there is no room yet, or while the server is being stopped. It enters by itself.

The page asks for its own address again and again, with the header `HEADER`, and is answered with JSON instead of a
page; once its place is 0 it loads itself anew. Such a question begins nothing and opens nothing.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from imgloop_widgets.serving.admission import Line

HEADER = "X-Imgloop-Waiting"

IN_LINE = "Many people are here at the moment. You are number {} in line."
NEXT = "Many people are here at the moment. You are next."
STOPPING = "We are making a short pause. What you did so far is saved."
BY_ITSELF = "This page opens your task by itself as soon as it can. Please leave it open."


@dataclass(slots=True, kw_only=True)
class Waiting:
    """line: before the door. room: returns how many more sessions fit. stopping: nobody enters any more."""

    line: Line
    room: Callable[[], int]
    stopping: bool = False

    def place(self, query: str) -> int | None:
        """Return where a worker is who comes with this link: 0: they enter; None: nobody does."""
        return None if self.stopping else self.line.ask(_key(query), time.monotonic(), self.room())

    def place_of_waiting(self, query: str) -> int | None:
        """Return the same for a page that waits: where it is 0, a place is kept until the page comes."""
        if self.stopping:
            return None
        key = _key(query)
        if key not in self.line:  # forgotten, or never there: its page asks at the door
            return 0
        return self.line.ask(key, time.monotonic(), self.room(), hold=True)


def words(place: int | None) -> str:
    """Return what somebody in this place reads; None: while the server is being stopped."""
    return STOPPING if place is None else NEXT if place == 1 else IN_LINE.format(place)


def _key(query: str) -> str:
    """What stands for a link in the line: no link is kept."""
    return hashlib.sha256(query.encode()).hexdigest()
