"""A session and its generations: a pause for everybody, turns, a cache, and a kernel that ends at work."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from running import asked, both_ways, stored

from imgloop_widgets.claim import LEASE_S
from imgloop_widgets.errors import GenerationError
from imgloop_widgets.events import GenerationFailed, ImageGenerated, SessionFinished
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Cancel, Phase, Score, SubmitPrompt
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.runner import Runner
from imgloop_widgets.store import Limits, Store

Write = Callable[..., Path]


def no_money(prompt: str, context: Any) -> Any:
    raise GenerationError("HTTP 402: the account is empty", failure="quota")


@pytest.mark.parametrize("how", ["now", "task"])
def test_a_used_up_quota_ends_the_session_with_what_was_done_and_pauses_the_study(game: Any, how: str) -> None:
    runner = game.shown()
    runner.part = replace(runner.part, generator=no_money)
    game.send(runner, Score, score=4, prompt="a darker bear")
    both_ways(runner, how)
    assert runner.state.finished.reason == "failed"
    assert [a.score for a in runner.state.attempts] == [4]
    assert game.store.paused("s").why == "HTTP 402: the account is empty"
    (incident,) = game.store.incidents()
    assert incident.incident == stored(runner, GenerationFailed)[0].incident


@pytest.mark.parametrize("how", ["now", "task"])
def test_while_a_study_is_paused_no_session_is_given_an_image_and_none_is_an_incident(game: Any, how: str) -> None:
    generate = game.Counting()
    game.store.pause("s", game.clock(), "no key")
    runner = asked(game, generate)
    both_ways(runner, how)
    assert generate.calls == []
    assert runner.state.finished.reason == "failed"
    assert game.store.incidents(5) == []


@pytest.mark.parametrize("how", ["now", "task"])
def test_a_failure_that_passes_is_one_image_and_no_event(game: Any, how: str) -> None:
    fails: list[Any] = [GenerationError("busy", failure="rate_limited", retry_after_s=8), ConnectionError("gone")]

    def generate(prompt: str, context: Any) -> Image.Image:
        if fails:
            raise fails.pop(0)
        return game.draw(prompt, context)

    runner = asked(game, generate)
    both_ways(runner, how)
    assert stored(runner, GenerationFailed) == []
    assert runner.state.attempts[0].image.calls == 3
    assert game.store.incidents() == []


def test_a_failure_that_stays_is_one_event_and_one_incident_with_all_its_calls(game: Any) -> None:
    def generate(prompt: str, context: Any) -> Any:
        raise GenerationError("HTTP 503", failure="transient")

    runner = asked(game, generate)
    runner.perform_now()
    (event,) = stored(runner, GenerationFailed)
    (incident,) = game.store.incidents()
    assert incident.incident == event.incident
    assert "after 4 calls: transient, transient, transient, transient" in incident.text


def test_what_the_worker_waits_for_is_said_to_them(game: Any) -> None:
    game.limits = Limits(at_once=1)
    assert game.store.ask_turn("s", "another", "ben", game.limits, game.clock(), 1.0).begun
    told: list[str] = []
    runner = asked(game, game.draw)
    runner.progress = lambda share, text, preview: told.append(text)
    runner.perform_now()  # the other one's process has died: its turn is free after its lease
    assert told == ["You are next"]
    assert runner.state.phase is Phase.SCORING


def test_one_image_is_drawn_for_two_workers_where_the_study_has_a_cache(game: Any) -> None:
    game.cache = True
    generate = game.Counting()
    generate.version = "1"
    for worker in ("ana", "ben"):
        runner = asked(game, generate, worker=worker)
        runner.perform_now()
        assert runner.state.attempts[0].prompt.prompt == "a brown bear"
    assert len(generate.calls) == 1


def test_an_image_that_was_paid_for_by_a_kernel_that_died_before_its_event_is_found_again(game: Any) -> None:
    generate, flaky = game.Counting(), game.Flaky(game.store)
    dying = asked(game, generate, store=flaky)
    flaky.full = {"append"}
    with pytest.raises(Exception, match="the disk is full"):
        dying.perform_now()
    game.clock.move(LEASE_S + 1)
    heir = game.runner(generate)
    heir.perform_now()
    assert heir.state.phase is Phase.SCORING
    assert len(generate.calls) == 1


def test_cancelling_while_waiting_for_a_turn_leaves_the_queue(quick_game: Any) -> None:
    game = quick_game
    game.limits = Limits(at_once=1)
    assert game.store.ask_turn("s", "another", "ben", game.limits, game.clock(), 600).begun
    told: list[str] = []

    async def play() -> Runner:
        runner = asked(game, game.draw)
        runner._pause = None  # really
        runner.progress = lambda share, text, preview: told.append(text)
        making = asyncio.create_task(runner.perform())
        await game.until(lambda: told)
        game.send(runner, Cancel)
        await asyncio.wait_for(making, 5)
        await game.until(lambda: game.store.gate("s", game.clock()).waiting == 0)
        return runner

    runner = asyncio.run(play())
    assert stored(runner, ImageGenerated) == []
    assert [event.failure for event in stored(runner, GenerationFailed)] == ["cancelled"]


def test_the_last_refusal_ends_the_session(game: Any) -> None:
    def generate(prompt: str, context: Any) -> Any:
        raise GenerationError("content_policy_violation", failure="refused")

    runner = game.with_rules(max_refusals=2).runner(generate)
    for words in ("bad words", "worse words"):
        game.prompt(runner, words)
        runner.perform_now()
    assert isinstance(runner.store.read(runner.session_id)[-1], SessionFinished)
    assert runner.state.finished.reason == "failed"
    assert game.store.paused("s") is None


DYING = """
import asyncio, sys, time
from pathlib import Path
from PIL import Image
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import SubmitPrompt
from imgloop_widgets.opening import OpenStudy

