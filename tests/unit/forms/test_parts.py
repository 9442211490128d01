"""The loop is found in a form by the triggers of its buttons, or what is missing is said."""

from collections.abc import Callable
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormModel, LoopParts, Start, Template, answer_fields, loop_parts

Change = Callable[[Any, str, Any], Any]
LOOP = "form.sections[1].fieldsets"


def test_the_parts_are_found(form: FormModel) -> None:
    assert loop_parts(form) == LoopParts(
        section=1,
        start=Start(fieldset=0, prompt="prompt_0", button="go_0"),
        templates={
            "low": Template(fieldset=1, score="score_1", prompt="prompt_1", button="go_1"),
            "high": Template(fieldset=2, score="score_2", prompt="prompt_2", button="go_2"),
        },
    )
    assert loop_parts(form).to_json()["start"] == {"fieldset": 0, "prompt": "prompt_0", "button": "go_0"}


def test_answers_are_all_fields_outside_of_the_loop_those_of_folded_sections_too(form: FormModel) -> None:
    names = [field.name for field in answer_fields(form)]
    first = ["age", "gender", "hand", "tools", "languages", "years", "mail", "batch", "note"]
    assert names == [*first, "day", "warmth", "stars", "order", "photo", "secret", "which"]


def test_a_further_field_beside_the_first_prompt_is_an_answer(unit: Any, change: Change) -> None:
    fields = unit["form"]["sections"][1]["fieldsets"][0]["rows"][0]["fields"]
    fields.append({"type": "input", "name": "mood", "label": "Mood"})
    form = FormModel.model_validate(unit["form"])
    assert loop_parts(form).start.prompt == "prompt_0"
    assert "mood" in [field.name for field in answer_fields(form)]


EXTRA = {"type": "input", "name": "why", "label": "Why"}
OTHER = {"type": "textarea", "name": "more", "label": "More"}
IS_LEFT = {"field": "hand", "equals": "left"}
SCORES = [{"label": "a", "value": "1"}, {"label": "b", "value": 2}]


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (
            f"{LOOP}[0].rows[1].fields[0].triggers",
            {},
            "no button with the trigger `requestNextFieldSet` outside of templates",
        ),
        (f"{LOOP}[0].rows[0].fields[0]", {"type": "button", "value": "x"}, "has no field for the prompt"),
        (f"{LOOP}[0].rows[1].fields", None, "has 2 field for the prompt"),
        (f"{LOOP}[0].rows[1].fields[0].name", "", "has no name; add `name`"),
        (f"{LOOP}[1].rows[1].fields", [EXTRA], r"has no button with `requestNextFieldSet`"),
        (f"{LOOP}[1].rows[0].fields[0]", EXTRA, "has no field for the score"),
        (f"{LOOP}[1].rows[0].fields[1]", EXTRA | {"type": "email"}, "has no field for the prompt"),
        (f"{LOOP}[1].rows[0].fields[0].options", SCORES, "the values of a score must be whole numbers"),
        (f"{LOOP}[1].rows[0].fields[0].name", "prompt", None),
        ("form.sections[0].fieldsets[0].rows[0].fields[0].name", "score", "this name is the loop's own"),
        (
            "form.sections[1].show_if",
            IS_LEFT,
            "the section 'loop' must always be shown: the loop starts there; remove `s",
        ),
        ("form.sections[1].classes", "x hidden", "the section 'loop' must .* remove the class `hidden`"),
        (f"{LOOP}[0].show_if", IS_LEFT, "the fieldset of the first prompt must always be shown"),
        (f"{LOOP}[0].classes", "hidden", "the fieldset of the first prompt must always be shown"),
        (f"{LOOP}[0].rows[0].show_if", IS_LEFT, "the row of the first prompt must always be shown"),
        (f"{LOOP}[0].rows[1].classes", "hidden", "the row of the first prompt must always be shown"),
        (f"{LOOP}[0].rows[0].fields[0].classes", "hidden", "the textarea 'prompt_0' must always be shown"),
        (f"{LOOP}[0].rows[1].fields[0].show_if", IS_LEFT, "the button 'go_0' must always be shown"),
    ],
)
def test_what_the_loop_can_not_use_is_said(unit: Any, change: Change, path: str, value: Any, what: str | None) -> None:
    if value is None:
        value = [OTHER, unit["form"]["sections"][1]["fieldsets"][0]["rows"][1]["fields"][0]]
    form = FormModel.model_validate(change(unit, path, value)["form"])
    if what is None:
        loop_parts(form)
        return
    with pytest.raises(ConfigurationError, match=what):
        loop_parts(form)


def test_a_further_field_in_a_template_is_refused_since_it_would_be_lost(unit: Any) -> None:
    unit["form"]["sections"][1]["fieldsets"][1]["rows"][0]["fields"].append(EXTRA)
    with pytest.raises(
        ConfigurationError, match="'why': the loop stores a score and a prompt for each image and no more"
    ):
        loop_parts(FormModel.model_validate(unit["form"]))


def test_a_template_of_the_loop_must_be_in_the_loop_s_section(unit: Any) -> None:
    sections = unit["form"]["sections"]
    sections[0]["fieldsets"].append(sections[1]["fieldsets"].pop())
    with pytest.raises(ConfigurationError, match=r"must be in the loop's section, which is form\.sections\[1\]"):
        loop_parts(FormModel.model_validate(unit["form"]))


def test_templates_of_the_author_s_own_may_stand_elsewhere(unit: Any) -> None:
    unit["form"]["sections"][0]["fieldsets"].append({"lookup_name": "pet", "rows": [{"fields": [EXTRA]}]})
    form = FormModel.model_validate(unit["form"])
    assert list(loop_parts(form).templates) == ["low", "high"]
    assert "why" not in [field.name for field in answer_fields(form)]


def test_other_rows_beside_the_first_prompt_may_come_and_go(unit: Any) -> None:
    unit["form"]["sections"][1]["fieldsets"][0]["rows"].append({"fields": [EXTRA], "show_if": IS_LEFT})
    assert loop_parts(FormModel.model_validate(unit["form"])).start.prompt == "prompt_0"


def test_a_form_without_templates_has_no_loop(unit: Any) -> None:
    del unit["form"]["sections"][1]["fieldsets"][1:]
    with pytest.raises(ConfigurationError, match="no fieldset with a `lookup_name`"):
        loop_parts(FormModel.model_validate(unit["form"]))


def test_buttons_that_ask_for_another_section_are_refused_all_at_once(unit: Any) -> None:
    for fieldset in unit["form"]["sections"][1]["fieldsets"]:
        fieldset["rows"][1]["fields"][0]["triggers"] = {"onClick": ["requestNextFieldSet", ["about", None]]}
    with pytest.raises(ConfigurationError) as error:
        loop_parts(FormModel.model_validate(unit["form"]))
    assert len(error.value.problems) == 3
    assert all("it must name its own, 'loop'" in problem.what for problem in error.value.problems)
