"""The picture of a state: what the page needs, in JSON, and nothing that a worker may not know."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import FAILURES
from imgloop_widgets.events import REASONS, SessionFinished
from imgloop_widgets.generators.contract import Generated
from imgloop_widgets.loop import Cancel, Exit, ReportFailure, Score, apply, seconds_left
from imgloop_widgets.widgets.view import FAILED, FINISHED, form_json, view_json

KEYS = {
    *(
        "session",
        "seq",
        "phase",
        "target",
        "answers",
        "attempts",
        "prompt",
        "controls",
        "draft",
        "scale",
        "max_attempts",
        "last",
    ),
    *("rated", "writes", "pick", "making", "min_attempts", "done"),
    *("failure", "again", "waited_s", "remaining_s", "finished", "notice", "away"),
    *("page", "progress", "practice", "step"),
}


def view(game: Any, runner: Any, **more: Any) -> Any:
    picture = view_json(runner.part, runner.state, game.clock(), **more)
    assert set(picture) == KEYS
    assert json.loads(json.dumps(picture, allow_nan=False)) == picture
    return picture


def test_a_session_from_its_first_page_to_its_last(quick_game: Any) -> None:
    game = quick_game.with_rules(max_answer_loops=2)
    runner = game.runner()
    first = view(game, runner)
    assert (first["phase"], first["seq"], first["prompt"], first["answers"]) == ("prompting", 1, "", None)
    assert first["target"] == {"image": "target", "alt": "A bear.", "width": 40, "height": 30}
    assert (first["scale"], first["max_attempts"]) == (
        {"min": 1, "max": 10, "perfect": 10, "labels": ["", ""]},
        2,
    )
    assert first["finished"] is None and first["waited_s"] is None

    game.prompt(runner, "a <b>bear</b>")
    game.clock.move(3)
    waiting = view(game, runner)
    assert (waiting["phase"], waiting["prompt"], waiting["waited_s"]) == ("generating", "a <b>bear</b>", 3.0)
    assert waiting["answers"] == game.answers

    runner.perform_now()
    scoring = view(game, runner)
    (attempt,) = scoring["attempts"]
    assert (scoring["phase"], scoring["last"]) == ("scoring", False)
    assert (attempt["number"], attempt["score"], attempt["best"], attempt["template"]) == (1, None, False, "low")
    assert attempt["image"]["alt"] == "Image 1, made from the prompt: a <b>bear</b>"
    assert (attempt["image"]["width"], attempt["image"]["height"]) == (24, 16)

    game.send(runner, Score, score=6, prompt="a darker bear")
    runner.perform_now()
    last = view(game, runner)
    assert last["last"] is True
    assert [(a["score"], a["best"], a["template"]) for a in last["attempts"]] == [
        (6, True, "low"),
        (None, False, "high"),
    ]

    game.send(runner, Score, score=6)
    end = view(game, runner)
    assert (end["phase"], end["remaining_s"], end["last"]) == ("finished", None, False)
    assert end["finished"]["reason"] == "attempts_used"
    assert [a["best"] for a in end["attempts"]] == [True, False], "the earliest of equals"


def test_several_images_are_shown_as_they_come_and_one_is_picked(quick_game: Any) -> None:
    game = quick_game.with_rules(images=2, pick=True, min_answer_loops=2, perfect_score=None)
    runner = game.runner()
    game.prompt(runner, "a bear")
    assert view(game, runner)["making"] == {"of": 2, "images": []}
    runner._report(runner.state.prompt, runner._make(runner._prepare(runner.state.prompt, in_thread=False), 2))
    waiting = view(game, runner)
    (came,) = waiting["making"]["images"]
    assert (waiting["phase"], waiting["attempts"], came["place"]) == ("generating", [], 2)
    assert came["alt"] == "Image 2 of 2 of attempt 1, made from the prompt: a bear"
    runner.perform_now()
    choosing = view(game, runner)
    assert (choosing["phase"], choosing["pick"], choosing["making"], choosing["writes"]) == (
        "scoring",
        True,
        None,
        True,
    )
    assert [image["place"] for image in choosing["attempts"][0]["images"]] == [1, 2]
    assert (choosing["scale"]["perfect"], choosing["min_attempts"], choosing["done"]) == (None, 2, 0)
    game.send(runner, Score, score=6, pick=2, prompt="a darker bear")
    later = view(game, runner)
    (attempt,) = later["attempts"]
    assert (attempt["picked"], attempt["of"], attempt["images"], later["done"]) == (2, 2, [], 1)
    assert attempt["image"]["place"] == 2


@pytest.mark.parametrize("reason", REASONS)
def test_every_end_has_a_title_a_message_and_a_code(quick_game: Any, reason: Any) -> None:
    runner = quick_game.runner()
    runner.state = apply(runner.state, SessionFinished(seq=1, at=quick_game.clock(), reason=reason))
    finished = view(quick_game, runner)["finished"]
    assert finished["title"] and finished["message"]
    assert finished["code"] == runner.session_id[:8].upper()
    assert set(FINISHED) == set(REASONS)


@pytest.mark.parametrize("failure", [failure for failure in FAILURES if failure != "quota"])
def test_every_failure_has_a_sentence_and_says_that_no_attempt_was_lost(quick_game: Any, failure: Any) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    quick_game.send(runner, ReportFailure, failure=failure, incident="ab12cd34")
    text = view(quick_game, runner)["failure"]
    assert text.startswith(FAILED[failure])
    assert "did not cost an attempt" in text
    assert text.endswith("(Incident ab12cd34)")
    quick_game.prompt(runner)
    assert view(quick_game, runner)["failure"] is None
    assert set(FAILED) == set(FAILURES)


def test_a_quota_that_is_used_up_thanks_the_worker_and_gives_the_code(quick_game: Any) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    quick_game.send(runner, ReportFailure, failure="quota", incident="ab12cd34")
    end = view(quick_game, runner)
    assert (end["phase"], end["failure"], end["finished"]["reason"]) == ("finished", None, "failed")
    assert "Thank you" in end["finished"]["message"] and end["finished"]["code"]


@pytest.mark.parametrize("failure", FAILURES)
def test_trying_the_same_words_again_is_offered_where_that_may_help(quick_game: Any, failure: Any) -> None:
    runner = quick_game.runner()
    assert view(quick_game, runner)["again"] is False
    quick_game.prompt(runner)
    quick_game.send(runner, ReportFailure, failure=failure)
    assert view(quick_game, runner)["again"] == (failure in {"rate_limited", "transient", "timeout", "bad_output"})


def test_a_worker_is_told_in_time_that_refusals_end_the_task(quick_game: Any) -> None:
    game = quick_game.with_rules(max_refusals=4)
    runner = game.runner()
    said = []
    for number in range(4):
        game.prompt(runner, f"bad words {number}")
        game.send(runner, ReportFailure, failure="refused")
        said.append(view(game, runner)["failure"])
    assert ["after 3 more" in said[0], "after 2 more" in said[1], "the next refusal" in said[2]] == [True] * 3
    end = view(game, runner)["finished"]
    assert end["reason"] == "failed" and "refused" in end["message"]


def test_a_failure_without_a_cause_has_no_number(quick_game: Any) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    quick_game.send(runner, Cancel)
    assert "Incident" not in view(quick_game, runner)["failure"]


def test_a_failure_is_forgotten_at_the_end(quick_game: Any) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    quick_game.send(runner, Cancel)
    quick_game.send(runner, Exit)
    assert view(quick_game, runner)["failure"] is None


@pytest.mark.parametrize(("later", "left"), [(0, 1800.0), (1799.5, 0.5), (1800, 0.0), (9999, 0.0), (-60, 1860.0)])
def test_the_time_that_remains_is_the_kernel_s_and_never_negative(quick_game: Any, later: float, left: float) -> None:
    runner = quick_game.runner()
    assert seconds_left(runner.state, quick_game.clock() + timedelta(seconds=later)) == left


def test_without_a_limit_no_time_remains_and_none_is_over(quick_game: Any) -> None:
    quick_game.limit_s = None
    runner = quick_game.with_rules(max_answer_loops=None).shown()
    picture = view(quick_game, runner)
    assert (picture["remaining_s"], picture["max_attempts"], picture["last"]) == (None, None, False)


def test_a_clock_that_is_set_back_gives_no_negative_wait(quick_game: Any) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    quick_game.clock.move(-60)
    assert view(quick_game, runner)["waited_s"] == 0.0


def test_the_draft_and_the_notice_are_shown_and_not_shared(quick_game: Any) -> None:
    draft = {"prompt": "half a th"}
    picture = view(quick_game, quick_game.runner(), draft=draft, notice="Look.")
    assert (picture["draft"], picture["notice"]) == (draft, "Look.")
    assert picture["draft"] is not draft


def test_the_form_is_plain_json_without_the_pictures_and_with_its_bounds(quick_game: Any) -> None:
    picture = form_json(quick_game.part())
    assert json.loads(json.dumps(picture, allow_nan=False)) == picture
    assert picture["prompt_limits"] == {"min": 5, "max": 60}
    assert picture["parts"]["start"] == {"fieldset": 0, "prompt": "prompt_0", "button": "start"}
    assert list(picture["parts"]["templates"]) == ["low", "high"]
    text = json.dumps(picture)
    assert "<img" not in text and "{{" not in text and "[[" not in text


class Secretive:
    name, version = "secret-model", "secret-version"

    def __call__(self, prompt: str, context: Any) -> Any:
        from PIL import Image

        return Generated(image=Image.new("RGB", (8, 8), "teal"), parameters={"revised": "secret-parameters"})


def test_nothing_that_a_worker_may_not_know_is_in_the_picture(quick_game: Any) -> None:
    runner = quick_game.shown(Secretive(), worker="worker-zoe")
    text = json.dumps([form_json(runner.part), view(quick_game, runner)])
    opened, owed = runner.state.opened, runner.state.prompt
    secrets = [opened.session_id, opened.arm, opened.worker_id, opened.target_sha256, str(opened.seed)]
    secrets += [owed.idempotency_key, Path(runner.part.target.file).stem, runner.part.target.source]
    secrets += ["secret", "CC0", opened.study_hash * 3]
    for secret in secrets:
        assert secret not in text


def test_a_page_goes_on_where_the_file_of_the_target_has_gone_meanwhile(
    quick_game: Any, target: Any, tmp_path: Path
) -> None:
    """A folder that is unmounted for a moment must not turn what was stored into an error."""
    file = tmp_path / "there.webp"
    file.write_bytes(target.file.read_bytes())
    quick_game.target = replace(target, file=file)
    runner = quick_game.runner()
    first = view(quick_game, runner)
    file.unlink()
    assert view(quick_game, runner) == first


def test_the_key_of_local_drafts_differs_between_sessions_and_stays(quick_game: Any) -> None:
    keys = [view(quick_game, quick_game.runner(worker=name))["session"] for name in ("ana", "ana", "ben")]
    assert keys[0] == keys[1] != keys[2]


def test_a_picture_does_not_depend_on_how_the_image_was_made(quick_game: Any) -> None:
    first, second = quick_game.runner(worker="ana"), quick_game.runner(worker="ben")
    for runner in (first, second):
        quick_game.prompt(runner)
    first.perform_now()
    asyncio.run(second.perform())
    one, two = (view(quick_game, runner) for runner in (first, second))
    assert {**one, "session": ""} == {**two, "session": ""}


def test_the_last_page_says_whether_the_same_link_gives_another_task(quick_game: Any) -> None:
    runner = quick_game.runner()
    assert view(quick_game, runner, next_is_due=True)["finished"] is None
    quick_game.send(runner, Exit)
    assert [view(quick_game, runner, next_is_due=due)["finished"]["next"] for due in (False, True)] == [False, True]
