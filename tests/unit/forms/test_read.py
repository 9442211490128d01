"""What a page sends for a field becomes a typed answer, or a message that says what to do."""

from inspect import getsource
from typing import Any

import pytest

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import MAX_FILE_BYTES, WORDS, Sheet, check_answers, check_field, make_form, read, validate
from imgloop_widgets.forms.fields import FIELD_TYPES, first_values
from imgloop_widgets.forms.read import READERS
from imgloop_widgets.forms.words import say

SHA = "0123456789abcdef" * 4
FILE = {"name": "Me.PNG", "type": "image/png", "size": 5, "sha256": SHA}
CHOOSE = "Please choose an answer from the list."
AGAIN = "Please choose the file again."
STORE = "This has characters that can't be stored; please type it again."
PNG = "Please choose a file that ends with png."
NONE = {"red": False, "green": False, "3": False, "4.5": False, "true": False}
LIST = ["red", "green", 3, 4.5, True]


def field(kind: str, **attributes: Any) -> dict[str, Any]:
    options = {"options": LIST} if kind in ("radio", "checkbox", "select", "ranking") else {}
    return {"type": kind, "name": "a", "label": "A", **options, **attributes}


def ask(asked: dict[str, Any], sent: Any) -> Any:
    """Return the answer, or raise Refused; both checks must say the same."""
    sheet = Sheet(form=make_form({"title": "", "fields": [asked]}))
    values = {} if sent is ... else {"a": sent}
    message = check_field(sheet, "a", values, has_file=lambda sha256: sha256 == SHA)
    try:
        answer = check_answers(sheet, values, has_file=lambda sha256: sha256 == SHA)["a"]
    except Refused as refused:
        assert refused.problems == {"a": message}
        raise
    assert message is None
    return answer


def test_every_type_is_read() -> None:
    assert set(READERS) == set(FIELD_TYPES)


@pytest.mark.parametrize(
    ("asked", "sent", "answer"),
    [
        (field("input"), "\u2003 a \u200b\ufeff\n", "a \u200b"),
        (field("input"), "a" * 10_000, "a" * 10_000),
        (field("textarea"), "two\nlines\r\n", "two\nlines"),
        (field("password"), " secret ", "secret"),
        (field("password", validators={"minLength": 6}), "secret", "secret"),
        (field("input", validators={"maxLength": 2}), "👩👩", "👩👩"),
        (field("email"), " Ada.L+x@mail.example.org ", "Ada.L+x@mail.example.org"),
        (field("email"), "é@ü.ö", "é@ü.ö"),
        (field("number"), "12", 12),
        (field("number"), " +12 ", 12),
        (field("number"), "-0012", -12),
        (field("number"), "1,50", 1.5),
        (field("number"), "0.1", 0.1),
        (field("number"), 1.25, 1.25),
        (field("number"), "9" * 15, 10**15 - 1),
        (field("number"), 10**15, 10**15),
        (field("number", min=0, max=10), "10", 10),
        (field("number", min=0, max=10), "0", 0),
        (field("number", min=1, step=2), "5", 5),
        (field("number", step=0.1), "0.3", 0.3),
        (field("number", step=0.1), "-1,7", -1.7),
        (field("number", max=5, step=2), "4", 4),
        (field("slider"), 0, 0),
        (field("slider"), 100, 100),
        (field("slider", min=-1, max=1, step=0.05), -0.35, -0.35),
        (field("slider", min=0.5, max=2), 1.5, 1.5),
        (field("slider", min=-1, max=1, step=2), 1, 1),
        (field("rating"), 5, 5),
        (field("rating"), 4.0, 4),
        (field("rating", min=0, max=10), 0, 0),
        (field("date"), "2026-01-31", "2026-01-31"),
        (field("date"), " 2024-02-29\n", "2024-02-29"),
        (field("date"), "0001-01-01", "0001-01-01"),
        (field("date", min="2026-01-01", max="2026-01-31"), "2026-01-31", "2026-01-31"),
        (field("date", min="2026-01-01", max="2026-01-31"), "2026-01-01", "2026-01-01"),
        (field("radio"), 4.5, 4.5),
        (field("radio"), True, True),
        (field("select"), 3.0, 3),
        (field("select", multiple=True), [True, "red"], ["red", True]),
        (field("checkbox"), {"true": True, "3": False}, NONE | {"true": True}),
        (field("ranking"), [3, "red", True, 4.5, "green"], [3, "red", True, 4.5, "green"]),
        (field("ranking"), [3.0, "red", True, 4.5, "green"], [3, "red", True, 4.5, "green"]),
        (field("ranking", validators={"maxLength": 2}), ["green"], ["green"]),
        (field("ranking", validators={"maxLength": 2}), [True, 3], [True, 3]),
        (field("file"), FILE, FILE),
        (field("file"), {**FILE, "name": " x ", "type": ""}, {**FILE, "name": "x", "type": ""}),
        (field("file"), {**FILE, "size": MAX_FILE_BYTES}, {**FILE, "size": MAX_FILE_BYTES}),
        (field("file", validators={"fileExtension": [".png"]}), FILE, FILE),
        (field("file", validators={"fileExtension": "gz"}), FILE | {"name": "a.tar.GZ"}, FILE | {"name": "a.tar.GZ"}),
        ({"type": "hidden", "name": "a", "value": 5}, 5, 5),
        ({"type": "hidden", "name": "a", "value": False}, None, False),
        ({"type": "hidden", "name": "a"}, ..., ""),
    ],
)  # fmt: skip
def test_an_answer_has_its_type(asked: dict[str, Any], sent: Any, answer: Any) -> None:
    found = ask(asked, sent)
    assert found == answer
    assert type(found) is type(answer)
    assert ask(asked, found) == answer  # put back, it is the same


