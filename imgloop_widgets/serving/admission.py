"""Who enters now and who waits in line: as many as fit, not too many at once, and no link too often.

    ask(link, now, room) → 0: enter         n: the n-th in line

A link that asks is in the line, once, however often it asks; one that has not asked for `GONE_S` has left it. The first
in the line enter, as many as there is room for and as the rate allows. Who is told to enter (`hold`) keeps the place
for `HELD_S`, until the page comes. All times are seconds of one clock that is given, so nothing here waits.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass

GONE_S = 40.0
HELD_S = 20.0
LINK_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """sessions: at the same time, at most; None: as many as memory allows. per_second: new sessions, in the long run;
    at_once: those that may come in one moment. per_link: pages of one link within `LINK_S` seconds; open_per_link:
    pages of one link that are open at the same time; None: no limit.
    """

    sessions: int | None = None
    per_second: float = 20.0
    at_once: int = 100
    per_link: int | None = None
    open_per_link: int | None = None


class Line:
    """The line before the door."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._line: OrderedDict[str, float] = OrderedDict()
        self._held: dict[str, float] = {}
        self._entered: dict[str, deque[float]] = {}
        self._tokens, self._filled = float(limits.at_once), 0.0

    def __len__(self) -> int:
        return len(self._line)

    def __contains__(self, link: str) -> bool:
        """Whether the link is in the line, or its place is kept."""
        return link in self._line or link in self._held

    def ask(self, link: str, now: float, room: int, *, opened: int = 0, hold: bool = False) -> int:
        """Return 0 where this link enters, else its place in the line, 1-based.

        room: sessions that fit beside those that there are. opened: pages of this link that are open. hold: the page
        itself comes in a moment.
        """
        self._forget(now)
        if link in self._held:
            if not hold:
                del self._held[link]
                self._note(link, now)
            return 0
        if self._has_enough(link, opened):
            return len(self._line) + 1
        self._line[link] = now
        place = list(self._line).index(link) + 1 if len(self._line) > 1 else 1
        if place > min(room - len(self._held), self._tokens):
            return place
        del self._line[link]
        self._tokens -= 1
        if hold:
            self._held[link] = now
        else:
            self._note(link, now)
        return 0

    def _has_enough(self, link: str, opened: int) -> bool:
        limits = self._limits
        often = limits.per_link is not None and len(self._entered.get(link, ())) >= limits.per_link
        return often or (limits.open_per_link is not None and opened >= limits.open_per_link)

    def _note(self, link: str, now: float) -> None:
        self._entered.setdefault(link, deque()).append(now)

    def _forget(self, now: float) -> None:
        """Let go of what is over, and let the rate allow as many as the time since has brought."""
        limits = self._limits
        self._tokens = min(float(limits.at_once), self._tokens + (now - self._filled) * limits.per_second)
        self._filled = now
        for kept, limit in ((self._line, GONE_S), (self._held, HELD_S)):
            for link in [link for link, at in kept.items() if at < now - limit]:
                del kept[link]
        for link, times in list(self._entered.items()):
            while times and times[0] < now - LINK_S:
                times.popleft()
            if not times:
                del self._entered[link]
