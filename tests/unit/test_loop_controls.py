"""What a worker sets beside the prompt: stored with it, sent with it, and never beyond its bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import from_record, to_record
from imgloop_widgets.loop import Controls, Scale, Score
from imgloop_widgets.loop.controls import LARGEST_SEED, beside, check_controls
from imgloop_widgets.loop.rules import Rules, seed_of

ALL = Controls(negative=True, seeds=(1, 2, 3), guidance=Scale(low=1, high=20, start=7.5, step=0.5))
GOOD = {"negative_prompt": " rain ", "seed": 2, "guidance": 3}
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def test_what_is_set_is_what_there_is_and_nothing_else() -> None:
    assert check_controls(ALL, {**GOOD, "other": 1}) == {"negative_prompt": "rain", "seed": 2, "guidance": 3.0}
    assert check_controls(Controls(), GOOD) == {}
    assert check_controls(Controls(seeds=()), {"seed": " 12 "}) == {"seed": 12}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("seed", 4, "one of 1, 2, 3"),
        ("seed", None, "one of 1, 2, 3"),
        ("seed", True, "one of 1, 2, 3"),
        ("guidance", 0.5, "from 1 to 20"),
        ("guidance", float("nan"), "choose a number"),
        ("guidance", "7", "choose a number"),
        ("negative_prompt", "\0", "can't be stored"),
        ("negative_prompt", "\ud800", "can't be stored"),
        ("negative_prompt", "x" * 10_001, "at most 10000"),
    ],
)
def test_what_is_out_of_bounds_is_refused_beside_its_field(name: str, value: object, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        check_controls(ALL, {**GOOD, name: value})
    assert list(refused.value.problems) == [beside(name)]


@given(JSON, JSON, JSON)
def test_whatever_a_stranger_sends_is_refused_or_within_bounds(negative: Any, seed: Any, guidance: Any) -> None:
    given_ = {"negative_prompt": negative, "seed": seed, "guidance": guidance}
    for controls in (ALL, Controls(seeds=())):
        try:
            found = check_controls(controls, given_)
        except Refused:
            continue
        assert 0 <= found["seed"] <= LARGEST_SEED
        assert 1 <= found.get("guidance", 1) <= 20
        assert found.get("negative_prompt", "").encode() is not None


def test_they_are_stored_with_the_prompt_and_reach_the_generator(quick_game: Any) -> None:
    counting = quick_game.Counting()
    counting.go.set()
    runner = quick_game.with_rules(controls=ALL).runner(counting)
    quick_game.prompt(runner, controls=GOOD)
    runner.perform_now()
    (attempt,) = runner.state.attempts
    (context,) = counting.calls
    assert attempt.prompt.controls == {"negative_prompt": "rain", "seed": 2, "guidance": 3.0}
    assert (attempt.prompt.seed, context.seed) == (2, 2)
    assert context.options == {"negative_prompt": "rain", "guidance": 3.0}
    assert from_record(to_record(attempt.prompt)) == attempt.prompt


def test_the_same_words_with_another_seed_are_no_repeat(quick_game: Any) -> None:
    runner = quick_game.with_rules(controls=Controls(seeds=(1, 2))).runner()
    quick_game.prompt(runner, "a bear", controls={"seed": 1})
    runner.perform_now()
    with pytest.raises(Refused, match="twice"):
        quick_game.send(runner, Score, score=3, prompt="a bear", controls={"seed": 1})
    quick_game.send(runner, Score, score=3, prompt="a bear", controls={"seed": 2})
    assert runner.state.prompt.seed == 2


def test_each_attempt_may_have_a_seed_of_its_own() -> None:
    own = [seed_of(Rules(seeds="attempt"), 7, attempt) for attempt in range(1, 50)]
    assert len(set(own)) == 49 and all(0 <= seed <= LARGEST_SEED for seed in own)
    assert {seed_of(Rules(), 7, attempt) for attempt in range(1, 50)} == {7}
