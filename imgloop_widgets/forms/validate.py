"""Checking what a worker has written, on the kernel's side: the page's own checks are a courtesy only.

For each field: read the submitted value by the field's type (`READERS`), then, unless it is empty, put it to the
field's validators (`VALIDATORS`). An empty optional field passes; an empty required one doesn't. Texts are
stripped. Whatever JSON value comes, the result is a typed answer or `Refused`, with a message for a worker to read.

    field      submitted                                     answer                   when empty
    texts      text                                          the text, stripped       ""
    number     a number, or text that is one                 int or float             None
    radio      the value of an option, of its very type      this value               "" if an option has it, else None
    select     the same; with multiple: a list of values     this value; a list       as for radio; []
    checkbox   option's value as text → true or false        every option → bool      all false
    hidden     nothing, or its own value                     its own value
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms.parts import answer_fields
from imgloop_widgets.forms.regexp import compile_regexp
from imgloop_widgets.forms.schema import MOST_CHARACTERS, AnyField, Button, Form, Hidden, Input, Option, TextArea

_ANSWER_CHOICE = "Please choose an answer from the list."
_NOT_TEXT = "Please write text here."
_NOT_NUMBER = "Please write a number."
_NOT_EMAIL = "Please write an e-mail address, such as name@example.org."
_NO_FORM = "This page does not fit the task any more. Please reload it."

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_LARGEST = 10**15


class _Wrong(Exception):
    """A value that can't be an answer; the text is the message for the worker."""


