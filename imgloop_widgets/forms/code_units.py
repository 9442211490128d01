"""Sets of UTF-16 code units, which JavaScript's regular expressions are about, and how Python's write them.

Python's patterns work on characters up to U+10FFFF, JavaScript's (without its flag u) on units up to U+FFFF. A text
is taken apart into units by `split`; Python then sees the two halves of an emoji as two characters.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import lru_cache

Ranges = tuple[tuple[int, int], ...]
"""A set of units as ranges, each with its first and its last one."""

_LAST = 0xFFFF
_BEYOND = re.compile("[\U00010000-\U0010ffff]")

_YOUNG_CAPITALS = {
    0x019B: 0xA7DC,
    0x0264: 0xA7CB,
    0x1C8A: 0x1C89,
    0xA7CD: 0xA7CC,
    0xA7CF: 0xA7CE,
    0xA7D3: 0xA7D2,
    0xA7D5: 0xA7D4,
    0xA7DB: 0xA7DA,
}
"""Capitals that came with Unicode 15 to 17; Python 3.11 has Unicode 14, and every Python shall give the same answer."""


def split(text: str) -> str:
    """Return the text's units, each as one character."""
    return _BEYOND.sub(lambda match: _halves(ord(match[0]) - 0x10000), text)


def _halves(offset: int) -> str:
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def join(units: str) -> str:
    """Return the text of these units, as a person reads it."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def complement(ranges: Ranges) -> Ranges:
    """Return all other units. ranges: in order, without overlaps."""
    starts = (0, *(high + 1 for _, high in ranges))
    ends = (*(low - 1 for low, _ in ranges), _LAST)
    return tuple((start, end) for start, end in zip(starts, ends, strict=True) if start <= end)


LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))

CLASSES: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": (
        (0x09, 0x0D),
        (0x20, 0x20),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
        (0xFEFF, 0xFEFF),
    ),
}
"""JavaScript's classes by their letter; the capital stands for all other units."""
CLASSES |= {letter.upper(): complement(ranges) for letter, ranges in CLASSES.items()}


def _with_both_cases(ranges: Ranges) -> Ranges:
    """Add the units that differ from one of these in nothing but their case, as JavaScript sees it."""
    families = _families()
    letters = list(families)
    added = {
        relative
        for low, high in ranges
        for letter in letters[bisect_left(letters, low) : bisect_right(letters, high)]
        for relative in families[letter]
    }
    return (*ranges, *((unit, unit) for unit in added))


@lru_cache(maxsize=1)
def _families() -> dict[int, tuple[int, ...]]:
    """Return all units with the same capital, for each unit that has any beside itself, in order."""
    families = defaultdict(list)
    for unit in range(_LAST + 1):
        families[_capital(unit)].append(unit)
    return dict(sorted((unit, tuple(family)) for family in families.values() if len(family) > 1 for unit in family))


def _capital(unit: int) -> int:
    """Return ECMAScript's Canonicalize of a unit, for the flag i without u."""
    capital = chr(_YOUNG_CAPITALS.get(unit, unit)).upper()
    if len(capital) > 1 or (unit > 127 and ord(capital) <= 127):
        return unit
    return ord(capital)


@lru_cache(maxsize=1024)
def brackets(ranges: Ranges, *, negated: bool = False, both_cases: bool = False) -> str:
    """Return Python's `[…]` for one unit that is, or is not, in the ranges; they may overlap."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(_with_both_cases(ranges) if both_cases else ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    if not merged or (merged[-1][1] == _LAST and len(merged) > 1):  # Python is slow to compile what spreads so far
        merged, negated = list(complement(tuple(merged))), not negated
    inside = "".join(f"\\u{low:04x}" if low == high else f"\\u{low:04x}-\\u{high:04x}" for low, high in merged)
    return f"[{'^' if negated else ''}{inside}]"
