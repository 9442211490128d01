"""What stands before and after the loop, pure: its kinds, its right answers, and what follows from them.

A session's plan is (name, kind) of each step in order; the loop is the one of the kind `TASK`. All but practice is a
form that is answered with one command. Practice is the loop itself with one attempt, on a target of its own: its
events are the loop's under other names, so one set of rules decides both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from imgloop_widgets.events import (
    AttemptScored,
    AttemptViewed,
    Event,
    GenerationFailed,
    ImageGenerated,
    ImagePicked,
    PracticeFailed,
    PracticeGenerated,
    PracticePicked,
    PracticeScored,
    PracticeSubmitted,
    PracticeViewed,
    PromptSubmitted,
)

StepKind = Literal[
    "consent",
    "instructions",
    "comprehension",
    "practice",
    "task",
    "attention",
    "questionnaire",
    "debriefing",
    "opinion",
]
OnFail = Literal["go_on", "screen_out", "block"]
"""What comes of wrong answers once no try is left: nothing, the end of the session, the end and no other one."""

TASK, PRACTICE, CONSENT, COMPREHENSION = "task", "practice", "consent", "comprehension"

Planned = tuple[str, str]
"""The name and the kind of a step."""

ONLY_TASK: tuple[Planned, ...] = ((TASK, TASK),)
"""The plan of a session that has nothing but the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """What the study sets for a step. version: of its text. right: name of field → the right answer, or a list of
    those that are. tries: how often it may be answered, ≥ 1.
    """

    name: str
    kind: StepKind
    version: str = ""
    right: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 1
    on_fail: OnFail = "go_on"


def wrong_answers(rule: StepRule, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields whose answer is not the right one, in the order of the file."""
    return tuple(name for name, right in rule.right.items() if not is_right(answers.get(name), right))


def is_right(answer: Any, right: Any) -> bool:
    """Whether an answer is the right one. right: of several choices a list with all of them; else one, or a list of
    those that are right. Text is compared without regard to case and to spaces around it.
    """
    match answer:
        case Mapping():
            wanted = right if isinstance(right, list) else [right]
            return {name for name, chosen in answer.items() if chosen} == {str(one) for one in wanted}
        case list() | tuple():
            return list(answer) == (right if isinstance(right, list) else [right])
    return any(_folded(answer) == _folded(one) for one in (right if isinstance(right, list) else [right]))


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


_NAMES: dict[type[Event], type[Event]] = {
    PromptSubmitted: PracticeSubmitted,
    ImageGenerated: PracticeGenerated,
    GenerationFailed: PracticeFailed,
    ImagePicked: PracticePicked,
    AttemptScored: PracticeScored,
    AttemptViewed: PracticeViewed,
}
_LOOPS: dict[type[Event], type[Event]] = {practice: loop for loop, practice in _NAMES.items()}

PRACTICE_EVENTS: frozenset[type[Event]] = frozenset(_LOOPS)


def as_practice(event: Event) -> Event:
    """Return an event of the loop as one of practice; another event as it is."""
    return _renamed(event, _NAMES)


def as_loop(event: Event) -> Event:
    """Return an event of practice as the loop's."""
    return _renamed(event, _LOOPS)


def _renamed(event: Event, names: Mapping[type[Event], type[Event]]) -> Event:
    kind = names.get(type(event))
    return kind(**{f.name: getattr(event, f.name) for f in fields(event)}) if kind else event
