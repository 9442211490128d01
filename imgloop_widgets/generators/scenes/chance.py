"""Chance in named streams: every choice has a stream of its own, keyed by (seed, thing, aspect).

One stream in sequence would let a new word shift every later choice. Here a new detail changes only itself.
"""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A family of random streams. `chance("bear", 0)` is a narrower family; `chance.of("x")` is one stream."""

    __slots__ = ("_key",)

    def __init__(self, *key: object) -> None:
        self._key = "/".join(map(str, key))

    def __call__(self, *key: object) -> "Chance":
        """Return the family below this one."""
        return Chance(self._key, *key)

    def of(self, aspect: str) -> Random:
        """Return the stream of this aspect, always from its beginning."""
        digest = blake2b(f"{self._key}/{aspect}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return Random(int.from_bytes(digest, "big"))

    def share(self, aspect: str) -> float:
        """Return one number in [0, 1)."""
        return self.of(aspect).random()

    def between(self, aspect: str, low: float, high: float) -> float:
        """Return one number in [low, high)."""
        return low + (high - low) * self.share(aspect)

    def pick(self, aspect: str, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self.share(aspect) * len(choices))]
