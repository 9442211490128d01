"""A trigger reads, sets, shows, hides and adds, all of it or nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from imgloop_widgets.forms import Sheet, TriggerContext, answer_fields, check_answers, make_form, run_trigger, trigger

Run = Callable[..., tuple[Sheet, dict[str, Any]]]
EVENTS = ("onClick", "onChange", "onBlur", "onFocus")


@pytest.fixture
def sheet() -> Sheet:
    """A form with a field of each type, one button, a hidden section and a template; `act` and `other` are triggers."""
    trigger("act")(lambda context: None)
    trigger("other")(lambda context: None)
    options = ["a", 2, True]
    fields = [
        {"type": "input", "name": "text", "label": "Text", "triggers": {event: "act" for event in EVENTS}},
        {"type": "number", "name": "number", "label": "Number", "min": 0},
        {"type": "date", "name": "day", "label": "Day"},
        {"type": "radio", "name": "one", "label": "One", "options": options},
        {"type": "checkbox", "name": "some", "label": "Some", "options": options},
        {"type": "select", "name": "several", "label": "Several", "options": options, "multiple": True},
        {"type": "ranking", "name": "order", "label": "Order", "options": options},
        {"type": "slider", "name": "warmth", "label": "Warmth"},
        {"type": "rating", "name": "stars", "label": "Stars"},
        {"type": "hidden", "name": "mark", "value": "m"},
        {"type": "button", "id": "id_go", "value": "Go", "triggers": {"onClick": ["act", ["x", {"y": 1}]]}},
        {"type": "button", "value": "Other", "triggers": {"onClick": ["other", 5]}},
    ]
    pet = {"lookup_name": "pet", "fields": [{"type": "input", "name": "pet", "label": "The [[section]] [[kind]]"}]}
    return Sheet(
        form=make_form(
            {
                "title": "",
                "sections": [
                    {"title": "", "name": "all", "fields": fields, "triggers": {"onClick": "act"}},
                    {
                        "title": "",
                        "name": "pets",
                        "classes": "hidden",
                        "fieldsets": [pet, {"fields": [fields[1] | {"name": "age"}]}],
                    },
                ],
                "submit_button": {"text": "Send", "id": "id_send", "triggers": {"onClick": "act"}},
            }
        )
    )


@pytest.fixture
def run(sheet: Sheet) -> Run:
    """Run a function as the trigger `act` of the field `text`: run(function, values…)."""

    def run(function: Callable[[TriggerContext], None], **values: Any) -> tuple[Sheet, dict[str, Any]]:
        functions = sheet.form.functions
        form = sheet.form.equipped(type(functions)(functions.validators, {**functions.triggers, "act": function}), "")
        return run_trigger(Sheet(form=form), "0.0.0.0", "onChange", values)

    return run


def calls(sheet: Sheet, path: str, event: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Which (element, event, arguments) the trigger at this place is given."""
    seen: list[tuple[str, str, tuple[Any, ...]]] = []

    def look(context: TriggerContext) -> None:
        seen.append((context.element, context.event, context.arguments))

    functions = sheet.form.functions
    form = sheet.form.equipped(type(functions)({}, {"act": look, "other": look}), "")
    run_trigger(Sheet(form=form), path, event, {})
    return seen


@pytest.mark.parametrize(
    ("path", "event", "call"),
    [
        *[("0.0.0.0", event, ("text", event, ())) for event in EVENTS],
        ("0.0.10.0", "onClick", ("id_go", "onClick", ("x", {"y": 1}))),
        ("0.0.11.0", "onClick", ("", "onClick", (5,))),
        ("0", "onClick", ("all", "onClick", ())),
        ("submit", "onClick", ("id_send", "onClick", ())),
    ],
)
def test_a_trigger_knows_what_happened_and_where(sheet: Sheet, path: str, event: str, call: Any) -> None:
    assert calls(sheet, path, event) == [call]


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("0.0.1.0", "onClick"),
        ("0.0.10.0", "onChange"),
        ("0.0.0.0", "onclick"),
        ("0.0.0.0", "events"),
        ("0.0.0.0", "model_fields"),
        ("0.0.0.0", ""),
        ("0.0.9.0", "onClick"),
        ("0.0", "onClick"),
        ("0.0.0", "onClick"),
        ("1", "onClick"),
        ("submit", "onBlur"),
        ("9", "onClick"),
        ("", "onClick"),
    ],
)
def test_an_element_without_this_trigger_has_none(sheet: Sheet, path: str, event: str) -> None:
    with pytest.raises(KeyError):
        run_trigger(sheet, path, event, {})


