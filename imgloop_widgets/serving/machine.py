"""What this machine has for workers: memory, processors, open files. Nothing of another library is needed for it."""

import os
import sys
from pathlib import Path

GUESS_BYTES = 55 * 2**20
"""Memory of a worker's page until it is measured: of a plain kernel, the larger one."""

KEPT_BYTES = 256 * 2**20
"""Memory that is left for the server and everything else."""

PER_PROCESSOR = 150
"""Workers for whom one processor is enough, who act once in 20 seconds; `tests.bench.crowd --held` measures it."""

FILES_EACH = 20
"""Open files of the server for each page: its sockets to the kernel, its websocket, and what a start needs."""


def available_memory() -> int | None:
    """Return the bytes that new programs may use: of the machine, or of the container where it allows less."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    try:
        group = Path("/sys/fs/cgroup")
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free
    return min(free, max(0, limit - used))


def by_memory(available: int | None, each: int) -> int:
    """Return how many sessions fit into memory. available: bytes; None: unknown, and no limit then. each: bytes."""
    return limit_of_machine() if available is None else max(0, available - KEPT_BYTES) // each


def limit_of_machine() -> int:
    """Return how many sessions processors and open files allow."""
    return min(PER_PROCESSOR * processors(), _files() // FILES_EACH)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def raise_the_limit_of_files() -> None:
    """Let this process open as many files as its user may."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _files() -> int:
    """How many files a process of this user may open."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if most == resource.RLIM_INFINITY else most
