"""A small crowd against real servers: it plays as browsers do, and what it tells is what the store has."""

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from live import Server, free_port, study_text, write_study

from imgloop_widgets.crowd import Arrivals, Measured, Plan, play
from imgloop_widgets.events import ImageGenerated, PromptSubmitted, SessionFinished
from imgloop_widgets.store import open_store

WORKERS = 5
SLOW = """
import time
from PIL import Image
def generate(prompt, context):
    time.sleep(0.4)
    return Image.new("RGB", (64, 64), (context.attempt * 20, 128, 128))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`imgloop serve` with a study of three attempts."""
    folder = tmp_path_factory.mktemp("crowd")
    write_study(folder, study_text("max_answer_loops = 3", "", study="units_per_assignment = 100"), SLOW)
    server = Server(folder, folder / "results", free_port())
    server.start()
    yield server
    server.stop()


def links(server: Server, run: str) -> list[str]:
    return [f"http://127.0.0.1:{server.port}/?worker_id=sim-{run}-{n}" for n in range(WORKERS)]


def come(addresses: Sequence[str], plan: Plan, hold_s: float | None = None) -> Measured:
    return asyncio.run(play(addresses, plan, Arrivals(gap_s=0.1), hold_s=hold_s))


def logs(server: Server, run: str) -> list[tuple[Any, ...]]:
    with open_store(server.results) as store:
        return [log for _, log in store.logs() if log[0].worker_id.startswith(f"sim-{run}-")]


def test_workers_play_to_the_end_and_what_is_told_is_what_is_stored(served: Server) -> None:
    measured = come(links(served, "all"), Plan(think_s=0.2))

    stored = logs(served, "all")
    assert not measured.errors, measured.examples
    assert measured.sessions == len(stored) == WORKERS
    reasons = Counter(log[-1].reason for log in stored if isinstance(log[-1], SessionFinished))
    assert measured.reasons == reasons and reasons.total() == WORKERS
    images = [event.image_sha256 for log in stored for event in log if isinstance(event, ImageGenerated)]
    assert sorted(images) == sorted(name for name, _ in measured.images)
    assert len(measured.times["usable"]) == len(measured.times["target"]) == WORKERS
    assert min(seconds for _, seconds in measured.images) >= 0.4


def test_the_memory_of_every_kernel_is_told_while_all_stay(served: Server, until: Callable[..., Any]) -> None:
    until(lambda: not served.kernels(), within_s=60)
    measured = come(links(served, "stay"), Plan(think_s=0.5), hold_s=12)

    assert not measured.errors, measured.examples
    assert measured.memory is not None
    assert len(measured.memory.kernels) == WORKERS
    assert all(1e6 < kernel < 200e6 for kernel in measured.memory.kernels)
    assert measured.memory.server > 1e6 and measured.memory.parent > 0
    assert measured.most_at_once == WORKERS


def test_nothing_is_lost_or_doubled_where_the_network_goes_at_every_act(served: Server) -> None:
    measured = come(links(served, "drops"), Plan(think_s=0.2, drops=1.0))

    stored = logs(served, "drops")
    assert not measured.errors, measured.examples
    assert measured.drops >= WORKERS
    assert measured.reasons.total() == WORKERS
    for log in stored:
        prompts = [event for event in log if isinstance(event, PromptSubmitted)]
        assert len(prompts) == len({event.attempt for event in prompts}) <= 3
        assert isinstance(log[-1], SessionFinished)


def test_a_killed_kernel_costs_a_worker_nothing_but_a_new_page(served: Server, until: Callable[..., Any]) -> None:
    until(lambda: not served.kernels(), within_s=60)
    told: list[Measured] = []
    playing = threading.Thread(target=lambda: told.append(come(links(served, "killed"), Plan(think_s=1.5))))
    playing.start()
    until(lambda: all_have_an_image(logs(served, "killed")), within_s=90)
    os.kill(served.kernels()[0], signal.SIGKILL)
    playing.join(120)

    (measured,) = told
    assert not measured.errors, measured.examples
    assert measured.reasons.total() == WORKERS
    assert len(measured.times["reopened"]) >= 1


def test_a_server_that_is_started_anew_loses_nothing_of_what_workers_do(
    tmp_path: Path, until: Callable[..., Any]
) -> None:
    """They sit at their pages; these come back by themselves, and go on where they were."""
    folder = tmp_path / "study"
    write_study(
        folder,
        study_text('max_answer_loops = 6\nduplicate_prompts = "allow"', "", study="units_per_assignment = 100"),
        SLOW,
    )
    server = Server(folder, folder / "results", free_port())
    server.start()
    told: list[Measured] = []
    playing = threading.Thread(target=lambda: told.append(come(links(server, "again"), Plan(think_s=1.5))))
    playing.start()
    try:
        until(lambda: all_have_an_image(logs(server, "again")), within_s=90)
        before = {log[0].session_id: log for log in logs(server, "again")}
        server.stop()
        server.start()
        playing.join(200)
    finally:
        server.stop()

    (measured,) = told
    assert not measured.errors, measured.examples
    assert measured.reasons.total() == WORKERS
    after = {log[0].session_id: log for log in logs(server, "again")}
    assert after.keys() == before.keys()
    for name, log in before.items():
        assert after[name][: len(log)] == log
        assert isinstance(after[name][-1], SessionFinished)
    assert len(measured.times["reopened"]) >= 1


def all_have_an_image(stored: list[tuple[Any, ...]]) -> bool:
    return len(stored) == WORKERS and all(any(isinstance(event, ImageGenerated) for event in log) for log in stored)


def test_who_is_not_let_in_is_told_as_such(start_server: Callable[..., Any]) -> None:
    """Here: a page that shows no study at all."""
    server = start_server("counter")
    measured = come([f"{server.url}?worker_id=sim-1"], Plan(think_s=0.1))
    assert measured.errors == {"no task": 1}
    assert not measured.sessions
