"""Who waits for an image, and who is drawn together.

    put ──► waiting, oldest first, at most `longest` ──► a batch: the oldest and all that have its options ──► done
               │                                             │
               └── who has gone is taken out ◄───────────────┴── a batch that nobody waits for any more is cut short

A batch never waits to be filled: what comes while one is drawn is the next. So one request alone is drawn at once, and
under load batches fill themselves.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context, Generated

log = logging.getLogger("imgloop")

Draw = Callable[[str, Sequence[str], Sequence[Context]], list[Generated | GenerationError]]
"""Options, prompts and contexts of a batch → an image or a failure for each."""


class Full(Exception):
    """Nobody else may wait. retry_after_s: whole seconds until there is room, about."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many are waiting; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Stopping(Exception):
    """The server is being stopped."""


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """One image that somebody waits for. gone: set when nobody does any more."""

    prompt: str
    seed: int
    options: str
    timeout_s: float
    gone: threading.Event = field(default_factory=threading.Event)
    done: "Future[Generated]" = field(default_factory=Future)

    def context(self) -> Context:
        """What the generator may know of it."""
        return Context(
            attempt=1,
            target_id="",
            category="",
            seed=self.seed,
            idempotency_key=f"{id(self):x}",
            timeout_s=self.timeout_s,
            cancelled=self.gone.is_set,
        )


class Queue:
    """Jobs in the order they came. size: of a batch. threads: batches drawn at once. longest: jobs that may wait."""

    def __init__(self, draw: Draw, *, size: int = 1, threads: int = 1, longest: int = 64) -> None:
        self._draw, self._size, self._threads, self._longest = draw, size, threads, longest
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._drawing = 0
        self._stopping = False
        self._seconds = 1.0  # of a batch, a running mean
        self._workers = [
            threading.Thread(target=self._work, name=f"imgloop-draw-{k}", daemon=True) for k in range(threads)
        ]
        for worker in self._workers:
            worker.start()

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._changed:
            self._drop_gone()
            return len(self._waiting)

    @property
    def drawing(self) -> int:
        """How many are being drawn."""
        return self._drawing

    def put(self, jobs: Sequence[Job]) -> None:
        """Let jobs wait, all of them or none.

        Raises:
            Full: there is no room for them.
            Stopping: nothing is begun any more.
        """
        with self._changed:
            if self._stopping:
                raise Stopping
            self._drop_gone()
            if len(self._waiting) + len(jobs) > self._longest:
                rounds = math.ceil((len(self._waiting) + 1) / (self._size * self._threads))
                raise Full(max(1, min(120, math.ceil(rounds * self._seconds))))
            self._waiting.extend(jobs)
            self._changed.notify_all()

    def stop(self, grace_s: float) -> bool:
        """Take nothing more, and wait for what is there. Returns whether all was drawn in that time (seconds)."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            drawn = self._changed.wait_for(lambda: not self._waiting and not self._drawing, grace_s)
            for job in self._waiting:
                job.done.set_exception(GenerationError("the server was stopped", failure="transient"))
            self._waiting.clear()
            return drawn

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                batch = self._next()
                if not batch and self._stopping:
                    return
                self._drawing += len(batch)
            begun = time.monotonic()
            if batch:
                self._draw_all(batch)
            with self._changed:
                self._drawing -= len(batch)
                self._seconds += 0.3 * (time.monotonic() - begun - self._seconds) if batch else 0.0
                self._changed.notify_all()

    def _next(self) -> list[Job]:
        self._drop_gone()
        if not self._waiting:
            return []
        options = self._waiting[0].options
        batch = [job for job in self._waiting if job.options == options][: self._size]
        self._waiting = deque(job for job in self._waiting if job not in batch)
        return [job for job in batch if job.done.set_running_or_notify_cancel()]

    def _drop_gone(self) -> None:
        for job in [job for job in self._waiting if job.gone.is_set()]:
            self._waiting.remove(job)
            job.done.cancel()

    def _draw_all(self, batch: list[Job]) -> None:
        try:
            made = self._draw(batch[0].options, [job.prompt for job in batch], [job.context() for job in batch])
            if len(made) != len(batch):
                raise RuntimeError(f"{len(batch)} images were asked for and {len(made)} came")
        except BaseException as error:  # a generator may raise anything; the thread must live on
            for job in batch:
                job.done.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))
            return
        for job, one in zip(batch, made, strict=True):
            if isinstance(one, GenerationError):
                job.done.set_exception(one)
            else:
                job.done.set_result(one)