def check_answers(form: Form, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the answers to all fields outside of the loop, typed, by name of field.

    values: what the page has sent, JSON values by name of field; a field that is missing counts as empty.

    Raises:
        Refused: with a message for each field that needs a change; an answer to a field that the form does not have
            gives a message without a field.
    """
    if not isinstance(values, Mapping):
        raise Refused(_NO_FORM)
    fields = {field.name: field for field in answer_fields(form)}
    foreign = bool(values.keys() - fields.keys())
    answers: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, field in fields.items():
        try:
            answers[name] = _checked(field, values.get(name))
        except _Wrong as wrong:
            if isinstance(field, Hidden):  # there is no place on the page for its message
                foreign = True
            else:
                problems[name] = str(wrong)
    if foreign:
        raise Refused(_NO_FORM, problems=problems)
    if problems:
        count = len(problems)
        raise Refused(
            f"Please look at the {'marked answer' if count == 1 else f'{count} marked answers'}.", problems=problems
        )
    return answers


def check_prompt_field(form: Form, field_name: str, text: object) -> None:
    """Check a prompt against the validators of the field it was written in.

    Raises:
        Refused: with the message for the field `prompt`.
        KeyError: the form has no such field.
    """
    try:
        _checked(form.field(field_name), text)
    except _Wrong as wrong:
        raise Refused(str(wrong), field="prompt") from None


def prompt_limits(form: Form, field_name: str) -> dict[str, int | None]:
    """Return `{"min": …, "max": …}`, the characters the prompt field asks for; None: no limit.

    Raises:
        KeyError: the form has no such field.
    """
    field = form.field(field_name)
    if not isinstance(field, Input | TextArea):
        return {"min": None, "max": None}
    return {"min": field.validators.minLength, "max": field.validators.maxLength}


def _checked(field: AnyField, value: object) -> Any:
    answer = READERS[field.type](field, value)
    if isinstance(field, Button | Hidden):
        return answer
    if _size(answer) == 0:
        if field.validators.required:
            raise _Wrong(_REQUIRED.get(field.type, "Please fill in this field."))
        return answer
    for name, check in VALIDATORS.items():
        argument = getattr(field.validators, name, None)
        if argument is not None and (message := check(argument, answer)):
            raise _Wrong(message)
    return answer


_REQUIRED = {
    "checkbox": "Please choose at least one.",
    "radio": "Please choose an answer.",
    "select": "Please choose an answer.",
}


def _size(answer: Any) -> int:
    """Characters of a text, choices of a list or of checkboxes; 1 for a single value, 0 for none."""
    match answer:
        case None:
            return 0
        case dict():
            return sum(answer.values())
        case str() | list():
            return len(answer)
    return 1


def _min_length(least: int, answer: Any) -> str | None:
    size = _size(answer)
    if size >= least:
        return None
    if isinstance(answer, str):
        return f"Please write at least {_count(least)} (now {size:,})."
    return f"Please choose at least {least} (now {size})."


def _max_length(most: int, answer: Any) -> str | None:
    size = _size(answer)
    if size <= most:
        return None
    if isinstance(answer, str):
        return f"Please write at most {_count(most)} (now {size:,})."
    return f"Please choose at most {most} (now {size})."


def _count(characters: int) -> str:
    return "1 character" if characters == 1 else f"{characters:,} characters"


def _regexp(regexp: tuple[str, str], answer: Any) -> str | None:
    return None if compile_regexp(*regexp).search(answer) else "This is not in the expected form."


VALIDATORS: dict[str, Callable[[Any, Any], str | None]] = {
    "minLength": _min_length,
    "maxLength": _max_length,
    "regexp": _regexp,
}
"""Name → check of (argument, answer that is not empty): the message, or None. `required` is about emptiness itself."""


def _text(field: Any, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(_NOT_TEXT)
    text = value.strip()
    if len(text) > MOST_CHARACTERS:
        raise _Wrong(f"Please write at most {_count(MOST_CHARACTERS)} (now {len(text):,}).")
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can carry it, no database can
        text = "\0"
    if "\0" in text:
        raise _Wrong("This has characters that can't be stored; please type it again.")
    return text


def _email(field: Any, value: object) -> str:
    text = _text(field, value)
    if text and not _EMAIL.fullmatch(text):
        raise _Wrong(_NOT_EMAIL)
    return text


def _number(field: Any, value: object) -> int | float | None:
    if isinstance(value, str):
        text = _text(field, value)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise _Wrong(_NOT_NUMBER)
        text = text.replace(",", ".")
        return float(text) if "." in text else int(text)
    if value is None:
        return None
    # The comparison is false for NaN as well.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise _Wrong(_NOT_NUMBER)
    return value


def _choice(field: Any, value: object) -> Any:
    value = "" if value is None else value
    for option in field.options:
        if _same(value, option):
            return option.value
    if value == "":
        return None
    raise _Wrong(_ANSWER_CHOICE)


def _same(value: object, option: Option) -> bool:
    """Whether a submitted value is the option's; 1 and 1.0 are the same number, 1 and true and "1" are not."""
    return isinstance(value, bool) == isinstance(option.value, bool) and value == option.value


def _select(field: Any, value: object) -> Any:
    if not field.multiple:
        return _choice(field, value)
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise _Wrong(_ANSWER_CHOICE)
    chosen = [option.value for option in field.options if any(_same(v, option) for v in value)]
    if len(chosen) != len(value):
        raise _Wrong(_ANSWER_CHOICE)
    return chosen


def _checkbox(field: Any, value: object) -> dict[str, bool]:
    chosen = {str(option.value): False for option in field.options}
    if value is None or value == "":
        return chosen
    if not isinstance(value, dict) or any(k not in chosen or not isinstance(v, bool) for k, v in value.items()):
        raise _Wrong(_ANSWER_CHOICE)
    return {**chosen, **value}


def _hidden(field: Any, value: object) -> str:
    if value is not None and value != field.value:
        raise _Wrong(_NO_FORM)
    return str(field.value)


def _nothing(field: Any, value: object) -> None:
    if value is not None:
        raise _Wrong(_NO_FORM)


READERS: dict[str, Callable[[Any, object], Any]] = {
    "button": _nothing,
    "checkbox": _checkbox,
    "email": _email,
    "hidden": _hidden,
    "input": _text,
    "number": _number,
    "radio": _choice,
    "select": _select,
    "textarea": _text,
}
"""Type of field → reading of a submitted value. Raises `_Wrong` where it can't be an answer."""
