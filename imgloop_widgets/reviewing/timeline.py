"""What happened in a unit, in words, and when. Pure: from its events and from the decisions about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imgloop_widgets.decisions import Decision
from imgloop_widgets.events import (
    AttemptScored,
    AttemptViewed,
    DeadlineExtended,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    ImagePicked,
    LoopFinished,
    PracticeFailed,
    PracticeGenerated,
    PracticePicked,
    PracticeScored,
    PracticeSubmitted,
    PracticeViewed,
    PromptSubmitted,
    SessionFinished,
    SessionOpened,
    SessionPaused,
    SessionResumed,
    StepSubmitted,
)

VERBS: Mapping[str, str] = {
    "approve": "approved",
    "soft_reject": "soft-rejected",
    "reject": "rejected",
    "undo": "took a decision back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """at: UTC. after_s: seconds since the unit was opened, ≥ 0. what: in words. by_reviewer: whether one did it."""

    at: datetime
    after_s: float
    what: str
    by_reviewer: bool = False


def _submitted(event: Any) -> str:
    return f"{event.step}: {'answered' if event.passed else 'answered wrongly: ' + ', '.join(event.wrong)}"


WORDS: Mapping[type[Event], Callable[[Any], str]] = {
    SessionOpened: lambda e: "opened",
    FormSubmitted: lambda e: "answered the form",
    PromptSubmitted: lambda e: f"prompt {e.attempt}" + (f" for {e.images} images" if e.images > 1 else ""),
    ImageGenerated: lambda e: (
        f"image {e.attempt}" + (f".{e.place}" if e.place > 1 else "") + f" after {e.wait_s:.1f} s"
    ),
    GenerationFailed: lambda e: f"no image for prompt {e.attempt}: {e.failure.replace('_', ' ')}",
    AttemptScored: lambda e: f"scored image {e.attempt} with {e.score}",
    AttemptViewed: lambda e: f"went on from image {e.attempt}",
    ImagePicked: lambda e: f"chose image {e.attempt}.{e.place}",
    StepSubmitted: _submitted,
    LoopFinished: lambda e: f"the task was over: {e.reason.replace('_', ' ')}",
    PracticeSubmitted: lambda e: "prompt for practice",
    PracticeGenerated: lambda e: f"image for practice after {e.wait_s:.1f} s",
    PracticeFailed: lambda e: f"no image for practice: {e.failure.replace('_', ' ')}",
    PracticePicked: lambda e: "chose an image for practice",
    PracticeScored: lambda e: f"scored the image for practice with {e.score}",
    PracticeViewed: lambda e: "went on from practice",
    SessionPaused: lambda e: "the study was paused",
    SessionResumed: lambda e: "the study went on",
    DeadlineExtended: lambda e: "had more time",
    SessionFinished: lambda e: f"finished: {e.reason.replace('_', ' ')}",
}
"""Kind of event → how it is said. A new kind needs a line; a test sees to that."""


def timeline(events: Iterable[Event], decisions: Iterable[Decision] = ()) -> list[Moment]:
    """Return what happened, in its order."""
    events = list(events)
    if not events:
        return []
    begin = events[0].at
    happened = [(event.at, WORDS[type(event)](event), False) for event in events]
    happened += [(row.at, f"{row.who} {_decided(row)}", True) for row in decisions]
    return [
        Moment(at=at, after_s=max(0.0, (at - begin).total_seconds()), what=what, by_reviewer=reviewer)
        for at, what, reviewer in sorted(happened, key=lambda one: one[0])
    ]


def _decided(row: Decision) -> str:
    changes = [
        f"{'took' if change.value is None else 'gave'} {change.name}"
        + ("" if change.value in (None, 1) else f" = {change.value}")
        for change in row.changes
    ]
    bonus = [f"bonus {row.bonus}"] if row.bonus else []
    said = ", ".join([VERBS[row.what], *bonus, *changes])
    return f"{said}: {row.note}" if row.note else said
