"""A clock that nobody waits for, and how long people take.

Times of people are log-normal: most are near the median, some are several times longer. The medians are guesses at
what a careful worker needs, in no way measured; they only make a simulated log look like a real one.
"""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class Clock:
    """Stands where it is until it is moved on. Called, it says what time it is (UTC)."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __call__(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        """Stand at another moment."""
        self._at = at

    def advance(self, seconds: float) -> None:
        """Move on by the seconds, ≥ 0."""
        if seconds < 0:
            raise ValueError(f"a clock goes forward; not by {seconds} seconds")
        self._at += timedelta(milliseconds=round(seconds * 1000))


class Present(Clock):
    """The real time, which nobody can move: for machine workers, whose images are really waited for."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def set(self, at: datetime) -> None:
        """Leave it as it is."""

    def advance(self, seconds: float) -> None:
        """Leave it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Medians in seconds. write: the first prompt with the form. update: a score with the next prompt. judge: a score
    alone. leave: until a page is closed. wait: the generator's answer. spread: sigma of the logarithm, ≥ 0.
    """

    write: float = 55.0
    update: float = 35.0
    judge: float = 9.0
    leave: float = 20.0
    wait: float = 6.0
    spread: float = 0.6

    def of(self, median_s: float, chance: random.Random) -> float:
        """Return a time around this median, seconds."""
        return chance.lognormvariate(math.log(median_s), self.spread)
