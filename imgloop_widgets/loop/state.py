"""Where a session stands: a fold over its events, and nothing else.

`NEXT` is the table of all legal steps; `apply` takes one of them, `fold` all of a log. Where a step before or after the
loop is over, the session's plan says what comes next (`_arrived`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args

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
from imgloop_widgets.loop.sets import places_left
from imgloop_widgets.loop.steps import ONLY_TASK, PRACTICE, PRACTICE_EVENTS, TASK, Planned, as_loop


class Phase(StrEnum):
    """Where a session stands."""

    UNOPENED = "unopened"
    PROMPTING = "prompting"  # a prompt is awaited: the first one, or another try after a failure
    GENERATING = "generating"  # an image is owed, or several
    SCORING = "scoring"  # a score is awaited, with the next prompt unless the loop ends with it
    ASKING = "asking"  # a step before or after the loop awaits its answers
    PRACTISING = "practising"  # an attempt that does not count is under way: see `State.practice`
    CLOSING = "closing"  # every step is over, and only the end is missing
    FINISHED = "finished"


NEXT: dict[tuple[Phase, type[Event]], Phase] = {
    (Phase.UNOPENED, SessionOpened): Phase.PROMPTING,
    (Phase.PROMPTING, FormSubmitted): Phase.PROMPTING,
    (Phase.PROMPTING, PromptSubmitted): Phase.GENERATING,
    (Phase.GENERATING, ImageGenerated): Phase.SCORING,
    (Phase.GENERATING, GenerationFailed): Phase.PROMPTING,
    (Phase.SCORING, ImagePicked): Phase.SCORING,
    (Phase.SCORING, AttemptScored): Phase.PROMPTING,
    (Phase.SCORING, AttemptViewed): Phase.PROMPTING,
    (Phase.PROMPTING, SessionFinished): Phase.FINISHED,
    (Phase.GENERATING, SessionFinished): Phase.FINISHED,
    (Phase.SCORING, SessionFinished): Phase.FINISHED,
    (Phase.ASKING, StepSubmitted): Phase.ASKING,
    (Phase.PRACTISING, PracticeSubmitted): Phase.PRACTISING,
    (Phase.PRACTISING, PracticeGenerated): Phase.PRACTISING,
    (Phase.PRACTISING, PracticeFailed): Phase.PRACTISING,
    (Phase.PRACTISING, PracticePicked): Phase.PRACTISING,
    (Phase.PRACTISING, PracticeScored): Phase.PRACTISING,
    (Phase.PRACTISING, PracticeViewed): Phase.PRACTISING,
    (Phase.PROMPTING, LoopFinished): Phase.CLOSING,
    (Phase.GENERATING, LoopFinished): Phase.CLOSING,
    (Phase.SCORING, LoopFinished): Phase.CLOSING,
    (Phase.ASKING, SessionFinished): Phase.FINISHED,
    (Phase.PRACTISING, SessionFinished): Phase.FINISHED,
    (Phase.CLOSING, SessionFinished): Phase.FINISHED,
}
STEERED = SessionPaused | SessionResumed | DeadlineExtended
"""What the researcher does while a session goes on: nothing of what the worker sees or has typed becomes another."""

UNDER_WAY = frozenset({Phase.PROMPTING, Phase.GENERATING, Phase.SCORING, Phase.ASKING, Phase.PRACTISING})

NEXT |= {(phase, kind): phase for phase in UNDER_WAY for kind in get_args(STEERED)}
"""Every legal step; a missing key is an event that can't have happened. A step that is over leads on by the plan, and
of several images that are owed the last one that comes or fails leads on (`_settled`)."""

_AT_STEP: dict[str, Phase] = {TASK: Phase.PROMPTING, PRACTICE: Phase.PRACTISING}
"""Kind of a step → the phase it begins with; every other kind is a form, which is `ASKING`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was shown for one prompt, with that prompt and, once given, its score.

    images: by their place; one, where the arm asks for one. picked: which of several the worker chose. viewed: that
    they went on without a score, as none is asked for.
    """

    prompt: PromptSubmitted
    images: tuple[ImageGenerated, ...]
    picked: ImagePicked | None = None
    scored: AttemptScored | None = None
    viewed: AttemptViewed | None = None

    @property
    def number(self) -> int:
        """1-based."""
        return self.prompt.attempt

    @property
    def image(self) -> ImageGenerated:
        """The attempt's image: the one that was picked, else the first."""
        place = self.picked.place if self.picked else self.images[0].place
        return next(image for image in self.images if image.place == place)

    @property
    def judged(self) -> tuple[ImageGenerated, ...]:
        """The images that the score is about: the one that was picked, else all of them."""
        return (self.image,) if self.picked else self.images

    @property
    def shown_at(self) -> datetime:
        """When the last of its images was there."""
        return max(image.at for image in self.images)

    @property
    def is_done(self) -> bool:
        """Whether the worker has judged it, or looked at it where no score is asked for."""
        return self.scored is not None or self.viewed is not None

    @property
    def score(self) -> int | None:
        """The worker's score; None until it is given."""
        return self.scored.score if self.scored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A session at one moment. seq: number of events so far, and the `seq` of the next one.

    place: of the step that goes on, in the plan, 0-based. submitted: the answers to steps. practice: the loop of the
    practice that is under way. began_at: when the loop began. ended: the loop, where steps after it go on. came,
    failures: the images of the latest prompt while some of it are still owed, and those that did not come.
    since: the first `seq` at which the worker had this very state before them: only the researcher has done something
    since. auto_submit_at, deadline: as the opening has them, or as they were moved. paused: the study; None: it goes
    on.
    """

    seq: int = 0
    phase: Phase = Phase.UNOPENED
    opened: SessionOpened | None = None
    answers: Mapping[str, Any] | None = None
    attempts: tuple[Attempt, ...] = ()
    prompt: PromptSubmitted | None = None  # the latest one; its image is owed while GENERATING
    came: tuple[ImageGenerated, ...] = ()
    failures: tuple[GenerationFailed, ...] = ()
    failure: GenerationFailed | None = None  # of the latest prompt, where nothing came of it
    refusals: int = 0  # prompts that a safety filter has refused
    finished: SessionFinished | None = None
    place: int = 0
    submitted: tuple[StepSubmitted, ...] = ()
    practice: "State | None" = None
    began_at: datetime | None = None
    ended: LoopFinished | None = None
    since: int = 0
    auto_submit_at: datetime | None = None
    deadline: datetime | None = None
    paused: SessionPaused | None = None

    @property
    def plan(self) -> tuple[Planned, ...]:
        """The steps of the session, the loop among them."""
        return (self.opened.steps if self.opened else ()) or ONLY_TASK

    @property
    def step(self) -> Planned | None:
        """The step that goes on: its name and kind; None: all of them are over."""
        return self.plan[self.place] if self.place < len(self.plan) else None

    @property
    def tries(self) -> int:
        """How often the step that goes on was answered."""
        return sum(one.step == self.step[0] for one in self.submitted) if self.step else 0


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
    if getattr(event, "attempt", number) != number and type(event) not in PRACTICE_EVENTS:
        raise IllegalEvent(f"{type(event).__name__} with seq {event.seq} must be of attempt {number}")
    if isinstance(event, STEERED):
        return _steered(replace(state, seq=state.seq + 1), event)
    state = replace(state, seq=state.seq + 1, since=state.seq + 1, phase=phase)
    match event:
        case SessionOpened():
            state = replace(state, opened=event, auto_submit_at=event.auto_submit_at, deadline=event.deadline)
            return _arrived(state, event)
        case StepSubmitted():
            if state.step != (event.step, event.step_kind):
                raise IllegalEvent(f"StepSubmitted with seq {event.seq}: the step {event.step!r} is not the one asked")
            state = replace(state, submitted=(*state.submitted, event))
            return _arrived(replace(state, place=state.place + 1), event) if event.done else state
        case LoopFinished():
            return _arrived(replace(_shown(state), ended=event, place=state.place + 1), event)
        case _ if type(event) in PRACTICE_EVENTS:
            assert state.practice is not None  # PRACTISING has it
            practice = apply(state.practice, as_loop(event))
            if isinstance(event, PracticeScored | PracticeViewed):
                return _arrived(replace(state, practice=None, place=state.place + 1), event)
            return replace(state, practice=practice)
        case FormSubmitted():
            if state.answers is not None:
                raise IllegalEvent(f"FormSubmitted with seq {event.seq}: the answers were submitted before")
            return replace(state, answers=event.answers)
        case PromptSubmitted():
            return replace(state, prompt=event, came=(), failures=(), failure=None)
        case ImageGenerated():
            _check_owed(state, event)
            return _settled(replace(state, came=(*state.came, event)))
        case GenerationFailed():
            _check_owed(state, event)
            return _settled(replace(state, failures=(*state.failures, event)))
        case ImagePicked():
            *earlier, last = state.attempts
            if last.picked or event.place not in [image.place for image in last.images]:
                raise IllegalEvent(f"ImagePicked with seq {event.seq}: image {event.place} can't be picked")
            return replace(state, attempts=(*earlier, replace(last, picked=event)))
        case AttemptScored():
            *earlier, last = state.attempts
            return replace(state, attempts=(*earlier, replace(last, scored=event)))
        case AttemptViewed():
            *earlier, last = state.attempts
            return replace(state, attempts=(*earlier, replace(last, viewed=event)))
        case SessionFinished():
            return replace(_shown(state), finished=event)
    raise IllegalEvent(f"{type(event).__name__} is not an event of the loop")


def _check_owed(state: State, event: ImageGenerated | GenerationFailed) -> None:
    """Raises: IllegalEvent: that image is not owed (any more)."""
    if event.place is not None and event.place not in _left(state):
        raise IllegalEvent(f"{type(event).__name__} with seq {event.seq}: image {event.place} is not owed")


def _settled(state: State) -> State:
    """Return the state after an image came or failed: only with the last of them the prompt has what it gets."""
    if _left(state):
        return replace(state, phase=Phase.GENERATING)
    if state.came:
        return replace(_shown(state), phase=Phase.SCORING)
    refused = any(failure.failure == "refused" for failure in state.failures)
    return replace(
        state,
        phase=Phase.PROMPTING,
        failure=state.failures[-1],
        failures=(),
        refusals=state.refusals + refused,
    )


def _shown(state: State) -> State:
    """Return the state with the images that came as an attempt; also where the loop ends before all of them came."""
    if not state.came:
        return replace(state, failures=())
    assert state.prompt is not None  # images follow from a prompt alone
    images = tuple(sorted(state.came, key=lambda image: image.place))
    attempt = Attempt(prompt=state.prompt, images=images)
    return replace(state, attempts=(*state.attempts, attempt), came=(), failures=())


def _steered(state: State, event: STEERED) -> State:
    practice = apply(state.practice, event) if state.practice else None
    if isinstance(event, SessionPaused):
        return replace(state, practice=practice, paused=event)
    state = replace(state, practice=practice, auto_submit_at=event.auto_submit_at, deadline=event.deadline)
    return replace(state, paused=None) if isinstance(event, SessionResumed) else state


def _arrived(state: State, event: Event) -> State:
    """Return the state at the beginning of its step; event: what led to it."""
    if state.step is None:
        return replace(state, phase=Phase.CLOSING)
    phase = _AT_STEP.get(state.step[1], Phase.ASKING)
    if phase is Phase.PRACTISING:
        assert state.opened is not None
        alone = replace(state.opened, steps=())
        practice = State(
            seq=state.seq,
            since=state.seq,
            phase=Phase.PROMPTING,
            opened=alone,
            answers={},
            began_at=event.at,
            auto_submit_at=state.auto_submit_at,
            deadline=state.deadline,
        )
        return replace(state, phase=phase, practice=practice)
    return replace(state, phase=phase, began_at=event.at if phase is Phase.PROMPTING else state.began_at)


def fold(events: Iterable[Event], state: State = EMPTY) -> State:
    """Return the state after all events, in their order."""
    for event in events:
        state = apply(state, event)
    return state


def owed(state: State) -> tuple[int, ...]:
    """The places of the images that are still owed, rising; of the loop itself, not of a practice."""
    return _left(state) if state.phase is Phase.GENERATING else ()


def _left(state: State) -> tuple[int, ...]:
    """The places of the latest prompt's images that have neither come nor failed, whatever the phase."""
    return () if state.prompt is None else places_left(state.prompt, state.came, state.failures)


def pending(state: State) -> PromptSubmitted | None:
    """The prompt whose image is owed, for practice too; None if there is none."""
    now = state.practice or state
    return now.prompt if now.phase is Phase.GENERATING else None


def is_over(state: State, now: datetime) -> bool:
    """Whether the time has come to submit the work so far; it stands still while the study is paused."""
    return state.paused is None and state.auto_submit_at is not None and now >= state.auto_submit_at


def seconds_left(state: State, now: datetime) -> float | None:
    """Seconds until the work so far is submitted, ≥ 0; None: no limit, the study is paused, or the session is over."""
    if state.auto_submit_at is None or state.paused or state.finished:
        return None
    return max(0.0, (state.auto_submit_at - now).total_seconds())


def best(state: State) -> Attempt | None:
    """The attempt with the highest score, the earliest of several; None where nothing is scored."""
    scored = [a for a in state.attempts if a.score is not None]
    return max(scored, key=lambda a: (a.score or 0, -a.number), default=None)
