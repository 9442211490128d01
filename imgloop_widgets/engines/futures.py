"""Hand out jobs as there is room, and give their results as they come."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from imgloop_widgets.engines.contract import AHEAD


def as_they_come(submit: Callable[[Any], "Future[Any]"], jobs: Iterable[Any], workers: int) -> Iterator[Any]:
    """Yield results. Raises: what a job has raised."""
    left = iter(jobs)
    waiting: set[Future[Any]] = set()
    exhausted = False
    while True:
        while not exhausted and len(waiting) < workers * AHEAD:
            try:
                job = next(left)
            except StopIteration:
                exhausted = True
                break
            waiting.add(submit(job))
        if not waiting:
            return
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()
