"""What simulated workers would say to a question, by the type of its field, the likeliest first.

A field's bounds are kept where that is easy; whether an answer is taken, the form says. To add a type of field: a
function here that yields values as the page would send them (a file as a `SmallFile`), and a line in `CANDIDATES`.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain
from math import floor
from typing import Any

from imgloop_widgets.forms.values import option_key
from imgloop_widgets.simulate.files import SmallFile, small_file

TEXTS = (
    "yes", "a few words", "I like to look at pictures and to describe them.", "Ada", "A", "ada", "AB12", "12345",
    "2024-05-17", "17.05.2024", "05/17/2024", "12:30", "ada@example.org", "https://example.org", "+49 30 123456",
    "1 2 3", "true", "EN", "en-GB", "0.5", "word " * 10, "word " * 40, "word " * 200,
)  # fmt: skip
"""What simulated workers write where a text is asked for."""

SECRETS = ("simulated-Worker-1", "Simulated1!", "simulated", "Sim1", "12345678", "1234")
"""What they write where a password is asked for."""

DAYS = (date(1990, 1, 1), date(2029, 12, 31))
"""The days they think of where a form sets no bounds."""

TRIES = 40
"""Values of a kind that are tried, where there are more."""

MOST_STEPS = 10**6
"""Farther from the lowest value nobody here goes."""


def candidates(field: Any, chance: random.Random) -> Iterator[Any]:
    """Yield values to try for a field with an answer."""
    return CANDIDATES[field.type](field, chance)


def _text(field: Any, chance: random.Random) -> Iterator[str]:
    ages = [str(round(chance.triangular(18, 80, 30))), "7", "1985", "100", "0"]
    texts = [text.strip() for text in TEXTS]
    yield from chain(ages, texts) if field.validators.regexp else chain(texts[:3], ages, texts[3:])
    yield from _of_lengths(field)


def _password(field: Any, chance: random.Random) -> Iterator[str]:
    yield from SECRETS
    yield from _of_lengths(field)


def _email(field: Any, chance: random.Random) -> Iterator[str]:
    name = f"sim-{chance.randrange(10_000):04d}"
    yield from (f"{name}@example.{ending}" for ending in ("org", "com", "edu", "net", "de"))
    yield "a@b.co"
    if least := field.validators.minLength:
        yield f"{name}@{'example.' * (least // len('example.'))}example.org"


def _of_lengths(field: Any) -> Iterator[str]:
    """Texts just as long, and as short, as may be."""
    for length in (field.validators.minLength, field.validators.maxLength):
        if length:
            yield ("word " * length)[: length - 1] + "s"


def _number(field: Any, chance: random.Random) -> Iterator[int | float]:
    if field.min is None and field.max is None and field.step is None:
        yield round(chance.triangular(18, 80, 30))
    yield from _steps(field, chance, step=field.step or 1)


def _moved(field: Any, chance: random.Random) -> Iterator[int | float]:
    yield from _steps(field, chance, step=getattr(field, "step", 1))


def _steps(field: Any, chance: random.Random, *, step: int | float) -> Iterator[int | float]:
    """Values between the bounds, whole steps from where the field counts them."""
    start = field.min if field.min is not None else 0
    last = 100 if field.max is None else min(floor((field.max - start) / step + 1e-6), MOST_STEPS)
    span = range(min(0, last - 100) if last < 0 else 0, last + 1)
    chosen = span if len(span) <= TRIES else [*(chance.choice(span) for _ in range(TRIES)), span[0], span[-1]]
    for steps in chance.sample(chosen, len(chosen)):
        value = start + steps * step
        yield round(value, 12) if isinstance(value, float) else value


def _date(field: Any, chance: random.Random) -> Iterator[str]:
    low, high = ((date.fromisoformat(day) if day else None) for day in (field.min, field.max))
    first = low or min(DAYS[0], high or DAYS[0])
    last = high or max(DAYS[1], first)
    span = (last - first).days
    start = chance.randint(0, span)
    within = [min(span, start + day) for day in range(8)]  # a week: a form may ask for a Monday
    for days in dict.fromkeys([*within, 0, span, *(chance.randint(0, span) for _ in range(TRIES))]):
        yield (first + timedelta(days=days)).isoformat()


def _choice(field: Any, chance: random.Random) -> Iterator[Any]:
    values = [option.value for option in field.options if option.value != ""]
    yield from chance.sample(values, len(values))


def _select(field: Any, chance: random.Random) -> Iterator[Any]:
    values = [option.value for option in field.options if option.value != ""]
    yield from _several(values, chance) if field.multiple else _choice(field, chance)


def _checkbox(field: Any, chance: random.Random) -> Iterator[dict[str, bool]]:
    for names in _several([option_key(option.value) for option in field.options], chance):
        yield dict.fromkeys(names, True)


def _several(values: list[Any], chance: random.Random) -> Iterator[list[Any]]:
    order = chance.sample(values, len(values))
    yield from (order[:count] for count in range(1, len(values) + 1))
    for _ in range(TRIES if len(values) > 1 else 0):
        yield chance.sample(values, chance.randint(1, len(values)))


def _ranking(field: Any, chance: random.Random) -> Iterator[list[Any]]:
    values = [option.value for option in field.options]
    most = min(len(values), len(values) if field.validators.maxLength is None else field.validators.maxLength)
    for _ in range(TRIES):
        yield chance.sample(values, most)


def _file(field: Any, chance: random.Random) -> Iterator[SmallFile]:
    for ending in field.validators.fileExtension or ("png", "txt"):
        yield small_file(ending, chance.randrange(256))


CANDIDATES: Mapping[str, Callable[[Any, random.Random], Iterator[Any]]] = {
    "checkbox": _checkbox,
    "date": _date,
    "email": _email,
    "file": _file,
    "input": _text,
    "number": _number,
    "password": _password,
    "radio": _choice,
    "ranking": _ranking,
    "rating": _moved,
    "select": _select,
    "slider": _moved,
    "textarea": _text,
}
"""Type of field → values to try."""
