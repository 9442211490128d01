"""A log that breaks the loop's rules is found when it is folded, whoever wrote it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from imgloop_widgets.events import (
    KINDS,
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
from imgloop_widgets.loop import EMPTY, NEXT, IllegalEvent, Phase, State, apply, fold

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
VALUES: dict[type[Event], dict[str, Any]] = {
    SessionOpened: {
        "session_id": "5" * 32,
        "study": "s",
        "study_hash": "h",
        "worker_id": "ana",
        "unit_id": "1",
        "arm": "default",
        "target_id": "bear",
        "target_sha256": "t",
        "seed": 7,
    },
    FormSubmitted: {"answers": {}},
    PromptSubmitted: {"prompt": "p", "seed": 1, "idempotency_key": "k"},
    ImageGenerated: {"image_sha256": "i", "width": 1, "height": 1, "wait_s": 0.0, "generator": "g"},
    GenerationFailed: {"failure": "transient", "wait_s": 0.0},
    AttemptScored: {"score": 3},
    SessionFinished: {"reason": "exited"},
    StepSubmitted: {"step": "ask", "step_kind": "questionnaire", "version": "1", "answers": {}, "done": False},
    LoopFinished: {"reason": "exited"},
    PracticeSubmitted: {"prompt": "p", "seed": 1, "idempotency_key": "k"},
    PracticeGenerated: {"image_sha256": "i", "width": 1, "height": 1, "wait_s": 0.0, "generator": "g"},
    PracticeFailed: {"failure": "transient", "wait_s": 0.0},
    PracticeScored: {"score": 3},
    ImagePicked: {"place": 1},
    AttemptViewed: {},
    PracticePicked: {"place": 1},
    PracticeViewed: {},
    SessionPaused: {},
    SessionResumed: {"auto_submit_at": T0, "deadline": T0},
    DeadlineExtended: {"auto_submit_at": T0, "deadline": T0},
}
OWN = {PracticeGenerated, PracticeFailed, PracticeScored, PracticePicked, PracticeViewed}
"""Kinds that the practice itself may refuse: whether they are legal is not a matter of the session's phase alone."""


def event_of(kind: type[Event], state: State) -> Event:
    """Return an event of this kind that is right for the state but, perhaps, for its phase."""
    now = state.practice or state
    number = len(now.attempts) + (kind not in (AttemptScored, AttemptViewed, ImagePicked, PracticeScored))
    attempt = {"attempt": number} if hasattr(kind, "attempt") else {}
    return kind(seq=state.seq, at=T0, **attempt, **VALUES[kind])


def after(*kinds: type[Event], steps: tuple[tuple[str, str], ...] = ()) -> State:
    """Return the state after these events, the first of them an opening with these steps."""
    state = EMPTY
    for kind in kinds:
        event = event_of(kind, state)
        state = apply(state, replace(event, steps=steps) if isinstance(event, SessionOpened) else event)
    return state


STANDS: dict[Phase, State] = {
    Phase.UNOPENED: EMPTY,
    Phase.PROMPTING: after(SessionOpened),
    Phase.GENERATING: after(SessionOpened, PromptSubmitted),
    Phase.SCORING: after(SessionOpened, PromptSubmitted, ImageGenerated),
    Phase.ASKING: after(SessionOpened, steps=(("ask", "questionnaire"), ("task", "task"))),
    Phase.PRACTISING: after(SessionOpened, steps=(("try", "practice"), ("task", "task"))),
    Phase.CLOSING: after(SessionOpened, LoopFinished),
    Phase.FINISHED: after(SessionOpened, SessionFinished),
}


@pytest.mark.parametrize("kind", list(KINDS.values()))
@pytest.mark.parametrize("phase", list(Phase))
def test_an_event_that_is_not_in_the_table_of_steps_is_illegal(phase: Phase, kind: type[Event]) -> None:
    state = STANDS[phase]
    event = event_of(kind, state)
    if phase is Phase.PRACTISING and kind in OWN:
        return
    if (phase, kind) in NEXT:
        assert apply(state, event).phase is NEXT[phase, kind]
        assert apply(state, event).seq == state.seq + 1
    else:
        with pytest.raises(IllegalEvent, match=f"{kind.__name__} with seq {state.seq} can't follow {phase}"):
            apply(state, event)


def test_no_step_leads_out_of_the_end() -> None:
    assert not [phase for phase, _ in NEXT if phase is Phase.FINISHED]
    assert {kind for _, kind in NEXT} == set(KINDS.values())


@pytest.mark.parametrize("offset", [-1, 1])
@pytest.mark.parametrize("phase", [Phase.PROMPTING, Phase.GENERATING, Phase.SCORING])
def test_a_log_with_a_gap_or_a_repeat_is_illegal(phase: Phase, offset: int) -> None:
    state = STANDS[phase]
    event = event_of(SessionFinished, state)
    with pytest.raises(IllegalEvent):
        apply(state, replace(event, seq=state.seq + offset))


@pytest.mark.parametrize("offset", [-1, 1, 7])
@pytest.mark.parametrize(
    ("phase", "kind"),
    [
        (Phase.PROMPTING, PromptSubmitted),
        (Phase.GENERATING, ImageGenerated),
        (Phase.GENERATING, GenerationFailed),
        (Phase.SCORING, AttemptScored),
        (Phase.SCORING, ImagePicked),
        (Phase.SCORING, AttemptViewed),
    ],
)
def test_an_event_of_another_attempt_is_illegal(phase: Phase, kind: type[Event], offset: int) -> None:
    state = STANDS[phase]
    event = event_of(kind, state)
    with pytest.raises(IllegalEvent, match="attempt 1"):
        apply(state, replace(event, attempt=1 + offset))  # type: ignore[call-arg]


def test_answers_that_are_submitted_twice_are_illegal() -> None:
    state = after(SessionOpened, FormSubmitted)
    with pytest.raises(IllegalEvent, match="answers"):
        apply(state, event_of(FormSubmitted, state))


def test_folding_in_two_parts_is_folding_at_once() -> None:
    """A page that takes over what another did folds the rest onto what it has."""
    log = []
    state = EMPTY
    for kind in (SessionOpened, FormSubmitted, PromptSubmitted, ImageGenerated, AttemptScored, PromptSubmitted):
        log.append(event_of(kind, state))
        state = apply(state, log[-1])
    for cut in range(len(log) + 1):
        assert fold(log[cut:], fold(log[:cut])) == state
