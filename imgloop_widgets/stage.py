"""What stands on a worker's page now: the loop, the practice before it, or the form of a step.

part: what the session plays with     state: how it stands     →  `playing`: the loop on the page, the practice's or
                                                                   the real one;  `form_now`: the form on the page
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from imgloop_widgets.events import Event, PracticeScored, PracticeViewed, SessionFinished, SessionOpened, StepSubmitted
from imgloop_widgets.forms import FormModel, Sheet, check_answers
from imgloop_widgets.loop import Phase, State, SubmitStep
from imgloop_widgets.loop.steps import COMPREHENSION, TASK
from imgloop_widgets.part import Part
from imgloop_widgets.qualifying import Value, blocked_in, gold_failed_in, gold_passed_in, strikes_in
from imgloop_widgets.store.qualified import Grant

TEXT_ALONE = "read"
"""The hidden field of a form that has no other one: it is no answer."""

DONE_WELL = frozenset({"perfect", "attempts_used", "stopped"})
"""Reasons with which the task itself is passed."""


def playing(part: Part, state: State) -> tuple[Part, State]:
    """Return the loop that is on the page: that of the practice while it goes on, else the real one."""
    if state.practice is None:
        return part, state
    own = part.steps[_name(state)].practice
    assert own is not None  # a practice has one
    return own, state.practice


def form_now(part: Part, state: State) -> FormModel:
    """Return the form that is on the page."""
    if state.phase is Phase.ASKING and (form := part.steps[_name(state)].form):
        return form
    return playing(part, state)[0].form


def sheet_now(part: Part, state: State, kept: Mapping[str, Any]) -> Sheet:
    """Return that form with what triggers have changed in it. kept: of `kept_json`; another step's says nothing."""
    form, own = form_now(part, state), kept.get("step", TASK) == _name(state)
    return Sheet.from_json(form, kept) if own else Sheet(form=form)


def kept_json(state: State, sheet: Sheet) -> dict[str, Any]:
    """Return what is kept of the sheet, as JSON values."""
    return {**sheet.to_json(), **({} if _name(state) == TASK else {"step": _name(state)})}


def checked_step(sheet: Sheet, command: SubmitStep, has_file: Callable[[str], bool]) -> SubmitStep:
    """Return the command with typed answers. Raises: Refused: with a message for each field that needs a change."""
    answers = check_answers(sheet, command.answers, has_file=has_file)
    answers.pop(TEXT_ALONE, None) if _is_text(sheet.form) else None
    return replace(command, answers=answers)


def grants_of(part: Part, state: State, events: tuple[Event, ...]) -> tuple[Grant, ...]:
    """Return the qualifications that come of events which follow the state."""
    opened = state.opened
    if opened is None:
        return ()
    if not part.steps:
        return gold_grants(opened, events)
    found: list[tuple[str, Value, bool]] = []
    for event in events:
        match event:
            case StepSubmitted(passed=True):
                found += [(name, value, False) for name, value in part.steps[event.step].grants.items()]
            case StepSubmitted(wrong=wrong) if wrong and (event.done or len(events) > 1):  # no try is left
                if event.step_kind != COMPREHENSION:
                    found.append((strikes_in(opened.study), 1, True))
                if part.rules.step(event.step).on_fail == "block":
                    found.append((blocked_in(opened.study), 1, False))
            case PracticeScored() | PracticeViewed():
                found += [(name, value, False) for name, value in part.steps[_name(state)].grants.items()]
            case SessionFinished(reason=reason) if reason in DONE_WELL and TASK in part.steps:
                found += [(name, value, False) for name, value in part.steps[TASK].grants.items()]
    at = events[-1].at if events else opened.at
    why = f"session {opened.session_id}"
    return tuple(
        Grant(worker_id=opened.worker_id, name=name, value=value, at=at, why=why, adds=adds)
        for name, value, adds in found
    ) + gold_grants(opened, events)


def gold_grants(opened: SessionOpened, events: tuple[Event, ...]) -> tuple[Grant, ...]:
    """Return what counts for or against a worker where the events end a gold unit that was judged."""
    end = events[-1] if events else None
    if not isinstance(end, SessionFinished) or end.wrong is None:
        return ()
    name = gold_failed_in(opened.study) if end.wrong else gold_passed_in(opened.study)
    why = f"session {opened.session_id}: {opened.unit_id} ({opened.target_id})"
    why += f": wrong: {', '.join(end.wrong)}" if end.wrong else " was passed"
    return (Grant(worker_id=opened.worker_id, name=name, value=1, at=end.at, why=why, adds=True),)


def _name(state: State) -> str:
    """The name of the step that goes on; once all are over, the loop's."""
    return TASK if state.step is None or state.step[1] == TASK else state.step[0]


def _is_text(form: FormModel) -> bool:
    return [one.name for one in form.fields()] == [TEXT_ALONE]
