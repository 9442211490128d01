"""How fast a page may talk to its kernel: so many messages and so many bytes in a second, after a first burst.

A page that is faster is not cut off: its next message is read later, and so the network itself holds it back. Nothing
that a worker does is lost by it, and nobody fills the server's memory or a processor with messages.

A page at work sends a handful of messages in a second; one that comes back after a lost connection, some hundreds at
once; one that uploads a file, half a megabyte ahead of the answers.
"""

from dataclasses import dataclass, field

MESSAGES = 50.0
FIRST_MESSAGES = 500.0
BYTES = 8.0 * 2**20
FIRST_BYTES = 32.0 * 2**20
"""In a second, in the long run; and at once, before the pace counts."""


@dataclass(slots=True, kw_only=True)
class Bucket:
    """rate: what comes back in a second, > 0. size: what there is at most, and at first."""

    rate: float
    size: float
    _left: float = field(init=False)
    _at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._left = self.size

    def take(self, now: float, amount: float) -> float:
        """Take it, and return the seconds until it is made good, ≥ 0. now: of a clock that never goes back."""
        before = now if self._at is None else self._at
        self._left, self._at = min(self.size, self._left + (now - before) * self.rate) - amount, now
        return max(0.0, -self._left / self.rate)


@dataclass(slots=True, kw_only=True)
class Pace:
    """Of one connection."""

    messages: Bucket = field(default_factory=lambda: Bucket(rate=MESSAGES, size=FIRST_MESSAGES))
    bytes: Bucket = field(default_factory=lambda: Bucket(rate=BYTES, size=FIRST_BYTES))

    def wait(self, now: float, size: int) -> float:
        """Return for how many seconds nothing more is read, after a message of this size (bytes)."""
        return max(self.messages.take(now, 1), self.bytes.take(now, size))
