"""A form written in Python is the form that a file would give, with the same mistakes."""

import json
from collections import OrderedDict
from copy import deepcopy
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormModel, Sheet, check_answers, make_form

ASK = {"type": "input", "name": "ask", "label": "Ask"}


def wrong(form: Any, tokens: dict[str, str] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as error:
        make_form(form, tokens)
    return [(problem.where, problem.what) for problem in error.value.problems]


def test_ten_lines_are_a_form() -> None:
    form = make_form(
        {
            "title": "About you",
            "fields": [
                {"type": "number", "name": "age", "label": "Your age", "min": 18, "validators": {"required": True}},
                {"type": "radio", "name": "hand", "label": "Your hand", "options": ["left", "right"]},
                {"type": "slider", "name": "mood", "label": "Your mood", "min_label": "low", "max_label": "high"},
            ],
        }
    )
    assert [field.name for field in form.fields()] == ["age", "hand", "mood"]
    assert form.submit_button.text == "Submit"
    assert check_answers(Sheet(form=form), {"age": "20", "hand": "left", "mood": 60}) == {
        "age": 20,
        "hand": "left",
        "mood": 60,
    }


def test_what_python_has_and_json_has_not_is_taken_as_json_would_have_it() -> None:
    fields = (
        OrderedDict(ASK, placeholder="x"),
        MappingProxyType({"type": "date", "name": "day", "label": "Day", "min": date(2026, 1, 31)}),
        {
            "type": "checkbox",
            "name": "some",
            "label": "Some",
            "options": (1, 2.5, "x"),
            "value": {1: True, 2.5: False},
        },
        {
            "type": "ranking",
            "name": "order",
            "label": "Order",
            "options": ["a", "b"],
            "value": ("b",),
            "show_if": {
                "any": ({"field": "day", "at_least": date(2026, 2, 1)}, {"field": "ask", "one_of": ("x", "y")})
            },
        },
        {"type": "input", "name": "when", "label": "When", "value": datetime(2026, 1, 31, 12, 30)},
        {"type": "input", "name": "time", "label": "Time", "value": time(12, 30), "validators": {"regexp": ("^.", "")}},
    )
    shown = make_form({"title": "", "fields": fields}).to_json()
    drawn = [row["fields"][0] for row in shown["sections"][0]["fieldsets"][0]["rows"]]
    assert drawn[1]["min"] == "2026-01-31"
    assert drawn[2]["value"] == {"1": True, "2.5": False}
    assert drawn[3]["value"] == ["b"]
    assert drawn[3]["show_if"] == {
        "any": [{"field": "day", "at_least": "2026-02-01"}, {"field": "ask", "one_of": ["x", "y"]}]
    }
    assert (drawn[4]["value"], drawn[5]["value"]) == ("2026-01-31T12:30:00", "12:30:00")
    assert drawn[5]["validators"] == {"required": False, "regexp": ["^.", ""]}


def test_the_form_and_what_it_was_made_from_are_apart() -> None:
    condition = {"field": "ask", "one_of": ["x"]}
    given = {
        "title": "",
        "fields": [ASK, {**ASK, "name": "then", "show_if": condition}],
    }
    before = deepcopy(given)
    form = make_form(given)
    drawn = deepcopy(form.to_json())

    condition["one_of"].append("y")  # type: ignore[attr-defined]
    shown = form.to_json()
    shown["sections"][0]["fieldsets"][0]["rows"][1]["fields"][0]["show_if"]["one_of"].append("z")

    assert form.to_json() == drawn
    condition["one_of"].remove("y")  # type: ignore[attr-defined]
    assert given == before


def test_equal_forms_are_equal_and_can_not_be_changed() -> None:
    form = make_form({"title": "A", "fields": [ASK]})
    assert form == make_form({"title": "A", "fields": (dict(ASK),)})
    assert form != make_form({"title": "B", "fields": [ASK]})
    with pytest.raises(ValueError, match="frozen"):
        form.title = "C"  # type: ignore[misc]


def test_a_form_for_the_page_has_every_default() -> None:
    shown = make_form({"title": "", "fields": [ASK]}).to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown == {
        "title": "",
        "sections": [
            {
                "title": "",
                "fieldsets": [
                    {
                        "rows": [
                            {
                                "fields": [
                                    {
                                        "type": "input",
                                        "name": "ask",
                                        "label": "Ask",
                                        "id": "",
                                        "help": "",
                                        "tooltip": "",
                                        "icon": "",
                                        "classes": "",
                                        "classes_input_element": "",
                                        "triggers": [],
                                        "show_if": None,
                                        "validators": {"required": False},
                                        "placeholder": "",
                                        "value": "",
                                    }
                                ],
                                "help": "",
                                "id": "",
                                "classes": "",
                                "show_if": None,
                            }
                        ],
                        "title": "",
                        "instruction": "",
                        "help": "",
                        "name": "",
                        "id": "",
                        "classes": "",
                        "lookup_name": "",
                        "show_if": None,
                    }
                ],
                "name": "",
                "instruction": "",
                "collapsable": False,
                "initially_collapsed": False,
                "id": "",
                "classes": "",
                "triggers": [],
                "show_if": None,
            }
        ],
        "submit_button": {
            "text": "Submit",
            "instruction": "",
            "tooltip": "",
            "id": "",
            "classes": "",
            "classes_button_element": "",
            "triggers": [],
        },
        "instruction": "",
        "show_instructions_as_modal": False,
        "language": "",
        "id": "",
        "classes": "",
    }


@pytest.mark.parametrize("form", [5, "form", None, [], [ASK]])
def test_what_is_no_form_is_said(form: Any) -> None:
    ((where, what),) = wrong(form)
    assert where == "form"
    assert what.startswith("must be an object; not ")


def test_an_empty_form_lacks_what_a_form_needs() -> None:
    assert wrong({}) == [("title", "is missing; add it"), ("sections", "is missing; add it, or `fields`")]


def test_keys_that_are_no_texts_are_mistakes_and_no_crash() -> None:
    assert [where for where, _ in wrong({"title": "", "fields": [ASK | {5: "x"}], None: 1})] == ["fields[0].5", "None"]
    ((where, what),) = wrong({"title": "", "fields": [ASK | {"validators": {1: True}}]})
    assert (where, what[:44]) == ("fields[0].validators.1", "`1` of the field `ask` is no registered vali")


def test_a_form_within_itself_is_too_deep_and_no_crash() -> None:
    deep: Any = {"field": "ask", "answered": True}
    for _ in range(5_000):
        deep = {"not": deep}
    assert wrong({"title": "", "fields": [ASK | {"show_if": deep}]}) == [("form", "objects are nested too deeply")]


def test_an_insertion_needs_a_folder() -> None:
    fields = [ASK | {"help": "insertions/help.html"}]
    assert wrong({"title": "insertions/title.html", "fields": fields}) == [
        ("title", 'an insertion needs a form in a file; read the text yourself: not "insertions/title.html"'),
        ("fields[0].help", 'an insertion needs a form in a file; read the text yourself: not "insertions/help.html"'),
    ]


def test_tokens_are_filled_and_must_fit() -> None:
    form = {"title": "For {{ name }}", "fields": [ASK | {"label": "{{name}}, {{ what }}?"}]}
    made = make_form(form, {"name": "<Ann>", "what": "why"})
    assert (made.title, made.field("ask").label) == ("For &lt;Ann&gt;", "<Ann>, why?")
    assert wrong(form, {"name": "x"}) == [("fields[0].label", "the token {{ what }} has no value")]
    assert wrong(form) == [
        ("title", "the token {{ name }} has no value"),
        ("fields[0].label", "the token {{ name }} has no value"),
    ]
    assert wrong({"title": "", "fields": [ASK]}, {"name": "x"}) == [
        ("form", "the token `name` has a value, but the form does not use it")
    ]
    assert isinstance(make_form({"title": "", "fields": [ASK]}, {"target_image": "x"}), FormModel)


def test_all_mistakes_come_at_once_in_the_order_of_the_form() -> None:
    fields = [ASK | {"label": 5}, ASK | {"type": "radio", "options": ["x", "x"]}, {"type": "inptu"}]
    assert [where for where, _ in wrong({"title": 5, "fields": fields, "submit_button": {"txt": "x"}})] == [
        "title",
        "fields[0].label",
        "fields[1].name",
        "fields[1].options[1]",
        "fields[2].type",
        "submit_button.text",
        "submit_button.txt",
    ]
