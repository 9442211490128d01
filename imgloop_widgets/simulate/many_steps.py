"""The steps before and after the loop, as very many workers leave them: `stepping` does the same through the runner.

Answers are made up beforehand, `ANSWERS` for each step of an arm: some right, some wrong, some without consent. What
follows from them, the loop's own rules decide. Nothing is granted for a step, and no file stands behind an upload.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from imgloop_widgets.arms import ReadyArm
from imgloop_widgets.events import Event, Generation
from imgloop_widgets.forms import Sheet
from imgloop_widgets.loop import (
    Command,
    Phase,
    ReportImage,
    Rules,
    Score,
    State,
    SubmitPrompt,
    SubmitStep,
    decide,
    fold,
)
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.simulate.stepping import step_command
from imgloop_widgets.stage import checked_step
from imgloop_widgets.steps import step_parts

ANSWERS = 100
"""Different answers to a step; each session has one of them."""

Later = Callable[[], datetime]
"""Lets the time pass that a worker needs, and returns what time it is then (UTC); it raises where time is over."""


class ManySteps:
    """The steps of one arm. image: what is recorded of the image in practice."""

    def __init__(self, study: OpenStudy, arm: ReadyArm, image: Generation, chance: random.Random) -> None:
        self._rules, self._image = arm.rules, image
        parts = step_parts(study.study, study.library, study.steps, arm.part(study.targets[0], 0))
        sheets = {name: Sheet(form=part.form) for name, part in parts.items() if part.form is not None}
        self._known = {name: _answers(arm.rules, name, sheet, chance) for name, sheet in sheets.items()}

    def walk(self, log: list[Event], later: Later, chance: random.Random) -> None:
        """Append what happens from here to the loop, or to the end of the session."""
        state = fold(log)
        while state.phase in (Phase.ASKING, Phase.PRACTISING):
            for command in self._commands(state, chance):
                events = decide(self._rules, state, replace(command, seq=state.seq), later())
                log += events
                state = fold(events, state)

    def _commands(self, state: State, chance: random.Random) -> Iterator[Command]:
        """Yield what a worker does at the step that goes on; the practice is played to its end."""
        assert state.step is not None
        if state.phase is Phase.ASKING:
            yield chance.choice(self._known[state.step[0]])
            return
        rules = self._rules
        yield SubmitPrompt(seq=0, prompt="A picture to practise with")
        yield from (ReportImage(seq=0, generation=self._image, place=place) for place in range(1, rules.images + 1))
        score = chance.randint(rules.score_min, rules.score_max) if rules.self_rating else None
        yield Score(seq=0, score=score, pick=1 if rules.pick else None)


def _answers(rules: Rules, name: str, sheet: Sheet, chance: random.Random) -> Sequence[Command]:
    """Return what workers do at a step that is a form."""
    made = [step_command(rules.step(name), sheet, 0, chance) for _ in range(ANSWERS)]
    return [checked_step(sheet, one, lambda sha256: True) if isinstance(one, SubmitStep) else one for one in made]
