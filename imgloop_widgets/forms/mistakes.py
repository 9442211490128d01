"""Mistakes in the shape of a form, each with its path and with words that say what to do.

A path is the keys and positions from the file's top: `form.sections[1].fieldsets[0].rows[2].fields[0].label`.
pydantic finds what doesn't fit `schema`; here its findings get their text. To change how a kind of finding reads,
change its line in `_TEXTS`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from imgloop_widgets.errors import Problem
from imgloop_widgets.forms import schema
from imgloop_widgets.forms.fields import COMMON_ATTRIBUTES, FIELD_TYPES
from imgloop_widgets.forms.nodes import BUILT_IN_VALIDATORS, ClickTriggers, Node, Option, Triggers

Path = tuple[str | int, ...]


class Mistake(NamedTuple):
    """path: where within the file. text: what is wrong and what to do."""

    path: Path
    text: str


LEVELS: dict[str, type[Node]] = {
    "form": schema.FormModel,
    "submit_button": schema.SubmitButton,
    "sections": schema.Section,
    "fieldsets": schema.Fieldset,
    "rows": schema.Row,
    "options": Option,
}
"""The class of an object, by the key it stands under. Fields and triggers follow from where they stand."""


LIST_OF = {"form": "sections", "sections": "fieldsets", "fieldsets": "rows"}
"""Level → the key of the list in it, for which `fields` is a short way (see `shorthand`)."""


UNSTORABLE = "holds a character that can't be stored (half of a pair, or NUL); write it again"


def path_text(path: Path) -> str:
    """Return the path as an author would write it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def show(value: object) -> str:
    """Return a value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def problem(where: str, what: str) -> Problem:
    """Return a mistake as it is told: what no terminal could print is written out."""
    return Problem(_printable(where), _printable(what))


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?`, or nothing where no known name is near."""
    by_lower = {k.lower(): k for k in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean `{by_lower[near[0]]}`?" if near else ""


def listed(names: Iterable[str]) -> str:
    """Return the names in backticks, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def shape_mistakes(form: object, at: Path) -> list[Mistake]:
    """Return what doesn't fit the schema. form: from JSON. at: where it stands in the file."""
    try:
        schema.FormModel.model_validate(form)
    except ValidationError as error:
        return [_mistake(details, at, form) for details in error.errors(include_url=False)]
    return []


def _mistake(details: ErrorDetails, at: Path, form: object) -> Mistake:
    location = details["loc"]
    # pydantic puts the field's type behind its position; it is no part of the file's path.
    types = {k for k in range(2, len(location)) if location[k - 2] == "fields" and isinstance(location[k - 1], int)}
    path = (*at, *(step for k, step in enumerate(location) if k not in types))
    field_type = next((str(location[k]) for k in types), None)
    kind = details["type"]
    if kind == "extra_forbidden":
        return Mistake(path, _unknown(path, field_type))
    if kind.startswith("union_tag"):
        return Mistake((*path, "type"), _type(details["input"]))
    if kind == "missing" and str(path[-1]) in LIST_OF.values():
        return Mistake(path, "is missing; add it, or `fields`")
    text = _TEXTS.get(kind)
    return Mistake(path, text(details) if text else f"{details['msg']}; not {show(details['input'])}")


def _unknown(path: Path, field_type: str | None) -> str:
    name = str(path[-1])
    level = next((step for step in reversed(path[:-1]) if isinstance(step, str)), "form")
    allowed = _allowed(level, field_type)
    where = f"a field of type `{field_type}`" if level == "fields" else f"`{level}`"
    if level == "triggers" and name in Triggers.model_fields:
        where += " outside of fields"
    if (level == "fields" and name in COMMON_ATTRIBUTES) or (level == "triggers" and name in Triggers.model_fields):
        return f"`{name}` has no effect in {where}; remove it (allowed: {listed(allowed)})"
    if level == "fields" and name in BUILT_IN_VALIDATORS:
        return f"`{name}` stands in `validators`; move it there"
    return f"unknown attribute `{name}`{did_you_mean(name, allowed)} (allowed in {where}: {listed(allowed)})"


def _allowed(level: str, field_type: str | None) -> tuple[str, ...]:
    if level == "triggers":
        return tuple((Triggers if field_type else ClickTriggers).model_fields)
    if level in LEVELS:
        return (*LEVELS[level].model_fields, *(("fields",) if level in LIST_OF else ()))
    return tuple(FIELD_TYPES[field_type].model_fields) if field_type in FIELD_TYPES else ()


def _type(field: object) -> str:
    known = ", ".join(FIELD_TYPES)
    if not isinstance(field, Mapping) or "type" not in field:
        return f"is missing; add it, as one of {known}"
    given = field["type"]
    near = did_you_mean(given, FIELD_TYPES) if isinstance(given, str) else ""
    return f"must be one of {known}; not {show(given)}{near}"


def _must_be(what: str) -> Callable[[ErrorDetails], str]:
    return lambda details: f"must be {what}; not {show(details['input'])}"


def _own_words(details: ErrorDetails) -> str:
    error: Any = details.get("ctx", {}).get("error")
    text = str(error)
    return f"{text}; not {show(details['input'])}" if text.startswith("must be ") else text


_TEXTS: dict[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda details: "is missing; add it",
    "string_type": _must_be("text"),
    "bool_type": _must_be("true or false"),
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "tuple_type": _must_be("a list"),
    "dict_type": _must_be("an object"),
    "model_type": _must_be("an object"),
    "model_attributes_type": _must_be("an object"),
    "greater_than": lambda details: f"must be above {details['ctx']['gt']}; not {show(details['input'])}",
    "greater_than_equal": lambda details: f"must be {details['ctx']['ge']} or more; not {show(details['input'])}",
    "less_than_equal": lambda details: f"must be at most {details['ctx']['le']}; not {show(details['input'])}",
    "literal_error": lambda details: f"must be {details['ctx']['expected']}; not {show(details['input'])}",
    "string_unicode": lambda details: UNSTORABLE,
    "value_error": _own_words,
}
