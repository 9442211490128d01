"""Threads of this process: for work that waits for others, and for functions that can't be sent elsewhere."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from imgloop_widgets.engines.contract import Job, Make, Result, processors
from imgloop_widgets.engines.futures import as_they_come


class Threads:
    """workers: None: as many as there are processors."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or processors()

    def run(self, make: Make[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of every job; `make` is called once in each thread."""
        own = threading.local()

        def work(job: Job) -> Result:
            if not hasattr(own, "work"):
                own.work = make()
            made: Callable[[Job], Result] = own.work
            return made(job)

        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="imgloop-engine")
        try:
            yield from as_they_come(lambda job: pool.submit(work, job), jobs, self.workers)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
