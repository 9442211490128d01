"""What may be a score and what may be a prompt; which template follows from a score."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import Refused
from imgloop_widgets.loop import EMPTY, PROMPT, SCORE, Rules, band, check_prompt, check_score


@pytest.mark.parametrize("score", range(1, 11))
def test_a_whole_number_on_the_scale_is_a_score(score: int) -> None:
    assert check_score(Rules(), score) == score


@pytest.mark.parametrize(
    "score", [None, "10", "7", 0, 11, -3, 99, True, False, 7.0, 7.5, float("nan"), [7], {}, 10**400]
)
def test_anything_else_is_refused_beside_the_score(score: object) -> None:
    with pytest.raises(Refused, match=r"^Please choose a score from 1 to 10\.$") as refused:
        check_score(Rules(), score)
    assert refused.value.field == SCORE


def test_zero_is_a_score_where_the_scale_begins_with_it() -> None:
    assert check_score(Rules(score_min=0, score_max=4), 0) == 0


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", None, 7, [], {"a": 1}, True, b"bytes"])
def test_a_prompt_that_is_no_text_is_refused_beside_the_prompt(prompt: object) -> None:
    with pytest.raises(Refused, match="write a prompt") as refused:
        check_prompt(Rules(), EMPTY, prompt)
    assert refused.value.field == PROMPT


@pytest.mark.parametrize("prompt", ["half a smile \ud83d", "\udc00", "nul \0"])
def test_a_prompt_that_no_database_stores_is_refused(prompt: str) -> None:
    with pytest.raises(Refused, match="can't be stored"):
        check_prompt(Rules(), EMPTY, prompt)


def test_a_prompt_is_stripped_and_otherwise_kept_as_it_was_written() -> None:
    assert check_prompt(Rules(), EMPTY, "  Ein Bär\n  am  Fluß 🐻 \n") == "Ein Bär\n  am  Fluß 🐻"


def test_a_prompt_over_the_hard_bound_is_refused_with_both_numbers() -> None:
    rules = Rules(prompt_max_characters=5)
    assert check_prompt(rules, EMPTY, " 12345 ") == "12345"
    with pytest.raises(Refused, match=r"5 characters \(now 6\)"):
        check_prompt(rules, EMPTY, "123456")


@given(st.text())
def test_a_prompt_that_is_taken_can_be_stored(prompt: str) -> None:
    try:
        taken = check_prompt(Rules(), EMPTY, prompt)
    except Refused:
        return
    assert taken and taken == taken.strip() and "\0" not in taken
    assert taken.encode().decode() == taken


LOW_HIGH = ((1, "low"), (5, "high"))


@pytest.mark.parametrize(
    ("bands", "before", "name"),
    [
        ((), None, None),
        ((), 3, None),
        (LOW_HIGH, None, "low"),
        (LOW_HIGH, 1, "low"),
        (LOW_HIGH, 4, "low"),
        (LOW_HIGH, 5, "high"),
        (LOW_HIGH, 10, "high"),
        (((3, "low"), (5, "high")), 1, "low"),
        (((1, "a"), (4, "b"), (8, "c")), 7, "b"),
    ],
)
def test_the_band_of_a_score_names_the_template(bands: Any, before: int | None, name: str | None) -> None:
    assert band(Rules(bands=bands), before) == name
