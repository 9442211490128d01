"""Ray: the same work on a cluster, or on this machine as a small one.

With RAY_ADDRESS set it is the cluster there, and the package must be installed on its machines; else a Ray of this
machine is started, which is stopped at the end. A worker is an actor, so that `make` is called once in each.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from imgloop_widgets.engines.contract import AHEAD, Job, Make, Result, processors
from imgloop_widgets.errors import ImgloopError


class OnRay:
    """workers: None: as many as the cluster has processors.

    Raises:
        ImgloopError: the package ray is missing.
    """

    def __init__(self, workers: int | None = None) -> None:
        try:
            import ray
        except ModuleNotFoundError:
            what = "the engine 'ray' needs the package ray, which is missing; install it: pip install ray"
            raise ImgloopError(what) from None
        self._ray: Any = ray
        self._asked = workers
        self.workers = workers or processors()

    def run(self, make: Make[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of every job; `make` is called once in each actor."""
        ray, started = self._ray, not self._ray.is_initialized()
        if started:
            self._start()
        try:
            yield from self._run(make, jobs)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except ray.exceptions.RayActorError as error:
            raise ImgloopError(f"a worker of Ray was lost ({error}); try again, what is done is kept") from error
        finally:
            if started:
                ray.shutdown()

    def _start(self) -> None:
        there = os.environ.get("RAY_ADDRESS")
        own: dict[str, Any] = {} if there else {"num_cpus": self.workers, "include_dashboard": False}
        try:
            self._ray.init(address=there, log_to_driver=False, logging_level="ERROR", **own)
        except Exception as error:  # it has no class of its own for this
            where = f"at {there}" if there else "on this machine, where its own processes must be up within seconds"
            raise ImgloopError(f"Ray can't be used {where} ({error}); use the engine processes instead") from error
        if self._asked is None:
            self.workers = max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def _run(self, make: Make[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        ray, left = self._ray, iter(jobs)
        actors = [ray.remote(num_cpus=1)(_Actor).remote(make) for _ in range(self.workers)]
        at_work: dict[Any, Any] = {}

        def hand_out(actor: Any) -> None:
            for job in left:
                at_work[actor.work.remote(job)] = actor
                return

        for actor in actors * AHEAD:
            hand_out(actor)
        while at_work:
            (ready,), _ = ray.wait(list(at_work), num_returns=1)
            actor = at_work.pop(ready)
            result: Result = ray.get(ready)
            hand_out(actor)
            yield result


class _Actor:
    """Holds what `make` has made."""

    def __init__(self, make: Make[Any, Any]) -> None:
        self._make = make
        self._work: Callable[[Any], Any] | None = None

    def work(self, job: Any) -> Any:
        if self._work is None:
            self._work = self._make()
        return self._work(job)
