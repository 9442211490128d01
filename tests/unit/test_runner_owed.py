"""The image that is owed is made once: whoever asks, whoever dies on the way, and whatever the store refuses."""

import asyncio
import hashlib
import sys
import threading
from typing import Any

import pytest
from running import asked, both_ways, stored

from imgloop_widgets.claim import LEASE_S
from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import ImageGenerated, PromptSubmitted
from imgloop_widgets.loop import Cancel, Exit, Phase


def test_one_image_is_made_once_in_one_page(quick_game: Any) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        runner = asked(quick_game, hold)
        making = asyncio.create_task(runner.perform())
        await quick_game.until(hold.begun.is_set)
        await runner.perform()
        await runner.perform()
        hold.go.set()
        await making

    asyncio.run(play())
    assert len(hold.calls) == 1


def test_two_pages_that_ask_at_once_make_one_image(game: Any) -> None:
    hold = game.Counting(hold=True)

    async def play() -> None:
        first = asked(game, hold)
        second = game.runner(hold)
        making = asyncio.create_task(first.perform())
        await game.until(hold.begun.is_set)
        await second.perform()
        assert len(hold.calls) == 1
        hold.go.set()
        await making
        second.refresh()
        assert second.state == first.state

    asyncio.run(play())


def test_a_page_that_is_behind_does_not_make_again_what_another_has_made(game: Any) -> None:
    generate = game.Counting()
    first = asked(game, generate)
    second = game.runner(generate)
    first.perform_now()
    for how in ("now", "task"):
        both_ways(second, how)
    assert len(generate.calls) == 1
    assert second.state == first.state


def test_a_killed_process_s_image_is_made_by_the_next_after_its_lease_with_the_same_seed_and_key(game: Any) -> None:
    hold, generate = game.Counting(hold=True), game.Counting()
    dying = asked(game, hold)
    dying._claim.take(dying.state.prompt)  # and then the process is killed

    heir = game.runner(generate)
    heir.perform_now()
    assert generate.calls == [], "the first may still be alive"
    game.clock.move(LEASE_S - 0.1)
    heir.perform_now()
    assert generate.calls == []
    game.clock.move(0.2)
    heir.perform_now()

    (context,) = generate.calls
    (owed,) = stored(heir, PromptSubmitted)
    assert (context.seed, context.idempotency_key) == (owed.seed, owed.idempotency_key)
    assert heir.state.phase is Phase.SCORING


