"""What a simulated worker does at a step before or after the loop: they read, answer, and sometimes get it wrong."""

import random
from typing import Any

from imgloop_widgets.forms import Sheet
from imgloop_widgets.forms.fields import AnyField, Checkbox, Ranking, Select
from imgloop_widgets.forms.values import option_key
from imgloop_widgets.loop import Command, Decline, State, StepRule, SubmitStep
from imgloop_widgets.runner import Runner
from imgloop_widgets.simulate.answers import Keep, fill

DECLINES = 0.04
"""The probability that somebody does not consent."""

KNOWS = 0.85
"""The probability that somebody gives the right answer to one question that has one."""


def answer_step(runner: Runner, state: State, chance: random.Random, keep: Keep) -> Command:
    """Return what the worker does at the step that is asked. keep: takes each file that is given.

    Raises:
        ConfigurationError: the step's form asks for something that nobody here has an answer to.
    """
    assert state.step is not None
    return step_command(runner.part.rules.step(state.step[0]), runner.sheet, state.seq, chance, keep)


def step_command(
    rule: StepRule, sheet: Sheet, seq: int, chance: random.Random, keep: Keep = lambda file: None
) -> Command:
    """Return what somebody does at a step that is a form. keep, Raises: as `answer_step`."""
    if rule.kind == "consent" and chance.random() < DECLINES:
        return Decline(seq=seq)
    answers = fill(sheet, chance, keep)
    for name, right in rule.right.items():
        if chance.random() < KNOWS:
            answers[name] = right_answer(sheet.form.field(name), right)
    return SubmitStep(seq=seq, answers=answers)


def right_answer(field: AnyField, right: Any) -> Any:
    """Return the right answer as the page would send it. right: as the study file has it."""
    rights = right if isinstance(right, list) else [right]
    if isinstance(field, Checkbox):
        return {option_key(one.value): option_key(one.value) in map(str, rights) for one in field.options}
    many = isinstance(field, Ranking) or (isinstance(field, Select) and field.multiple)
    return rights if many else str(rights[0]) if field.type in ("input", "number", "textarea") else rights[0]
