"""Stores to test, and real processes to race with."""

import importlib.util
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from imgloop_widgets.store import Store, open_store

FORK = multiprocessing.get_context("fork")  # a fork has every import already: 40 processes start in a second


def _load(name: str) -> ModuleType:
    file = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"store_{name}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """The builders of events: `build.opened()`, `build.prompted(2)`, …"""
    return _load("builders")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that no store has created yet."""
    return tmp_path / "results"


KINDS = ["memory", "folder", "url", "postgresql", "files elsewhere", "objects elsewhere"]
"""Where a store may be kept: to add a database, or a place of files, add a kind."""

Reopen = Callable[[], Store]


def _reopen(request: pytest.FixtureRequest, folder: Path) -> Reopen:
    if request.param == "folder":
        return lambda: open_store(folder)
    if request.param.endswith("elsewhere"):
        place = f"file://{folder}/kept" if request.param.startswith("files") else f"memory://{folder}"
        return lambda: open_store(folder, images=f"{place}/images", files=f"{place}/files")
    url = f"sqlite:///{folder}/study.db" if request.param == "url" else request.getfixturevalue("database")
    return lambda: open_store(url, images=folder / "images", files=folder / "files")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    """An empty store of every kind."""
    with open_store(":memory:") if request.param == "memory" else _reopen(request, folder)() as opened:
        yield opened


@pytest.fixture(params=["folder", "postgresql", "files elsewhere"])
def reopen(request: pytest.FixtureRequest, folder: Path) -> Reopen:
    """reopen(): open the store of this test, from any process; a new one at the first time."""
    return _reopen(request, folder)


Race = Callable[[int, Callable[[int], Any]], list[Any]]


@pytest.fixture
def race() -> Race:
    """race(count, work): run work(0), work(1), … each in a process of its own, all let go at once; their results."""

    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        gate = FORK.Barrier(count)
        runners = []
        for number in range(count):
            here, there = FORK.Pipe(duplex=False)
            process = FORK.Process(target=_racer, args=(gate, there, work, number))
            process.start()
            there.close()
            runners.append((process, here))
        results = [here.recv() for _, here in runners]
        for process, _ in runners:
            process.join()
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results

    return run


def _racer(gate: Any, there: Any, work: Callable[[int], Any], number: int) -> None:
    try:
        gate.wait(60)
        there.send(work(number))
    except BaseException as error:
        there.send(RuntimeError(f"process {number}: {error!r}"))


KilledAfter = Callable[[int, Callable[[Callable[[int], None]], None]], list[int]]


@pytest.fixture
def killed_after() -> KilledAfter:
    """killed_after(count, work): run work(acknowledge) in a process; kill -9 it soon after it has acknowledged `count`
    numbers, at work on the next; all the numbers it acknowledged."""

    def run(count: int, work: Callable[[Callable[[int], None]], None]) -> list[int]:
        reading, writing = os.pipe()

        def child() -> None:
            os.close(reading)

            def acknowledge(number: int) -> None:
                os.write(writing, number.to_bytes(4, "big"))

            work(acknowledge)

        process = FORK.Process(target=child)
        process.start()
        os.close(writing)
        with open(reading, "rb", buffering=0) as pipe:
            told = b""
            while len(told) < 4 * count:
                more = pipe.read(4)
                assert more, "the process ended by itself; it must be killed at work"
                told += more
            time.sleep(count * 0.00007)  # so that every kill meets the next piece of work at another moment
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            told += pipe.read()
        return [int.from_bytes(told[i : i + 4], "big") for i in range(0, len(told), 4)]

    return run
