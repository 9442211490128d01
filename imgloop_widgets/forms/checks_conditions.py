"""Conditions must ask fields that exist, what these can answer, and must not wait for each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeGuard

from imgloop_widgets.forms.conditions import Test, check_condition, tests
from imgloop_widgets.forms.functions import Functions
from imgloop_widgets.forms.items import Item, first_prompts
from imgloop_widgets.forms.mistakes import Mistake, Path, did_you_mean, listed, show
from imgloop_widgets.forms.values import is_day, is_number, same, strip

_OF_SEVERAL = ("contains", "answered")
_OF_NUMBERS = ("equals", "not_equals", "one_of", "at_least", "at_most", "answered")
_OF_ONE = ("equals", "not_equals", "one_of", "answered")

FITTING: dict[str, tuple[str, ...]] = {
    "checkbox": _OF_SEVERAL,
    "date": _OF_NUMBERS,
    "email": _OF_ONE,
    "file": ("answered",),
    "hidden": _OF_ONE,
    "input": _OF_ONE,
    "number": _OF_NUMBERS,
    "password": ("answered",),
    "radio": _OF_ONE,
    "ranking": _OF_SEVERAL,
    "rating": _OF_NUMBERS,
    "select": _OF_ONE,
    "slider": _OF_NUMBERS,
    "textarea": _OF_ONE,
}
"""Type of field → operators that its answers can be compared with."""


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


_NUMBER: tuple[str, Callable[[object], bool]] = ("a number", is_number)
_DAY: tuple[str, Callable[[object], bool]] = ('a day, such as "2026-01-31"', is_day)
_TEXT: tuple[str, Callable[[object], bool]] = ("text", _is_text)
_VALUES = {
    "date": _DAY,
    "email": _TEXT,
    "input": _TEXT,
    "number": _NUMBER,
    "rating": _NUMBER,
    "slider": _NUMBER,
    "textarea": _TEXT,
}
"""Type of field → what its answers are, in words, and whether a value is one."""


def check_conditions(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield conditions that can never be decided as they are meant."""
    fields = {
        item.values["name"]: item for item in found if item.kind in FITTING and isinstance(item.values.get("name"), str)
    }
    prompts = first_prompts(found)
    for item in found:
        condition = item.values.get("show_if")
        path = (*item.path, "show_if")
        if condition is None or not _is_condition(condition):
            continue
        if item.template == "loop":
            yield Mistake(path, "can't stand in a template of the loop, which shows it for each image; remove it")
            continue
        for test in tests(condition):
            if test.field in prompts:
                yield Mistake(path, f"the field {test.field!r} is the loop's first prompt, which can't be asked for")
                continue
            for text in _test(item, test, fields):
                yield Mistake(path, text)
    yield from _circles(found, fields)


def _is_condition(condition: object) -> bool:
    try:
        check_condition(condition)
    except ValueError:  # told by the schema
        return False
    return True


def _test(item: Item, test: Test, fields: Mapping[str, Item]) -> Iterator[str]:
    if test.field not in fields:
        yield f"the form has no field {test.field!r} with an answer{did_you_mean(test.field, fields)}"
        return
    asked = fields[test.field]
    if asked.template and _template(asked.path) != _template(item.path):
        yield f"the field {test.field!r} stands in a template; only the same template can ask for it"
        return
    several = asked.kind == "select" and asked.values.get("multiple") is True
    fitting = _OF_SEVERAL if several else FITTING[asked.kind]
    if test.operator not in fitting:
        what = f"`{test.operator}` can't be asked of the field {test.field!r}, of type `{asked.kind}`"
        yield f"{what} (allowed: {listed(fitting)})"
        return
    if test.operator == "answered":
        return
    for value in test.value if isinstance(test.value, list) else [test.value]:
        if _is_text(value) and not strip(value):
            yield f'an empty answer is none; ask for it with "answered": false, not with `{test.operator}`'
        elif asked.kind in _VALUES and not _VALUES[asked.kind][1](value):
            wanted = _VALUES[asked.kind][0]
            yield f"`{test.operator}` of the field {test.field!r} must be {wanted}; not {show(value)}"
        elif isinstance(options := asked.values.get("options"), list):
            known = [option.get("value") for option in options if isinstance(option, dict)]
            if not any(same(value, one) for one in known):
                near = did_you_mean(value, filter(_is_text, known)) if _is_text(value) else ""
                yield f"{show(value)} is no option of the field {test.field!r}{near}"


def _template(path: Path) -> Path:
    """The path of the fieldset that a path leads through."""
    return path[: path.index("fieldsets") + 2] if "fieldsets" in path else ()


def _circles(found: Sequence[Item], fields: Mapping[str, Item]) -> Iterator[Mistake]:
    """Yield each condition that, through other conditions, depends on whether its own element is shown."""
    conditions = {item.path: item.values.get("show_if") for item in found}

    def asked(path: Path) -> Iterator[Path]:
        """Yield the paths of the fields that decide whether the element at this path is shown."""
        for length in range(1, len(path) + 1):
            for test in tests(conditions.get(path[:length])):
                if test.field in fields:
                    yield fields[test.field].path

    for item in found:
        if not _is_condition(item.values.get("show_if")):
            continue
        seen: set[Path] = set()
        waiting = [fields[test.field].path for test in tests(item.values["show_if"]) if test.field in fields]
        while waiting:
            path = waiting.pop()
            if path[: len(item.path)] == item.path:
                yield Mistake((*item.path, "show_if"), "depends on itself: what it asks for is shown only if it holds")
                break
            if path not in seen:
                seen.add(path)
                waiting.extend(asked(path))