def test_a_maker_that_lives_keeps_its_lease(quick_game: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgloop_widgets.claim.LEASE_S", 0.2)
    quick_game.clock = type("Real", (), {"now": property(lambda self: self()), "__call__": lambda self: _utc_now()})()
    hold, other = quick_game.Counting(hold=True), quick_game.Counting()

    async def play() -> None:
        first, second = asked(quick_game, hold), quick_game.runner(other)
        making = asyncio.create_task(first.perform())
        await quick_game.until(hold.begun.is_set)
        for _ in range(20):
            await asyncio.sleep(0.03)
            await second.perform()
        assert other.calls == []
        hold.go.set()
        await making

    asyncio.run(play())


def _utc_now() -> Any:
    from imgloop_widgets.runner import utc_now

    return utc_now()


def test_what_was_made_twice_all_the_same_is_shown_once(game: Any) -> None:
    """A process that was suspended for longer than its lease comes back with its image."""
    hold = game.Counting(hold=True)

    async def play() -> None:
        first, second = asked(game, hold), game.runner()
        making = asyncio.create_task(first.perform())
        await game.until(hold.begun.is_set)
        game.clock.move(LEASE_S + 1)
        await second.perform()
        hold.go.set()
        await making
        assert first.state == second.state
        assert len(stored(first, ImageGenerated)) == 1

    asyncio.run(play())


@pytest.mark.parametrize("how", ["now", "task"])
@pytest.mark.parametrize("full", [{"append"}, {"append", "release"}, {"append", "release", "record_incident"}])
def test_an_image_that_could_not_be_stored_is_kept_and_stored_later(game: Any, how: str, full: set[str]) -> None:
    generate = game.Counting()
    flaky = game.Flaky(game.store)
    runner = asked(game, generate, store=flaky)
    flaky.full = full
    for _ in range(3):
        with pytest.raises(StoreError):
            both_ways(runner, how)
    assert runner.state.phase is Phase.GENERATING
    flaky.full = set()
    both_ways(runner, how)
    assert runner.state.phase is Phase.SCORING
    assert len(generate.calls) == 1


def test_another_page_does_not_make_what_waits_to_be_stored(game: Any) -> None:
    generate = game.Counting()
    flaky = game.Flaky(game.store)
    runner, other = asked(game, generate, store=flaky), game.runner(generate)
    flaky.full = {"append"}
    with pytest.raises(StoreError):
        runner.perform_now()
    other.perform_now()
    assert len(generate.calls) == 1


def test_a_claim_that_can_not_be_given_back_does_no_harm(game: Any) -> None:
    flaky = game.Flaky(game.store)
    runner = asked(game, game.draw, store=flaky)
    flaky.full = {"release"}
    runner.perform_now()
    assert runner.state.phase is Phase.SCORING
    flaky.full = set()
    game.send(runner, Exit)


def test_an_image_that_can_not_be_kept_is_a_failure_with_an_incident(game: Any) -> None:
    flaky = game.Flaky(game.store)
    runner = asked(game, game.draw, store=flaky)
    flaky.full = {"put_image"}
    runner.perform_now()
    assert runner.state.phase is Phase.PROMPTING
    assert "the disk is full" in runner.store.incidents()[0].text


def test_the_end_of_a_cancelled_image_does_not_give_the_next_one_to_another_page(quick_game: Any) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        runner = asked(quick_game, hold)
        first = asyncio.create_task(runner.perform())
        await quick_game.until(hold.begun.is_set)
        quick_game.send(runner, Cancel)
        quick_game.prompt(runner, "a darker bear")
        second = asyncio.create_task(runner.perform())
        await first
        await quick_game.until(lambda: len(hold.calls) == 2)
        await quick_game.runner(hold).perform()
        assert len(hold.calls) == 2
        hold.go.set()
        await second

    asyncio.run(play())


def test_a_report_is_dropped_where_the_worker_has_gone_on(game: Any) -> None:
    """The page of another window was cancelled there, and asked for another image."""
    hold = game.Counting(hold=True)

    async def play() -> None:
        first, second = asked(game, hold), game.runner()
        making = asyncio.create_task(first.perform())
        await game.until(hold.begun.is_set)
        game.send(second, Cancel)
        game.prompt(second, "a darker bear")
        hold.go.set()
        await making
        first.refresh()
        assert first.state == second.state
        assert (first.state.phase, first.state.attempts) == (Phase.GENERATING, ())
        await second.perform()
        assert [a.prompt.prompt for a in second.state.attempts] == ["a darker bear"]

    asyncio.run(play())


def test_threads_that_can_not_be_started_are_an_error_and_not_the_end(
    quick_game: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = asked(quick_game, quick_game.draw)

    def refuse(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            asyncio.run(runner.perform())
    asyncio.run(runner.perform())
    assert runner.state.phase is Phase.SCORING


def test_a_kernel_that_ends_is_not_kept_alive_by_a_callback_that_hangs() -> None:
    import subprocess

    code = (
        "import asyncio, threading\n"
        "from imgloop_widgets.background import in_thread\n"
        "async def main():\n"
        "    in_thread(threading.Event().wait)\n"
        "    await asyncio.sleep(0.05)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_same_words_make_the_same_file_under_the_same_name(quick_game: Any) -> None:
    runner = quick_game.shown()
    sha = runner.state.attempts[0].image.image_sha256
    assert hashlib.sha256(runner.store.get_image(sha)).hexdigest() == sha
