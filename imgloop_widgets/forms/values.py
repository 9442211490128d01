"""How values of JSON compare, the same here as on the page."""

import re
from datetime import date
from decimal import Decimal
from typing import TypeGuard

Scalar = str | int | float | bool

LARGEST = 10**15
"""Beyond it, a browser does not tell whole numbers apart."""

SMALLEST_STEP = 1e-9
"""A number can't be asked for in finer steps."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def same(one: object, other: object) -> bool:
    """Whether two values are the same: 1 and 1.0 are; 1, true and "1" are not; spaces around a text don't count."""
    if isinstance(one, str) and isinstance(other, str):
        return strip(one) == strip(other)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def is_scalar(value: object) -> TypeGuard[Scalar]:
    """Whether a value is text, true or false, or a number that a browser has too."""
    return isinstance(value, str) or (isinstance(value, int | float) and abs(value) <= LARGEST)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that a browser has too; true and false are none."""
    return is_scalar(value) and not isinstance(value, str | bool)


def on_step(value: float, low: float | None, step: float) -> bool:
    """Whether a number is a whole number of steps, each at least `SMALLEST_STEP`, away from `low`, or else from 0."""
    steps = (value - (low or 0)) / step
    return abs(steps - round(steps)) <= 1e-6


def is_storable(text: str) -> bool:
    """Whether any database takes the text: JSON can carry NUL and lone surrogates, none of which can be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def is_day(value: object) -> TypeGuard[str]:
    """Whether a value is the text of a day that there is, such as "2026-01-31"."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def option_key(value: Scalar) -> str:
    """Return an option's value as the page writes it where keys are texts (JavaScript's `String(value)`)."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case float() if 1e-6 <= abs(value) < 1e-4:  # Python writes these with an exponent
            return format(Decimal(repr(value)), "f")
        case float():
            return repr(value).replace("e-0", "e-")
    return str(value)


SPACES = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
"""JavaScript's white space and line ends: what `trim` takes away."""


def strip(text: str) -> str:
    """Return the text without the spaces around it, as JavaScript's `trim` does."""
    return text.strip(SPACES)
