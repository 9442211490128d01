"""The rules of the loop, pure: no clock, no chance, no input or output.

                 SubmitPrompt                 ReportImage                Score (last, perfect, Exit …)
    PROMPTING ───────────────▶ GENERATING ───────────────▶ SCORING ───────────────▶ FINISHED
        ▲                        │        ▲                    │
        └── ReportFailure, Cancel ┘        └──── Score + prompt ┘

`decide(rules, state, command, now)` returns the events a command leads to, or raises `Refused` and nothing has
changed. `apply(state, event)` returns the next state. `fold(events)` applies all of them to the empty state.
`pending(state)` is the image that is owed, if any. The laws, each a property test:

1. A state is a fold over the session's own events and of nothing else.
2. An attempt is an image shown. Refused, repeated, cancelled and failed requests cost none.
3. Attempt k is one record: prompt k, image k, score k.
4. A command names the state it acts on (`seq`, the number of events it has seen); any other is refused as stale.
5. A finished session never changes.
6. At `auto_submit_at` the work so far is submitted, whatever command comes; what was sent with it is kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from imgloop_widgets.errors import Failure, Refused
from imgloop_widgets.events import (
    AttemptScored,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    PromptSubmitted,
    Reason,
    SessionFinished,
    SessionOpened,
)

Duplicates = Literal["exact", "normalized", "allow"]


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
class Rules:
    """What a study sets.

    max_answer_loops: images a worker may see; None: no limit. score_min, score_max: the scale, both included.
    perfect_score: ends the session. duplicates: which repeats of an earlier prompt are refused: `exact` (after
    stripping), `normalized` (also case and spaces), `allow`. bands: (lowest score, name of the form's template),
    rising; the instruction under an image follows from the score before it. prompt_max_characters: a hard bound.
    """

    max_answer_loops: int | None = 3
    score_min: int = 1
    score_max: int = 10
    perfect_score: int = 10
    duplicates: Duplicates = "exact"
    bands: tuple[tuple[int, str], ...] = ()
    prompt_max_characters: int = 10_000


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
            return replace(state, failure=event)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody wants. seq: of the state it acts on."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPrompt(Command):
    """Ask for an image. answers: the form's other fields, when they are submitted with the first prompt."""

    prompt: str
    answers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Command):
    """Score the image shown. prompt: for the next image; not needed where the loop ends with this score."""

    score: int
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """No longer wait for the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit(Command):
    """Finish early. draft: all that stands in the page; a valid `score` in it counts, the rest is kept as a draft."""

    draft: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(Exit):
    """The time is over (the worker's page or the server says so; `decide` looks at the clock itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportImage(Command):
    """The generator has made the image that was owed; the fields are those of `ImageGenerated`."""

    image_sha256: str
    width: int
    height: int
    generator: str
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFailure(Command):
    """The generator has made no image."""

    failure: Failure
    incident: str | None = None


STALE = "This page was not up to date; nothing was changed. Please look at it again and go on from here."
_NOT_NOW: dict[Phase, str] = {
    Phase.UNOPENED: "The task has not begun yet.",
    Phase.PROMPTING: "Please write a prompt first.",
    Phase.GENERATING: "The image is still being made.",
    Phase.SCORING: "Please score the image first.",
    Phase.FINISHED: "This task is finished; nothing can be changed any more.",
}
SCORE, PROMPT = "score", "prompt"
"""Names of the fields a refusal of the loop stands beside."""


def decide(rules: Rules, state: State, command: Command, now: datetime) -> tuple[Event, ...]:
    """Return the events that the command leads to, at least one, with rising `seq` and `at=now`.

    Raises:
        Refused: the command is stale, not possible now, or what it carries is not acceptable.
    """
    allowed, handler = _HANDLERS[type(command)]
    if state.phase is Phase.FINISHED or state.opened is None:
        raise Refused(_NOT_NOW[state.phase])
    if command.seq != state.seq:
        raise Refused(STALE)
    if not isinstance(command, Exit) and is_over(state, now):
        return _finish(rules, state, _late(command), now, "expired")
    if state.phase not in allowed:
        raise Refused(_NOT_NOW[state.phase])
    return handler(rules, state, command, now)


def is_over(state: State, now: datetime) -> bool:
    """Whether the time has come to submit the work so far."""
    return state.opened is not None and state.opened.auto_submit_at is not None and now >= state.opened.auto_submit_at


def pending(state: State) -> PromptSubmitted | None:
    """The prompt whose image is owed; None if there is none."""
    return state.prompt if state.phase is Phase.GENERATING else None


def attempts_left(rules: Rules, state: State) -> int | None:
    """How many more images may be shown; None: no limit."""
    return None if rules.max_answer_loops is None else max(0, rules.max_answer_loops - len(state.attempts))


def ends_with(rules: Rules, state: State, score: int) -> Reason | None:
    """The reason for which the session ends if the image shown gets this score; None: it goes on."""
    if score == rules.perfect_score:
        return "perfect"
    return "attempts_used" if attempts_left(rules, state) == 0 else None


def best(state: State) -> Attempt | None:
    """The attempt with the highest score, the earliest of several; None where nothing is scored."""
    scored = [a for a in state.attempts if a.score is not None]
    return max(scored, key=lambda a: (a.score or 0, -a.number), default=None)


def band(rules: Rules, score_before: int | None) -> str | None:
    """The name of the template for an image; score_before: of the image before it, None for the first image."""
    names = [name for lowest, name in rules.bands if score_before is None or score_before >= lowest]
    if not names:
        return rules.bands[0][1] if rules.bands else None
    return names[0] if score_before is None else names[-1]


def check_score(rules: Rules, score: object) -> int:
    """Return the score if it is a whole number on the scale.

    Raises:
        Refused: it is not.
    """
    if isinstance(score, bool) or not isinstance(score, int) or not rules.score_min <= score <= rules.score_max:
        raise Refused(f"Please choose a score from {rules.score_min} to {rules.score_max}.", field=SCORE)
    return score


def check_prompt(rules: Rules, state: State, prompt: object) -> str:
    """Return the prompt, stripped, if it may be submitted.

    Raises:
        Refused: it is empty, too long, not storable text, or repeats the prompt of an earlier attempt.
    """
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused("Please write a prompt.", field=PROMPT)
    prompt = prompt.strip()
    if len(prompt) > rules.prompt_max_characters:
        raise Refused(
            f"Please shorten the prompt to {rules.prompt_max_characters} characters (now {len(prompt)}).",
            field=PROMPT,
        )
    if "\0" in prompt or not _is_unicode(prompt):
        raise Refused("The prompt has characters that can't be stored; please type it again.", field=PROMPT)
    if rules.duplicates != "allow":
        form = _NORMAL_FORMS[rules.duplicates]
        if form(prompt) in {form(a.prompt.prompt) for a in state.attempts}:
            raise Refused("Same prompt cannot be used twice. Please change it.", field=PROMPT)
    return prompt


_NORMAL_FORMS: dict[Duplicates, Callable[[str], str]] = {
    "exact": str.strip,
    "normalized": lambda prompt: " ".join(prompt.split()).casefold(),
}


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can carry it, no database can
        return False
    return True


def _prompted(rules: Rules, state: State, seq: int, prompt: object, now: datetime) -> PromptSubmitted:
    assert state.opened is not None
    text = check_prompt(rules, state, prompt)
    return PromptSubmitted(
        seq=seq,
        at=now,
        attempt=len(state.attempts) + 1,
        prompt=text,
        seed=state.opened.seed,
        idempotency_key=f"{state.opened.session_id}-{seq}",
    )


def _submit_prompt(rules: Rules, state: State, command: SubmitPrompt, now: datetime) -> tuple[Event, ...]:
    if attempts_left(rules, state) == 0:  # the study was changed to fewer attempts meanwhile
        raise Refused("You have used all your attempts. Please finish with Exit.")
    events: list[Event] = []
    if command.answers is not None and state.answers is None:
        events.append(FormSubmitted(seq=state.seq, at=now, answers=command.answers))
    events.append(_prompted(rules, state, state.seq + len(events), command.prompt, now))
    return tuple(events)


def _score(rules: Rules, state: State, command: Score, now: datetime) -> tuple[Event, ...]:
    score = check_score(rules, command.score)
    scored = AttemptScored(seq=state.seq, at=now, attempt=len(state.attempts), score=score)
    if reason := ends_with(rules, state, score):
        draft = {PROMPT: command.prompt} if command.prompt else {}
        return scored, SessionFinished(seq=state.seq + 1, at=now, reason=reason, draft=draft)
    return scored, _prompted(rules, state, state.seq + 1, command.prompt, now)


def _cancel(rules: Rules, state: State, command: Cancel, now: datetime) -> tuple[Event, ...]:
    return (_failed(state, "cancelled", None, now),)


def _exit(rules: Rules, state: State, command: Exit, now: datetime) -> tuple[Event, ...]:
    if is_over(state, now):
        return _finish(rules, state, command, now, "expired")
    return _finish(rules, state, command, now, "exited")


def _expire(rules: Rules, state: State, command: Expire, now: datetime) -> tuple[Event, ...]:
    if not is_over(state, now):
        raise Refused("There is time left; the task goes on.")
    return _finish(rules, state, command, now, "expired")


def _report_image(rules: Rules, state: State, command: ReportImage, now: datetime) -> tuple[Event, ...]:
    assert state.prompt is not None
    return (
        ImageGenerated(
            seq=state.seq,
            at=now,
            attempt=state.prompt.attempt,
            image_sha256=command.image_sha256,
            width=command.width,
            height=command.height,
            wait_s=_since(state.prompt, now),
            generator=command.generator,
            version=command.version,
            parameters=command.parameters,
        ),
    )


def _report_failure(rules: Rules, state: State, command: ReportFailure, now: datetime) -> tuple[Event, ...]:
    return (_failed(state, command.failure, command.incident, now),)


def _failed(state: State, failure: Failure, incident: str | None, now: datetime) -> GenerationFailed:
    assert state.prompt is not None
    wait_s = _since(state.prompt, now)
    return GenerationFailed(
        seq=state.seq, at=now, attempt=state.prompt.attempt, failure=failure, incident=incident, wait_s=wait_s
    )


def _since(event: Event, now: datetime) -> float:
    return max(0.0, (now - event.at).total_seconds())  # a clock may be set back


def _late(command: Command) -> Exit:
    """What a command that came after the time was over leaves behind."""
    match command:
        case SubmitPrompt():
            return Exit(seq=command.seq, draft={**(command.answers or {}), PROMPT: command.prompt})
        case Score():
            draft = {PROMPT: command.prompt} if command.prompt else {}
            return Exit(seq=command.seq, draft={**draft, SCORE: command.score})
    return Exit(seq=command.seq)


def _finish(rules: Rules, state: State, command: Exit, now: datetime, reason: Reason) -> tuple[Event, ...]:
    """Submit the work so far: a valid score of the image shown counts, everything else is kept as a draft."""
    events: list[Event] = []
    draft = dict(command.draft)
    if state.phase is Phase.SCORING and SCORE in draft:
        try:
            score = check_score(rules, draft[SCORE])
        except Refused:
            pass
        else:
            del draft[SCORE]
            events.append(AttemptScored(seq=state.seq, at=now, attempt=len(state.attempts), score=score))
            reason = ends_with(rules, state, score) or reason
    events.append(SessionFinished(seq=state.seq + len(events), at=now, reason=reason, draft=draft))
    return tuple(events)


_HANDLERS: dict[type[Command], tuple[frozenset[Phase], Callable[..., tuple[Event, ...]]]] = {
    SubmitPrompt: (frozenset({Phase.PROMPTING}), _submit_prompt),
    Score: (frozenset({Phase.SCORING}), _score),
    Cancel: (frozenset({Phase.GENERATING}), _cancel),
    Exit: (frozenset({Phase.PROMPTING, Phase.GENERATING, Phase.SCORING}), _exit),
    Expire: (frozenset({Phase.PROMPTING, Phase.GENERATING, Phase.SCORING}), _expire),
    ReportImage: (frozenset({Phase.GENERATING}), _report_image),
    ReportFailure: (frozenset({Phase.GENERATING}), _report_failure),
}
