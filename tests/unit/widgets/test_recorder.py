"""What a page notes of the work is kept beside the session, and never in its way."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from imgloop_widgets.widgets import LookAlike
from imgloop_widgets.widgets.recorder import MOST_PER_MINUTE

PAGE = "123e4567-e89b-42d3-a456-426614174000"


def step(attempt: int = 1, phase: str = "writing", **values: float) -> dict[str, Any]:
    return {"attempt": attempt, "phase": phase, "values": values or {"keys": 3, "open_s": 2.5}}


@pytest.fixture
def noting(quick_game: Any, show: Callable[..., Any]) -> Callable[..., Any]:
    """A page of a study that records signals. store: in place of the game's."""

    def open_page(store: Any = None, **more: Any) -> Any:
        runner = quick_game.runner(store=store, **more)
        runner.part = replace(runner.part, signals=True)
        return show(runner)

    return open_page


def kept(page: Any, game: Any) -> list[Any]:
    page.widget._recorder.wait(5)
    return [(t.noted.attempt, t.noted.phase, dict(t.noted.values)) for t in game.store.telemetry()]


def test_what_a_page_notes_is_kept_and_a_newer_total_takes_its_place(noting: Any, quick_game: Any) -> None:
    page = noting()
    page.send(kind="signals", page=PAGE, steps=[step(keys=3), step(phase="about", open_s=9.75)])
    assert kept(page, quick_game) == [(1, "about", {"open_s": 9.75}), (1, "writing", {"keys": 3})]
    page.send(kind="signals", page=PAGE, steps=[step(keys=8, deletions=1)])
    assert kept(page, quick_game) == [(1, "about", {"open_s": 9.75}), (1, "writing", {"deletions": 1, "keys": 8})]


def test_the_page_is_told_what_it_records_in_sentences_and_nothing_is_answered(noting: Any) -> None:
    page = noting()
    assert any("pasted" in sentence for sentence in page.traits["form"]["records"])
    assert page.send(kind="signals", page=PAGE, steps=[step()]) == []


def test_a_study_that_does_not_ask_for_it_takes_nothing(quick_game: Any, show: Callable[..., Any]) -> None:
    page = show(quick_game.runner())
    assert page.traits["form"]["records"] == []
    assert page.send(kind="signals", page=PAGE, steps=[step()]) == []
    assert quick_game.store.telemetry() == [] and page.widget._recorder is None
    assert not [thread for thread in threading.enumerate() if thread.name == "imgloop-signals"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"page": PAGE, "steps": [step(attempt=7)]},
        {"page": PAGE, "steps": [step(text=1)]},
        {"page": PAGE, "steps": "x" * 10**6},
        {"page": PAGE, "steps": [step()], "more": "x" * 10**6},
        {"page": PAGE, "steps": [[[[[]]]]]},
    ],
    ids=["empty", "a later attempt", "an unknown signal", "long", "more", "nested"],
)
def test_garbage_is_dropped_without_a_word(noting: Any, quick_game: Any, content: dict[str, Any]) -> None:
    page = noting()
    assert page.send(kind="signals", **content) == []
    assert kept(page, quick_game) == [] and quick_game.store.incidents() == []


def test_a_page_that_sends_too_often_is_taken_again_after_a_minute(noting: Any, quick_game: Any) -> None:
    page = noting()
    for number in range(MOST_PER_MINUTE + 20):
        page.send(kind="signals", page=PAGE, steps=[step(keys=number)])
    assert kept(page, quick_game) == [(1, "writing", {"keys": MOST_PER_MINUTE - 1})]
    quick_game.clock.move(60)
    page.send(kind="signals", page=PAGE, steps=[step(keys=999)])
    assert kept(page, quick_game) == [(1, "writing", {"keys": 999})]


def test_a_store_that_fails_is_logged_and_the_work_goes_on(
    noting: Any, quick_game: Any, caplog: pytest.LogCaptureFixture
) -> None:
    store = quick_game.Flaky(quick_game.store)
    page = noting(store)
    store.full = {"note"}
    with caplog.at_level(logging.WARNING, "imgloop"):
        page.send(kind="signals", page=PAGE, steps=[step()])
        page.widget._recorder.wait(5)
    assert "noted is lost: the disk is full" in caplog.text
    assert page.command("submit_prompt", prompt="a brown bear", answers=quick_game.answers)["ok"]
    assert quick_game.store.incidents() == []
    store.full = set()
    page.send(kind="signals", page=PAGE, steps=[step(keys=5)])
    assert kept(page, quick_game) == [(1, "writing", {"keys": 5})]


class Slow:
    """A store that holds what a page notes until it is let go."""

    def __init__(self, store: Any) -> None:
        self._store, self.go, self.calls = store, threading.Event(), 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def note(self, *args: Any) -> None:
        self.calls += 1
        assert self.go.wait(20)
        self._store.note(*args)


def test_a_slow_store_makes_no_submission_wait_and_the_latest_total_is_kept(noting: Any, quick_game: Any) -> None:
    store = Slow(quick_game.store)
    page = noting(store)
    for number in range(50):
        page.send(kind="signals", page=PAGE, steps=[step(keys=number)])
    assert page.command("submit_prompt", prompt="a brown bear", answers=quick_game.answers)["ok"]
    assert page.view["phase"] == "generating"  # while nothing of it is kept
    assert quick_game.store.telemetry() == []
    store.go.set()
    assert kept(page, quick_game) == [(1, "writing", {"keys": 49})]
    assert store.calls <= 2  # the first, and all that came meanwhile


def test_the_last_step_is_kept_after_the_session_is_finished(noting: Any, quick_game: Any) -> None:
    page = noting()
    page.command("submit_prompt", prompt="a brown bear", answers=quick_game.answers)
    page.widget._runner.perform_now()
    page.command("score", score=10)
    assert page.view["phase"] == "finished"
    page.send(kind="signals", page=PAGE, steps=[step(phase="judging", open_s=4.0)])
    assert kept(page, quick_game) == [(1, "judging", {"open_s": 4.0})]


def test_what_a_page_notes_is_never_part_of_the_session(noting: Any, quick_game: Any) -> None:
    page = noting()
    page.send(kind="signals", page=PAGE, steps=[step()])
    kept(page, quick_game)
    assert isinstance(page.widget, LookAlike) and page.widget.state.seq == 1
    assert "signals" not in json.dumps([row for rows in quick_game.store.rows() for row in rows])
