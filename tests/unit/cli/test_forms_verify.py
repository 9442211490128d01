"""`imgloop forms verify`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli.arguments import short

Run = Callable[..., Any]
FIELDS = [
    {"type": "input", "name": "a", "label": "{{animal}}?", "validators": {"kind": []}},
    {"type": "rating", "name": "b", "label": "B", "triggers": {"onChange": "grow"}},
    {"type": "rating", "name": "c", "label": "C"},
]
UNIT = {"form": {"title": "About {{animal}}s", "submit_button": "Go", "fields": FIELDS}}
SETS = [{"tokens_values": {"animal": "bear"}}, {"tokens_values": {"animal": "fox"}}]
FUNCTIONS = """
from imgloop_widgets import forms
@forms.validator("kind")
def kind(value, context): ...
@forms.trigger("grow")
def grow(context): ...
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a form of two versions, functions of its own and a style."""
    (tmp_path / "insertions").mkdir()
    (tmp_path / "insertions" / "own.css").write_text("p { margin: 0 }")
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    (tmp_path / "unit_config.json").write_text(json.dumps(UNIT))
    (tmp_path / "token_sets_values_config.json").write_text(json.dumps(SETS))
    (tmp_path / "separate_token_values_config.json").write_text('{"animal": ["bear", "fox", "fox"]}')
    return tmp_path


def test_verify_says_what_there_is(folder: Path, run: Run) -> None:
    ran = run("forms", "verify", folder)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"{short(folder / 'unit_config.json')}: all is well\n"
        "  title      'About bears', and 1 other\n"
        "  versions   2 (tokens animal)\n"
        "  fields     3 (2 rating, 1 input)\n"
        "  loop       none\n"
        "  functions  validators kind; triggers grow\n"
        "  files      functions.py, insertions/own.css, unit_config.json, token_sets_values_config.json\n"
        f"{short(folder / 'separate_token_values_config.json')}: all is well\n"
        "  tokens      animal (2 values)\n"
        "  token sets  2\n"
        "  note        separate_token_values_config.json: animal: 'fox' stands there 2 times; it counts once\n"
    )


def test_every_mistake_of_every_file_is_told_and_what_is_well_too(folder: Path, run: Run, tmp_path: Path) -> None:
    (folder / "task_data.json").write_text('[{"form": {"titel": ""}}]')
    (folder / "separate_token_values_config.json").write_text('{"animal": []}')

    ran = run("forms", "verify", folder, tmp_path / "nowhere")

    assert ran.code == 1
    assert ran.out.startswith(f"{short(folder / 'unit_config.json')}: all is well\n")
    for file, mistake in (
        ("task_data.json", "[0].form.titel: unknown attribute `titel`; did you mean `title`?"),
        ("task_data.json", "[0].form.sections: is missing; add it"),
        ("separate_token_values_config.json", "animal: must hold at least one value"),
    ):
        assert f"\n  {file}: {mistake}" in ran.err
    assert f"{short(tmp_path / 'nowhere')}: 1 problem in the configuration:\n" in ran.err
    assert "there is no such folder or file" in ran.err


def test_the_messages_are_those_of_check(study: Path, run: Run) -> None:
    form = json.loads((study / "form.json").read_text())
    form[0]["form"]["titel"] = form[0]["form"].pop("title")
    form[0]["form"]["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]["validators"] = {"regexp": "("}
    (study / "form.json").write_text(json.dumps(form))

    def mistakes(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("  ")]

    checked, verified = run("check", study), run("forms", "verify", study / "form.json")

    assert mistakes(verified.err) == mistakes(checked.err) != []


def test_what_the_loop_misses_is_a_mistake_where_there_is_one(study: Path, run: Run) -> None:
    assert "templates (low, high)" in run("forms", "verify", study / "form.json").out
    form = json.loads((study / "form.json").read_text())
    loop = next(s for s in form[0]["form"]["sections"] if any("lookup_name" in f for f in s["fieldsets"]))
    loop["fieldsets"] = [fieldset for fieldset in loop["fieldsets"] if "lookup_name" not in fieldset]
    (study / "form.json").write_text(json.dumps(form))

    ran = run("forms", "verify", study / "form.json")

    assert ran.code == 1
    assert "no fieldset with a `lookup_name`; the loop needs at least one" in ran.err


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ({}, ["must be a list of objects with `tokens_values`; not {}"]),
        (
            [3, {"token_values": {}}, {"tokens_values": 3}, {"tokens_values": {"animal": 3}}],
            [
                "[0]: must be an object with `tokens_values`; not 3",
                "[1].token_values: unknown key; did you mean `tokens_values`? (allowed: `tokens_values`)",
                "[2].tokens_values: must be an object of names and values; not 3",
                "[3].tokens_values.animal: must be text, in quotes; not 3",
            ],
        ),
    ],
)
@pytest.mark.parametrize("with_form", [True, False])
def test_token_sets_are_verified_with_their_form_and_without(
    with_form: bool, sets: Any, said: list[str], folder: Path, run: Run
) -> None:
    file = folder / "token_sets_values_config.json"
    assert "  token sets  2\n" in run("forms", "verify", file).out
    file.write_text(json.dumps(sets))
    if not with_form:
        (folder / "unit_config.json").unlink()

    ran = run("forms", "verify", file)

    assert ran.code == 1
    for what in said:
        assert f"\n  token_sets_values_config.json: {what}\n" in ran.err + "\n"


def test_files_of_tokens_can_stand_alone(folder: Path, run: Run) -> None:
    (folder / "unit_config.json").unlink()

    ran = run("forms", "verify", folder)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("all is well") == 2


def test_toml_is_verified_as_well(tmp_path: Path, run: Run) -> None:
    (tmp_path / "form.toml").write_text('title = "T"\n[[fields]]\ntype = "date"\nname = "day"\nlabel = "Day"\n')

    ran = run("forms", "verify", tmp_path)

    assert ran.code == 0
    assert "  fields     1 (1 date)\n" in ran.out


def test_a_folder_without_forms_is_named(tmp_path: Path, run: Run) -> None:
    ran = run("forms", "verify", tmp_path)

    assert ran.code == 1
    assert "the folder holds neither unit_config.json nor task_data.json" in ran.err


def test_the_real_configuration_is_verified(real_form: Path, run: Run) -> None:
    ran = run("forms", "verify", real_form)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("all is well") == 3
    assert "2 templates (low_score_loop, high_score_loop)" in ran.out
