"""The image that is owed: made once, by one page, however the generator behaves and whoever dies on the way."""

import asyncio
import io
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from running import asked, both_ways, stored

from imgloop_widgets.errors import FAILURES, GenerationError
from imgloop_widgets.events import GenerationFailed, ImageGenerated, SessionFinished
from imgloop_widgets.generators.contract import Generated
from imgloop_widgets.loop import Cancel, Exit, Phase, fold
from imgloop_widgets.runner import Runner


def picture() -> Image.Image:
    return Image.new("RGB", (24, 16), "teal")


def png() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("how", ["now", "task"])
@pytest.mark.parametrize("kind", ["sync", "async", "object"])
def test_a_sync_an_async_and_an_object_make_the_image(game: Any, how: str, kind: str) -> None:
    async def later(prompt: str, context: Any) -> Image.Image:
        await asyncio.sleep(0.01)
        return game.draw(prompt, context)

    runner = asked(game, {"sync": game.draw, "async": later, "object": game.Counting()}[kind])
    both_ways(runner, how)
    assert runner.state.phase is Phase.SCORING
    image = Image.open(io.BytesIO(runner.store.get_image(runner.state.attempts[0].image.image_sha256)))
    assert (image.format, image.size) == ("WEBP", (24, 16))


def test_the_generator_is_told_of_its_attempt_and_of_nothing_else(quick_game: Any) -> None:
    generate = quick_game.Counting()
    runner = asked(quick_game, generate)
    runner.perform_now()
    (context,) = generate.calls
    owed = runner.state.attempts[0].prompt
    assert (context.attempt, context.target_id, context.category) == (1, "bear", "bears")
    assert (context.seed, context.idempotency_key) == (owed.seed, owed.idempotency_key)
    assert context.deadline == runner.state.opened.auto_submit_at
    assert runner.state.opened.worker_id not in repr([getattr(context, name) for name in context.__slots__])


