"""Each prompt, generator and draw is there once: through failures, kills, and several processes at once."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.engines import engine
from imgloop_widgets.errors import GenerationError, ImgloopError
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.library import Library, Target, load_library
from imgloop_widgets.replay import Item, Plan, Spec, Summary, replay
from imgloop_widgets.store import Limits, Store, open_store

DRAWING = Path(__file__).with_name("drawing.py")


class Counted:
    """A generator that notes what it was asked for, and fails as a prompt says."""

    name, version = "counted", "7"

    def __init__(self) -> None:
        self.calls: list[tuple[str, Context]] = []
        self.lock = threading.Lock()

    def __call__(self, prompt: str, context: Context) -> Image.Image:
        with self.lock:
            self.calls.append((prompt, context))
        if prompt == "bug":
            raise KeyError("a bug")
        if prompt in ("refused", "quota", "timeout"):
            raise GenerationError(f"so it is: {prompt}", failure=prompt)  # type: ignore[arg-type]
        return Image.new("RGB", (20, 12), (context.seed % 200 + 20, 90, 10))


@pytest.fixture
def opened() -> Iterator[Store]:
    with open_store(":memory:") as store:
        yield store


@pytest.fixture
def library(target: Target, tmp_path: Path) -> Library:
    return Library(folder=tmp_path, targets=(target,))


def drawn(
    store: Store, library: Library, prompts: list[str], *, draws: int = 1, calls: Any = None, **more: Any
) -> Summary:
    items = [Item(prompt=prompt, session_id=f"s{k}", target_id="bear") for k, prompt in enumerate(prompts)]
    models = {"counted": Spec(name="counted", call=calls or Counted())}
    plan = Plan(study="s", source="file", items=items, generators=models, draws=draws, seed=3)
    return replay(plan, store, engine("threads", 2), library=library, folder=Path(), **more)


def test_every_prompt_is_drawn_as_often_as_asked_and_kept_with_all_that_is_known(
    opened: Store, library: Library
) -> None:
    calls = Counted()
    seen: list[int] = []

    done = drawn(opened, library, ["a bear", "a fox"], draws=3, calls=calls, progress=seen.append)

    assert (done.made, done.before, done.open, seen[-1]) == (6, 0, 0, 6)
    rows = opened.replays("s")
    assert Counter(row.prompt for row in rows) == {"a bear": 3, "a fox": 3}
    assert {(row.generator, row.version, row.model, row.outcome) for row in rows} == {
        ("counted", "7", "counted", "made")
    }
    assert {context.seed for _, context in calls.calls} == {row.seed for row in rows}
    assert {(c.target_id, c.category, c.idempotency_key in {r.replay_id for r in rows}) for _, c in calls.calls} == {
        ("bear", "bears", True)
    }
    for row in rows:
        assert row.image_sha256 is not None
        assert (row.width, row.height, len(opened.get_image(row.image_sha256)) > 0) == (20, 12, True)
    assert opened.replays("another study") == []


def test_what_is_there_is_not_drawn_again_and_more_draws_add_to_it(opened: Store, library: Library) -> None:
    calls = Counted()
    drawn(opened, library, ["a bear", "a fox"], calls=calls)
    before = {row.replay_id: row for row in opened.replays("s")}

    done = drawn(opened, library, ["a bear", "a fox"], draws=2, calls=calls)

    assert (done.made, done.before, len(calls.calls)) == (2, 2, 4)
    assert before.items() <= {row.replay_id: row for row in opened.replays("s")}.items()


def test_a_refusal_is_an_outcome_and_is_not_asked_for_again(opened: Store, library: Library) -> None:
    calls = Counted()
    done = drawn(opened, library, ["a bear", "refused"], calls=calls)
    again = drawn(opened, library, ["a bear", "refused"], calls=calls)
    assert (done.made, dict(done.failed), list(done.troubles)) == (1, {"refused": 1}, ["refused: so it is: refused"])
    assert (again.made, again.before, len(calls.calls)) == (0, 2, 2)
    (row,) = [row for row in opened.replays("s") if row.outcome == "refused"]
    assert (row.image_sha256, row.prompt) == (None, "refused")


@pytest.mark.parametrize(("prompt", "said"), [("bug", "KeyError: 'a bug'"), ("timeout", "timeout: so it is: timeout")])
def test_what_may_be_over_tomorrow_is_left_open_and_tried_again(
    prompt: str, said: str, opened: Store, library: Library
) -> None:
    done = drawn(opened, library, ["a bear", prompt])
    again = drawn(opened, library, ["a bear", prompt])
    assert (done.made, done.open, dict(done.troubles)) == (1, 1, {said: 1})
    assert (again.before, again.open) == (1, 1)


def test_where_the_money_ends_the_replay_ends_with_what_it_has(opened: Store, library: Library) -> None:
    calls = Counted()
    with pytest.raises(ImgloopError, match=r"the study is paused: .*quota.* what was drawn before is kept"):
        drawn(opened, library, ["a bear", "a fox", "quota", *(f"bear {k}" for k in range(90))], calls=calls, chunk=1)
    made = len(opened.replays("s"))
    assert made < 90
    assert opened.paused("s") is not None
    opened.resume("s")
    assert drawn(opened, library, ["a bear", "a fox"], calls=calls).made + made >= 2


def test_the_studys_limits_hold_for_its_replays_too(opened: Store, library: Library) -> None:
    at_once, most, lock = [0], [0], threading.Lock()

    def slow(prompt: str, context: Context) -> Image.Image:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.02)
        with lock:
            at_once[0] -= 1
        return Image.new("RGB", (20, 12), "sienna")

    terms = {"counted": Terms(limits=Limits(at_once=1))}
    done = drawn(opened, library, ["a", "b", "c", "d"], calls=slow, terms=terms, chunk=1)
    assert (done.made, most[0]) == (4, 1)


def test_an_image_that_was_paid_for_before_a_kill_is_found_and_not_made_again(opened: Store, library: Library) -> None:
    calls = Counted()
    drawn(opened, library, ["a bear"], calls=calls)
    (kept,) = opened.replays("s")
    with opened._transaction("as if it was killed before the row", writes=True) as connection:
        connection.exec_driver_sql("DELETE FROM replays")

    done = drawn(opened, library, ["a bear"], calls=calls)

    assert (done.made, len(calls.calls)) == (1, 1)
    assert opened.replays("s")[0].image_sha256 == kept.image_sha256


def run(results: Path, prompts: int, draws: int, kind: str = "processes") -> "subprocess.Popen[str]":
    words = [sys.executable, str(DRAWING), str(results), str(prompts), str(draws), kind]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def count(results: Path) -> int:
    """Return how many replays there are by now."""
    file = results / "imgloop.db"
    if not file.is_file():
        return 0
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM replays").fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return 0


def exact(results: Path, prompts: int, draws: int) -> None:
    """Make sure that there is each replay once, each with its image."""
    with open_store(results) as store:
        rows = store.replays("killed")
        assert len(rows) == prompts * draws
        assert Counter((row.prompt, row.draw) for row in rows) == {
            (f"{k} brown bears", draw): 1 for k in range(prompts) for draw in range(1, draws + 1)
        }
        assert {row.outcome for row in rows} == {"made"}
        assert all(store.image_path(row.image_sha256 or "") for row in rows)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_killed_five_times_it_ends_with_exactly_what_was_asked_for(kind: str, tmp_path: Path) -> None:
    prompts, draws = 150, 2
    for stop in (20, 60, 110, 170, 220):
        process = run(tmp_path, prompts, draws, kind)
        while count(tmp_path) < stop:
            assert process.poll() is None, "it ended by itself; it must be killed at work"
            time.sleep(0.01)
        process.kill()
        process.wait()
        assert count(tmp_path) < prompts * draws

    out, _ = run(tmp_path, prompts, draws, kind).communicate()

    made, before, others, left = map(int, out.split())
    assert made + before + others == prompts * draws
    assert (before >= 220, left) == (True, 0)
    exact(tmp_path, prompts, draws)


def test_two_at_once_share_the_work_and_do_none_of_it_twice(tmp_path: Path) -> None:
    prompts, draws = 120, 1
    both = [run(tmp_path, prompts, draws, "threads") for _ in range(2)]
    told = [list(map(int, process.communicate()[0].split())) for process in both]

    assert sum(made for made, *_ in told) == prompts
    assert all(made + before + others == prompts for made, before, others, _ in told)
    exact(tmp_path, prompts, draws)
    with open_store(tmp_path) as store, store._transaction("look") as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM replay_claims").scalar() == 0


def test_the_real_targets_are_known_to_the_generator(opened: Store) -> None:
    library = load_library(Path(__file__).parents[3] / "images", verify=False)
    items = [Item(prompt="a bear", session_id="s", target_id="bears-01"), Item(prompt="a", session_id="t")]
    calls = Counted()
    plan = Plan(study="s", source="f", items=items, generators={"m": Spec(name="m", call=calls)}, draws=1, seed=1)
    replay(plan, opened, engine("threads", 1), library=library, folder=Path())
    assert {(c.target_id, c.category, c.target is not None) for _, c in calls.calls} == {
        ("bears-01", "bears", True),
        ("", "", False),
    }
