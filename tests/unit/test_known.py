"""What is known of a gold unit: which checks a session meets, and when it is judged at all."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from imgloop_widgets.events import SessionFinished
from imgloop_widgets.loop import Exit, Expire, Known, Rules, Score, decide, says

KNOWN = Known(
    right={"hand": "r", "age": ["34", "35"]},
    says=(("bear",), ("meadow", "grass")),
    scores={"first_score": (1, 4), "best_score": (3, 6)},
)
FITS = ("a brown bear", "a bear on the green GRASS!")


def played(game: Any, prompts: tuple[str, ...], scores: tuple[int, ...], **answers: Any) -> SessionFinished:
    """Play a gold unit to its end, and return that."""
    game.with_rules(known=KNOWN, max_answer_loops=len(prompts))
    runner = game.runner()
    for number, (prompt, score) in enumerate(zip(prompts, scores, strict=True), start=1):
        if number == 1:
            game.prompt(runner, prompt, answers={**game.answers, **answers})
        runner.perform_now()
        following = prompts[number] if number < len(prompts) else None
        game.send(runner, Score, score=score, prompt=following)
    assert runner.state.finished is not None
    return runner.state.finished


def test_a_session_that_meets_every_check_has_nothing_wrong(quick_game: Any) -> None:
    assert played(quick_game, FITS, (3, 5)).wrong == ()


@pytest.mark.parametrize(
    ("prompts", "scores", "answers", "wrong"),
    [
        (FITS, (3, 5), {"hand": "l"}, ("right.hand",)),
        (FITS, (3, 5), {"age": "36"}, ("right.age",)),
        (("a bear", "a bearskin in the meadows"), (3, 5), {}, ("says.meadow",)),
        (FITS, (5, 5), {}, ("first_score",)),
        (FITS, (1, 2), {}, ("best_score",)),
        (("a cat", "a dog"), (9, 9), {"hand": "l"}, ("right.hand", "says.bear", "says.meadow", "first_score",
                                                      "best_score")),
    ],
)  # fmt: skip
def test_each_check_that_is_not_met_is_named(
    quick_game: Any,
    prompts: tuple[str, ...],
    scores: tuple[int, ...],
    answers: Mapping[str, Any],
    wrong: tuple[str, ...],
) -> None:
    assert played(quick_game, prompts, scores, **answers).wrong == wrong


def test_who_leaves_with_an_image_is_judged_by_what_is_there(quick_game: Any) -> None:
    runner = quick_game.with_rules(known=Known(says=(("bear",),))).shown()
    quick_game.send(runner, Exit)
    assert runner.state.finished is not None and runner.state.finished.wrong == ()


def test_who_leaves_before_any_image_or_runs_out_of_time_has_got_nothing_wrong(quick_game: Any) -> None:
    rules = Rules(known=Known(says=(("cat",),)))
    early, late = quick_game.runner(worker="early"), quick_game.shown(worker="late")
    for runner, command, minutes in ((early, Exit(seq=early.state.seq), 1), (late, Expire(seq=late.state.seq), 60)):
        end = decide(rules, runner.state, command, quick_game.clock.now + timedelta(minutes=minutes))[-1]
        assert isinstance(end, SessionFinished) and end.wrong is None


def test_a_unit_that_is_no_gold_says_nothing_of_it(quick_game: Any) -> None:
    runner = quick_game.shown()
    quick_game.send(runner, Exit)
    assert runner.state.finished is not None and runner.state.finished.wrong is None


@pytest.mark.parametrize(
    ("prompt", "words", "has"),
    [
        ("A brown BEAR.", "bear", True),
        ("two bears", "bear", False),
        ("a polar-bear, sleeping", "polar bear", True),
        ("a polar night, a bear", "polar bear", False),
        ("ein grüner Bär", "GRÜNER bär", True),
    ],
)
def test_words_are_found_whatever_their_case_and_what_is_between_them(prompt: str, words: str, has: bool) -> None:
    assert says(prompt, words) is has
