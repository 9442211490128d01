"""What is shown follows from what is answered: every operator on every type of field, and nothing that is not shown."""

from typing import Any

import pytest

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import FormModel, Sheet, check_answers, make_form
from imgloop_widgets.forms.checks_conditions import FITTING
from imgloop_widgets.forms.conditions import OPERATORS, renamed
from imgloop_widgets.forms.fields import FIELD_TYPES

OPTIONS = ["a", "2", 3, 4.5, True, {"label": "none", "value": ""}]
FILE = {"name": "x.png", "type": "", "size": 1, "sha256": "a" * 64}


def form(kind: str, condition: Any, **attributes: Any) -> FormModel:
    """A field `asked` of this type, and a field `shown` that is there if the condition holds."""
    asked = {"type": kind, "name": "asked", "label": "Asked", **attributes}
    if kind in ("radio", "select", "checkbox", "ranking"):
        asked.setdefault("options", OPTIONS[:5] if kind != "select" else OPTIONS)
    return make_form(
        {"title": "", "fields": [asked, {"type": "input", "name": "shown", "label": "Shown", "show_if": condition}]}
    )


def is_shown(kind: str, test: dict[str, Any], value: Any, **attributes: Any) -> bool:
    model = form(kind, {"field": "asked", **test}, **attributes)
    return "shown" in Sheet(form=model).visible({"asked": value})


ANSWERS: dict[str, list[Any]] = {
    # type: [an answer, another that no test below names, values that are no answer]
    "input": ["cat", "dog", "", "  ", None, 5, ["cat"]],
    "textarea": [" cat\n", "dog", "", "\u2003", None, {}],
    "email": ["cat", "d@e.fr", "", None, True],
    "password": ["cat", "dog", "", None, 5],
    "number": ["5", 7, "", None, "five", True, [5]],
    "slider": [5.0, 7, "", None, "5"],
    "rating": [5, 4, "", None, "5", 6, 4.5],
    "date": ["2026-05-05", "2026-07-07", "", None, "2026-05-32", 5],
    "radio": ["a", "2", "", None, "b", ["a"], 1],
    "select": ["a", "2", "", None, "b", ["a"]],
    "checkbox": [{"a": True, "2": False}, {"2": True}, {}, {"a": False}, None, {"b": True}, ["a"]],
    "ranking": [["a", 3], ["2"], [], None, ["b"], "a", ["a", "a"]],
    "file": [FILE, FILE | {"name": "y.png"}, None, "", "x.png", {"name": "x.png"}],
}
VALUE = {
    **dict.fromkeys(("input", "textarea", "email", "password"), "cat"),
    **dict.fromkeys(("number", "slider", "rating"), 5),
    "date": "2026-05-05",
    **dict.fromkeys(("radio", "select", "checkbox", "ranking"), "a"),
}


def test_every_type_of_field_is_in_the_tables() -> None:
    assert set(FITTING) == set(FIELD_TYPES) - {"button"}
    assert set(ANSWERS) == set(FITTING) - {"hidden"}
    assert set().union(*FITTING.values()) == set(OPERATORS)


@pytest.mark.parametrize(
    ("kind", "operator"), [(kind, operator) for kind in ANSWERS for operator in FITTING[kind] if operator != "answered"]
)
def test_an_operator_holds_for_its_answer_and_no_other(kind: str, operator: str) -> None:
    answer, other, *nothing = ANSWERS[kind]
    value = [VALUE[kind]] if operator == "one_of" else VALUE[kind]
    test = {operator: value}

    outcome = (is_shown(kind, test, answer), is_shown(kind, test, other))

    larger = kind != "rating"  # the other answer is larger than the value
    expected = {
        "not_equals": (False, True),
        "at_least": (True, larger),
        "at_most": (True, not larger),
    }
    assert outcome == expected.get(operator, (True, False))
    for none in nothing:
        assert is_shown(kind, test, none) is (operator == "not_equals"), none


@pytest.mark.parametrize("kind", ANSWERS)
def test_answered_tells_an_answer_from_none(kind: str) -> None:
    *answers, _ = ANSWERS[kind][:3]
    for answer in answers:
        assert is_shown(kind, {"answered": True}, answer)
        assert not is_shown(kind, {"answered": False}, answer)
    for none in ANSWERS[kind][2:]:
        assert not is_shown(kind, {"answered": True}, none), none
        assert is_shown(kind, {"answered": False}, none), none


