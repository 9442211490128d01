"""Many processes, one database: nothing is lost, nothing is there twice, and `kill -9` leaves a whole log."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from imgloop_widgets.errors import Conflict
from imgloop_widgets.store import Store, log

PROCESSES = 40
Reopen = Callable[[], Store]
Race = Callable[[int, Callable[[int], Any]], list[Any]]
KilledAfter = Callable[[int, Callable[[Callable[[int], None]], None]], list[int]]


def test_40_processes_append_to_their_own_sessions(reopen: Reopen, build: ModuleType, race: Race) -> None:
    """They all create the folder, the database and the tables at once, too."""

    def work(number: int) -> int:
        with reopen() as store:
            session, _ = store.open_session(build.opened(number))
            for seq in range(1, 51):
                store.append(session, [build.prompted(seq, prompt=f"{number}-{seq}")])
        return os.getpid()

    assert len(set(race(PROCESSES, work))) == PROCESSES
    with reopen() as store:
        logs = list(store.logs())
    assert len(logs) == PROCESSES
    for number, (session, events) in enumerate(logs):
        assert session == build.session_id(number)
        assert [event.prompt for event in events[1:]] == [f"{number}-{seq}" for seq in range(1, 51)]


def test_40_processes_race_for_every_seq_of_one_session(reopen: Reopen, build: ModuleType, race: Race) -> None:
    with reopen() as store:
        session, _ = store.open_session(build.opened())

    def work(number: int) -> list[int]:
        won = []
        with reopen() as store:
            for seq in range(1, 26):
                while store.length(session) < seq:
                    pass  # the one before it is not there yet
                try:
                    store.append(session, [build.prompted(seq, prompt=f"process {number}")])
                except Conflict:
                    continue
                won.append(seq)
        return won

    results = race(PROCESSES, work)
    wins = Counter(seq for won in results for seq in won)
    assert wins == Counter(range(1, 26)), "exactly one process must win each seq"
    winner = {seq: f"process {number}" for number, won in enumerate(results) for seq in won}
    with reopen() as store:
        assert {event.seq: event.prompt for event in store.read(session, since=1)} == winner


def test_20_processes_open_one_session(reopen: Reopen, build: ModuleType, race: Race) -> None:
    def work(number: int) -> tuple[str, str]:
        with reopen() as store:
            session, (opening,) = store.open_session(build.opened(number, worker_id="one", seed=number))
        return session, opening.session_id

    results = race(20, work)
    assert len(set(results)) == 1
    with reopen() as store:
        assert [opening.session_id for opening in store.sessions()] == [results[0][0]] == [results[0][1]]


def test_one_of_20_processes_makes_the_image(reopen: Reopen, race: Race) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)

    def work(number: int) -> bool:
        with reopen() as store:
            return store.claim("s", 3, f"process {number}", now, 60)

    assert Counter(race(20, work)) == Counter({True: 1, False: 19})


def test_20_processes_put_the_same_image(folder: Path, reopen: Reopen, race: Race) -> None:
    data = os.urandom(200_000)

    def work(number: int) -> str:
        with reopen() as store:
            return store.put_image(data)

    (name,) = set(race(20, work))
    with reopen() as store:
        assert store.get_image(name) == data
    assert [file.name for file in _images(folder)] == [f"{name}.webp"]


@pytest.mark.parametrize("count", [1, 3, 8, 13, 21, 34])
def test_a_killed_process_loses_nothing_that_was_acknowledged(
    reopen: Reopen, build: ModuleType, killed_after: KilledAfter, count: int
) -> None:
    with reopen() as store:
        session, _ = store.open_session(build.opened())

    def work(acknowledge: Callable[[int], None]) -> None:
        store = reopen()
        for first in range(1, 1_000_000, 3):
            store.append(session, build.prompts(first, 3))
            acknowledge(first + 2)

    acknowledged = killed_after(count, work)
    with reopen() as store:
        events = store.read(session)
        assert [event.seq for event in events] == list(range(len(events)))
        assert len(events) - 1 in (acknowledged[-1], acknowledged[-1] + 3), "more than one append is in doubt"
        store.append(session, [build.prompted(len(events))])


def test_a_process_killed_before_its_commit_has_appended_nothing_and_holds_no_lock(
    reopen: Reopen, build: ModuleType, killed_after: KilledAfter
) -> None:
    with reopen() as store:
        session, _ = store.open_session(build.opened())

    def work(acknowledge: Callable[[int], None]) -> None:
        store = reopen()
        with store._transaction("append", writes=True) as connection:
            log.append(connection, session, [build.prompted(1)])
            acknowledge(log.length(connection, session))
            while True:
                pass

    assert killed_after(1, work) == [2]  # within its transaction the event was there
    with reopen() as store:
        assert store.length(session) == 1
        store.append(session, [build.prompted(1)])


@pytest.mark.parametrize("count", [2, 11, 30, 47])
def test_a_killed_process_leaves_no_half_image(
    folder: Path, reopen: Reopen, killed_after: KilledAfter, count: int
) -> None:
    def work(acknowledge: Callable[[int], None]) -> None:
        store = reopen()
        for number in range(1_000_000):
            store.put_image(number.to_bytes(4, "big") * 500_000)
            acknowledge(number)

    acknowledged = killed_after(count, work)
    with reopen() as store:
        files = [file for file in _images(folder) if file.suffix == ".webp"]
        kept = {int.from_bytes(store.get_image(file.stem)[:4], "big") for file in files}  # each is checked here
        assert kept >= set(acknowledged)


def test_a_store_may_be_opened_before_a_fork(reopen: Reopen, build: ModuleType, race: Race) -> None:
    """No connection goes through the fork, so parent and children can all use it."""
    with reopen() as store:
        session, _ = store.open_session(build.opened(99))

        def work(number: int) -> None:
            store.open_session(build.opened(number))

        race(4, work)
        store.append(session, [build.prompted(1)])
        assert len(store.sessions()) == 5


def test_nothing_is_carried_through_a_fork(reopen: Reopen, build: ModuleType) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system has no /proc")
    before = _open_files()
    with reopen() as store:
        session, _ = store.open_session(build.opened())
        next(store.logs())
        assert _open_files() != before, "a connection is kept"
        child = os.fork()
        if child == 0:
            wrong = 1
            try:
                carried = _open_files() - before
                store.append(session, [build.prompted(1)])
                wrong = len(carried)
            finally:
                os._exit(wrong)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.length(session) == 2


def _images(folder: Path) -> list[Path]:
    """Return all files of the images, wherever in the folder this kind of store has them."""
    return [file for home in folder.rglob("images") for file in home.rglob("*") if file.is_file()]


def _open_files() -> set[str]:
    """What this process has open: files by their path, sockets by their number."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the folder's own
            found.add(os.readlink(link))
    return {name for name in found if not name.startswith("/proc/")}