def test_the_loop_s_own_trigger_is_not_run_here(form: Any) -> None:
    with pytest.raises(KeyError, match="has no trigger for 'onClick'"):
        run_trigger(Sheet(form=form), "1.0.1.0", "onClick", {})


def test_values_are_answers_with_their_types(run: Run) -> None:
    found: dict[str, Any] = {}
    sent = {"text": " x ", "number": "4,5", "some": {"2": True}, "order": "no list", "several": [], "age": 5, "what": 1}

    run(lambda context: found.update(context.values), **sent)

    assert found == {
        "text": "x",
        "number": 4.5,
        "day": None,
        "one": None,
        "some": {"a": False, "2": True, "true": False},
        "several": None,
        "order": None,
        "warmth": None,
        "stars": None,
        "mark": "m",
        "age": None,  # not in sight
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "anything"),
        ("text", ""),
        ("number", -5),
        ("number", "4,5"),
        ("day", "2026-02-28"),
        ("one", True),
        ("some", {"a": True}),
        ("several", [True, "a"]),
        ("order", [2]),
        ("warmth", 50),
        ("stars", 3),
        ("age", 5),
        *[(name, None) for name in ("text", "number", "day", "one", "some", "several", "order", "warmth", "stars")],
    ],
)
def test_a_value_is_set_on_the_page_alone(run: Run, sheet: Sheet, name: str, value: Any) -> None:
    after, values = run(lambda context: context.set(name, value))
    assert values == {name: value}
    assert after.to_json() == {}


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("text", 5, "the field 'text' can't hold 5 (Please write text here.)"),
        ("number", "many", "the field 'number' can't hold 'many' (Please write a number.)"),
        ("number", float("nan"), "the field 'number' can't hold nan"),
        ("day", "2026-02-29", "the field 'day' can't hold '2026-02-29' (Please give a day"),
        ("one", "b", "the field 'one' can't hold 'b' (Please choose an answer from the list.)"),
        ("some", ["a"], "the field 'some' can't hold ['a']"),
        ("several", "a", "the field 'several' can't hold 'a'"),
        ("order", ["a", "a"], "the field 'order' can't hold ['a', 'a']"),
        ("stars", 6, "the field 'stars' can't hold 6"),
        ("mark", {1, 2}, "the field 'mark' can't hold {1, 2} (this is no JSON value)"),
        ("mark", float("inf"), "the field 'mark' can't hold inf (this is no JSON value)"),
        ("txt", "x", "the form has no field 'txt'; did you mean `text`?"),
        ("id_go", "x", "the form has no field 'id_go'"),
        ("", "x", "the form has no field ''"),
        (None, "x", "the form has no field None"),
    ],
)
def test_a_value_that_a_field_can_not_hold_is_the_author_s_mistake(run: Run, name: Any, value: Any, what: str) -> None:
    with pytest.raises(ValueError) as error:
        run(lambda context: context.set(name, value))
    assert str(error.value).startswith(what)


@pytest.mark.parametrize("value", ["x", 5, True, None, ["a", {"b": None}], {"sha256": 1}, {"words": "x"}])
def test_a_hidden_field_takes_any_json_value_and_the_page_has_no_say_in_it(run: Run, value: Any) -> None:
    after, values = run(lambda context: context.set("mark", value))
    assert values == {}
    assert after.to_json() == {"held": {"mark": value}}
    for sent in ({}, {"mark": "m"}, {"mark": ["forged"]}):
        assert check_answers(after, sent)["mark"] == value
    again: list[Any] = []
    form = after.form.equipped(
        type(after.form.functions)({}, {"act": lambda context: again.append(context.values["mark"])}), ""
    )
    run_trigger(Sheet.from_json(form, after.to_json()), "0.0.0.0", "onClick", {})
    assert again == [value]