@pytest.mark.parametrize(
    ("kind", "test", "value", "shown"),
    [
        ("radio", {"equals": True}, True, True),
        ("radio", {"equals": 3}, 3.0, True),
        ("radio", {"equals": 3}, True, False),
        ("radio", {"equals": "2"}, 2, False),
        ("radio", {"one_of": [3, True]}, "2", False),
        ("radio", {"one_of": [3, True]}, True, True),
        ("select", {"equals": 4.5}, 4.5, True),
        ("number", {"equals": 5}, " 5,0 ", True),
        ("number", {"equals": 0.5}, "0.5", True),
        ("number", {"at_least": 0}, "-0", True),
        ("number", {"at_least": 0}, "-1", False),
        ("number", {"at_most": 0}, 0, True),
        ("slider", {"at_most": 0}, 0, True),
        ("input", {"equals": " cat "}, "cat", True),
        ("input", {"equals": "cat"}, "\ufeffcat\u2028", True),
        ("input", {"not_equals": " cat "}, "cat", False),
        ("input", {"equals": "cat"}, "Cat", False),
        ("input", {"equals": "5"}, "5", True),
        ("date", {"at_least": "2026-05-05"}, " 2026-05-05", True),
        ("date", {"at_most": "2026-05-05"}, "2026-05-06", False),
        ("checkbox", {"contains": True}, {"true": True}, True),
        ("checkbox", {"contains": 4.5}, {"4.5": True}, True),
        ("checkbox", {"contains": 3}, {"3": False, "a": True}, False),
        ("ranking", {"contains": 3}, [3.0], True),
        ("ranking", {"contains": True}, ["a", True], True),
    ],
)
def test_values_compare_with_their_types(kind: str, test: dict[str, Any], value: Any, shown: bool) -> None:
    assert is_shown(kind, test, value) is shown


@pytest.mark.parametrize("one", [1, 1.0, True, "1", "true", 0, False])
@pytest.mark.parametrize("other", [1, 1.0, True, "1", "true", 0, False])
def test_a_number_a_truth_and_a_text_are_never_the_same(one: Any, other: Any) -> None:
    hidden = {"type": "hidden", "name": "asked", "value": one}
    kind = "bool" if isinstance(one, bool) else "text" if isinstance(one, str) else "number"
    other_kind = "bool" if isinstance(other, bool) else "text" if isinstance(other, str) else "number"
    for operator, value in (("equals", other), ("one_of", [other]), ("not_equals", other)):
        shown = {"type": "input", "name": "shown", "label": "", "show_if": {"field": "asked", operator: value}}
        sheet = Sheet(form=make_form({"title": "", "fields": [hidden, shown]}))
        is_same = kind == other_kind and one == other
        assert ("shown" in sheet.visible({})) is (is_same != (operator == "not_equals")), operator


@pytest.mark.parametrize(("value", "shown"), [(["a", 3], True), (["2"], False), ([], False), (["b"], False)])
def test_a_list_of_several_contains_what_is_chosen(value: Any, shown: bool) -> None:
    assert is_shown("select", {"contains": 3}, value, multiple=True, options=OPTIONS[:5]) is shown


def test_a_hidden_field_is_compared_by_its_own_value_whatever_is_sent() -> None:
    model = make_form(
        {
            "title": "",
            "fields": [
                {"type": "hidden", "name": "asked", "value": 5},
                {"type": "input", "name": "shown", "label": "Shown", "show_if": {"field": "asked", "equals": 5}},
            ],
        }
    )
    assert Sheet(form=model).visible({"asked": 6}) == {"asked", "shown"}
    assert Sheet(form=model).hold("asked", 6).visible({"asked": 5}) == {"asked"}
    assert Sheet(form=model).hold("asked", None).visible({"asked": 5}) == {"asked"}


IS_A, IS_B = {"field": "asked", "equals": "a"}, {"field": "asked", "equals": "2"}


@pytest.mark.parametrize(
    ("condition", "shown_for"),
    [
        ({"all": [IS_A]}, "a"),
        ({"all": [IS_A, IS_B]}, ""),
        ({"any": [IS_A, IS_B]}, "ab"),
        ({"not": IS_A}, "b-"),
        ({"not": {"any": [IS_A, IS_B]}}, "-"),
        ({"not": {"not": IS_A}}, "a"),
        ({"all": [{"any": [IS_A, IS_B]}, {"not": IS_B}]}, "a"),
        ({"any": [{"all": [IS_A, IS_B]}, {"not": {"field": "asked", "answered": True}}]}, "-"),
        ({"all": [{"not": IS_A}, {"not": IS_B}, {"field": "asked", "answered": False}]}, "-"),
    ],
)
def test_conditions_stand_in_each_other(condition: Any, shown_for: str) -> None:
    sheet = Sheet(form=form("radio", condition))
    values = {"a": "a", "b": "2", "-": None}
    assert {key for key, value in values.items() if "shown" in sheet.visible({"asked": value})} == set(shown_for)


