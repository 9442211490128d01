"""What the objects of a form are made of: strict pydantic models and the types of their attributes."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Attribute

from imgloop_widgets.forms.conditions import check_condition
from imgloop_widgets.forms.regexp import DEFAULT_FLAGS, compile_regexp
from imgloop_widgets.forms.values import SMALLEST_STEP, Scalar, is_day, is_number, is_scalar

MOST_CHARACTERS = 10_000
"""No answer may be longer."""

ICONS = (
    "calendar", "chat", "check", "clock", "file", "globe", "heart", "help", "home", "image", "info", "lock", "mail",
    "pencil", "phone", "search", "star", "tag", "user", "warning",
)  # fmt: skip
"""The icons that the page draws (icons.js); the prefixes `fa-`, `bi-` and `icon-` are allowed before them."""

_LONGEST_ICON_TEXT = 8
_RANGE = "must be between -10^15 and 10^15"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def _scalar(value: object) -> Scalar:
    if is_scalar(value):
        return value
    raise ValueError(_RANGE if isinstance(value, int | float) else "must be text, a number, or true or false")


def _number(value: object) -> int | float:
    if is_number(value):
        return value
    is_large = isinstance(value, int | float) and not isinstance(value, bool)
    raise ValueError(_RANGE if is_large else "must be a number")


def _step(value: object) -> int | float:
    if is_number(value) and value >= SMALLEST_STEP:
        return value
    raise ValueError("must be a number above 0")


def _regexp(value: object) -> tuple[str, str] | None:
    match value:
        case None:
            return None
        case str():
            pattern, flags = value, DEFAULT_FLAGS
        case [str() as pattern]:
            flags = DEFAULT_FLAGS
        case [str() as pattern, str() as flags]:
            pass
        case _:
            raise ValueError('must be a pattern, or ["pattern", "flags"]')
    compile_regexp(pattern, flags)
    return pattern, flags


def _extensions(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(isinstance(e, str) and e.strip(". ") for e in given):
        raise ValueError('must be a list of extensions, such as ["jpg", "png"]')
    return tuple(e.strip(". ").lower() for e in given)


def _day(value: object) -> str:
    if is_day(value):
        return value
    raise ValueError('must be a day, such as "2026-01-31"')


def _icon(value: str) -> str:
    known = re.sub(r"^(fa|bi|icon)-", "", value.split()[-1]) in ICONS if value.strip() else True
    if known or (not value.isascii() and len(value) <= _LONGEST_ICON_TEXT):
        return value
    raise ValueError(f"must be one of {', '.join(ICONS)}, or an emoji")


def _language(value: str) -> str:
    if value and not _LANGUAGE.fullmatch(value):
        raise ValueError('must be the code of a language, such as "en", "ar" or "pt-BR"')
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _not_empty(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("must hold at least one entry")
    return values


def _condition(value: object) -> object:
    if value is not None:
        check_condition(value)
    return value


def _number_or_nothing(value: object) -> int | float | str:
    return "" if value == "" else _number(value)


def _day_or_nothing(value: object) -> str:
    return "" if value == "" else _day(value)


NotEmpty = AfterValidator(_not_empty)
Name = Annotated[str, AfterValidator(_not_blank)]
Limit = Annotated[int | None, Attribute(ge=0, le=MOST_CHARACTERS)]
Value = Annotated[Scalar, BeforeValidator(_scalar)]
Number = Annotated[int | float, BeforeValidator(_number)]
Step = Annotated[int | float, BeforeValidator(_step)]
NumberOrNothing = Annotated[int | float | str, BeforeValidator(_number_or_nothing)]
Day = Annotated[str, BeforeValidator(_day)]
DayOrNothing = Annotated[str, BeforeValidator(_day_or_nothing)]
Regexp = Annotated[tuple[str, str] | None, BeforeValidator(_regexp)]
Extensions = Annotated[tuple[str, ...] | None, BeforeValidator(_extensions)]
Icon = Annotated[str, AfterValidator(_icon)]
Language = Annotated[str, AfterValidator(_language)]
Condition = Annotated[dict[str, Any] | None, BeforeValidator(_condition)]


class Node(BaseModel):
    """One object of the JSON. It can't be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Validators(Node):
    """What is asked of an answer. required: it must be given. Further names: custom validators with their arguments."""

    model_config = ConfigDict(extra="allow")

    required: bool = False

    @property
    def custom(self) -> dict[str, Any]:
        """Custom validators: name → arguments, as the file has them."""
        return dict(self.model_extra or {})

    def for_page(self) -> dict[str, Any]:
        """Return what the page needs: the built-in ones that are set, and whether there are others."""
        built_in = self.model_dump(mode="json", exclude_none=True, exclude=set(self.custom))
        return built_in | ({"kernel": True} if self.custom else {})


class CountValidators(Validators):
    """minLength, maxLength: number of choices, both included."""

    minLength: Limit = None
    maxLength: Limit = None


class TextValidators(CountValidators):
    """minLength, maxLength: characters. regexp: pattern and flags, JavaScript's."""

    regexp: Regexp = None


class FileValidators(Validators):
    """fileExtension: allowed endings of the file's name, lower case, without the dot."""

    fileExtension: Extensions = None


BUILT_IN_VALIDATORS: tuple[str, ...] = (
    *TextValidators.model_fields,
    *FileValidators.model_fields.keys() - {"required"},
)
"""The names of all built-in validators."""


class ClickTriggers(Node):
    """What a click does: a trigger's name, or [name, arguments]; see `triggers`."""

    onClick: Any = None

    def events(self) -> list[str]:
        """The events that have a trigger."""
        return [name for name in type(self).model_fields if getattr(self, name) is not None]


class Triggers(ClickTriggers):
    """What a click, a change, and coming to and leaving a field do."""

    onChange: Any = None
    onBlur: Any = None
    onFocus: Any = None


class Option(Node):
    """One choice. label: what the worker reads. value: what is stored, with its type. checked: chosen at first."""

    label: str
    value: Value
    checked: bool = False
