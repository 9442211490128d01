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

from imgloop_widgets.forms import schema

Path = tuple[str | int, ...]


class Mistake(NamedTuple):
    """path: where within the file. text: what is wrong and what to do."""

    path: Path
    text: str


LEVELS: dict[str, type[schema.Node]] = {
    "form": schema.Form,
    "submit_button": schema.SubmitButton,
    "sections": schema.Section,
    "fieldsets": schema.Fieldset,
    "rows": schema.Row,
    "options": schema.Option,
    "triggers": schema.Triggers,
}
"""The class of an object, by the key it stands under. Fields and validators follow from the field's type."""

VALIDATOR_NAMES = tuple(schema.TextValidators.model_fields)

_NOT_YET: dict[str, frozenset[str]] = {
    "form": frozenset({"show_instructions_as_modal"}),
    "submit_button": frozenset({"triggers"}),
    "sections": frozenset({"triggers"}),
    "fieldsets": frozenset({"name"}),
    "fields": frozenset({"triggers", "icon", "show_preview"}),
    "options": frozenset({"checked"}),
    "triggers": frozenset({"onChange", "onBlur", "onFocus"}),
    "validators": frozenset({"fileExtension"}),
}
"""What FormComposer knows and this package doesn't yet: refused, since it would be without effect."""

_TYPES_NOT_YET = frozenset({"file", "password", "date", "slider", "rating", "ranking"})


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
        schema.Form.model_validate(form)
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
        return Mistake(path, _unknown(path, field_type, _field_name(form, path[len(at) :])))
    if kind.startswith("union_tag"):
        return Mistake((*path, "type"), _type(details["input"]))
    text = _TEXTS.get(kind)
    return Mistake(path, text(details) if text else f"{details['msg']}; not {show(details['input'])}")


def _unknown(path: Path, field_type: str | None, field_name: str) -> str:
    name = str(path[-1])
    level = next((step for step in reversed(path[:-1]) if isinstance(step, str)), "")
    allowed = _allowed(level, field_type)
    where = f"a field of type `{field_type}`" if level in ("fields", "validators") else f"`{level}`"
    if level == "validators" and name in VALIDATOR_NAMES:
        return f"`{name}` does not apply to {where}; remove it (allowed: {listed(allowed)})"
    if name in _NOT_YET.get(level, ()):
        return f"`{name}` is not supported here yet; remove it (allowed: {listed(allowed)})"
    if level == "validators":
        what = f"`{name}` of the field `{field_name}` is no registered validator{did_you_mean(name, allowed)}"
        return f"{what} (registered: {listed(allowed)})"
    return f"unknown attribute `{name}`{did_you_mean(name, allowed)} (allowed in {where}: {listed(allowed)})"


def _field_name(form: Any, path: Path) -> str:
    """The name of the field a path leads through, as the file has it; empty: it leads through none."""
    found = ""
    for k, step in enumerate(path[:-1]):
        form = form[step]
        if k > 0 and path[k - 1] == "fields" and isinstance(form, Mapping):
            found = str(form.get("name", ""))
    return found


def _allowed(level: str, field_type: str | None) -> tuple[str, ...]:
    if level in LEVELS:
        return tuple(LEVELS[level].model_fields)
    fields = schema.FIELD_TYPES[field_type].model_fields if field_type in schema.FIELD_TYPES else {}
    if level == "validators" and "validators" in fields:
        validators = fields["validators"].annotation
        assert validators is not None
        return tuple(validators.model_fields)
    return tuple(fields)


def _type(field: object) -> str:
    known = ", ".join(schema.FIELD_TYPES)
    if not isinstance(field, Mapping) or "type" not in field:
        return f"is missing; add it, as one of {known}"
    given = field["type"]
    if isinstance(given, str) and given in _TYPES_NOT_YET:
        return f"the type {show(given)} is not supported yet; use one of {known}"
    near = did_you_mean(given, schema.FIELD_TYPES) if isinstance(given, str) else ""
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
    "greater_than_equal": _must_be("0 or more"),
    "less_than_equal": _must_be(f"at most {schema.MOST_CHARACTERS}"),
    "value_error": _own_words,
}
