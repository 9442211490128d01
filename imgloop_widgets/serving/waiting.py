"""The waiting page: a worker for whom there is no room yet, or while the server is being stopped. It enters by itself.

The page asks for its own address again and again, with the header `HEADER`, and is answered with JSON instead of a
page; once its place is 0 it loads itself anew. Such a question begins nothing and opens nothing.

Whoever the door has let in has one place, whatever else is added to their link. A page that waits is known by its link,
since a question does not go to the door.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from imgloop_widgets.serving.admission import Line

HEADER = "X-Imgloop-Waiting"

IN_LINE = "Many people are here at the moment. You are number {} in line."
NEXT = "Many people are here at the moment. You are next."
STOPPING = "We are making a short pause. What you did so far is saved."
MOST_KNOWN = 20_000
"""Links that are known to wait; of more, those that came first ask at the door again."""

BY_ITSELF = "This page opens your task by itself as soon as it can. Please leave it open."


@dataclass(slots=True, kw_only=True)
class Waiting:
    """line: before the door. room: returns how many more sessions fit. stopping: nobody enters any more."""

    line: Line
    room: Callable[[], int]
    stopping: bool = False
    _who: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def place(self, query: str, who: str, opened: int) -> int | None:
        """Return where a worker is who comes with this link: 0: they enter; None: nobody does.

        who: whom the door has let in. opened: pages of theirs that are open.
        """
        if self.stopping:
            return None
        place = self.line.ask(who, time.monotonic(), self.room(), opened=opened)
        if place:
            self._who[_key(query)] = who
            if len(self._who) > MOST_KNOWN:
                self._who.popitem(last=False)
        else:
            self._who.pop(_key(query), None)
        return place

    def place_of_waiting(self, query: str) -> int | None:
        """Return the same for a page that waits: where it is 0, a place is kept until the page comes."""
        if self.stopping:
            return None
        who = self._who.get(_key(query))
        if who is None or who not in self.line:  # forgotten, or never there: its page asks at the door
            return 0
        return self.line.ask(who, time.monotonic(), self.room(), hold=True)


def words(place: int | None) -> str:
    """Return what somebody in this place reads; None: while the server is being stopped."""
    return STOPPING if place is None else NEXT if place == 1 else IN_LINE.format(place)


def _key(query: str) -> str:
    """What stands for a link in the line: no link is kept."""
    return hashlib.sha256(query.encode()).hexdigest()
