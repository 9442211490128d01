"""Whatever a page sends, the answers are typed values by the form's rules, or the worker reads what to change."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import FormModel, Sheet, check_answers, check_prompt_field, prompt_limits

NO_FORM = "This page does not fit the task any more. Please reload it."
CHOOSE = "Please choose an answer from the list."
EMPTY: dict[str, Any] = {
    "gender": "",
    "hand": None,
    "tools": {"pen": False, "brush": False, "3": False},
    "languages": [],
    "years": None,
    "mail": "",
    "batch": "b7",
    "note": "",
    "day": "",
    "warmth": None,
    "stars": None,
    "order": [],
    "photo": None,
    "secret": "",
    "which": "",
}
Change = Callable[[Any, str, Any], Any]


def test_empty_optional_fields_pass_every_validator(form: FormModel) -> None:
    assert check_answers(Sheet(form=form), {"age": "34"}) == {"age": "34", **EMPTY}
    empty: dict[str, Any] = {
        "gender": "",
        "hand": "",
        "tools": {},
        "languages": "",
        "years": " ",
        "mail": "",
        "note": "  ",
        "batch": None,
    }
    assert check_answers(Sheet(form=form), {"age": "34", **empty}) == {"age": "34", **EMPTY}


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("age", " 34\n", "34"),
        ("gender", "f", "f"),
        ("hand", "left", "left"),
        ("hand", 2, 2),
        ("hand", 2.0, 2),
        ("hand", 3.5, 3.5),
        ("hand", True, True),
        ("tools", {"pen": True}, {"pen": True, "brush": False, "3": False}),
        ("languages", [3, "en"], ["en", 3]),
        ("years", 3, 3),
        ("years", "-3,5", -3.5),
        ("years", "12", 12),
        ("years", 0, 0),
        ("mail", "a.b@c.example.org", "a.b@c.example.org"),
        ("batch", "b7", "b7"),
        ("note", "Two wörds", "Two wörds"),
        ("note", "Twelve chars", "Twelve chars"),
        ("note", "x 👩‍🎨👩‍🎨", "x 👩‍🎨👩‍🎨"),
    ],
)
def test_an_answer_is_the_value_with_its_type(form: FormModel, name: str, sent: Any, stored: Any) -> None:
    answer = check_answers(Sheet(form=form), {"age": "34", name: sent})[name]
    assert answer == stored
    assert type(answer) is type(stored)


@pytest.mark.parametrize(
    ("name", "sent", "message"),
    [
        ("age", "", "Please fill in this field."),
        ("age", None, "Please fill in this field."),
        ("age", "thirty", "This is not in the expected form."),
        ("age", "3 4", "This is not in the expected form."),
        ("age", 34, "Please write text here."),
        ("age", ["34"], "Please write text here."),
        ("age", "1" * 10_001, "Please write at most 10,000 characters (now 10,001)."),
        ("age", "3\x004", "This has characters that can't be stored; please type it again."),
        ("age", "\ud800", "This has characters that can't be stored; please type it again."),
        ("gender", "choice f", CHOOSE),
        ("gender", "F", CHOOSE),
        ("gender", ["f"], CHOOSE),
        ("gender", 1, CHOOSE),
        ("hand", "2", CHOOSE),
        ("hand", 1, CHOOSE),
        ("hand", False, CHOOSE),
        ("hand", {}, CHOOSE),
        ("tools", {"pan": True}, CHOOSE),
        ("tools", {"pen": 1}, CHOOSE),
        ("tools", ["pen"], CHOOSE),
        ("tools", {"pen": True, "brush": True, "3": True}, "Please choose at most 2 (now 3)."),
        ("languages", ["en"], "Please choose at least 2 (now 1)."),
        ("languages", ["en", "en"], CHOOSE),
        ("languages", ["en", "fr"], CHOOSE),
        ("languages", "en", CHOOSE),
        ("years", "many", "Please write a number."),
        ("years", True, "Please write a number."),
        ("years", float("nan"), "Please write a number."),
        ("years", 10**400, "Please write a number."),
        ("years", "9" * 5000, "Please write a number."),
        ("years", [], "Please write a number."),
        ("mail", "nobody", "Please write an e-mail address, such as name@example.org."),
        ("mail", "a@b", "Please write an e-mail address, such as name@example.org."),
        ("note", "a b", "Please write at least 5 characters (now 3)."),
        ("note", "much too long a note", "Please write at most 12 characters (now 20)."),
        ("note", "oneword", "This is not in the expected form."),
    ],
)
def test_a_value_that_can_not_be_is_refused_beside_its_field(
    form: FormModel, name: str, sent: Any, message: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_answers(Sheet(form=form), {"age": "34", name: sent})
    assert refused.value.problems == {name: message}
    assert refused.value.field is None
    assert str(refused.value) == "Please look at the marked answer."


def test_all_fields_are_checked_at_once(form: FormModel) -> None:
    with pytest.raises(Refused, match="Please look at the 2 marked answers") as refused:
        check_answers(Sheet(form=form), {"years": "x"})
    assert set(refused.value.problems) == {"age", "years"}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("hand", "Please choose an answer."),
        ("tools", "Please choose at least one."),
        ("years", "Please fill in this field."),
    ],
)
def test_a_required_field_asks_in_words_that_fit_it(unit: Any, kind: str, message: str) -> None:
    for row in unit["form"]["sections"][0]["fieldsets"][0]["rows"]:
        for field in row["fields"]:
            if field["name"] == kind:
                field["validators"] = {"required": True}
    with pytest.raises(Refused) as refused:
        check_answers(Sheet(form=FormModel.model_validate(unit["form"])), {"age": "34", "tools": {"pen": False}})
    assert refused.value.problems == {kind: message}


@pytest.mark.parametrize("name", ["colour", "prompt_0", "score_1", "go_0", "", "__proto__"])
def test_an_answer_to_no_field_of_the_form_is_refused_above_the_form(form: FormModel, name: str) -> None:
    with pytest.raises(Refused) as refused:
        check_answers(Sheet(form=form), {"age": "34", name: "x"})
    assert (str(refused.value), refused.value.field, refused.value.problems) == (NO_FORM, None, {})


def test_a_changed_hidden_value_is_refused_above_the_form(form: FormModel) -> None:
    with pytest.raises(Refused, match=NO_FORM) as refused:
        check_answers(Sheet(form=form), {"age": "34", "batch": "b8"})
    assert refused.value.problems == {}


def test_a_required_list_is_not_answered_by_its_first_empty_line(unit: Any, change: Change) -> None:
    path = "form.sections[0].fieldsets[0].rows[0].fields[1].validators"
    form = FormModel.model_validate(change(unit, path, {"required": True})["form"])
    with pytest.raises(Refused) as refused:
        check_answers(Sheet(form=form), {"age": "34", "gender": ""})
    assert refused.value.problems == {"gender": "Please choose an answer."}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Please fill in this field."),
        ("   ", "Please fill in this field."),
        (" a red boat ", "Please write at least 20 characters (now 10)."),
        (None, "Please fill in this field."),
        (7, "Please write text here."),
    ],
)
def test_a_prompt_is_checked_by_its_own_field(form: FormModel, text: object, message: str) -> None:
    with pytest.raises(Refused) as refused:
        check_prompt_field(form, "prompt_0", text)
    assert (refused.value.field, refused.value.problems) == ("prompt", {"prompt": message})


def test_a_good_prompt_passes_and_its_limits_are_known(form: FormModel) -> None:
    check_prompt_field(form, "prompt_1", "a red boat in a small harbour")
    assert prompt_limits(form, "prompt_1") == {"min": 20, "max": None}
    assert prompt_limits(form, "note") == {"min": 5, "max": 12}
    with pytest.raises(KeyError, match="nowhere"):
        check_prompt_field(form, "nowhere", "x")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["f", "left", "en", "", 2, 3.5])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)
KNOWN = st.sampled_from(["age", "gender", "hand", "tools", "languages", "years", "mail", "batch", "note"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=st.dictionaries(KNOWN, JSON, max_size=9) | st.dictionaries(st.text(), JSON, max_size=3) | JSON)
def test_any_json_value_gives_answers_or_a_refusal(form: FormModel, values: Any) -> None:
    try:
        answers = check_answers(Sheet(form=form), values)
    except Refused as refused:
        assert str(refused)
        assert set(refused.problems) <= set(EMPTY) | {"age"}
    else:
        assert set(answers) == set(EMPTY) | {"age"}
        # What was accepted is accepted again, and is the same: answers are a fixed point.
        assert check_answers(Sheet(form=form), answers) == answers


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=JSON)
def test_any_json_value_for_a_prompt_passes_or_is_refused(form: FormModel, text: Any) -> None:
    try:
        check_prompt_field(form, "prompt_0", text)
    except Refused as refused:
        assert set(refused.problems) == {"prompt"}
    else:
        assert isinstance(text, str) and len(text.strip()) >= 20
