"""Answers to the form's own questions, made up within the form's own rules.

What a field allows is asked of the form itself: candidates are tried, one after the other, until `check_answers`
takes them all. So any form that loads can be answered, unless a field asks for what nobody here thinks of.
"""

import random
from collections.abc import Iterator
from itertools import chain
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem, Refused
from imgloop_widgets.forms import Form, answer_fields, check_answers

TEXTS = (
    "yes", "a few words", "I like to look at pictures and to describe them.", "Ada", "A", "ada", "AB12", "12345",
    "2024-05-17", "17.05.2024", "05/17/2024", "12:30", "ada@example.org", "https://example.org", "+49 30 123456",
    "1 2 3", "true", "EN", "en-GB", "0.5", "word " * 10, "word " * 40, "word " * 200,
)  # fmt: skip
"""What simulated workers write where a text is asked for."""

SKIPPED = 0.3
"""The probability that a question without need of an answer is left out."""


def candidates(field: Any, chance: random.Random) -> Iterator[Any]:
    """Yield answers to try for a field, the likeliest first; None stands for no answer."""
    if not field.validators.required and chance.random() < SKIPPED:
        yield None
    match field.type:
        case "input" | "textarea":
            ages = [str(round(chance.triangular(18, 80, 30))), "7", "1985", "100", "0"]
            texts = [text.strip() for text in TEXTS]
            yield from chain(ages, texts) if field.validators.regexp else chain(texts[:3], ages, texts[3:])
        case "email":
            yield f"sim-{chance.randrange(10_000):04d}@example.org"
        case "number":
            yield round(chance.triangular(18, 80, 30))
        case "select" if field.multiple:
            yield from _several([option.value for option in field.options if option.value != ""], chance)
        case "select" | "radio":
            values = [option.value for option in field.options if option.value != ""]
            yield from chance.sample(values, len(values))
        case "checkbox":
            for names in _several([str(option.value) for option in field.options], chance):
                yield dict.fromkeys(names, True)
    yield None


def _several(values: list[Any], chance: random.Random) -> Iterator[list[Any]]:
    values = chance.sample(values, len(values))
    for count in range(1, len(values) + 1):
        yield values[:count]


def fill(form: Form, chance: random.Random) -> dict[str, Any]:
    """Return valid values for the form's fields outside of the loop, as the page would send them.

    Raises:
        ConfigurationError: names every field that no candidate fits.
    """
    to_try = {field.name: candidates(field, chance) for field in answer_fields(form) if field.type != "hidden"}
    values: dict[str, Any] = {name: next(these) for name, these in to_try.items()}
    while problems := _problems(form, values):
        impossible = []
        for name, why in problems.items():
            try:
                values[name] = next(to_try[name])
            except StopIteration:
                what = f"simulated workers have no answer to it ({why}); relax its validators"
                impossible.append(Problem(f"form: field {name!r}", what))
        if impossible:
            raise ConfigurationError(impossible)
    return values


def _problems(form: Form, values: dict[str, Any]) -> dict[str, str]:
    try:
        check_answers(form, values)
    except Refused as refused:
        return refused.problems
    return {}
