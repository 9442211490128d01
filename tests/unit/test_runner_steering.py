"""A runner whose study is steered meanwhile: its worker waits, goes on, has more time, or is at the end."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from running import asked, stored

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import GenerationFailed, PromptSubmitted
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import PAUSED, Exit, Phase, SubmitPrompt, seconds_left
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.plans import Condition, Plan
from imgloop_widgets.watching import steer_study, steer_unit

Write = Callable[..., Path]
PLAN = Plan(study="s", seed=1, targets=("bear",), arms=(Condition(name="the-secret-arm"),))


def pause(game: Any, what: Any = "pause") -> None:
    steer_study(game.store, "s", what, who="grace", why="", now=game.clock())


def unit(game: Any, runner: Any, what: Any, **more: Any) -> None:
    steer_unit(game.store, PLAN, runner.session_id, what, who="grace", why="", now=game.clock(), **more)


def test_a_command_that_meets_the_researcher_s_is_taken_all_the_same(game: Any) -> None:
    runner = game.runner()
    unit(game, runner, "extend", more=timedelta(minutes=5))
    game.prompt(runner)
    assert len(stored(runner, PromptSubmitted)) == 1
    assert runner.state.auto_submit_at == game.clock() + timedelta(seconds=1800 + 300)


def test_a_prompt_that_meets_a_pause_is_refused_and_taken_after_it(game: Any) -> None:
    runner = game.runner()
    pause(game)
    with pytest.raises(Refused) as refused:
        game.prompt(runner)
    assert str(refused.value) == PAUSED
    game.clock.move(600)
    pause(game, "resume")
    runner.refresh()
    assert seconds_left(runner.state, game.clock()) == 1800
    game.prompt(runner)
    runner.perform_now()
    assert runner.state.phase is Phase.SCORING


def test_an_image_that_was_owed_waits_for_the_end_of_the_pause(game: Any) -> None:
    generate = game.Counting()
    runner = asked(game, generate)
    pause(game)
    runner.refresh()

    async def wait() -> None:
        making = asyncio.create_task(runner.perform())
        await asyncio.sleep(0.05)
        assert generate.calls == []
        threading.Timer(0.05, lambda: pause(game, "resume")).start()
        await asyncio.wait_for(making, 20)

    runner._pause = lambda seconds: threading.Event().wait(0.01)
    asyncio.run(wait())
    assert (len(runner.state.attempts), stored(runner, GenerationFailed)) == (1, [])


def test_a_session_that_is_closed_while_its_image_is_made_ends_and_drops_it(game: Any) -> None:
    generate = game.Counting(hold=True)
    runner = asked(game, generate)

    async def close() -> None:
        making = asyncio.create_task(runner.perform())
        await game.until(generate.begun.is_set)
        unit(game, runner, "close")
        runner.refresh()
        generate.go.set()
        await making

    asyncio.run(close())
    assert (runner.state.finished.reason, runner.state.attempts) == ("closed", ())


def test_more_time_in_the_middle_of_an_image_is_time_for_it(game: Any) -> None:
    generate = game.Counting(hold=True)
    runner = asked(game, generate)

    async def extend() -> None:
        game.clock.move(1799.9)  # the clock stands still: a wait of real time would end with 0.1 s
        making = asyncio.create_task(runner.perform())
        await game.until(generate.begun.is_set)
        unit(game, runner, "extend", more=timedelta(minutes=5))
        runner.refresh()
        await asyncio.sleep(0.2)
        generate.go.set()
        await making

    asyncio.run(extend())
    assert (len(runner.state.attempts), stored(runner, GenerationFailed)) == (1, [])


def two_arms(write: Write) -> Path:
    return write(arm='name = "a"\ngenerator = "scenes"\noptions = { size = 32 }\n[[arm]]\nname = "b"\n'
                     'generator = "scenes"\noptions = { size = 32 }')  # fmt: skip


def test_the_sweep_leaves_out_an_arm_that_is_gone_says_so_once_and_submits_the_others(
    quick_game: Any, study_files: Write, caplog: pytest.LogCaptureFixture
) -> None:
    folder, clock = two_arms(study_files), quick_game.clock
    study = OpenStudy.load(folder, store=quick_game.store)
    units = range(1, study.units + 1)
    runners = [study.enter(Identity(worker_id=f"w{n}", unit=n), clock=clock) for n in units]
    by_arm = {runner.state.opened.arm: runner for runner in runners}
    file = folder / "study.toml"
    file.write_text(file.read_text().replace('name = "a"', 'name = "renamed"'))
    clock.move(3600)
    study = OpenStudy.load(folder, store=quick_game.store)
    assert study.expire_overdue(clock()) == sum(runner.state.opened.arm == "b" for runner in runners) > 0
    assert study.expire_overdue(clock()) == 0
    said = [record.getMessage() for record in caplog.records if by_arm["a"].session_id in record.getMessage()]
    assert len(said) == 1
    assert "has no arm 'a'" in said[0]


def test_the_sweep_submits_nobody_s_work_in_a_pause_nor_of_who_was_given_more_time(
    quick_game: Any, study_files: Write
) -> None:
    clock = quick_game.clock
    study = OpenStudy.load(two_arms(study_files), store=quick_game.store)
    runner = study.enter(Identity(worker_id="ana", unit=1), clock=clock)
    steer_study(study.store, "small", "pause", who="grace", why="", now=clock())
    clock.move(3600)
    assert study.expire_overdue(clock()) == 0
    steer_study(study.store, "small", "resume", who="grace", why="", now=clock())
    assert study.expire_overdue(clock()) == 0
    steer_unit(
        study.store, study.plan, runner.session_id, "extend", who="g", why="", now=clock(), more=timedelta(hours=1)
    )
    clock.move(3600)
    assert study.expire_overdue(clock()) == 0
    clock.move(3600)
    assert study.expire_overdue(clock()) == 1


def test_whoever_comes_back_in_a_pause_finds_their_session_and_nobody_begins(
    quick_game: Any, study_files: Write
) -> None:
    study, clock = OpenStudy.load(two_arms(study_files), store=quick_game.store), quick_game.clock
    first = study.enter(Identity(worker_id="ana", unit=1), clock=clock)
    steer_study(study.store, "small", "pause", who="grace", why="", now=clock())
    again = study.enter(Identity(worker_id="ana", unit=1), clock=clock)
    assert again.session_id == first.session_id
    assert again.state.paused is not None
    with pytest.raises(Refused, match="paused"):
        study.enter(Identity(worker_id="ben", unit=2), clock=clock)
    with pytest.raises(Refused, match="no new image"):
        again.dispatch(SubmitPrompt(seq=again.state.seq, prompt="a bear", answers={"age": "34"}))
    again.dispatch(Exit(seq=again.state.since))
    assert again.state.finished is not None
