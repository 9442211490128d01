"""Processes of this machine, started afresh (spawn): a fork would copy threads' locks, and models don't survive it.

A worker ends by itself once its parent is gone, however that died: nothing is left behind by a `kill -9`. Ctrl+C is the
parent's alone.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any

from imgloop_widgets.engines.contract import Job, Make, Result, processors
from imgloop_widgets.engines.futures import as_they_come
from imgloop_widgets.errors import ImgloopError


class Processes:
    """workers: None: as many as there are processors."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or processors()

    def run(self, make: Make[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of every job; `make` is called once in each process.

        Raises:
            ImgloopError: a process was killed, or ran out of memory.
        """
        pool = ProcessPoolExecutor(
            self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(make,)
        )
        try:
            yield from as_they_come(lambda job: pool.submit(_do, job), jobs, self.workers)
        except BrokenProcessPool as error:
            what = "a worker process was killed or ran out of memory; try again with fewer --workers"
            raise ImgloopError(what) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_work: Callable[[Any], Any] | None = None
_failed: BaseException | None = None


def _begin(make: Make[Any, Any]) -> None:
    """Make ready in a new process; what goes wrong is told with the first job, where it can be explained."""
    global _work, _failed
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, name="imgloop-parent", daemon=True).start()
    try:
        _work = make()
    except Exception as error:
        _failed = error


def _do(job: Any) -> Any:
    if _failed is not None:
        raise _failed
    assert _work is not None
    return _work(job)


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
