"""Whole configurations load unmodified, and every question in them can be answered.

Each folder of `data/` is one, with `answers.json` beside it: what to press and show, and then to fill in.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.forms import FormFile, FormVersion, Sheet, answer_fields, check_answers, load_form, run_trigger
from imgloop_widgets.forms.fields import FIELD_TYPES, BaseField, NamedField
from imgloop_widgets.forms.items import items
from imgloop_widgets.forms.mistakes import LEVELS
from imgloop_widgets.forms.nodes import BUILT_IN_VALIDATORS, Triggers
from imgloop_widgets.forms.sheet import elements

DATA = Path(__file__).parent / "data"
CONFIGURATIONS = {"animals": "animals", "older": "older", "gold": "gold/gold_units.json", "ratings": "ratings"}


def load(name: str) -> FormFile:
    return load_form(DATA / CONFIGURATIONS[name])


def filled(version: FormVersion, filling: dict[str, Any]) -> tuple[Sheet, dict[str, Any]]:
    """Press the buttons, show what a filling names, and return the sheet with the values."""
    sheet = Sheet(form=version.form())
    for name in filling.get("press", []):
        sheet, _ = run_trigger(sheet, sheet.find(name).path, "onClick", filling["values"])
    for reference in filling.get("show", []):
        sheet = sheet.set_shown(reference, True)
    return sheet, {
        name: {**value, "sha256": "0" * 64} if isinstance(value, dict) and "sha256" in value else value
        for name, value in filling["values"].items()
    }


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_question_can_be_answered(name: str) -> None:
    fillings = json.loads((DATA / name / "answers.json").read_text())
    versions = load(name).versions
    for filling in fillings:
        answered: set[str] = set()
        for version in versions:
            sheet, values = filled(version, filling)
            answers = check_answers(sheet, values, has_file=lambda sha256: True)
            answered |= {key for key, answer in answers.items() if answer not in (None, "", [])}
            assert check_answers(sheet, answers, has_file=lambda sha256: True) == answers
            assert answered == {field.name for field in answer_fields(sheet.form)}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_version_has_no_token_left_for_the_page(name: str) -> None:
    for version in load(name).versions:
        sheet, _ = filled(version, json.loads((DATA / name / "answers.json").read_text())[0])
        drawn = json.dumps([sheet.form.to_json()["title"], sheet.changes()])
        assert "{{" not in json.dumps(sheet.form.to_json()) and "[[ " not in drawn and "[[w" not in drawn


def test_together_they_use_every_level_attribute_and_type() -> None:
    used: dict[str, set[str]] = {}
    for name in CONFIGURATIONS:
        for version in load(name).versions:
            for item in items(version.source, ()):
                used.setdefault(item.kind or item.level, set()).update(item.values)
                for inner in ("validators", "triggers"):
                    used.setdefault(inner, set()).update(item.values.get(inner, ()))
    for level, cls in LEVELS.items():
        assert used[level] == set(cls.model_fields), level
    assert set(FIELD_TYPES) <= set(used)
    shared = set(NamedField.model_fields)
    for kind, field in FIELD_TYPES.items():
        assert used[kind] >= set(field.model_fields) - shared, kind
    assert set().union(*(used[kind] for kind in FIELD_TYPES)) >= set(BaseField.model_fields)
    assert used["triggers"] == set(Triggers.model_fields)
    assert used["validators"] == {*BUILT_IN_VALIDATORS, "checkForbiddenWords"}


def test_a_folder_with_everything_has_its_versions_styles_and_functions() -> None:
    file = load("animals")
    cats, dogs = file.versions
    assert [path.name for path in file.files] == [
        "functions.py",
        "survey.css",
        "unit_config.json",
        "token_sets_values_config.json",
        "welcome.html",
        "opinions.html",
        "one_animal.html",
    ]
    assert file.css == (DATA / "animals" / "insertions" / "survey.css").read_text() + "\n" == cats.form().css
    assert (cats.form().title, dogs.form().title) == (
        "A survey about cats",
        "A survey about dogs &amp; &lt;wolves&gt;",
    )
    assert dogs.form().field("email").label == "E-mail for dogs & <wolves> news"
    assert dogs.form().instruction == "<p>Welcome to our survey about dogs &amp; &lt;wolves&gt;.</p>"
    assert cats.metadata == {"version": 3, "author": "us", "tokens_values": {"animal": "cats"}}
    assert set(cats.form().functions.validators) == {"checkForbiddenWords"}
    assert len(cats.form().functions.triggers) == 6


def test_the_triggers_of_the_folder_do_what_they_say() -> None:
    sheet = Sheet(form=load("animals").versions[0].form())
    path = {getattr(element.node, "name", ""): element.path for element in elements(sheet.form)}
    assert run_trigger(sheet, path["name_last"], "onBlur", {"name_last": " mc doe"})[1] == {"name_last": "Mc Doe"}
    shown, _ = run_trigger(sheet, path["name_last"], "onFocus", {})
    assert shown.shown == {path["thanks"]: True}
    counted, _ = run_trigger(sheet, path["traits"], "onChange", {"traits": {"loud": True, "3": True}})
    assert counted.held == {"traits_count": 2}
    for place in (path["opinions"], "submit"):
        assert run_trigger(sheet, place, "onClick", {}) == (sheet, {})
    added, _ = run_trigger(sheet, path["add_animal"], "onClick", {})
    copy = added.form.sections[2].fieldsets[-1]
    assert copy.title == "Animal: tail &amp; all"
    assert copy.instruction == "<p>Tell us about this tail &amp; all.</p>"
    assert added.form.field("animal_name__1__").label == "Name of the tail & all"
    assert {"animal_name__1__", "add_animal"} <= added.visible({"owns": True})
    assert not {"animal_name__1__", "add_animal"} & added.visible({"owns": False})


def test_what_gold_files_hold_beside_the_form_is_kept() -> None:
    gold, screening = load("gold").versions
    assert gold.extra == {"expecting_answers": {"colour": "blue"}, "isGoldUnit": True}
    assert screening.extra == {"expecting_answers": {"colour": "red"}, "isScreeningUnit": True}
    assert screening.metadata == {
        "version": 2,
        "tokens_values": {"fruit": "tomato", "page": "insertions/nowhere.html"},
    }
    assert [version.where for version in (gold, screening)] == ["gold_units.json: [0]", "gold_units.json: [1]"]


def test_the_real_configuration_can_be_answered_and_says_nothing_new(elsewhere: Path) -> None:
    for file in (elsewhere, elsewhere / "task_data.json"):
        for version in load_form(file).versions:
            form = version.form({"target_image": "harbour"})
            assert check_answers(Sheet(form=form), {"age": "34", "gender": "other"})
            drawn = json.dumps(form.to_json())
            assert "requestNextFieldSet" not in drawn and '"triggers": ["onClick"]' in drawn
