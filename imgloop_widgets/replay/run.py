"""Draw all that a plan asks for and that is not there yet.

    tasks that are not done → claim some → engine → keep what came, give back the claims → …
    what another process had claimed → wait until it is done, or their lease is over → claim …

This process alone writes the replays' rows; any number of such processes may work on one store, on one plan or on
several. A task is claimed before it is drawn and its row is unique, so it is drawn once unless its process dies, and is
there once whatever happens. After a `kill -9`, the same call goes on where it stood.
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imgloop_widgets.engines import Engine
from imgloop_widgets.engines.contract import chunks
from imgloop_widgets.errors import StoreError
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.library import Library
from imgloop_widgets.replay.drawing import Drawing, Drawn
from imgloop_widgets.replay.plan import Plan, Task
from imgloop_widgets.store import Store

LEASE_S = 15.0
"""Seconds after which what a process had claimed is free again, unless it says that it lives."""

CHUNK = 8
"""Tasks that a worker gets at once, so that the way there and back costs little beside the work."""

LOOK_S = 0.5
"""Seconds between two looks at what another process is drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of a plan. made: images, now. before: tasks that were done already. by_others: those that another
    process did meanwhile. failed: kind of failure → tasks that are settled with it, now. open: tasks for which nothing
    came and that a later run tries again. troubles: what was wrong, the most frequent first → how often. seconds: in
    all.
    """

    made: int = 0
    before: int = 0
    by_others: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    open: int = 0
    troubles: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def replay(
    plan: Plan,
    store: Store,
    engine: Engine,
    *,
    library: Library,
    folder: Path,
    results: Path | None = None,
    terms: Mapping[str, Terms] | None = None,
    progress: Callable[[int], None] = lambda done: None,
    lease_s: float = LEASE_S,
    chunk: int = CHUNK,
) -> Summary:
    """Draw the plan into the store.

    library: of the targets. folder: paths among options are relative to it. results: the store's folder, which workers
    in processes of their own open; None: the workers are threads of this process. terms: label of a
    generator → limits and times.
    progress: called with the number of tasks that are done, those of earlier runs too.

    Raises:
        ImgloopError: a generator can't be built, the study is paused, a worker was lost; what was done is kept.
    """
    drawing = Drawing(
        store=results or store,
        study=plan.study,
        source=plan.source,
        library=library,
        folder=folder,
        generators=plan.generators,
        terms=terms or {},
    )
    run = _Run(plan, store, engine, drawing, progress, lease_s, chunk)
    with run.claims_are_renewed():
        return run.all()


class _Run:
    def __init__(
        self,
        plan: Plan,
        store: Store,
        engine: Engine,
        drawing: Drawing,
        progress: Callable[[int], None],
        lease_s: float,
        chunk: int,
    ) -> None:
        self._plan, self._store, self._engine, self._drawing = plan, store, engine, drawing
        self._progress, self._lease_s, self._chunk = progress, lease_s, chunk
        self._holder = secrets.token_hex(8)
        self._others: list[Task] = []  # claimed by other processes when they were asked for
        self._counts: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._troubles: Counter[str] = Counter()

    def claims_are_renewed(self) -> "_Renewing":
        return _Renewing(self._store, self._holder, self._lease_s)

    def all(self) -> Summary:
        begun, done = time.perf_counter(), self._store.replays_done(self._plan.study)
        todo = [task for task in self._plan.tasks() if task.replay_id not in done]
        self._count("before", len(self._plan) - len(todo))
        while todo:
            self._draw(todo)
            todo, self._others = self._others, []
            if todo:
                time.sleep(min(LOOK_S, self._lease_s / 4))
        return Summary(
            made=self._counts["made"],
            before=self._counts["before"],
            by_others=self._counts["by_others"],
            failed=dict(self._failed),
            open=self._counts["open"],
            troubles=dict(self._troubles.most_common()),
            seconds=time.perf_counter() - begun,
        )

    def _draw(self, todo: list[Task]) -> None:
        jobs = self._claimed(todo)
        first = next(jobs, None)
        if first is None:
            return  # no process is started for nothing
        for drawn in self._engine.run(self._drawing, _with(first, jobs)):
            self._keep(drawn)

    def _claimed(self, todo: list[Task]) -> Iterator[list[Task]]:
        """Yield what is this process's to draw, some at a time, as there is room for it."""
        for some in chunks(todo, self._chunk):
            ids = [task.replay_id for task in some]
            own, others = self._store.claim_replays(ids, self._holder, datetime.now(UTC), self._lease_s)
            mine, theirs = set(own), set(others)
            self._others += [task for task in some if task.replay_id in theirs]
            self._count("by_others", len(some) - len(mine) - len(theirs))
            if mine:
                yield [task for task in some if task.replay_id in mine]

    def _keep(self, drawn: list[Drawn]) -> None:
        replays = [one.replay for one in drawn if one.replay is not None]
        given_up = [one.replay_id for one in drawn if one.replay is None]
        self._store.finish_replays(replays, given_up)
        made = sum(replay.outcome == "made" for replay in replays)
        self._failed.update(replay.outcome for replay in replays if replay.outcome != "made")
        self._troubles.update(one.trouble for one in drawn if one.trouble)
        self._counts["open"] += len(given_up)
        self._counts["settled"] += len(replays) - made
        self._count("made", made)

    def _count(self, what: str, number: int) -> None:
        self._counts[what] += number
        self._progress(sum(self._counts[name] for name in ("made", "settled", "before", "by_others", "open")))


def _with(first: list[Task], others: Iterator[list[Task]]) -> Iterator[list[Task]]:
    yield first
    yield from others


class _Renewing:
    """Within it, what the holder has claimed stays claimed; after it, nothing is."""

    def __init__(self, store: Store, holder: str, lease_s: float) -> None:
        self._store, self._holder, self._lease_s = store, holder, lease_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="imgloop-replay-claims", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        try:
            self._store.release_replays(self._holder)
        except StoreError:
            if error[0] is None:
                raise  # else what went wrong first is told; the claims run out by themselves

    def _renew(self) -> None:
        while not self._over.wait(self._lease_s / 4):
            try:
                self._store.renew_replays(self._holder, datetime.now(UTC), self._lease_s)
            except StoreError:
                continue  # the next one may succeed; else they run out