folder, price = Path(sys.argv[1]), eval(sys.argv[2])

def draw(prompt, context):
    with open(folder / "calls", "a") as calls:
        calls.write("called\\n")
    time.sleep(0.5)
    return Image.new("RGB", (24, 16), "teal")

draw.price = price
runner = OpenStudy.load(folder, generate=draw).enter(Identity(worker_id="ana", unit=1))
runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers={"age": "34"}))
loop = asyncio.new_event_loop()
task = loop.create_task(runner.perform())
while not (folder / "calls").exists():
    loop.run_until_complete(asyncio.sleep(0.01))
# the kernel is told to end: its loop stops in the middle of a call
"""


@pytest.mark.parametrize(("price", "calls"), [("0.04", 1), ("None", 1), ("0", 2)])
def test_a_kernel_that_is_told_to_end_stays_for_an_image_that_may_cost_money(
    study_files: Write, monkeypatch: pytest.MonkeyPatch, price: str, calls: int
) -> None:
    """A reload ends the old kernel; the new one must find the image instead of paying for it again."""
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    folder = study_files()
    done = subprocess.run([sys.executable, "-c", DYING, str(folder), price], timeout=60, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = []

    def draw(prompt: str, context: Any) -> Image.Image:
        made.append(prompt)
        return Image.new("RGB", (24, 16), "teal")

    with OpenStudy.load(folder, generate=draw).store as store:
        study = OpenStudy.load(folder, generate=draw, store=store)
        runner = study.enter(Identity(worker_id="ana", unit=1))
        runner.perform_now()
    assert runner.state.phase is Phase.SCORING
    assert len((folder / "calls").read_text().splitlines()) + len(made) == calls


@pytest.mark.parametrize("how", ["now", "task"])
def test_from_a_prompt_to_its_image_the_store_is_written_three_times(
    game: Any, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time waits for the disk, and for all other workers' writes."""
    runner, written, begin = game.runner(), list[str](), Store._transaction

    def transaction(store: Store, what: str, *, writes: bool = False) -> Any:
        written.extend([what.partition(" session")[0]] * writes)
        return begin(store, what, writes=writes)

    monkeypatch.setattr(Store, "_transaction", transaction)
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=game.answers), makes=True)
    both_ways(runner, how)
    assert len(stored(runner, ImageGenerated)) == 1
    assert written == ["append to", "keep a generation", "append to"]


def test_who_asks_for_an_image_and_goes_leaves_it_to_another_page(game: Any) -> None:
    gone, other = game.runner(), game.runner()
    gone.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=game.answers), makes=True)
    other.refresh()
    other.perform_now()
    assert not other.state.attempts
    game.clock.move(LEASE_S)
    other.perform_now()
    assert len(other.state.attempts) == 1
    gone.perform_now()  # it is there all the same
    assert gone.store.length(gone.session_id) == other.state.seq
