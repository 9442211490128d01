"""Reading what a page has sent for a field, by the field's type.

Texts are stripped. Whatever JSON value comes, the result is a typed answer, or `Wrong` with a message for the worker.

    field              submitted                                     answer                   when empty
    texts              text                                          the text, stripped       ""
    number             a number, or text that is one                 int or float             None
    slider, rating     a number                                      int or float             None
    date               text such as 2026-01-31                       the text                 ""
    radio              an option's value, of its very type           this value               None; "" if an option
    select             the same; with multiple: a list of values     this value; a list       as for radio; []
    checkbox           option's value as text → true or false        every option → bool      all false
    ranking            a list of values, the first one first         the list                 []
    file               {name, type, size, sha256}                    the same                 None
    hidden             nothing, or its own value                     its own value
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from imgloop_widgets.forms.fields import AnyField
from imgloop_widgets.forms.nodes import MOST_CHARACTERS, Option
from imgloop_widgets.forms.values import SPACES, is_day, is_number, is_storable, option_key, strip
from imgloop_widgets.forms.words import say

MAX_FILE_BYTES = 20 * 1024 * 1024
"""No uploaded file may be larger."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+".replace(r"\s", SPACES))
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_FILE_NAME = 255


class Wrong(Exception):
    """A value that can't be an answer; the text is the message for the worker."""


class Unfit(Wrong):
    """A value that no page of this form could have sent."""


def read(field: AnyField, value: object) -> Any:
    """Return the answer that a submitted value is. Raises: Wrong."""
    return READERS[field.type](field, value)


def size(answer: Any) -> int:
    """Characters of a text, choices of a list or of checkboxes; 1 for another value, 0 for none."""
    match answer:
        case None:
            return 0
        case {"sha256": str()}:
            return 1
        case dict():
            return sum(answer.values())
        case str() | list():
            return len(answer)
    return 1


def _text(field: Any, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Wrong(say("not_text"))
    text = strip(value)
    if len(text) > MOST_CHARACTERS:
        raise Wrong(say("too_long_text", n=MOST_CHARACTERS, now=len(text)))
    if not is_storable(text):
        raise Wrong(say("not_storable"))
    return text


def _email(field: Any, value: object) -> str:
    text = _text(field, value)
    if text and not _EMAIL.fullmatch(text):
        raise Wrong(say("not_email"))
    return text


def _number(field: Any, value: object) -> int | float | None:
    if isinstance(value, str):
        text = _text(field, value)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise Wrong(say("not_number"))
        text = text.replace(",", ".")
        return float(text) if "." in text else int(text)
    if value is None:
        return None
    if is_number(value):
        return value
    raise Wrong(say("not_number"))


def _moved(field: Any, value: object) -> int | float | None:
    if isinstance(value, str) and value:
        raise Wrong(say("not_number"))
    return _number(field, value)


def _rated(field: Any, value: object) -> int | None:
    number = _moved(field, value)
    if number is None:
        return None
    if number != int(number) or not field.min <= number <= field.max:
        raise Wrong(say("not_listed"))
    return int(number)


def _date(field: Any, value: object) -> str:
    text = _text(field, value)
    if text and not is_day(text):
        raise Wrong(say("not_date"))
    return text


def _choice(field: Any, value: object) -> Any:
    value = "" if value is None else value
    for option in field.options:
        if _is_option(value, option):
            return option.value
    if value == "":
        return None
    raise Wrong(say("not_listed"))


def _is_option(value: object, option: Option) -> bool:
    """Whether a submitted value is the option's; 1 and 1.0 are the same number, 1 and true and "1" are not."""
    return isinstance(value, bool) == isinstance(option.value, bool) and value == option.value


def _select(field: Any, value: object) -> Any:
    if not field.multiple:
        return _choice(field, value)
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise Wrong(say("not_listed"))
    chosen = [option.value for option in field.options if any(_is_option(v, option) for v in value)]
    if len(chosen) != len(value):
        raise Wrong(say("not_listed"))
    return chosen


def _ranking(field: Any, value: object) -> list[Any]:
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise Wrong(say("not_listed"))
    found = [next((k for k, option in enumerate(field.options) if _is_option(v, option)), None) for v in value]
    if None in found or len(set(found)) != len(found):
        raise Wrong(say("not_listed"))
    return [field.options[k].value for k in found if k is not None]


def _checkbox(field: Any, value: object) -> dict[str, bool]:
    chosen = {option_key(option.value): False for option in field.options}
    if value is None or value == "":
        return chosen
    if not isinstance(value, dict) or any(k not in chosen or not isinstance(v, bool) for k, v in value.items()):
        raise Wrong(say("not_listed"))
    return {**chosen, **value}


def _file(field: Any, value: object) -> dict[str, Any] | None:
    match value:
        case None | "":
            return None
        case {"name": str(name), "type": str(kind), "size": int(count), "sha256": str(sha256), **rest}:
            good = not rest and _SHA256.fullmatch(sha256) and 0 <= count <= MAX_FILE_BYTES
            name, kind = strip(name), strip(kind)
            good = good and is_storable(name) and is_storable(kind)
            short = 0 < len(name) <= _LONGEST_FILE_NAME and len(kind) <= _LONGEST_FILE_NAME
            if good and short and not isinstance(count, bool):
                return {"name": name, "type": kind, "size": count, "sha256": sha256}
    raise Wrong(say("not_file"))


def _hidden(field: Any, value: object) -> Any:
    if value is not None and value != field.value:
        raise Unfit
    return field.value


def _nothing(field: Any, value: object) -> None:
    if value is not None:
        raise Unfit


READERS: Mapping[str, Callable[[Any, object], Any]] = {
    "button": _nothing,
    "checkbox": _checkbox,
    "date": _date,
    "email": _email,
    "file": _file,
    "hidden": _hidden,
    "input": _text,
    "number": _number,
    "password": _text,
    "radio": _choice,
    "ranking": _ranking,
    "rating": _rated,
    "select": _select,
    "slider": _moved,
    "textarea": _text,
}
"""Type of field → reading of a submitted value. Raises `Wrong` where it can't be an answer."""
