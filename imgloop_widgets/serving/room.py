"""How many more workers fit: what memory is left over what one takes, and no more than processors and files allow.

What a worker takes is measured on the kernels that run, and guessed until there are some. A page that is being prepared
has not taken its memory yet, so it is counted as if it had not begun.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from imgloop_widgets.serving.memory import available_memory, memory_of

GUESS_BYTES = 55 * 2**20
"""Memory of a worker's page until it is measured: of a plain kernel, the larger one."""

LEAST_BYTES = 8 * 2**20
"""No measurement makes it less: a page that has just begun has not touched what it will."""

KEPT_BYTES = 256 * 2**20
"""Memory that is left for everything else."""

PER_PROCESSOR = 200
"""Workers for whom one processor is enough, who act once in 20 seconds."""

FILES_EACH = 20
"""Open files of the server for each page: its sockets to the kernel, its websocket, and what a start needs."""

LOOKED_AT = 10
MEASURED_EVERY_S = 10.0


@dataclass(slots=True, kw_only=True)
class Room:
    """sessions: how many there are now; preparing: those of them whose page is not ready. most: sessions at the same time, as the researcher wants it; None:
    as many as fit. each: bytes that one takes.
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
        return max(0, min(most - self.sessions(), fit))

    def measure(self) -> None:
        """Measure what a session takes, from time to time. In a thread: it takes a while."""
        if time.monotonic() < self._measured_at + MEASURED_EVERY_S:
            return
        self._measured_at = time.monotonic()
        memory = memory_of(psutil.Process(), LOOKED_AT)
        if memory is not None and memory.each is not None:
            self.each = max(LEAST_BYTES, memory.each)


def by_memory(available: int | None, each: int) -> int:
    """Return how many sessions fit into memory. available: bytes; None: unknown, and no limit then."""
    return limit_of_machine() if available is None else max(0, available - KEPT_BYTES) // each


def limit_of_machine() -> int:
    """Return how many sessions processors and open files allow."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    by_files = PER_PROCESSOR * processors if files == resource.RLIM_INFINITY else files // FILES_EACH
    return min(PER_PROCESSOR * processors, by_files)


def raise_the_limit_of_files() -> None:
    """Let this process open as many files as its user may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
