"""Conditions: when an element of a form is shown, without code.

    "show_if": {"field": "owns_pet", "equals": "yes"}
    "show_if": {"all": [{"field": "age", "at_least": 18}, {"not": {"field": "country", "one_of": ["US", "CA"]}}]}

| operator | holds where the field's answer |
| --- | --- |
| equals, not_equals | is this value, or is not |
| one_of | is one of these values |
| at_least, at_most | is a number, or a day as "2026-01-31", not below or not above this one |
| contains | is several choices, and this one is among them |
| answered | is there (true), or is not (false) |

A field that is empty, or not shown itself, has no answer: then only `not_equals` and `"answered": false` hold. A number
is never true or false, and texts are compared without the spaces around them. The page evaluates conditions in the
same way (conditions.js); the kernel alone decides.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from imgloop_widgets.forms.values import is_number, is_scalar, option_key, same

Operator = Callable[[Any, Any], bool]

DEEPEST = 20
"""Levels of `all`, `any` and `not` within each other."""


def _ordered(answer: object, bound: object) -> bool:
    if isinstance(answer, bool) or isinstance(bound, bool):
        return False
    return (isinstance(answer, int | float) and isinstance(bound, int | float)) or (
        isinstance(answer, str) and isinstance(bound, str)
    )


def _contains(answer: Any, value: Any) -> bool:
    match answer:
        case dict():
            return answer.get(option_key(value)) is True
        case list():
            return any(same(one, value) for one in answer)
    return False


OPERATORS: dict[str, Operator] = {
    "equals": same,
    "not_equals": lambda answer, value: not same(answer, value),
    "one_of": lambda answer, values: any(same(answer, value) for value in values),
    "at_least": lambda answer, bound: _ordered(answer, bound) and answer >= bound,
    "at_most": lambda answer, bound: _ordered(answer, bound) and answer <= bound,
    "contains": _contains,
    "answered": lambda answer, wanted: wanted is True,
}
"""Name → whether (answer, value) holds, for an answer that is there."""

_WITHOUT_ANSWER: dict[str, Operator] = {
    "not_equals": lambda answer, value: True,
    "answered": lambda answer, wanted: wanted is False,
}

_SHAPE = (
    'must be {"field": NAME, OPERATOR: VALUE} with one of ' + ", ".join(OPERATORS) + '; or {"all": […]}, {"any": […]}, '
    '{"not": {…}}'
)


class Test(NamedTuple):
    """One comparison within a condition."""

    field: str
    operator: str
    value: Any


def check_condition(condition: object, depth: int = DEEPEST) -> None:
    """Check a condition's shape.

    Raises:
        ValueError: it is no condition; the text says what is one.
    """
    if not depth:
        raise ValueError(f"has more than {DEEPEST} levels of `all`, `any` and `not`; write it flatter")
    match condition:
        case {"all": [_, *_] as parts, **rest} | {"any": [_, *_] as parts, **rest} if not rest:
            for part in parts:
                check_condition(part, depth - 1)
        case {"not": part, **rest} if not rest:
            check_condition(part, depth - 1)
        case {"field": str(), **rest} if len(rest) == 1:
            ((operator, value),) = rest.items()
            _check_value(str(operator), value)
        case _:
            raise ValueError(_SHAPE)


def _check_value(operator: str, value: object) -> None:
    match operator:
        case "equals" | "not_equals" | "contains" if not is_scalar(value):
            raise ValueError(f"`{operator}` must be text, a number, or true or false")
        case "one_of" if not isinstance(value, list) or not value or not all(map(is_scalar, value)):
            raise ValueError("`one_of` must be a list of values, each text, a number, or true or false")
        case "at_least" | "at_most" if not is_number(value) and not isinstance(value, str):
            raise ValueError(f'`{operator}` must be a number, or a day such as "2026-01-31"')
        case "answered" if not isinstance(value, bool):
            raise ValueError("`answered` must be true or false")
        case _ if operator not in OPERATORS:
            raise ValueError(_SHAPE)


def tests(condition: object) -> Iterator[Test]:
    """Yield the comparisons of a condition, in order; nothing for what is no condition."""
    match condition:
        case {"all": [*parts]} | {"any": [*parts]}:
            for part in parts:
                yield from tests(part)
        case {"not": part}:
            yield from tests(part)
        case {"field": str(field), **rest}:
            for operator, value in rest.items():
                yield Test(field, str(operator), value)


def holds(condition: Mapping[str, Any], answer: Callable[[str], Any]) -> bool:
    """Return whether a condition holds. answer: name of a field → its answer, None where there is none."""
    match condition:
        case {"all": parts}:
            return all(holds(part, answer) for part in parts)
        case {"any": parts}:
            return any(holds(part, answer) for part in parts)
        case {"not": part}:
            return not holds(part, answer)
    ((field, operator, value),) = tests(condition)
    given = answer(field)
    if given is None:
        return _WITHOUT_ANSWER.get(operator, lambda *_: False)(given, value)
    return OPERATORS[operator](given, value)


def renamed(condition: Any, names: Mapping[str, str]) -> Any:
    """Return the condition with fields renamed. names: old → new; a field that is not in it keeps its name."""
    match condition:
        case {"field": str(field), **rest}:
            return {"field": names.get(field, field), **rest}
        case dict():
            return {key: renamed(part, names) for key, part in condition.items()}
        case list():
            return [renamed(part, names) for part in condition]
    return condition
