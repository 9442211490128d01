"""How answers and scores of units spread. Pure.

Choices are counted by their value (never by their label), numbers with many values by ranges of equal width, and texts
by their length in characters: a length is not the text, but shows who wrote one letter.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from imgloop_widgets.reviewing.works import Work

MOST_BARS = 12
"""Bars of a histogram; more different values are put together."""

SHORT = 24
"""Characters up to which a text may be a choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """name: of the field, or of the attempt. what: `values`, `ranges` or `lengths`. bars: (label, how many) in order.

    missing: units in which it was not answered.
    """

    name: str
    what: str
    bars: tuple[tuple[str, int], ...]
    missing: int = 0


def histograms(works: Iterable[Work]) -> tuple[list[Histogram], list[Histogram]]:
    """Return those of the scores, by attempt, and those of the answers, by the order in which fields were met."""
    works = list(works)
    attempts = max((len(work.scores) for work in works), default=0)
    of_scores = [
        _of(f"Attempt {place + 1}", [work.scores[place] for work in works if len(work.scores) > place])
        for place in range(attempts)
    ]
    names = dict.fromkeys(name for work in works for name in work.answers)
    of_answers = [_of(name, [work.answers.get(name) for work in works]) for name in names]
    return of_scores, of_answers


def _of(name: str, values: list[Any]) -> Histogram:
    given = [value for value in values if value not in (None, "", [], {})]
    missing = len(values) - len(given)
    several = [one for value in given for one in (value if isinstance(value, list | tuple) else [value])]
    if numbers := _as_numbers(several):
        what, bars = _of_numbers(numbers)
    elif _are_choices(several):
        counts = Counter(said(one) for one in several)
        what, bars = "values", sorted(counts.items(), key=lambda bar: (-bar[1], bar[0]))
    else:
        what, bars = "lengths", _ranges([len(said(one)) for one in several], whole=True)
    return Histogram(name=name, what=what, bars=tuple(bars), missing=missing)


def _as_numbers(values: list[Any]) -> list[int | float]:
    """Return the values as numbers, those too that were typed as digits; none where one of them is no number."""
    if values and all(isinstance(one, str) and one.isascii() and one.isdigit() and len(one) < 10 for one in values):
        return [int(one) for one in values]
    return values if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values) else []


def said(value: object) -> str:
    """Return a value as it stands in a histogram."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {said(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(said, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _are_choices(values: list[Any]) -> bool:
    """Whether values are few and short; texts of which no two are the same are none."""
    different = {said(value) for value in values}
    few = len(different) <= MOST_BARS and all(len(one) <= SHORT for one in different)
    return few and (len(different) < max(2, len(values)) or len(values) < 4)


def _of_numbers(values: list[int | float]) -> tuple[str, list[tuple[str, int]]]:
    counts = Counter(values)
    if len(counts) > MOST_BARS:
        return "ranges", _ranges(values, whole=all(isinstance(value, int) for value in values))
    whole = all(isinstance(value, int) for value in values)
    low, high = min(counts), max(counts)
    if whole and high - low < MOST_BARS:  # gaps are seen
        return "values", [(str(value), counts[value]) for value in range(int(low), int(high) + 1)]
    return "values", [(said(value), number) for value, number in sorted(counts.items())]


def _ranges(values: list[int] | list[int | float], *, whole: bool) -> list[tuple[str, int]]:
    if not values:
        return []
    low, high = min(values), max(values)
    if low == high:
        return [(said(low), len(values))]
    number = min(MOST_BARS, max(2, round(len(values) ** 0.5) + 1))
    if whole:
        width = -(-int(high - low + 1) // number)
        begins = range(int(low), int(high) + 1, width)
        counts = Counter((int(value) - int(low)) // width for value in values)
        return [
            (said(begin) if width == 1 else f"{begin} to {begin + width - 1}", counts[place])
            for place, begin in enumerate(begins)
        ]
    step = (high - low) / number
    counts = Counter(min(number - 1, int((value - low) / step)) for value in values)
    return [(f"{low + k * step:.3g} to {low + (k + 1) * step:.3g}", counts[k]) for k in range(number)]