def test_what_a_trigger_keeps_of_a_value_is_its_own(run: Run) -> None:
    words: list[str] = ["a"]

    def act(context: TriggerContext) -> None:
        context.set("mark", words)
        words.append("b")

    assert run(act)[0].held == {"mark": ["a"]}


def test_elements_are_shown_hidden_and_added_in_one_step(run: Run) -> None:
    def act(context: TriggerContext) -> None:
        context.show("pets")
        context.add_fieldset("pets", "pet", kind="cat", section="grey")
        context.set("pet__1__", "Tom")
        context.hide("pet__1__")
        context.hide("text")
        context.show("text")

    after, values = run(act)

    assert values == {"pet__1__": "Tom"}
    assert after.to_json() == {
        "shown": {"1": True, "1.2.0.0": False, "0.0.0.0": True},
        "added": [["pets", "pet", {"kind": "cat", "section": "grey"}]],
    }
    assert after.form.field("pet__1__").label == "The grey cat"
    assert "age" in after.visible({}) and "pet__1__" not in after.visible({})


def test_tokens_are_texts(run: Run) -> None:
    after, _ = run(lambda context: context.add_fieldset("pets", "pet", kind=5, section=None))
    assert after.form.field("pet__1__").label == "The None 5"
    assert after.to_json() == {"added": [["pets", "pet", {"kind": "5", "section": "None"}]]}


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda context: context.show("petz"), "the form has no element 'petz'; did you mean `pet"),
        (lambda context: context.hide(""), "the form has no element ''"),
        (lambda context: context.hide("pet"), "is of the template 'pet'; only copies of it are shown"),
        (lambda context: context.add_fieldset("pets", "cat"), "the section 'pets' has no template 'cat'"),
        (lambda context: context.add_fieldset("pets", "pet"), r"the token \[\[section\]\] has no value"),
    ],
)
def test_what_is_not_there_is_the_author_s_mistake(run: Run, act: Any, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        run(act)


def test_where_a_trigger_raises_nothing_has_happened(sheet: Sheet) -> None:
    def act(context: TriggerContext) -> None:
        context.show("pets")
        context.set("mark", "changed")
        context.set("text", "changed")
        context.add_fieldset("pets", "pet", kind="cat", section="x")
        raise ZeroDivisionError

    form = sheet.form.equipped(type(sheet.form.functions)({}, {"act": act}), "")
    before = Sheet(form=form)
    drawn = form.to_json()
    with pytest.raises(ZeroDivisionError):
        run_trigger(before, "0.0.0.0", "onClick", {})
    assert before == Sheet(form=form)
    assert form.to_json() == drawn
    assert "pet__1__" not in [field.name for field in answer_fields(before.form)]


def test_a_trigger_of_a_copy_is_run_for_the_copy() -> None:
    @trigger("add")
    def add(context: TriggerContext) -> None:
        context.add_fieldset("pets", "pet")

    @trigger("name")
    def name(context: TriggerContext) -> None:
        context.set(context.element, "Tom")

    pet = {"type": "input", "name": "pet", "label": "", "triggers": {"onBlur": "name"}}
    more = {"type": "button", "value": "More", "triggers": {"onClick": "add"}}
    fieldsets = [{"lookup_name": "pet", "fields": [pet]}, {"fields": [more]}]
    sheet = Sheet(form=make_form({"title": "", "sections": [{"title": "", "name": "pets", "fieldsets": fieldsets}]}))
    for _ in range(2):
        sheet, _ = run_trigger(sheet, "0.1.0.0", "onClick", {})
    assert run_trigger(sheet, "0.3.0.0", "onBlur", {}) == (sheet, {"pet__2__": "Tom"})
