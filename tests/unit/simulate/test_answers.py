"""Answers to any form that loads."""

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.events import FormSubmitted
from imgloop_widgets.forms import FormModel, Sheet, check_answers, load_form
from imgloop_widgets.forms.fields import FIELD_TYPES
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.simulate import simulate
from imgloop_widgets.simulate.answers import fill
from imgloop_widgets.simulate.candidates import CANDIDATES
from imgloop_widgets.simulate.files import SmallFile
from imgloop_widgets.store import open_store

CHOICES = [{"label": name, "value": name} for name in ("red", "green", "blue")]
REAL = Path(__file__).parents[4] / "shared" / "mephisto_look_alike"

Ask = Callable[..., FormModel]


def field(kind: str, **validators: object) -> dict[str, Any]:
    """A field of this type, with choices where the type has them."""
    made: dict[str, Any] = {"type": kind, "name": "answer", "label": "Answer", "validators": validators}
    if kind in ("radio", "select", "checkbox", "ranking"):
        made["options"] = CHOICES
    return made


def filled(form: FormModel, seed: int = 1) -> dict[str, Any]:
    """What is filled in, and taken by the form, with the files that were kept."""
    kept: list[SmallFile] = []
    values = fill(Sheet(form=form), random.Random(seed), kept.append)
    check_answers(Sheet(form=form), values, has_file={file.answer["sha256"] for file in kept}.__contains__)
    return values


@pytest.mark.parametrize(
    "asked",
    [
        field("input", required=True),
        field("input", required=True, regexp="^[0-9]+$"),
        field("input", required=True, regexp="^[0-9]{5}$"),
        field("input", required=True, regexp=r"^\d{4}-\d\d-\d\d$"),
        field("input", required=True, maxLength=2),
        field("textarea", required=True, minLength=150),
        field("textarea", required=True, minLength=4321, maxLength=4321),
        field("email", required=True),
        field("email", required=True, minLength=60),
        field("email", required=True, maxLength=6),
        field("password", required=True),
        field("password", required=True, minLength=12, regexp="[A-Z].*[0-9]"),
        field("password", required=True, minLength=100),
        field("number", required=True),
        {**field("number", required=True), "min": 150, "step": 0.25},
        {**field("number", required=True), "max": -3},
        {**field("number", required=True), "min": 0.2, "max": 0.6, "step": 0.1},
        {**field("number", required=True), "min": -1000000000000000, "max": 1000000000000000, "step": 7},
        {**field("number", required=True), "step": 5},
        field("date", required=True),
        {**field("date", required=True), "min": "2026-02-28", "max": "2026-03-01"},
        {**field("date", required=True), "min": "2050-01-01"},
        {**field("date", required=True), "max": "0001-01-02"},
        {**field("date", required=True), "min": "9999-12-31"},
        field("slider", required=True),
        {**field("slider", required=True), "min": -1, "max": 1, "step": 0.1},
        field("rating", required=True),
        {**field("rating", required=True), "min": 0, "max": 1, "symbols": "numbers"},
        field("ranking", required=True),
        field("ranking", required=True, maxLength=2),
        field("ranking", minLength=1, maxLength=1),
        field("radio", required=True),
        field("select", required=True),
        {**field("select", required=True, minLength=2), "multiple": True},
        {**field("select", required=True, maxLength=1), "multiple": True},
        field("checkbox", required=True, minLength=3),
        {**field("checkbox", required=True), "options": [{"label": "Yes", "value": True}]},
        field("checkbox"),
        field("file", required=True),
        field("file", required=True, fileExtension=["jpg"]),
        field("file", required=True, fileExtension=["pdf", "png"]),
        field("input"),
        {"type": "hidden", "name": "answer", "value": "x"},
    ],
    ids=lambda f: f"{f['type']} { ({k: v for k, v in f.items() if k in ('min', 'max', 'step', 'validators')}) }",
)
@pytest.mark.parametrize("seed", range(5))
def test_every_type_of_field_gets_an_answer_that_the_form_takes(asked: dict[str, Any], seed: int, ask: Ask) -> None:
    values = filled(ask(asked), seed)

    if asked.get("validators", {}).get("required"):
        assert values["answer"] not in (None, "", [], {})


def test_there_are_candidates_for_every_type_of_field() -> None:
    assert set(CANDIDATES) == FIELD_TYPES.keys() - {"button", "hidden"}