def chain(**extra: Any) -> FormModel:
    """Each field is shown if the one before it is answered."""
    names = ["first", "second", "third"]
    fields: list[dict[str, Any]] = [{"type": "input", "name": name, "label": name} for name in names]
    for before, field in zip(names, fields[1:], strict=False):
        field["show_if"] = {"field": before, "answered": True}
    fields[0] |= extra
    return make_form({"title": "", "fields": fields})


def test_what_is_not_shown_is_not_answered() -> None:
    sheet = Sheet(form=chain())
    assert sheet.visible({"first": "x", "second": "x"}) == {"first", "second", "third"}
    assert sheet.visible({"second": "x", "third": "x"}) == {"first"}
    answers = check_answers(sheet, {"second": "x", "third": "x"})
    assert answers == {"first": "", "second": None, "third": None}


def test_a_field_with_the_class_hidden_is_not_shown_and_not_answered() -> None:
    sheet = Sheet(form=chain(classes="wide hidden"))
    assert sheet.visible({"first": "x", "second": "x"}) == frozenset()
    assert sheet.set_shown("first", True).visible({"first": "x", "second": "x"}) == {"first", "second", "third"}
    assert Sheet(form=chain(classes="is-hidden hidden-later")).visible({}) == {"first"}


def test_a_required_field_that_is_not_shown_is_not_asked_for() -> None:
    fields = [
        {"type": "radio", "name": "ask", "label": "Ask", "options": ["yes", "no"]},
        {
            "type": "number",
            "name": "how_many",
            "label": "How many?",
            "validators": {"required": True},
            "show_if": {"field": "ask", "equals": "yes"},
        },
    ]
    sheet = Sheet(form=make_form({"title": "", "fields": fields}))
    assert check_answers(sheet, {"ask": "no", "how_many": "many"}) == {"ask": "no", "how_many": None}
    with pytest.raises(Refused) as refused:
        check_answers(sheet, {"ask": "yes"})
    assert refused.value.problems == {"how_many": "Please fill in this field."}


LEVELS = ["section", "fieldset", "row", "field"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("attribute", ["show_if", "classes"])
def test_each_level_hides_what_stands_in_it(level: str, attribute: str) -> None:
    field: dict[str, Any] = {"type": "input", "name": "inner", "label": "Inner", "validators": {"required": True}}
    row: dict[str, Any] = {"fields": [field]}
    fieldset: dict[str, Any] = {"rows": [row, {"fields": [{"type": "input", "name": "other", "label": "Other"}]}]}
    section: dict[str, Any] = {"title": "", "fieldsets": [fieldset]}
    outer = {"title": "", "fields": [{"type": "radio", "name": "ask", "label": "Ask", "options": ["yes", "no"]}]}
    at = dict(zip(LEVELS, (section, fieldset, row, field), strict=True))[level]
    at[attribute] = {"field": "ask", "equals": "yes"} if attribute == "show_if" else "hidden"
    sheet = Sheet(form=make_form({"title": "", "sections": [outer, section], "submit_button": "Send"}))

    beside = {"other"} if level in ("row", "field") else set()
    assert sheet.visible({"ask": "no"}) == {"ask", *beside}
    assert ("inner" in sheet.visible({"ask": "yes"})) is (attribute == "show_if")
    path = {"section": "1", "fieldset": "1.0", "row": "1.0.0", "field": "1.0.0.0"}[level]
    assert Sheet(form=sheet.form, shown={path: True}).visible({"ask": "no"}) == {"ask", "inner", "other"}
    assert Sheet(form=sheet.form, shown={path: False}).visible({"ask": "yes"}) == {"ask", *beside}


def test_only_the_names_of_fields_are_renamed() -> None:
    condition = {
        "all": [
            {"field": "a", "equals": "a"},
            {"not": {"any": [{"field": "b", "one_of": ["a", "b"]}, {"field": "c", "answered": True}]}},
        ]
    }
    assert renamed(condition, {"a": "x", "b": "y"}) == {
        "all": [
            {"field": "x", "equals": "a"},
            {"not": {"any": [{"field": "y", "one_of": ["a", "b"]}, {"field": "c", "answered": True}]}},
        ]
    }
