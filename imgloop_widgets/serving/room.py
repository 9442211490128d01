"""How many more workers fit: what memory is left over what one takes, and no more than processors and files allow.

What a worker takes is measured on the kernels that run, and guessed until there are some. A page that is being prepared
has not taken its memory yet, so it is counted as if it had not begun.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from imgloop_widgets.serving.machine import GUESS_BYTES, available_memory, by_memory, limit_of_machine, processors
from imgloop_widgets.serving.memory import memory_of

LEAST_BYTES = 8 * 2**20
"""No measurement makes it less: a page that has just begun has not touched what it will."""

PREPARING_PER_PROCESSOR = 25
"""Pages that are prepared at the same time, for each processor. With more, all of them would come late, and on a busy
machine none in time; who waits in line does not fail.
"""

LOOKED_AT = 10
MEASURED_EVERY_S = 10.0


@dataclass(slots=True, kw_only=True)
class Room:
    """sessions: how many there are now; preparing: those of them whose page is not ready. most: sessions at the same
    time, as the researcher wants it; None: as many as fit. each: bytes that one takes.
    """

    sessions: Callable[[], int]
    preparing: Callable[[], int]
    most: int | None = None
    available: Callable[[], int | None] = available_memory
    each: int = GUESS_BYTES
    _measured_at: float = field(default=float("-inf"))

    def left(self) -> int:
        """Return how many more sessions fit, ≥ 0."""
        most = limit_of_machine() if self.most is None else self.most
        fit = by_memory(self.available(), self.each) - self.preparing() if self.most is None else most
        beginning = PREPARING_PER_PROCESSOR * processors() - self.preparing()
        return max(0, min(most - self.sessions(), fit, beginning))

    def measure(self) -> None:
        """Measure what a session takes, from time to time. In a thread: it takes a while."""
        if time.monotonic() < self._measured_at + MEASURED_EVERY_S:
            return
        self._measured_at = time.monotonic()
        memory = memory_of(psutil.Process(), LOOKED_AT)
        if memory is not None and memory.each is not None:
            self.each = max(LEAST_BYTES, memory.each)
