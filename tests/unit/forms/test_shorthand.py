"""Each short way of writing is its long one, and mistakes in it are told where they are written."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormFile, load_form, make_form

Load = Callable[..., FormFile]

A = {"type": "input", "name": "a", "label": "A"}
B = {"type": "number", "name": "b", "label": "B"}
SEND = {"text": "Send"}


def section(**attributes: Any) -> dict[str, Any]:
    return {"title": "", "sections": [{"title": "S", **attributes}], "submit_button": SEND}


def field(**attributes: Any) -> dict[str, Any]:
    return {"title": "", "fields": [{"name": "a", "label": "A", **attributes}], "submit_button": SEND}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (
            {"title": "F", "instruction": "I", "fields": [A, B], "submit_button": SEND},
            {
                "title": "F",
                "instruction": "I",
                "sections": [
                    {"title": "", "collapsable": False, "fieldsets": [{"rows": [{"fields": [A]}, {"fields": [B]}]}]}
                ],
                "submit_button": SEND,
            },
        ),
        (section(fields=[A, B]), section(fieldsets=[{"rows": [{"fields": [A]}, {"fields": [B]}]}])),
        (
            section(fieldsets=[{"title": "x", "fields": [A]}, {"fields": [B]}]),
            section(fieldsets=[{"title": "x", "rows": [{"fields": [A]}]}, {"rows": [{"fields": [B]}]}]),
        ),
        ({"title": "", "fields": [A], "submit_button": "Send"}, {"title": "", "fields": [A], "submit_button": SEND}),
        ({"title": "", "fields": [A]}, {"title": "", "fields": [A], "submit_button": {"text": "Submit"}}),
        (
            field(type="radio", options=["x", 2, 2.5, 3.0, True, {"label": "L", "value": False}]),
            field(
                type="radio",
                options=[
                    {"label": "x", "value": "x"},
                    {"label": "2", "value": 2},
                    {"label": "2.5", "value": 2.5},
                    {"label": "3", "value": 3.0},
                    {"label": "true", "value": True},
                    {"label": "L", "value": False},
                ],
            ),
        ),
        (
            field(type="radio", options=["x"], placeholder="", multiple=False, min=None, step=[], show_preview=False),
            field(type="radio", options=["x"]),
        ),
        (field(type="hidden", value=1, help="", validators={}, triggers={}, icon=""), field(type="hidden", value=1)),
        (field(type="button", options=[], validators={}, placeholder=""), field(type="button")),
        (field(type="input", validators={"regexp": "a"}), field(type="input", validators={"regexp": ["a", "igm"]})),
        (field(type="input", validators={"regexp": ["a"]}), field(type="input", validators={"regexp": ["a", "igm"]})),
        (
            field(type="input", validators={"regexp": None, "minLength": None}, show_if=None),
            field(type="input"),
        ),
        (
            field(type="file", validators={"fileExtension": ".PNG"}),
            field(type="file", validators={"fileExtension": ["png"]}),
        ),
        (field(type="checkbox", options=["x"], value=""), field(type="checkbox", options=["x"], value={})),
        (field(type="ranking", options=["x"], value=""), field(type="ranking", options=["x"], value=[])),
    ],
)
def test_a_short_way_is_its_long_one(short: dict[str, Any], long: dict[str, Any]) -> None:
    before = deepcopy(short)
    assert make_form(short).to_json() == make_form(long).to_json()
    assert short == before


def test_a_file_with_the_key_form_names_its_submit_button(load: Load) -> None:
    assert load({"title": "", "fields": [A]}).versions[0].form().submit_button.text == "Submit"
    assert problems(lambda: load({"form": {"title": "", "fields": [A]}})) == [
        ("unit_config.json: form.submit_button", "is missing; add it")
    ]


def problems(run: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as error:
        run()
    return [(problem.where, problem.what) for problem in error.value.problems]


def of(*fields: Any, **attributes: Any) -> dict[str, Any]:
    return {"title": "", "fields": list(fields), **attributes}


R = {"type": "radio", "name": "r", "label": "R", "options": ["x", "y"]}


@pytest.mark.parametrize(
    ("form", "where", "what"),
    [
        (of(A, B | {"labl": "x"}), "fields[1].labl", "unknown attribute `labl`"),
        (of(A, {"type": "inpt"}), "fields[1].type", "must be one of button, "),
        (of(A, 5), "fields[1]", "must be an object; not 5"),
        (of(A | {"label": 5}), "fields[0].label", "must be text; not 5"),
        (of(), "fields", "must hold at least one entry"),
        ({"title": "", "fields": {}}, "fields", "must be a list; not {}"),
        ({"title": "", "fields": None}, "fields", "must be a list; not null"),
        ({"title": ""}, "sections", "is missing; add it, or `fields`"),
        (
            {"title": "", "field": [A], "sections": [of(A)]},
            "field",
            "unknown attribute `field`; did you mean `fields`?",
        ),
        ({"fields": [A]}, "title", "is missing; add it"),
        (of(A, sections=[of(A)]), "fields", "give `sections` or `fields`, not both"),
        (
            section(fields=[A], fieldsets=[{"fields": [A]}]),
            "sections[0].fields",
            "give `fieldsets` or `fields`, not both",
        ),
        (
            section(fieldsets=[{"rows": [{"fields": [A]}], "fields": [A]}]),
            "sections[0].fieldsets[0].fields",
            "give `rows` or `fields`, not both",
        ),
        (section(fields=[A, B | {"max": "x"}]), "sections[0].fields[1].max", 'must be a number; not "x"'),
        (section(fields=[]), "sections[0].fields", "must hold at least one entry"),
        (section(fields="a"), "sections[0].fields", 'must be a list; not "a"'),
        (
            section(fieldsets=[{"fields": [A, B | {"x": 1}]}]),
            "sections[0].fieldsets[0].fields[1].x",
            "unknown attribute `x`",
        ),
        (section(fieldsets=[{"fields": []}]), "sections[0].fieldsets[0].fields", "must hold at least one entry"),
        (section(fieldsets=[{"fields": 5}]), "sections[0].fieldsets[0].fields", "must be a list; not 5"),
        (
            section(fieldsets=[{"rows": [{"fields": 5}]}]),
            "sections[0].fieldsets[0].rows[0].fields",
            "must be a list; not 5",
        ),
        (of(A, submit_button=""), "submit_button", "must not be empty"),
        (of(A, submit_button="{{ x }}"), "submit_button", "the token {{ x }} can't stand here"),
        (of(A, submit_button=5), "submit_button", "must be an object; not 5"),
        (of(R | {"options": ["x", "y", "x"]}), "fields[0].options[2]", '"x" is the value of option 1 too'),
        (of(R | {"options": [1, "1"]}), "fields[0].options[1]", '"1" is the value of option 1 too'),
        (of(R | {"options": [{"label": "x"}]}), "fields[0].options[0].value", "is missing; add it"),
        (
            of(R | {"options": [10**16]}),
            "fields[0].options[0]",
            "must be between -10^15 and 10^15; not 10000000000000000",
        ),
        (of(R | {"options": [["x"]]}), "fields[0].options[0]", 'must be an object; not ["x"]'),
        (of(R | {"value": "z"}), "fields[0].value", "must be one of the values of its options"),
        (of(A | {"placeholder": "", "options": ["x"]}), "fields[0].options", "`options` has no effect"),
        (of(A | {"placholder": ""}), "fields[0].placholder", "unknown attribute `placholder`"),
        (of(A, A), "fields[1].name", '"a" is taken by fields[0].name; choose another name'),
        (of(A | {"id": "a"}, id="a"), "fields[0].id", '"a" is taken by id; choose another id'),
        (section(name="a", fields=[B, A]), "sections[0].fields[1].name", '"a" is taken by sections[0].name; choose'),
        (of(A, B | {"show_if": {"field": "c", "answered": True}}), "fields[1].show_if", "the form has no field 'c'"),
        (of(A | {"validators": {"required": 1}}), "fields[0].validators.required", "must be true or false"),
        (
            of(A | {"triggers": {"onClick": "x"}}),
            "fields[0].triggers.onClick",
            "`x` of the field `a` is no registered trigger",
        ),
    ],
)
def test_a_mistake_is_told_where_it_is_written(load: Load, form: Any, where: str, what: str) -> None:
    full = {"form": {"submit_button": SEND, **form}}
    right = {"title": "", "fields": [A]}
    for at, found in (
        (where, problems(lambda: make_form(form))),
        (f"x.json: {where}", problems(lambda: load(x_json=form, start="x.json"))),
        (f"x.json: [1].{where}", problems(lambda: load(x_json=[right, form], start="x.json"))),
        (f"unit_config.json: form.{where}", problems(lambda: load(full))),
        (f"x.json: [1].form.{where}", problems(lambda: load(x_json=[right, full], start="x.json"))),
    ):
        ((found_where, found_what),) = found
        assert found_where == at
        prefix = at.removeprefix("unit_config.json: ").removeprefix("x.json: ").removesuffix(where)
        assert found_what.startswith(what.replace("taken by ", f"taken by {prefix}"))


def test_tokens_are_told_where_they_are_written(tmp_path: Path) -> None:
    form = {"title": "", "fields": [A, R | {"options": ["x", {"label": "{{ y }}", "value": 1}]}]}
    full = {"form": {"submit_button": SEND, **form}}
    label = "fields[1].options[1].label"
    file = tmp_path / "x.json"
    for content, at, place in (
        (form, "x.json", label),
        (full, "x.json", f"form.{label}"),
        ([form], "x.json: [0]", label),
        ([full], "x.json: [0]", f"form.{label}"),
    ):
        file.write_text(json.dumps(content))
        ((_, missing),) = problems(lambda: load_form(file))
        assert missing.startswith(f"no value for the token `y`, which {place} uses")
        (version,) = load_form(file, supplied={"y"}).versions
        assert problems(version.form) == [(f"{at}: {place}", "the token {{ y }} has no value")]
        assert version.form({"y": "why"}).field("r").options[1].label == "why"  # type: ignore[union-attr]
    assert problems(lambda: make_form(form)) == [(label, "the token {{ y }} has no value")]