RETURNED = {
    "bytes": png,
    "Pillow": picture,
    "Generated": lambda: Generated(image=png(), parameters={"steps": 3}),
    "notes that are no JSON": lambda: Generated(image=png(), parameters={(1, 2): object(), "nan": float("nan")}),
    "notes that are no mapping": lambda: Generated(image=png(), parameters=7),  # type: ignore[arg-type]
}
WRONG = {
    "None": lambda: None,
    "a number": lambda: 7,
    "garbage": lambda: b"garbage",
    "half an image": lambda: png()[:300],
    "a huge image": lambda: Image.new("1", (5000, 5000)),
    "a path that leads nowhere": lambda: Path("nowhere.png"),
    "Generated of nothing": lambda: Generated(image=None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", list(RETURNED))
def test_what_is_an_image_is_stored_with_what_belongs_to_it(quick_game: Any, what: str) -> None:
    runner = asked(quick_game, lambda prompt, context: RETURNED[what]())
    runner.perform_now()
    assert runner.state.phase is Phase.SCORING
    assert fold(runner.store.read(runner.session_id)) == runner.state


@pytest.mark.parametrize("what", list(WRONG))
@pytest.mark.parametrize("how", ["now", "task"])
def test_what_is_no_image_costs_no_attempt_and_is_recorded(quick_game: Any, what: str, how: str) -> None:
    runner = asked(quick_game, lambda prompt, context: WRONG[what]())
    both_ways(runner, how)
    assert (runner.state.phase, runner.state.attempts) == (Phase.PROMPTING, ())
    assert runner.state.failure.failure == "bad_output"
    (incident,) = runner.store.incidents()
    assert incident.incident == runner.state.failure.incident
    quick_game.prompt(runner)  # the same words again


def test_a_path_is_read(quick_game: Any, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    runner = asked(quick_game, lambda prompt, context: tmp_path / "a.png")
    runner.perform_now()
    assert runner.state.attempts[0].image.width == 64


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("how", ["now", "task"])
def test_each_kind_of_failure_is_stored_and_costs_no_attempt(quick_game: Any, failure: Any, how: str) -> None:
    def generate(prompt: str, context: Any) -> Any:
        raise GenerationError("secret key 123", failure=failure)

    runner = asked(quick_game, generate)
    both_ways(runner, how)
    (event,) = stored(runner, GenerationFailed)
    assert (event.failure, event.attempt) == (failure, 1)
    assert runner.state.phase is (Phase.FINISHED if failure == "quota" else Phase.PROMPTING)
    assert (event.incident is None) == (failure in {"cancelled", "refused", "rate_limited"})
    assert "secret" not in repr(event)


ERRORS: dict[str, Any] = {
    "ValueError": lambda: ValueError("secret key 123"),
    "TimeoutError": lambda: TimeoutError(),
    "StopIteration": lambda: StopIteration(),
    "MemoryError": lambda: MemoryError(),
    "SystemExit": lambda: SystemExit(3),
    "CancelledError": lambda: asyncio.CancelledError(),
    "RecursionError": lambda: RecursionError(),
    "ExceptionGroup": lambda: ExceptionGroup("many", [ValueError("a")]),
}


@pytest.mark.parametrize("name", list(ERRORS))
@pytest.mark.parametrize("how", ["now", "task"])
@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
def test_a_callback_may_raise_anything(quick_game: Any, name: str, how: str, later: bool) -> None:
    def sync(prompt: str, context: Any) -> Any:
        raise ERRORS[name]()

    async def coroutine(prompt: str, context: Any) -> Any:
        raise ERRORS[name]()

    runner = asked(quick_game, coroutine if later else sync)
    both_ways(runner, how)
    (event,) = stored(runner, GenerationFailed)
    assert event.failure == ("timeout" if name == "TimeoutError" else "transient")
    assert event.incident
    quick_game.prompt(runner)
    assert runner.state.phase is Phase.GENERATING


def test_ctrl_c_is_the_researcher_s_and_ends_a_script_but_no_kernel(quick_game: Any) -> None:
    def generate(prompt: str, context: Any) -> Any:
        raise KeyboardInterrupt

    runner = asked(quick_game, generate)
    with pytest.raises(KeyboardInterrupt):
        runner.perform_now()
    asyncio.run(runner.perform())
    assert runner.state.failure.failure == "transient"


def test_the_event_loop_stays_free_while_a_sync_callback_sleeps(quick_game: Any) -> None:
    def sleepy(prompt: str, context: Any) -> Image.Image:
        time.sleep(2)
        return picture()

    async def play() -> float:
        worst, runner = 0.0, asked(quick_game, sleepy)
        making = asyncio.create_task(runner.perform())
        while not making.done():
            begun = time.perf_counter()
            await asyncio.sleep(0.01)
            worst = max(worst, time.perf_counter() - begun)
        assert runner.state.phase is Phase.SCORING
        return worst

    assert asyncio.run(play()) < 1.5


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
def test_a_generator_that_takes_too_long_is_given_up(quick_game: Any, later: bool) -> None:
    quick_game.timeout_s = 0.1
    hold = quick_game.Counting(hold=True)

    async def slow(prompt: str, context: Any) -> Image.Image:
        await asyncio.sleep(100)
        return picture()

    runner = asked(quick_game, slow if later else hold)
    begun = time.monotonic()
    asyncio.run(runner.perform())
    hold.go.set()
    assert time.monotonic() - begun < 50
    assert runner.state.failure.failure == "timeout"
    if not later:
        assert hold.calls[0].cancelled()


def test_an_image_that_comes_after_it_was_given_up_is_not_shown(quick_game: Any) -> None:
    quick_game.timeout_s = 0.1
    hold = quick_game.Counting(hold=True)

    async def play() -> Runner:
        runner = asked(quick_game, hold)
        await runner.perform()
        hold.go.set()
        await asyncio.sleep(0.1)
        return runner

    runner = asyncio.run(play())
    assert runner.state.attempts == ()
    assert len(stored(runner, ImageGenerated)) == 0


def test_a_generator_gets_no_more_time_than_the_worker_has(quick_game: Any) -> None:
    runner = asked(quick_game, quick_game.Counting(hold=True))
    quick_game.clock.move(1799.9)
    begun = time.monotonic()
    asyncio.run(runner.perform())
    assert time.monotonic() - begun < 50


def test_nothing_is_made_once_the_time_is_over(quick_game: Any) -> None:
    generate = quick_game.Counting()
    runner = asked(quick_game, generate)
    quick_game.clock.move(1800)
    both_ways(runner, "now")
    both_ways(runner, "task")
    assert generate.calls == []


def test_a_sync_generator_sees_that_it_was_cancelled(quick_game: Any) -> None:
    seen = threading.Event()

    def patient(prompt: str, context: Any) -> Image.Image:
        while not context.cancelled():
            time.sleep(0.005)
        seen.set()
        raise GenerationError("cancelled", failure="cancelled")

    async def play() -> Runner:
        runner = asked(quick_game, patient)
        making = asyncio.create_task(runner.perform())
        await asyncio.sleep(0.05)
        quick_game.send(runner, Cancel)
        await making
        return runner

    runner = asyncio.run(play())
    assert seen.wait(5)
    assert [event.failure for event in stored(runner, GenerationFailed)] == ["cancelled"]


def test_an_async_generator_is_cancelled(quick_game: Any) -> None:
    seen = threading.Event()

    async def patient(prompt: str, context: Any) -> Image.Image:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            seen.set()
            raise
        return picture()

    async def play() -> Runner:
        runner = asked(quick_game, patient)
        making = asyncio.create_task(runner.perform())
        await asyncio.sleep(0.05)
        quick_game.send(runner, Cancel)
        await making
        return runner

    runner = asyncio.run(play())
    assert seen.wait(5)
    assert len(stored(runner, GenerationFailed)) == 1


def test_after_a_cancel_the_next_image_does_not_wait_for_a_generator_that_does_not_listen(quick_game: Any) -> None:
    deaf, quick = quick_game.Counting(hold=True), quick_game.Counting()
    shares: list[Any] = []

    def generate(prompt: str, context: Any) -> Image.Image:
        return (deaf if prompt == "a brown bear" else quick)(prompt, context)

    async def play() -> Runner:
        runner = asked(quick_game, generate)
        runner.progress = lambda share, text, preview: shares.append(text)
        first = asyncio.create_task(runner.perform())
        await quick_game.until(deaf.begun.is_set)
        quick_game.send(runner, Cancel)
        quick_game.prompt(runner, "a darker bear")
        second = asyncio.create_task(runner.perform())  # at once: nobody waits for the first one's end
        await asyncio.wait_for(first, 5)
        await asyncio.wait_for(second, 5)
        assert [a.prompt.prompt for a in runner.state.attempts] == ["a darker bear"]
        deaf.calls[0].progress(0.5, "of the cancelled one")
        deaf.go.set()
        await asyncio.sleep(0.05)
        return runner

    runner = asyncio.run(play())
    assert [a.prompt.prompt for a in runner.state.attempts] == ["a darker bear"]
    assert shares == []
    assert fold(runner.store.read(runner.session_id)) == runner.state


def test_exit_while_an_image_is_being_made_ends_the_waiting(quick_game: Any) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> Runner:
        runner = asked(quick_game, hold)
        making = asyncio.create_task(runner.perform())
        await quick_game.until(hold.begun.is_set)
        quick_game.send(runner, Exit)
        await asyncio.wait_for(making, 5)
        hold.go.set()
        return runner

    runner = asyncio.run(play())
    assert isinstance(runner.store.read(runner.session_id)[-1], SessionFinished)
    assert hold.calls[0].cancelled()


def test_progress_reaches_the_page(quick_game: Any) -> None:
    seen: list[Any] = []

    def generate(prompt: str, context: Any) -> Image.Image:
        context.progress(0.5, "half")
        context.progress(None)
        context.progress(share=0.9, text="nearly")
        return picture()

    runner = asked(quick_game, generate)
    runner.progress = lambda share, text, preview: seen.append((share, text))
    runner.perform_now()
    assert seen == [(0.5, "half"), (None, ""), (0.9, "nearly")]
