"""The same of every engine: each job once, no more handed out than there is room for, and errors that come through."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from imgloop_widgets.engines import ENGINES, Engine, engine
from imgloop_widgets.engines.contract import AHEAD, chunks
from imgloop_widgets.errors import ImgloopError

WORKERS = 2


@pytest.fixture(scope="module")
def engines() -> Iterator[Callable[[str], Engine]]:
    """Return an engine of two workers; a Ray of this machine is started once for all tests."""
    started = False

    def of(name: str) -> Engine:
        nonlocal started
        if name == "ray":
            ray = pytest.importorskip("ray", reason="the extra ray is not installed")
            if not ray.is_initialized():
                try:
                    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
                except Exception as error:  # its own processes must be up within half a minute
                    pytest.skip(f"Ray does not start here: {error}")
                started = True
        return engine(name, WORKERS)

    yield of
    if started:
        import ray

        ray.shutdown()


def squares(offset: int) -> Callable[[int], tuple[int, int]]:
    return lambda job: (job * job + offset, os.getpid())


def failing() -> Callable[[int], int]:
    def work(job: int) -> int:
        if job == 3:
            raise ImgloopError("job 3 is wrong; leave it out")
        return job

    return work


def hopeless() -> Callable[[int], int]:
    raise ImgloopError("no model is there; put one there")


def deadly() -> Callable[[int], int]:
    return lambda job: os._exit(9)


@pytest.mark.parametrize("name", ENGINES)
def test_every_job_has_its_result_once(name: str, engines: Callable[[str], Engine]) -> None:
    found = list(engines(name).run(partial(squares, 7), iter(range(30))))
    assert sorted(value for value, _ in found) == [job * job + 7 for job in range(30)]
    assert (os.getpid() in {pid for _, pid in found}) == (name == "threads")


@pytest.mark.parametrize("name", ENGINES)
def test_no_job_no_result(name: str, engines: Callable[[str], Engine]) -> None:
    assert list(engines(name).run(partial(squares, 0), [])) == []


@pytest.mark.parametrize("name", ENGINES)
def test_jobs_are_taken_only_as_there_is_room(name: str, engines: Callable[[str], Engine]) -> None:
    taken = []

    def jobs() -> Iterator[int]:
        for job in range(40):
            taken.append(job)
            yield job

    results = engines(name).run(partial(squares, 0), jobs())
    for done, _ in enumerate(results, 1):
        assert len(taken) <= done + WORKERS * AHEAD


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("make", "said"), [(failing, "job 3 is wrong"), (hopeless, "no model is there")])
def test_an_error_comes_through_as_it_is(
    name: str, make: Callable[[], Callable[[int], int]], said: str, engines: Callable[[str], Engine]
) -> None:
    with pytest.raises(ImgloopError, match=said):
        list(engines(name).run(make, iter(range(10))))


@pytest.mark.parametrize("name", ["processes", "ray"])
def test_a_worker_that_dies_is_one_clear_message(name: str, engines: Callable[[str], Engine]) -> None:
    with pytest.raises(ImgloopError, match=r"worker.* (was killed|was lost)"):
        list(engines(name).run(deadly, iter(range(10))))


def test_threads_make_their_work_once_each() -> None:
    made = []

    def make() -> Callable[[int], str]:
        name = threading.current_thread().name
        made.append(name)
        return lambda job: name

    names = set(engine("threads", 3).run(make, iter(range(50))))
    assert sorted(made) == sorted(set(made))
    assert names <= set(made)


@pytest.mark.parametrize(
    ("name", "workers", "said"),
    [
        ("proceses", None, "did you mean 'processes'?"),
        ("dask", None, "possible: threads, processes, ray"),
        ("threads", 0, "must be 1 or more; not 0"),
    ],
)
def test_an_engine_that_there_is_not_says_so(name: str, workers: int | None, said: str) -> None:
    with pytest.raises(ImgloopError, match=said.replace("?", r"\?")):
        engine(name, workers)


def test_chunks_leave_nothing_out() -> None:
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []


PARENT = """
import time
from imgloop_widgets.engines import engine

def make():
    import os
    def work(job):
        os.write(1, b"%d\\n" % os.getpid())  # whole lines, though two write at once
        time.sleep(600)
    return work

if __name__ == "__main__":
    list(engine("processes", 2).run(make, range(2)))
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]

    parent.kill()
    parent.wait()

    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert (len(gone), alive) == (2, [])
