"""The picture of a step before or after the loop, and how far a session has come: plain JSON values for the page.

The right answers are in none of it: of wrong ones the page is told which, once they were given.
"""

from collections.abc import Mapping
from typing import Any

from imgloop_widgets.events import StepSubmitted
from imgloop_widgets.forms.fields import Password
from imgloop_widgets.loop import Phase, State, StepRule
from imgloop_widgets.part import Part, StepPart

WRONG = "This is not the right answer."
AGAIN = "Some answers are not right yet. Please look at them again; you can answer {} more."
TITLES = {
    "consent": "Consent",
    "instructions": "Instructions",
    "comprehension": "Check of the instructions",
    "practice": "Practice",
    "task": "The task",
    "attention": "A question in between",
    "questionnaire": "Questions",
    "debriefing": "What this was about",
    "opinion": "Your opinion",
}
"""Kind of a step → what the page calls it beside its number."""

SILENT: frozenset[str] = frozenset({"attention"})
"""Kinds whose name would give away what they are for."""


def progress_json(state: State) -> dict[str, Any] | None:
    """Return how far the session has come: this step, of how many; None: it has one, or is over."""
    if state.step is None or state.finished or len(state.plan) == 1:
        return None
    name = "" if state.step[1] in SILENT else TITLES[state.step[1]]
    return {"number": state.place + 1, "of": len(state.plan), "name": name}


def step_json(part: Part, state: State, *, draft: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the step that is asked now; None: none is.

    draft: what was typed at this very state and not submitted.
    """
    if state.phase is not Phase.ASKING or state.step is None:
        return None
    name, kind = state.step
    step, rule = part.steps[name], part.rules.step(name)
    before = _before(state)
    values = {**(_without_secrets(step, before.answers) if before else {}), **draft}
    return {
        "name": name,
        "kind": kind,
        "button": step.button,
        "decline": step.decline,
        "is_text": step.is_text,
        "draft": values,
        "problems": dict.fromkeys(before.wrong, WRONG) if before else {},
        "message": AGAIN.format(_times(rule, state)) if before else "",
    }


def key_of(state: State) -> str:
    """Return a name for the page: the loop (also once the session is over), a step, or the end where no loop began."""
    if state.phase is Phase.ASKING and state.step:
        return f"step {state.step[0]}"
    if state.practice:
        return "practice"
    return "end" if state.finished and state.began_at is None else "loop"


def _before(state: State) -> StepSubmitted | None:
    """The latest answers to the step that is asked again; None: it is asked for the first time."""
    last = state.submitted[-1] if state.submitted else None
    return last if last is not None and not last.done else None


def _times(rule: StepRule, state: State) -> str:
    left = rule.tries - state.tries
    return "one time" if left == 1 else f"{left} times"


def _without_secrets(step: StepPart, answers: Mapping[str, Any]) -> dict[str, Any]:
    secret = {one.name for one in step.form.fields() if isinstance(one, Password)} if step.form else set()
    return {name: answer for name, answer in answers.items() if name not in secret}
