"""The component over time: images that are owed, a second page, the end of the time, and progress."""

import asyncio
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.loop import Cancel, Exit, Score
from imgloop_widgets.widgets import look_alike, ticking

Show = Callable[..., Any]


def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TICK_S", "LOOK_S"):
        monkeypatch.setattr(ticking, name, 0.01)


def log(runner: Any) -> Any:
    return runner.store.read(runner.session_id)


def start(page: Any, game: Any, prompt: str = "a brown bear") -> Any:
    return page.command("submit_prompt", prompt=prompt, answers=game.answers)


def test_what_an_older_page_had_on_its_way_is_shown_and_said(quick_game: Any, show: Show) -> None:
    runner = quick_game.runner()
    page = show(quick_game.runner())
    quick_game.prompt(runner)
    page.widget.tick()
    assert (page.view["phase"], page.view["notice"]) == ("generating", look_alike.ELSEWHERE)
    assert not page.command("score", score=3)["ok"]
    assert page.command("cancel")["ok"]
    assert page.view["notice"] is None


def test_an_image_that_came_is_no_reason_to_say_that_another_page_is_open(quick_game: Any, show: Show) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    page = show(quick_game.runner())
    runner.perform_now()
    page.widget.tick()
    assert (page.view["phase"], page.view["notice"]) == ("scoring", None)


def test_when_the_time_is_over_the_draft_is_submitted_without_a_click(quick_game: Any, show: Show) -> None:
    runner = quick_game.shown()
    page = show(runner)
    page.send(kind="draft", seq=page.view["seq"], values={"score": 7, "prompt": "next wor"})
    quick_game.clock.move(1799)
    page.widget.tick()
    assert page.view["phase"] == "scoring"
    quick_game.clock.move(1)
    page.widget.tick()
    assert page.view["finished"]["reason"] == "expired"
    assert runner.state.attempts[0].score == 7
    assert runner.state.finished.draft == {"prompt": "next wor"}
    page.widget.tick()
    assert len([event for event in log(runner) if type(event).__name__ == "SessionFinished"]) == 1


def test_two_pages_submit_once_when_the_time_is_over(quick_game: Any, show: Show) -> None:
    first, second = show(quick_game.runner()), show(quick_game.runner())
    quick_game.clock.move(1800)
    first.widget.tick()
    assert first.view["away"] and not first.view["finished"]
    second.widget.tick()
    assert second.view["finished"]["reason"] == "expired"
    assert len(log(first.widget._runner)) == 2


def test_a_reload_while_the_image_is_owed_makes_it(quick_game: Any, show: Show) -> None:
    quick_game.prompt(quick_game.runner())

    async def play() -> None:
        page = show(quick_game.runner())
        assert page.view["phase"] == "generating"
        await page.until("scoring")

    asyncio.run(play())


def test_the_page_goes_on_by_itself_where_the_one_that_made_the_image_died(
    quick_game: Any, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    dying = quick_game.runner()
    quick_game.prompt(dying)
    dying._claim.take(dying.state.prompt)

    async def play() -> None:
        page = show(quick_game.runner())
        await asyncio.sleep(0.1)
        assert page.view["phase"] == "generating"
        quick_game.clock.move(10)
        await page.until("scoring")

    asyncio.run(play())


def test_cancel_ends_the_waiting_and_the_next_prompt_works(quick_game: Any, show: Show) -> None:
    async def forever(prompt: str, context: Any) -> Any:
        await asyncio.sleep(0 if "darker" in prompt else 60)
        return quick_game.draw(prompt, context)

    async def play() -> None:
        page = show(quick_game.runner(forever))
        start(page, quick_game)
        await asyncio.sleep(0.05)
        assert page.command("cancel")["ok"]
        assert page.view["failure"].startswith("Cancelled.")
        assert page.command("submit_prompt", prompt="a darker bear")["ok"]
        await page.until("scoring")

    asyncio.run(play())


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.5, 0.5),
        (-1, 0.0),
        (7, 1.0),
        (None, None),
        (float("nan"), None),
        (float("inf"), 1.0),
        ("half", None),
        (10**400, 1.0),
    ],
)
def test_progress_is_shown_while_an_image_is_made_whatever_it_is(
    quick_game: Any, show: Show, share: Any, shown: Any
) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        page = show(quick_game.runner(hold))
        start(page, quick_game)
        await quick_game.until(hold.begun.is_set)
        hold.calls[0].progress(share, "drawing \ud83d" + "x" * 1000)
        await quick_game.until(lambda: page.traits["progress"])
        progress = page.traits["progress"]
        assert (progress["seq"], progress["share"]) == (page.view["seq"], shown)
        assert progress["text"].startswith("drawing") and len(progress["text"]) <= 200
        hold.go.set()
        await page.until("scoring")
        assert page.traits["progress"] == {}

    asyncio.run(play())


