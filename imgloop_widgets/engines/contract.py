"""What an engine does: the same work on many jobs at once, its results as they come.

    make() → work          once in each thread or process, so that a model is loaded once
    work(job) → result     for every job, wherever there is room

Jobs are taken from their iterator only as there is room, and results come in any order. What `make` or `work` raises
comes out of `run`; nothing more is begun then. No engine writes anything: whoever runs it has the results, and is the
one writer of them.

| engine | for |
| --- | --- |
| threads | services that are waited for, and functions that live in a notebook |
| processes | work on this machine's processors; `make`, jobs and results must be picklable |
| ray | a cluster (RAY_ADDRESS), or this machine as one; needs the package ray |

To add one: a class with `run` and `workers`, and a line in `ENGINES`.
"""

import difflib
import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from imgloop_widgets.errors import ImgloopError

Job = TypeVar("Job")
Result = TypeVar("Result")
Make = Callable[[], Callable[[Job], Result]]

AHEAD = 2
"""Jobs that are handed out for each worker: one at work, and one that waits so that no worker does."""


class Engine(Protocol):
    """workers: how many jobs are at work at once, ≥ 1."""

    workers: int

    def run(self, make: Make[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of every job, in any order."""
        ...


ENGINES: dict[str, tuple[str, str]] = {
    "threads": ("imgloop_widgets.engines.threads", "Threads"),
    "processes": ("imgloop_widgets.engines.processes", "Processes"),
    "ray": ("imgloop_widgets.engines.on_ray", "OnRay"),
}
"""Name → module and class."""


def engine(name: str, workers: int | None = None) -> Engine:
    """Return the engine of this name. workers: None: as many as there are processors to use.

    Raises:
        ImgloopError: there is none of this name, or the package that it needs is missing.
    """
    if name not in ENGINES:
        close = difflib.get_close_matches(name, ENGINES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(ENGINES)}"
        raise ImgloopError(f"the engine {name!r} is not known; {hint}")
    if workers is not None and workers < 1:
        raise ImgloopError(f"the number of workers must be 1 or more; not {workers}")
    module, kind = ENGINES[name]
    made: Engine = getattr(importlib.import_module(module), kind)(workers)
    return made


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield the items in lists of this size; the last may be shorter."""
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
