"""Answers to the form's own questions, made up within the form's own rules.

What a field allows is asked of the form itself: candidates are tried, one after the other, until `check_answers`
takes them all, its author's validators too. So any form that loads can be answered, unless a field asks for what nobody
here thinks of. Of files, those that are given in the end are kept, and no others.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem, Refused
from imgloop_widgets.forms import Sheet, answer_fields, check_answers
from imgloop_widgets.forms.fields import Button, Hidden
from imgloop_widgets.simulate.candidates import candidates
from imgloop_widgets.simulate.files import SmallFile

SKIPPED = 0.3
"""The probability that a question without need of an answer is left out."""

Keep = Callable[[SmallFile], object]


def fill(sheet: Sheet, chance: random.Random, keep: Keep = lambda file: None) -> dict[str, Any]:
    """Return valid values for the fields in sight outside of the loop, as the page would send them.

    keep: takes each file that is given, before its answer can be submitted.

    Raises:
        ConfigurationError: names every field that no candidate fits.
    """
    values: dict[str, Any] = {}
    fields = [field for field in answer_fields(sheet.form) if not isinstance(field, Button | Hidden)]
    to_try = {field.name: _tries(field, chance, values) for field in fields}
    values |= {name: next(these) for name, these in to_try.items()}
    while problems := _problems(sheet, values):
        impossible = []
        for name, why in problems.items():
            try:
                values[name] = next(to_try[name])
            except StopIteration:
                what = f"simulated workers have no answer to it ({why}); relax its validators"
                impossible.append(Problem(f"form: field {name!r}", what))
        if impossible:
            raise ConfigurationError(impossible)
    sent = _sent(values)
    shown = sheet.visible(sent)
    for name, value in values.items():
        if isinstance(value, SmallFile) and name in shown:
            keep(value)
    return {name: value for name, value in sent.items() if name in shown}


def _tries(field: Any, chance: random.Random, values: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what is tried for a field; None stands for no answer. values: what other fields hold at that moment."""
    if not field.validators.required and chance.random() < SKIPPED:
        yield None
    yield from candidates(field, chance)
    yield None
    yield from [value for name, value in values.items() if name != field.name]  # "the same as above"


def _sent(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.answer if isinstance(value, SmallFile) else value for name, value in values.items()}


def _problems(sheet: Sheet, values: Mapping[str, Any]) -> dict[str, str]:
    given = {value.answer["sha256"] for value in values.values() if isinstance(value, SmallFile)}
    try:
        check_answers(sheet, _sent(values), has_file=lambda sha256: sha256 in given)
    except Refused as refused:
        return refused.problems
    return {}