EMPTY: dict[str, Any] = {
    "input": "",
    "textarea": "",
    "password": "",
    "email": "",
    "date": "",
    "number": None,
    "slider": None,
    "rating": None,
    "radio": None,
    "select": None,
    "file": None,
    "ranking": [],
    "checkbox": NONE,
}


@pytest.mark.parametrize("kind", EMPTY)
def test_nothing_is_no_answer_unless_one_is_required(kind: str) -> None:
    for sent in (..., None, "", EMPTY[kind]):
        assert ask(field(kind), sent) == EMPTY[kind]
        required = {"required": True}
        with pytest.raises(Refused) as refused:
            ask(field(kind, validators=required), sent)
        assert refused.value.problems == {"a": WORDS[REQUIRED.get(kind, "required")]}


REQUIRED = {
    **dict.fromkeys(("radio", "select", "rating", "slider"), "required_choice"),
    "checkbox": "required_choices",
    "file": "required_file",
    "ranking": "rank_all",
}


def test_several_of_a_list_can_be_none() -> None:
    asked = field("select", multiple=True)
    assert [ask(asked, sent) for sent in (..., None, "", [])] == [[], [], [], []]
    with pytest.raises(Refused, match="marked answer"):
        ask({**asked, "validators": {"required": True}}, [])


