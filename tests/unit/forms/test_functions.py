"""A form's author writes validators and triggers in Python, by name; what is wrong with them is said where it is."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets import forms
from imgloop_widgets.errors import ConfigurationError, Refused
from imgloop_widgets.forms import FormFile, Sheet, ValidatorContext, check_answers, check_field, make_form, run_trigger
from imgloop_widgets.forms.functions import registered

Load = Callable[..., FormFile]

FORBIDDEN = """
from imgloop_widgets import forms

@forms.validator("checkForbiddenWords")
def no_forbidden_words(value, context):
    for word in context.arguments:
        if word in value.lower():
            return f"Please do without the word {word!r}."

@forms.trigger("countWords")
def count_words(context):
    context.set("count", len((context.values["story"] or "").split()))
"""


def questions(**validators: Any) -> dict[str, Any]:
    """A form with a story, a number and a button."""
    return {
        "title": "Stories",
        "fields": [
            {"type": "textarea", "name": "story", "label": "Story", "validators": validators},
            {"type": "number", "name": "count", "label": "Words"},
            {"type": "checkbox", "name": "tags", "label": "Tags", "options": ["sad", "gay"]},
            {"type": "button", "name": "go", "value": "Count", "triggers": {"onClick": "countWords"}},
        ],
    }


def problems(run: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as error:
        run()
    return [(problem.where, problem.what) for problem in error.value.problems]


def test_functions_beside_the_form_check_and_act(load: Load) -> None:
    file = load(questions(checkForbiddenWords=["cat", "dog"]), functions_py=FORBIDDEN)
    sheet = Sheet(form=file.versions[0].form())

    assert check_field(sheet, "story", {"story": "A DOG"}) == "Please do without the word 'dog'."
    assert check_field(sheet, "story", {"story": "A fox"}) is None
    with pytest.raises(Refused) as refused:
        check_answers(sheet, {"story": "cat"})
    assert refused.value.problems == {"story": "Please do without the word 'cat'."}
    assert run_trigger(sheet, "0.0.3.0", "onClick", {"story": " two  words "}) == (sheet, {"count": 2})
    assert "functions.py" in [path.name for path in file.files]


def test_the_hash_follows_the_functions(load: Load) -> None:
    first = load(questions(), functions_py=FORBIDDEN).digest()
    assert load(questions(), functions_py=FORBIDDEN).digest() == first
    assert load(questions(), functions_py=FORBIDDEN + "\n# changed").digest() != first


def test_functions_of_one_form_are_not_those_of_another(load: Load, tmp_path: Path) -> None:
    load(questions(), functions_py=FORBIDDEN)
    assert registered() == forms.functions.NO_FUNCTIONS
    (tmp_path / "functions.py").unlink()
    assert problems(lambda: load(questions())) == [
        (
            "unit_config.json: fields[3].triggers.onClick",
            "`countWords` of the field `go` is no registered trigger (registered: `requestNextFieldSet`; write it in "
            'functions.py beside the form, under @forms.trigger("countWords"))',
        )
    ]


def test_a_decorator_in_a_notebook_registers_for_the_process_and_the_form_s_own_file_goes_before(load: Load) -> None:
    @forms.trigger("countWords")
    def zero(context: Any) -> None:
        context.set("count", 0)

    @forms.validator("isShort")
    def is_short(value: str, context: ValidatorContext) -> str | None:
        return None if len(value) < 5 else "Shorter, please."

    @forms.validator("checkForbiddenWords")
    def anything_goes(value: str, context: ValidatorContext) -> str | None:
        return None

    assert zero.__name__ == "zero"
    in_notebook = make_form(questions(isShort=True))
    beside = load(questions(isShort=True), functions_py=FORBIDDEN).versions[0].form()
    for form, count in ((in_notebook, 0), (beside, 1)):
        assert run_trigger(Sheet(form=form), "0.0.3.0", "onClick", {"story": "word"})[1] == {"count": count}
        assert check_field(Sheet(form=form), "story", {"story": "a long story"}) == "Shorter, please."
    forbidden = load(questions(checkForbiddenWords="cat"), functions_py=FORBIDDEN).versions[0].form()
    assert check_field(Sheet(form=forbidden), "story", {"story": "cat"}) == "Please do without the word 'cat'."


def test_a_form_keeps_the_functions_it_was_made_with() -> None:
    @forms.trigger("countWords")
    def one(context: Any) -> None:
        context.set("count", 1)

    form = make_form(questions())

    @forms.trigger("countWords")
    def two(context: Any) -> None:
        context.set("count", 2)

    assert run_trigger(Sheet(form=form), "0.0.3.0", "onClick", {})[1] == {"count": 1}
    assert run_trigger(Sheet(form=make_form(questions())), "0.0.3.0", "onClick", {})[1] == {"count": 2}


@pytest.fixture
def seen() -> list[tuple[Any, ValidatorContext]]:
    """What the validator `look` was given; it returns its first argument."""
    found: list[tuple[Any, ValidatorContext]] = []

    @forms.trigger("countWords")
    def nothing(context: Any) -> None:
        pass

    @forms.validator("look")
    def look(value: Any, context: ValidatorContext) -> Any:
        found.append((value, context))
        return context.arguments[0] if context.arguments else None

    return found


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ([], ()),
        ([None], (None,)),
        (["a", "b"], ("a", "b")),
        ([["a", "b"]], (["a", "b"],)),
        (None, (None,)),
        ({}, ({},)),
    ],
)
def test_a_list_in_the_file_is_several_arguments(seen: list[Any], given: Any, arguments: tuple[Any, ...]) -> None:
    with suppress(TypeError):  # what it returns here may be no message
        check_field(Sheet(form=make_form(questions(look=given))), "story", {"story": "x"})
    assert [context.arguments for _, context in seen] == [arguments]


@pytest.mark.parametrize("check", [check_answers, lambda sheet, values: check_field(sheet, "story", values)])
def test_a_validator_sees_the_typed_answers_so_far(seen: list[Any], check: Callable[..., object]) -> None:
    check(Sheet(form=make_form(questions(look=[]))), {"story": " x ", "count": "5,5", "tags": {"sad": True}})
    check(Sheet(form=make_form(questions(look=[]))), {"story": "x", "count": "", "tags": {"sad": False}})
    assert [value for value, _ in seen] == ["x", "x"]
    assert [(context.field, context.values) for _, context in seen] == [
        ("story", {"story": "x", "count": 5.5, "tags": {"sad": True, "gay": False}}),
        ("story", {"story": "x", "count": None, "tags": None}),
    ]


def test_an_answer_that_can_not_be_read_is_none_for_the_others(seen: list[Any]) -> None:
    with pytest.raises(Refused) as refused:
        check_answers(Sheet(form=make_form(questions(look=[]))), {"story": "x", "count": "many", "tags": {}})
    assert refused.value.problems == {"count": "Please write a number."}
    ((_, context),) = seen
    assert context.values == {"story": "x", "count": None, "tags": None}


def test_empty_answers_and_answers_with_another_mistake_are_not_shown_to_a_validator(seen: list[Any]) -> None:
    sheet = Sheet(form=make_form(questions(look=["Never seen."], minLength=5)))
    assert check_field(sheet, "story", {"story": " "}) is None
    assert check_field(sheet, "story", {"story": "four"}) == "Please write at least 5 characters (now 4)."
    with pytest.raises(Refused) as refused:
        check_answers(sheet, {"story": "four"})
    assert refused.value.problems == {"story": "Please write at least 5 characters (now 4)."}
    assert seen == []


def test_of_several_validators_the_first_message_is_the_answer() -> None:
    calls = []

    def named(name: str, message: str | None) -> None:
        @forms.validator(name)
        def check(value: Any, context: ValidatorContext) -> str | None:
            calls.append(name)
            return message

    named("fine", None)
    named("wrong", "First.")
    named("later", "Second.")
    form = {"title": "", "fields": [{"type": "input", "name": "a", "label": "A"}]}
    form["fields"][0]["validators"] = {"fine": [], "wrong": [], "later": []}  # type: ignore[index]
    assert check_field(Sheet(form=make_form(form)), "a", {"a": "x"}) == "First."
    assert calls == ["fine", "wrong"]


@pytest.mark.parametrize("returned", [True, False, 0, ["x"], b"x"])
def test_a_validator_that_returns_no_text_is_an_error_of_its_author(seen: list[Any], returned: Any) -> None:
    sheet = Sheet(form=make_form(questions(look=[returned])))
    with pytest.raises(TypeError, match="the validator 'look' must return a text or None; not "):
        check_answers(sheet, {"story": "x"})
    with pytest.raises(TypeError):
        check_field(sheet, "story", {"story": "x"})


def test_an_empty_message_is_none(seen: list[Any]) -> None:
    sheet = Sheet(form=make_form(questions(look=[""])))
    assert check_field(sheet, "story", {"story": "x"}) is None
    assert check_answers(sheet, {"story": "x"})["story"] == "x"


def test_an_error_in_a_validator_is_the_author_s_and_no_refusal() -> None:
    @forms.validator("broken")
    def broken(value: Any, context: ValidatorContext) -> str | None:
        raise ZeroDivisionError

    form = make_form(
        {"title": "", "fields": [{"type": "input", "name": "a", "label": "A", "validators": {"broken": []}}]}
    )
    with pytest.raises(ZeroDivisionError):
        check_answers(Sheet(form=form), {"a": "x"})


def test_arguments_in_python_can_be_any_values() -> None:
    class Words:
        words = ("cat",)

    @forms.validator("noneOf")
    def none_of(value: str, context: ValidatorContext) -> str | None:
        return "No." if value in context.arguments[0].words else None

    @forms.trigger("add")
    def add(context: Any) -> None:
        context.add_fieldset("pets", "pet")

    fields = [{"type": "input", "name": "kind", "label": "Kind", "validators": {"noneOf": Words()}}]
    button = {"type": "button", "value": "Add", "triggers": {"onClick": ["add", Words()]}}
    section = {
        "title": "",
        "name": "pets",
        "fieldsets": [{"fields": [button]}, {"lookup_name": "pet", "fields": fields}],
    }
    sheet = Sheet(form=make_form({"title": "", "sections": [section]}))

    sheet, _ = run_trigger(sheet, "0.0.0.0", "onClick", {})

    assert check_field(sheet, "kind__1__", {"kind__1__": "cat"}) == "No."
    assert check_field(sheet, "kind__1__", {"kind__1__": "dog"}) is None


@pytest.mark.parametrize(
    ("decorator", "name", "what"),
    [
        (forms.validator, "required", "@validator: 'required' is built in; choose another name"),
        (forms.validator, "fileExtension", "@validator: 'fileExtension' is built in"),
        (forms.trigger, "requestNextFieldSet", "@trigger: 'requestNextFieldSet' is built in"),
        (forms.trigger, "", "@trigger needs a name in quotes"),
        (forms.trigger, "two words", 'of letters, digits and "_"'),
        (forms.validator, "1st", "@validator needs a name in quotes"),
        (forms.validator, "a-b", "@validator needs a name in quotes"),
        (forms.validator, len, '@validator("myName"); not <built-in function len>'),
        (forms.trigger, None, '@trigger("myName"); not None'),
    ],
)
def test_a_name_that_can_not_be_is_refused_at_once(decorator: Any, name: Any, what: str) -> None:
    with pytest.raises(ValueError) as error:
        decorator(name)
    assert what in str(error.value)


def test_a_validator_may_have_the_name_of_a_trigger() -> None:
    forms.validator("requestNextFieldSet")(lambda value, context: None)
    forms.trigger("required")(lambda context: None)
    assert (list(registered().validators), list(registered().triggers)) == (["requestNextFieldSet"], ["required"])


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("x = 1\n  y = 2", "line 2: this is not Python (unexpected indent)"),
        ("def f(:\n", "line 1: this is not Python (invalid syntax)"),
        ("\n\nraise KeyError('x')", "line 3: stops with KeyError: 'x'"),
        ("raise ValueError", "line 1: stops with ValueError"),
        ("import nowhere_at_all", "line 1: stops with ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def f():\n    return f()\nf()", "line 2: stops with RecursionError: maximum recursion depth exceeded"),
        ("import sys\nsys.exit('bye')", "line 2: stops with SystemExit: bye"),
        ("open('/nowhere/at/all')", "line 1: stops with FileNotFoundError: "),
        (
            "from imgloop_widgets import forms\n\n@forms.validator\ndef f(value, context): pass",
            'line 3: stops with ValueError: @validator needs a name in quotes, of letters, digits and "_"',
        ),
        ("x = '\0'", "this is not Python (source code string cannot contain null bytes)"),
        (b"x = '\xff'", "the file functions.py is not in UTF-8 (line 1); save it as UTF-8"),
    ],
)
def test_a_file_of_functions_that_does_not_run_says_in_which_line(load: Load, source: Any, what: str) -> None:
    form = {"title": "", "fields": [{"type": "input", "name": "a", "label": "A"}]}
    ((where, found),) = problems(lambda: load(form, functions_py=source))
    assert where == "functions.py"
    assert found.startswith(what)


def test_what_a_broken_file_registers_before_it_stops_is_forgotten(load: Load) -> None:
    found = problems(lambda: load(questions(checkForbiddenWords=["x"]), functions_py=FORBIDDEN + "\nboom"))
    assert [where for where, _ in found] == [
        "functions.py",
        "unit_config.json: fields[0].validators.checkForbiddenWords",
        "unit_config.json: fields[3].triggers.onClick",
    ]
    assert registered() == forms.functions.NO_FUNCTIONS


def test_a_misspelled_name_finds_what_the_file_registers(load: Load) -> None:
    form = questions(checkForbidenWords=["x"])
    form["fields"][3]["triggers"] = {"onClick": "countwords"}
    assert [what.split(";")[1] for _, what in problems(lambda: load(form, functions_py=FORBIDDEN))] == [
        " did you mean `checkForbiddenWords`? (registered: `required`, `minLength`, `maxLength`, `regexp`, "
        "`checkForbiddenWords`",
        " did you mean `countWords`? (registered: `requestNextFieldSet`, `countWords`",
    ]


def test_ordinary_python_stands_in_the_file(load: Load) -> None:
    source = (
        "from __future__ import annotations\nimport pickle\nfrom dataclasses import dataclass\n\n"
        "@dataclass\nclass Word:\n    text: str\n\n\npickle.dumps(Word('x'))\n"
        "assert __file__.endswith('functions.py')\n"
    )
    assert load(questions(), functions_py=source + FORBIDDEN).versions[0].form().functions.triggers


def test_a_file_of_functions_without_any_changes_nothing(load: Load) -> None:
    form = {"title": "", "fields": [{"type": "input", "name": "a", "label": "A"}]}
    assert load(form, functions_py="").versions[0].form() == make_form(form)