def test_progress_of_an_image_is_not_shown_with_the_next_one(quick_game: Any, show: Show) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        page = show(quick_game.runner(hold))
        start(page, quick_game)
        await quick_game.until(hold.begun.is_set)
        hold.calls[0].progress(0.9, "nearly")
        page.command("cancel")
        page.command("submit_prompt", prompt="a darker bear")
        await asyncio.sleep(0.15)
        assert page.traits["progress"] == {}
        hold.go.set()

    asyncio.run(play())


def previews(page: Any) -> list[tuple[int, bytes]]:
    sent = [(data["content"], buffers) for data, buffers in page.line.sent if data.get("method") == "custom"]
    return [(content["seq"], buffers[0]) for content, buffers in sent if content["kind"] == "preview"]


def test_a_preview_is_sent_as_a_small_picture_for_the_state_that_waits_for_it(quick_game: Any, show: Show) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        page = show(quick_game.runner(hold))
        start(page, quick_game)
        await quick_game.until(hold.begun.is_set)
        seq = page.view["seq"]
        hold.calls[0].progress(0.5, "half", Image.new("RGB", (1024, 512), "teal"))
        await quick_game.until(lambda: previews(page))
        hold.go.set()
        await page.until("scoring")
        ((found, data),) = previews(page)
        assert found == seq
        assert Image.open(io.BytesIO(data)).size == (512, 256)

    asyncio.run(play())


def test_a_preview_that_comes_after_a_cancel_is_not_sent(quick_game: Any, show: Show) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        page = show(quick_game.runner(hold))
        start(page, quick_game)
        await quick_game.until(hold.begun.is_set)
        page.command("cancel")
        hold.calls[0].progress(0.5, "half", Image.new("RGB", (64, 64), "teal"))
        hold.go.set()
        await asyncio.sleep(0.05)
        assert previews(page) == []

    asyncio.run(play())


def test_what_is_sent_instead_of_the_worker_s_words_never_reaches_their_page(quick_game: Any, show: Show) -> None:
    quick_game.revise = lambda prompt, context: f"{prompt}, with hidden words"

    async def play() -> None:
        page = show(quick_game.runner())
        start(page, quick_game)
        await page.until("scoring")
        assert page.widget.state.attempts[0].image.sent_prompt.endswith("with hidden words")
        assert "hidden words" not in page.everything

    asyncio.run(play())


def test_a_generator_that_reports_all_the_time_does_not_flood_the_line(quick_game: Any, show: Show) -> None:
    def generate(prompt: str, context: Any) -> Any:
        for k in range(20_000):
            context.progress(k / 20_000, "drawing")
        return quick_game.draw(prompt, context)

    async def play() -> None:
        page = show(quick_game.runner(generate))
        start(page, quick_game)
        await page.until("scoring", 20)
        assert len(page.line.sent) < 500

    asyncio.run(play())


def test_a_closed_widget_ends_its_ticking(quick_game: Any, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    quickly(monkeypatch)

    async def play() -> None:
        page = show(quick_game.runner())
        await asyncio.sleep(0.03)
        page.widget.close()
        await quick_game.until(lambda: not page.widget._tasks)

    asyncio.run(play())


def test_a_store_that_fails_for_a_while_does_not_end_the_ticking(
    quick_game: Any, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)

    async def play() -> None:
        runner = quick_game.runner()
        page = show(runner)
        runner.store = quick_game.Flaky(quick_game.store)
        runner.store.full = {"length", "read"}
        await asyncio.sleep(0.05)
        runner.store.full = set()
        quick_game.send(quick_game.runner(), Exit)
        await page.until("finished")

    asyncio.run(play())


def test_a_click_is_answered_at_once_also_with_many_attempts(quick_game: Any, show: Show) -> None:
    runner = quick_game.with_rules(max_answer_loops=None).shown()
    for k in range(100):
        quick_game.send(runner, Score, score=2, prompt=f"bear number {k}")
        runner.perform_now()
    page = show(runner)
    begun = time.perf_counter()
    for _ in range(10):
        page.send(kind="hello")
    assert (time.perf_counter() - begun) / 10 < 1


def test_a_cancel_from_another_page_frees_this_one(quick_game: Any, show: Show) -> None:
    hold = quick_game.Counting(hold=True)

    async def play() -> None:
        page = show(quick_game.runner(hold))
        start(page, quick_game)
        await quick_game.until(hold.begun.is_set)
        quick_game.send(quick_game.runner(), Cancel)
        page.widget.tick()
        assert page.view["phase"] == "prompting"
        assert hold.calls[0].cancelled()
        hold.go.set()

    asyncio.run(play())
