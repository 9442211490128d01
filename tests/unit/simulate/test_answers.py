"""Answers to any form that loads."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import Form, check_answers, load_form
from imgloop_widgets.simulate.answers import fill

CHOICES = [{"label": name, "value": name} for name in ("red", "green", "blue")]
REAL = Path(__file__).parents[4] / "shared" / "mephisto_look_alike"


Ask = Callable[..., Form]


def field(kind: str, **validators: object) -> dict[str, Any]:
    """A field of this type, with choices where the type has them."""
    made: dict[str, Any] = {"type": kind, "name": "answer", "label": "Answer", "validators": validators}
    if kind in ("radio", "select", "checkbox"):
        made["options"] = CHOICES
    return made


@pytest.mark.parametrize(
    "asked",
    [
        field("input", required=True),
        field("input", required=True, regexp="^[0-9]+$"),
        field("input", required=True, regexp="^[0-9]{5}$"),
        field("input", required=True, regexp=r"^\d{4}-\d\d-\d\d$"),
        field("input", required=True, maxLength=2),
        field("textarea", required=True, minLength=150),
        field("email", required=True),
        field("number", required=True),
        field("radio", required=True),
        field("select", required=True),
        {**field("select", required=True, minLength=2), "multiple": True},
        {**field("select", required=True, maxLength=1), "multiple": True},
        field("checkbox", required=True, minLength=3),
        field("checkbox"),
        field("input"),
        {"type": "hidden", "name": "answer", "value": "x"},
    ],
    ids=lambda f: f"{f['type']} {f.get('validators', '')}",
)
@pytest.mark.parametrize("seed", range(5))
def test_every_type_of_field_gets_an_answer_that_the_form_takes(asked: dict[str, Any], seed: int, ask: Ask) -> None:
    form = ask(asked)

    values = fill(form, random.Random(seed))

    check_answers(form, values)


def test_a_field_that_cannot_be_answered_is_named_with_the_reason(ask: Ask) -> None:
    impossible = {**field("input", required=True, regexp="^zz[0-9]{30}$"), "name": "serial"}
    form = ask(field("input", required=True), impossible)

    with pytest.raises(ConfigurationError, match=r"'serial'.*relax"):
        fill(form, random.Random(1))


def test_a_question_that_needs_no_answer_is_sometimes_left_out(ask: Ask) -> None:
    form = ask(field("input"))

    answers = [fill(form, random.Random(seed))["answer"] for seed in range(40)]

    assert 0 < answers.count(None) < 40


@pytest.mark.skipif(not REAL.is_dir(), reason="the real configuration is not beside this repository")
def test_the_real_configuration_is_answered() -> None:
    for version in load_form(REAL).versions:
        form = version.form({"target_image": "target"})
        assert set(fill(form, random.Random(1))) == {"age", "gender"}
