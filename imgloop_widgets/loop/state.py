"""Where a session stands: a fold over its events, and nothing else.

`NEXT` is the table of all legal steps; `apply` takes one of them, `fold` all of a log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from imgloop_widgets.events import (
    AttemptScored,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    PromptSubmitted,
    SessionFinished,
    SessionOpened,
)


class Phase(StrEnum):
    """Where a session stands."""

    UNOPENED = "unopened"
    PROMPTING = "prompting"  # a prompt is awaited: the first one, or another try after a failure
    GENERATING = "generating"  # an image is owed
    SCORING = "scoring"  # a score is awaited, with the next prompt unless the loop ends with it
    FINISHED = "finished"


NEXT: dict[tuple[Phase, type[Event]], Phase] = {
    (Phase.UNOPENED, SessionOpened): Phase.PROMPTING,
    (Phase.PROMPTING, FormSubmitted): Phase.PROMPTING,
    (Phase.PROMPTING, PromptSubmitted): Phase.GENERATING,
    (Phase.GENERATING, ImageGenerated): Phase.SCORING,
    (Phase.GENERATING, GenerationFailed): Phase.PROMPTING,
    (Phase.SCORING, AttemptScored): Phase.PROMPTING,
    (Phase.PROMPTING, SessionFinished): Phase.FINISHED,
    (Phase.GENERATING, SessionFinished): Phase.FINISHED,
    (Phase.SCORING, SessionFinished): Phase.FINISHED,
}
"""Every legal step; a missing key is an event that can't have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One image shown, with the prompt it was made from and, once given, its score."""

    prompt: PromptSubmitted
    image: ImageGenerated
    scored: AttemptScored | None = None

    @property
    def number(self) -> int:
        """1-based."""
        return self.image.attempt

    @property
    def score(self) -> int | None:
        """The worker's score; None until it is given."""
        return self.scored.score if self.scored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A session at one moment. seq: number of events so far, and the `seq` of the next one."""

    seq: int = 0
    phase: Phase = Phase.UNOPENED
    opened: SessionOpened | None = None
    answers: Mapping[str, Any] | None = None
    attempts: tuple[Attempt, ...] = ()
    prompt: PromptSubmitted | None = None  # the latest one; its image is owed while GENERATING
    failure: GenerationFailed | None = None  # of the latest prompt
    refusals: int = 0  # prompts that a safety filter has refused
    finished: SessionFinished | None = None


EMPTY = State()


class IllegalEvent(Exception):
    """A log that breaks the loop's rules; it can't have been written by this package."""


def apply(state: State, event: Event) -> State:
    """Return the state after the event.

    Raises:
        IllegalEvent: the event does not follow from the state; the state is as it was.
    """
    phase = NEXT.get((state.phase, type(event)))
    if phase is None or event.seq != state.seq:
        raise IllegalEvent(
            f"{type(event).__name__} with seq {event.seq} can't follow {state.phase} with seq {state.seq}"
        )
    number = len(state.attempts) + (state.phase is not Phase.SCORING)  # of the attempt that is under way
    if getattr(event, "attempt", number) != number:
        raise IllegalEvent(f"{type(event).__name__} with seq {event.seq} must be of attempt {number}")
    state = replace(state, seq=state.seq + 1, phase=phase)
    match event:
        case SessionOpened():
            return replace(state, opened=event)
        case FormSubmitted():
            if state.answers is not None:
                raise IllegalEvent(f"FormSubmitted with seq {event.seq}: the answers were submitted before")
            return replace(state, answers=event.answers)
        case PromptSubmitted():
            return replace(state, prompt=event, failure=None)
        case ImageGenerated():
            assert state.prompt is not None  # GENERATING follows from a prompt alone
            return replace(state, attempts=(*state.attempts, Attempt(prompt=state.prompt, image=event)))
        case GenerationFailed():
            refused = event.failure == "refused"
            return replace(state, failure=event, refusals=state.refusals + refused)
        case AttemptScored():
            *earlier, last = state.attempts
            return replace(state, attempts=(*earlier, replace(last, scored=event)))
        case SessionFinished():
            return replace(state, finished=event)
    raise IllegalEvent(f"{type(event).__name__} is not an event of the loop")


def fold(events: Iterable[Event], state: State = EMPTY) -> State:
    """Return the state after all events, in their order."""
    for event in events:
        state = apply(state, event)
    return state


def pending(state: State) -> PromptSubmitted | None:
    """The prompt whose image is owed; None if there is none."""
    return state.prompt if state.phase is Phase.GENERATING else None


def is_over(state: State, now: datetime) -> bool:
    """Whether the time has come to submit the work so far."""
    return state.opened is not None and state.opened.auto_submit_at is not None and now >= state.opened.auto_submit_at


def best(state: State) -> Attempt | None:
    """The attempt with the highest score, the earliest of several; None where nothing is scored."""
    scored = [a for a in state.attempts if a.score is not None]
    return max(scored, key=lambda a: (a.score or 0, -a.number), default=None)
