"""Qualifications, pure: what a worker has (name → value), and whether it is enough.

A name is the researcher's own, and means the same in all studies of a results folder. Some are reserved:

    blocked, blocked.STUDY   nobody with it enters (any study, this study)
    strikes.STUDY            failed attention checks in this study
    gold_passed.STUDY        gold units of this study that were passed
    gold_failed.STUDY        and those that were not
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Value = int | float | str

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a qualification may be called."""

BLOCKED = "blocked"

_HOLDS: dict[str, Callable[[Value | None, Any], bool]] = {
    "exists": lambda value, wanted: (value is not None) is wanted,
    "equal": lambda value, wanted: _same(value, wanted),
    "at_least": lambda value, wanted: isinstance(value, int | float) and value >= wanted,
    "one_of": lambda value, wanted: any(_same(value, one) for one in wanted),
    "below": lambda value, wanted: value is None or (isinstance(value, int | float) and value < wanted),
}
TESTS = ("exists", "equal", "at_least", "one_of")
"""What a study file may ask of a qualification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """name: of the qualification. test: of `TESTS`, or below; value: what it is tested against. say: what a worker
    reads who does not meet it; empty: a neutral sentence.
    """

    name: str
    test: str
    value: Any
    say: str = ""

    def holds(self, value: Value | None) -> bool:
        """Whether it is met. value: of the worker's qualification; None: they have none of this name."""
        return _HOLDS[self.test](value, self.value)

    def __str__(self) -> str:
        if self.test == "exists":
            return f"{self.name} must {'' if self.value else 'not '}be there"
        return f"{self.name} must be {self.test.replace('_', ' ')} {self.value!r}"


def typed_value(text: str) -> Value:
    """Return a value as it was typed: a number where it is one, else the text."""
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if value == value and abs(value) != float("inf"):
            return value
    return text


def _same(value: Value | None, wanted: Value) -> bool:
    """Whether two values are the same; a text is never a number."""
    return value is not None and isinstance(value, str) is isinstance(wanted, str) and value == wanted


def blocked_in(study: str) -> str:
    """The qualification of whoever may not enter this study any more."""
    return f"{BLOCKED}.{study}"


def strikes_in(study: str) -> str:
    """The qualification that counts failed attention checks in this study."""
    return f"strikes.{study}"


def gold_passed_in(study: str) -> str:
    """The qualification that counts gold units that were passed in this study."""
    return f"gold_passed.{study}"


def gold_failed_in(study: str) -> str:
    """The qualification that counts gold units that were not passed in this study."""
    return f"gold_failed.{study}"


def entrance(
    study: str, requirements: Iterable[Requirement], max_strikes: int, gold: Requirement | None = None
) -> tuple[Requirement, ...]:
    """Return all that is asked of whoever wants to enter. max_strikes: 0: any number. gold: see `of_golds`."""
    lists = tuple(Requirement(name=name, test="exists", value=False) for name in (BLOCKED, blocked_in(study)))
    strikes = Requirement(name=strikes_in(study), test="below", value=max_strikes)
    return (*lists, *([strikes] if max_strikes else ()), *([gold] if gold else ()), *requirements)


def of_golds(study: str, strikes: int, say: str) -> Requirement | None:
    """Return what is asked of a worker's golds. strikes: 0: nothing. say: what one reads who had too many wrong."""
    return Requirement(name=gold_failed_in(study), test="below", value=strikes, say=say) if strikes else None


def unmet(requirements: Iterable[Requirement], has: Mapping[str, Value]) -> Requirement | None:
    """Return the first requirement that a worker does not meet; None: they may enter. has: name → value."""
    return next((one for one in requirements if not one.holds(has.get(one.name))), None)
