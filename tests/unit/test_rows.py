"""A session as flat rows: what a column means, with and without an end."""

import json
from datetime import timedelta
from typing import Any

import pytest

from imgloop_widgets.events import from_record, to_record
from imgloop_widgets.loop import Cancel, Exit, Score, fold
from imgloop_widgets.rows import attempt_rows, session_row


def test_a_session_that_has_just_begun_has_a_row_without_an_end(quick_game: Any) -> None:
    runner = quick_game.runner()
    row = session_row(runner.state)
    assert row["started"] is False
    assert (row["attempts"], row["answers"]) == (0, {})
    assert {
        row[name] for name in ("finished_at", "reason", "duration_s", "first_score", "last_score", "best_score")
    } == {None}
    assert attempt_rows(runner.state) == []


def test_attempt_k_is_one_row_of_prompt_k_image_k_and_score_k(quick_game: Any) -> None:
    runner = quick_game.runner()
    quick_game.clock.move(40)
    quick_game.prompt(runner)
    quick_game.clock.move(5)
    runner.perform_now()
    quick_game.clock.move(20)
    quick_game.send(runner, Score, score=4, prompt="a darker bear")
    quick_game.clock.move(2)
    quick_game.send(runner, Cancel)
    quick_game.clock.move(8)
    quick_game.prompt(runner, "a much darker bear")
    quick_game.clock.move(3)
    runner.perform_now()
    quick_game.clock.move(7)
    quick_game.send(runner, Exit, draft={"score": 2})

    rows = attempt_rows(runner.state)
    assert [(r["attempt"], r["prompt"], r["score"]) for r in rows] == [
        (1, "a brown bear", 4),
        (2, "a much darker bear", 2),
    ]
    assert [(r["write_s"], r["wait_s"], r["judge_s"]) for r in rows] == [(40.0, 5.0, 20.0), (30.0, 3.0, 7.0)]
    assert [r["image_sha256"] for r in rows] == [a.image.image_sha256 for a in runner.state.attempts]
    row = session_row(runner.state)
    assert (row["first_score"], row["last_score"], row["best_score"]) == (4, 2, 4)
    assert (row["reason"], row["duration_s"], row["attempts"]) == ("exited", 85.0, 2)
    assert row["answers"] == quick_game.answers


def test_an_image_without_a_score_is_a_row_without_a_score(quick_game: Any) -> None:
    runner = quick_game.shown()
    quick_game.send(runner, Exit)
    (row,) = attempt_rows(runner.state)
    assert (row["score"], row["judge_s"]) == (None, None)
    assert session_row(runner.state)["best_score"] is None


def test_a_clock_that_is_set_back_gives_no_negative_duration(quick_game: Any) -> None:
    runner = quick_game.runner()
    for step in (quick_game.prompt, lambda r: r.perform_now(), lambda r: quick_game.send(r, Exit, draft={"score": 2})):
        quick_game.clock.move(-100)
        step(runner)
    (row,) = attempt_rows(runner.state)
    assert [row[name] for name in ("write_s", "wait_s", "judge_s")] == [0.0, 0.0, 0.0]
    assert session_row(runner.state)["duration_s"] == 0.0


@pytest.mark.parametrize("moment", [timedelta(0), timedelta(hours=1)])
def test_rows_of_a_live_session_and_of_its_stored_log_are_the_same(quick_game: Any, moment: timedelta) -> None:
    runner = quick_game.shown()
    quick_game.clock.move(moment.total_seconds())
    quick_game.send(runner, Exit, draft={"prompt": "x"})
    log = [from_record(json.loads(json.dumps(to_record(e)))) for e in runner.store.read(runner.session_id)]
    assert attempt_rows(fold(log)) == attempt_rows(runner.state)
    assert session_row(fold(log)) == session_row(runner.state)


def test_a_changed_row_does_not_change_the_session(quick_game: Any) -> None:
    runner = quick_game.shown()
    session_row(runner.state)["answers"]["age"] = "99"
    assert runner.state.answers == quick_game.answers


def test_every_column_is_described(quick_game: Any) -> None:
    """A reader of a report finds what is not plain from its name in the docstrings."""
    runner = quick_game.shown()
    plain = {"session_id", "study", "study_hash", "arm", "worker_id", "unit_id", "target_id", "seed", "prompt"}
    plain |= {"opened_at", "started", "submitted_at", "image_sha256", "generator", "generator_version"}
    text = f"{session_row.__doc__}{attempt_rows.__doc__}"
    columns = session_row(runner.state) | attempt_rows(runner.state)[0]
    assert [name for name in columns if name not in plain and name not in text] == []