def test_the_same_seed_gives_the_same_answers(ask: Ask) -> None:
    form = ask({**field("date"), "name": "day"}, {**field("file"), "name": "picture"}, field("ranking"))

    assert filled(form, 3) == filled(form, 3)


def test_a_file_is_what_it_says_and_kept_only_where_it_is_given(ask: Ask) -> None:
    picture = {**field("file", required=True, fileExtension=["webp"]), "name": "picture"}
    unseen = {**field("file", required=True), "name": "unseen", "show_if": {"field": "picture", "answered": False}}
    kept: list[SmallFile] = []

    values = fill(Sheet(form=ask(picture, unseen)), random.Random(1), kept.append)

    (file,) = kept
    assert values == {"picture": file.answer}
    assert (file.name, file.type) == ("simulated.webp", "image/webp")
    with Image.open(io.BytesIO(file.data)) as image:
        assert image.format == "WEBP"


def test_fields_that_are_not_in_sight_are_left_out(ask: Ask) -> None:
    pet = {**field("radio", required=True), "name": "pet"}
    why = {**field("input", required=True, regexp="^Ada$"), "name": "why", "show_if": {"field": "pet", "equals": "red"}}
    form = ask(pet, why, {**field("input", required=True), "name": "never", "classes": "hidden"})

    found = [filled(form, seed) for seed in range(30)]

    assert {values["pet"]: values.keys() - {"pet"} for values in found} == {
        "red": {"why"},
        "green": set(),
        "blue": set(),
    }


CUSTOM = """
from datetime import date
from imgloop_widgets import forms

@forms.validator("monday")
def monday(value, context):
    return None if date.fromisoformat(value).weekday() == 0 else "A Monday, please."

@forms.validator("sameAs")
def same_as(value, context):
    return None if value == context.values[context.arguments[0]] else "That is not the same."

@forms.validator("pair")
def pair(value, context):
    return None if {k for k, on in value.items() if on} == {"red", "blue"} else "Red and blue."

@forms.validator("last")
def last(value, context):
    return None if value[-1] == "red" else "Red is the last."

@forms.validator("never")
def never(value, context):
    return "No."
"""


def test_custom_validators_are_asked_until_they_agree(ask: Ask, small_study: Path) -> None:
    (small_study / "functions.py").write_text(CUSTOM)
    form = ask(
        {**field("date", required=True, monday=[]), "name": "day"},
        {**field("input", required=True), "name": "word"},
        {**field("input", required=True, sameAs="word"), "name": "again"},
        {**field("checkbox", required=True, pair=[]), "name": "colours"},
        {**field("ranking", required=True, last=[]), "name": "order"},
    )

    for seed in range(20):
        values = filled(form, seed)
        assert values["again"] == values["word"]


def test_a_validator_that_never_agrees_is_told(ask: Ask, small_study: Path) -> None:
    (small_study / "functions.py").write_text(CUSTOM)
    form = ask({**field("rating", required=True, never=[]), "name": "stars"})

    with pytest.raises(ConfigurationError, match=r"'stars'.*\(.*\); relax"):
        fill(Sheet(form=form), random.Random(1))


def test_a_field_that_cannot_be_answered_is_named_with_the_reason(ask: Ask) -> None:
    impossible = {**field("input", required=True, regexp="^zz[0-9]{30}$"), "name": "serial"}
    form = ask(field("input", required=True), impossible)

    with pytest.raises(ConfigurationError, match=r"'serial'.*relax"):
        fill(Sheet(form=form), random.Random(1))


def test_a_question_that_needs_no_answer_is_sometimes_left_out(ask: Ask) -> None:
    form = ask(field("input"))

    answers = [filled(form, seed)["answer"] for seed in range(40)]

    assert 0 < answers.count(None) < 40


def test_simulated_workers_upload_what_they_give(ask: Ask, opened: Callable[..., OpenStudy], small_study: Path) -> None:
    ask({**field("file", required=True), "name": "picture"}, {**field("date", required=True), "name": "day"})
    store = open_store(":memory:")

    simulate(opened(store), 6, 1, size=16)

    sent = [event.answers for _, events in store.logs() for event in events if isinstance(event, FormSubmitted)]
    assert sent
    for answers in sent:
        assert store.get_file(answers["picture"]["sha256"])


@pytest.mark.skipif(not REAL.is_dir(), reason="the real configuration is not beside this repository")
def test_the_real_configuration_is_answered() -> None:
    for version in load_form(REAL).versions:
        form = version.form({"target_image": "target"})
        assert set(filled(form)) == {"age", "gender"}