@pytest.mark.parametrize(
    ("asked", "sent", "message"),
    [
        (field("input"), 5, "Please write text here."),
        (field("input"), True, "Please write text here."),
        (field("textarea"), {}, "Please write text here."),
        (field("password"), ["x"], "Please write text here."),
        (field("password", validators={"minLength": 6}), "short", "Please write at least 6 characters (now 5)."),
        (field("input", validators={"minLength": 2}), "👩", "Please write at least 2 characters (now 1)."),
        (field("input", validators={"maxLength": 1}), "ab", "Please write at most 1 character (now 2)."),
        (field("input", validators={"maxLength": 0}), "a", "Please write at most 0 characters (now 1)."),
        (field("input", validators={"minLength": 1}), "\ud800", STORE),
        (field("textarea"), "a\0", STORE),
        (field("textarea"), "a" * 10_001, "Please write at most 10,000 characters (now 10,001)."),
        (field("input", validators={"regexp": "^a$"}), "b", "This is not in the expected form."),
        (field("email"), "a@b", "Please write an e-mail address, such as name@example.org."),
        (field("email"), "a b@c.de", "Please write an e-mail address, such as name@example.org."),
        (field("email"), "a\ufeffb@c.de", "Please write an e-mail address, such as name@example.org."),
        (field("email"), "a@b..de", "Please write an e-mail address, such as name@example.org."),
        (field("email"), "a@@b.de", "Please write an e-mail address, such as name@example.org."),
        (field("number"), "1e3", "Please write a number."),
        (field("number"), "1.", "Please write a number."),
        (field("number"), ".5", "Please write a number."),
        (field("number"), "1 000", "Please write a number."),
        (field("number"), "1,000.5", "Please write a number."),
        (field("number"), "١٢", "Please write a number."),
        (field("number"), "9" * 16, "Please write a number."),
        (field("number"), 10**15 + 1, "Please write a number."),
        (field("number"), float("inf"), "Please write a number."),
        (field("number"), False, "Please write a number."),
        (field("number", min=0), "-0.1", "Please give a number of at least 0."),
        (field("number", max=1200), 1201, "Please give a number of at most 1,200."),
        (field("number", max=0.25), "0.26", "Please give a number of at most 0.25."),
        (field("number", step=2), "5", "Please give a number in steps of 2."),
        (field("number", min=1, step=2), "4", "Please give a number in steps of 2."),
        (field("number", step=0.1), "0.35", "Please give a number in steps of 0.1."),
        (field("number", step=1), "0.00001", "Please give a number in steps of 1."),
        (field("number", min=5, step=2), "4", "Please give a number of at least 5."),
        (field("slider"), "50", "Please write a number."),
        (field("slider"), True, "Please write a number."),
        (field("slider"), 101, "Please give a number of at most 100."),
        (field("slider"), -1, "Please give a number of at least 0."),
        (field("slider"), 0.5, "Please give a number in steps of 1."),
        (field("slider"), [5], "Please write a number."),
        (field("rating"), 6, CHOOSE),
        (field("rating"), 0, CHOOSE),
        (field("rating"), 2.5, CHOOSE),
        (field("rating"), "5", "Please write a number."),
        (field("rating"), True, "Please write a number."),
        (field("rating"), float("nan"), "Please write a number."),
        (field("rating"), float("inf"), "Please write a number."),
        (field("date"), "31.1.2026", "Please give a day, such as 2026-01-31."),
        (field("date"), "2026-02-29", "Please give a day, such as 2026-01-31."),
        (field("date"), "2026-1-31", "Please give a day, such as 2026-01-31."),
        (field("date"), "2026-W05-6", "Please give a day, such as 2026-01-31."),
        (field("date"), "0000-01-01", "Please give a day, such as 2026-01-31."),
        (field("date"), "२०२६-०१-३१", "Please give a day, such as 2026-01-31."),
        (field("date"), 20260131, "Please write text here."),
        (field("date", min="2026-01-01"), "2025-12-31", "Please give a day that is not before 2026-01-01."),
        (field("date", max="2026-01-01"), "2026-01-02", "Please give a day that is not after 2026-01-01."),
        (field("radio"), "3", CHOOSE),
        (field("radio"), 1, CHOOSE),
        (field("radio"), " red", CHOOSE),
        (field("radio"), ["red"], CHOOSE),
        (field("select"), {"red": True}, CHOOSE),
        (field("select"), False, CHOOSE),
        (field("select", multiple=True), "red", CHOOSE),
        (field("select", multiple=True), ["red", "red"], CHOOSE),
        (field("select", multiple=True), ["red", None], CHOOSE),
        (field("select", multiple=True), {"red": True}, CHOOSE),
        (field("select", multiple=True, validators={"maxLength": 1}), ["red", 3], "Please choose at most 1 (now 2)."),
        (field("checkbox"), ["red"], CHOOSE),
        (field("checkbox"), {"blue": False}, CHOOSE),
        (field("checkbox"), {"red": None}, CHOOSE),
        (field("checkbox"), {"True": True}, CHOOSE),
        (field("checkbox", validators={"minLength": 2}), {"red": True}, "Please choose at least 2 (now 1)."),
        (field("checkbox", validators={"maxLength": 1}), {"red": True, "3": True}, "Please choose at most 1 (now 2)."),
        (field("ranking"), ["red"], "Please rank all of them."),
        (field("ranking"), ["red", "red"], CHOOSE),
        (field("ranking"), ["blue"], CHOOSE),
        (field("ranking"), [1, "red", "green", 3, 4.5], CHOOSE),
        (field("ranking"), "red", CHOOSE),
        (field("ranking", validators={"maxLength": 2}), ["red", "green", 3], "Please choose at most 2 (now 3)."),
        (field("ranking", validators={"minLength": 2, "maxLength": 3}), ["red"], "Please choose at least 2 (now 1)."),
        (field("file"), "Me.PNG", AGAIN),
        (field("file"), {}, AGAIN),
        (field("file"), {**FILE, "sha256": "a" * 64}, AGAIN),  # it was never sent
        (field("file"), {**FILE, "sha256": SHA.upper()}, AGAIN),
        (field("file"), {**FILE, "sha256": SHA[1:]}, AGAIN),
        (field("file"), {**FILE, "size": -1}, AGAIN),
        (field("file"), {**FILE, "size": MAX_FILE_BYTES + 1}, AGAIN),
        (field("file"), {**FILE, "size": True}, AGAIN),
        (field("file"), {**FILE, "size": "5"}, AGAIN),
        (field("file"), {**FILE, "name": ""}, AGAIN),
        (field("file"), {**FILE, "name": "  "}, AGAIN),
        (field("file"), {**FILE, "name": "x" * 256}, AGAIN),
        (field("file"), {**FILE, "name": 5}, AGAIN),
        (field("file"), {**FILE, "name": "\ud800"}, AGAIN),
        (field("file"), {**FILE, "type": "a\0"}, AGAIN),
        (field("file"), {**FILE, "path": "/etc"}, AGAIN),
        (field("file"), {key: FILE[key] for key in ("name", "sha256")}, AGAIN),
        (field("file", validators={"fileExtension": ["png", "jpg"]}), FILE | {"name": "a.gif"}, PNG[:-1] + ", jpg."),
        (field("file", validators={"fileExtension": ["png"]}), {**FILE, "name": "png"}, PNG),
        (field("file", validators={"fileExtension": ["png"]}), {**FILE, "name": "me.png.exe"}, PNG),
        (field("file", validators={"fileExtension": ["png"]}), {**FILE, "name": "me."}, PNG),
    ],
)  # fmt: skip
def test_what_can_not_be_an_answer_says_what_to_do(asked: dict[str, Any], sent: Any, message: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(asked, sent)
    assert refused.value.problems == {"a": message}


@pytest.mark.parametrize(
    ("validators", "sent", "word"),
    [
        ({"required": True, "minLength": 3, "regexp": "^x"}, "", "required"),
        ({"minLength": 3, "maxLength": 5, "regexp": "^x"}, "ab", "min_length"),
        ({"minLength": 1, "maxLength": 2, "regexp": "^x"}, "abc", "max_length"),
        ({"maxLength": 3, "regexp": "^x"}, "abc", "regexp"),
    ],
)
def test_the_first_message_is_the_only_one(validators: dict[str, Any], sent: str, word: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(field("input", validators=validators), sent)
    assert refused.value.problems["a"].startswith(WORDS[word].split("{")[0])


def test_bounds_go_before_steps() -> None:
    with pytest.raises(Refused) as refused:
        ask(field("number", max=4, step=2), "5")
    assert refused.value.problems == {"a": say("at_most", n=4)}


@pytest.mark.parametrize("sent", [6, "5", True, [5]])
def test_another_value_of_a_hidden_field_is_no_answer_of_this_page(sent: Any) -> None:
    sheet = Sheet(form=make_form({"title": "", "fields": [{"type": "hidden", "name": "a", "value": 5}]}))
    with pytest.raises(Refused, match="does not fit the task any more") as refused:
        check_answers(sheet, {"a": sent})
    assert refused.value.problems == {}
    assert check_field(sheet, "a", {"a": sent}) is None


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (field("input"), ""),
        (field("input", value="x"), "x"),
        (field("number"), ""),
        (field("number", value=0), 0),
        (field("slider", value=0), 0),
        (field("rating"), ""),
        (field("date", value="2026-01-31"), "2026-01-31"),
        (field("file"), None),
        (field("radio"), ""),
        (field("radio", value=3), 3),
        (field("radio", options=[1, {"label": "L", "value": False, "checked": True}]), False),
        (field("select", options=[{"label": "", "value": ""}, {"label": "L", "value": 0, "checked": True}]), 0),
        (field("select", value="green"), "green"),
        (field("select", multiple=True), []),
        (field("select", multiple=True, value=[3]), [3]),
        (field("select", multiple=True, options=[1, {"label": "L", "value": 2, "checked": True}]), [2]),
        (field("checkbox", options=["x", 2]), {"x": False, "2": False}),
        (field("checkbox", options=["x", 2], value={"2": True}), {"x": False, "2": True}),
        (field("checkbox", options=["x", {"label": "L", "value": 2, "checked": True}]), {"x": False, "2": True}),
        (field("ranking", value=[3, "red"]), [3, "red"]),
        (field("ranking"), []),
        ({"type": "hidden", "name": "a", "value": 5}, 5),
    ],
)
def test_a_field_holds_its_first_value(asked: dict[str, Any], first: Any) -> None:
    found = first_values(make_form({"title": "", "fields": [asked]}).field("a"))
    assert found == first
    assert type(found) is type(first)


def test_all_words_are_said_somewhere() -> None:
    sources = getsource(read) + getsource(validate)
    assert [word for word in WORDS if f'"{word}"' not in sources] == ["too_large_file"]  # said where files come in
