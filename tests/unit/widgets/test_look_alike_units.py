"""Arms and units behind a page: it is blind to the arm, it keeps its unit by being there, and offers the next one."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.identity import Identity
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.signs import EVERY

Show = Callable[..., Any]
WORDS = ("secret", "hidden", "scenes", "basic", "oil", "ssim")
ARMS = """name = "secret-one"
generator = "scenes"
options = { size = 32 }
[[arm]]
name = "hidden-other"
weight = 2
generator = "scenes"
options = { size = 32, quality = "basic" }
revise = { with = "template", text = "{prompt}, in oil" }
scorer = "ssim"
"""


def units_of(study: OpenStudy, arm: str) -> list[int]:
    slots = [study.plan.slot(number) for number in range(1, study.units + 1)]
    return [slot.unit for slot in slots if slot.arm == arm and slot.target_id == "bear"]


async def played(study: OpenStudy, arm: str, show: Show, game: Any, worker: str) -> Any:
    """Play a session of this arm to its end, and return all that its page was ever sent."""
    runner = study.enter(Identity(worker_id=worker, unit=units_of(study, arm)[0]), clock=game.clock)
    assert runner.state.opened is not None and runner.state.opened.arm == arm
    page = show(runner)
    page.send(kind="hello")
    page.send(kind="ping", n=1)
    assert page.command("submit_prompt", prompt="a red fox", answers=game.answers)["ok"]
    await page.until("scoring")
    assert not page.command("score", score=40)["ok"]
    assert page.command("score", score=10)["ok"]
    return page


def plain(page: Any) -> Any:
    """All that was sent but for what is random in each session, and for the pictures' own names."""
    text = page.everything
    view = page.view
    image = view["attempts"][0]["image"]["image"]
    for random_, name in ((view["session"], "session"), (view["finished"]["code"], "code"), (image, "image")):
        text = text.replace(random_, f"<{name}>")
    sent = json.loads(text)
    for data in sent:
        for name in ("waited_s", "remaining_s"):
            data.get("state", {}).get("view", {}).pop(name, None)
    return [data for data in sent if "layout" not in json.dumps(data)[:40]]


def test_no_page_is_sent_the_name_of_its_arm_or_anything_that_only_the_arm_has(
    quick_game: Any, study_files: Callable[..., Path], show: Show
) -> None:
    study = OpenStudy.load(study_files(arm=ARMS), store=quick_game.store)

    async def both() -> tuple[Any, Any]:
        one = await played(study, "secret-one", show, quick_game, "ana")
        return one, await played(study, "hidden-other", show, quick_game, "ben")

    one, other = asyncio.run(both())
    for page in (one, other):
        assert [word for word in WORDS if word in page.everything.lower()] == []
    # progress and previews come when the generator has them, which is a matter of time
    steps = [[data for data in plain(page) if data.get("method") == "custom"] for page in (one, other)]
    assert steps[0] == steps[1]
    assert {**one.view, "session": "", "finished": {}, "attempts": []} == {
        **other.view, "session": "", "finished": {}, "attempts": [],
    }  # fmt: skip
    (first,), (second,) = one.view["attempts"], other.view["attempts"]
    assert {**first, "image": {**first["image"], "image": ""}} == {**second, "image": {**second["image"], "image": ""}}
    assert one.traits["form"] == other.traits["form"]


def test_a_page_that_is_heard_of_gives_a_sign_of_life_now_and_then(
    quick_game: Any, study_files: Callable[..., Path], show: Show
) -> None:
    study = OpenStudy.load(study_files(), generate=lambda p, c: Image.new("RGB", (2, 2)), store=quick_game.store)
    page = show(study.enter(Identity(worker_id="ana"), clock=quick_game.clock))

    def seen() -> Any:
        (unit,) = quick_game.store.units(study.plan, quick_game.clock())
        return unit.seen_at

    begun = seen()
    quick_game.clock.move(EVERY.total_seconds() - 1)
    page.send(kind="ping", n=1)
    assert seen() == begun, "not at every message: that it came is one"
    quick_game.clock.move(1)
    page.send(kind="ping", n=2)
    assert seen() == quick_game.clock() > begun


@pytest.mark.parametrize("due", [True, False])
def test_the_next_task_is_offered_once_this_one_is_over(quick_game: Any, show: Show, due: bool) -> None:
    asked = []

    def next_is_due() -> bool:
        asked.append(True)
        return due

    page = show(quick_game.runner(), next_is_due=next_is_due)
    assert not asked
    page.command("exit")
    page.send(kind="hello")
    assert (page.view["finished"]["next"], len(asked)) == (due, 1)


def test_where_it_can_not_be_said_whether_there_is_a_next_task_the_page_ends_as_usual(
    quick_game: Any, show: Show
) -> None:
    def next_is_due() -> bool:
        raise RuntimeError("the disk is full")

    page = show(quick_game.runner(), next_is_due=next_is_due)
    page.command("exit")
    assert page.view["finished"]["next"] is False
    assert "disk" not in page.everything
    assert len(quick_game.store.incidents()) == 1


@pytest.mark.parametrize(("due", "told"), [(False, "Write to us."), (True, "")])
def test_who_may_begin_no_other_task_reads_so_at_the_end(quick_game: Any, show: Show, due: bool, told: str) -> None:
    page = show(quick_game.runner(), next_is_due=lambda: due, dismissed=lambda: "Write to us.")
    page.command("exit")
    end = page.view["finished"]
    assert (end["next"], end["message"] == "Write to us.") == (due, bool(told))
    assert len(end["code"]) == 8
