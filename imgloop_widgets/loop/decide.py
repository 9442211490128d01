"""Which events a command leads to, if any. `_HANDLERS` is the table of what is possible in which phase."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from imgloop_widgets.errors import Failure, Refused
from imgloop_widgets.events import (
    AttemptScored,
    AttemptViewed,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    ImagePicked,
    LoopFinished,
    PracticeSubmitted,
    PromptSubmitted,
    Reason,
    SessionFinished,
    StepSubmitted,
)
from imgloop_widgets.loop.commands import (
    Cancel,
    Command,
    Decline,
    Exit,
    Expire,
    ReportFailure,
    ReportImage,
    Score,
    SubmitPrompt,
    SubmitStep,
)
from imgloop_widgets.loop.controls import SEED, check_controls
from imgloop_widgets.loop.known import with_verdict
from imgloop_widgets.loop.rules import (
    PICK,
    PROMPT,
    SCORE,
    Rules,
    attempts_left,
    check_pick,
    check_prompt,
    check_score,
    ends_with,
    is_enough,
    refusals_left,
    seed_of,
    writes,
)
from imgloop_widgets.loop.state import Phase, State, fold, is_over, owed
from imgloop_widgets.loop.steps import CONSENT, TASK, as_practice, wrong_answers

STALE = "This page was not up to date; nothing was changed. Please look at it again and go on from here."


PAUSED = (
    "The study is paused at the moment, so no new image can be made. Your time stands still, and what you wrote stays "
    "here; please go on later."
)

ENDS: frozenset[Failure] = frozenset({"quota"})
"""Failures after which no image can be made for anybody, so the session ends with what is there."""

_NOT_NOW: dict[Phase, str] = {
    Phase.UNOPENED: "The task has not begun yet.",
    Phase.PROMPTING: "Please write a prompt first.",
    Phase.GENERATING: "The image is still being made.",
    Phase.SCORING: "Please score the image first.",
    Phase.ASKING: "Please answer the questions on this page first.",
    Phase.PRACTISING: "Please finish the practice first.",
    Phase.CLOSING: "This task is over.",
    Phase.FINISHED: "This task is finished; nothing can be changed any more.",
}


def decide(rules: Rules, state: State, command: Command, now: datetime) -> tuple[Event, ...]:
    """Return the events that the command leads to, at least one, with rising `seq` and `at=now`.

    Raises:
        Refused: the command is stale, not possible now (the study is paused), or what it carries is not acceptable.
    """
    events = with_verdict(rules.known, state, _decided(rules, state, command, now))
    if state.paused and isinstance(events[-1], PromptSubmitted | PracticeSubmitted):
        raise Refused(PAUSED)
    return events


def _decided(rules: Rules, state: State, command: Command, now: datetime) -> tuple[Event, ...]:
    allowed, handler = _HANDLERS[type(command)]
    if state.phase is Phase.FINISHED or state.opened is None:
        raise Refused(_NOT_NOW[state.phase])
    if not state.since <= command.seq <= state.seq:
        raise Refused(STALE)
    if not isinstance(command, Exit) and is_over(state, now):
        return _finish(rules, state, _late(command), now, "expired")
    if state.phase is Phase.PRACTISING and not isinstance(command, Exit):
        return _practise(rules, state, command, now)
    if state.phase not in allowed:
        raise Refused(_NOT_NOW[state.phase])
    return handler(rules, state, command, now)


def practice_rules(rules: Rules) -> Rules:
    """Return the rules of the practice: the loop's, with one attempt."""
    return replace(rules, max_answer_loops=1, min_answer_loops=0, steps=(), known=None)


def _practise(rules: Rules, state: State, command: Command, now: datetime) -> tuple[Event, ...]:
    """Let the loop's own rules decide about the practice; what would end the loop ends the practice."""
    assert state.practice is not None
    events = _decided(practice_rules(rules), state.practice, command, now)
    last = next((k for k, event in enumerate(events) if isinstance(event, AttemptScored | AttemptViewed)), len(events))
    return tuple(as_practice(event) for event in events[: last + 1])


def _submit_step(rules: Rules, state: State, command: SubmitStep, now: datetime) -> tuple[Event, ...]:
    assert state.step is not None
    rule = rules.step(state.step[0])
    wrong = wrong_answers(rule, command.answers)
    tries = state.tries + 1
    out = bool(wrong) and tries >= rule.tries and rule.on_fail != "go_on"
    submitted = StepSubmitted(
        seq=state.seq,
        at=now,
        step=rule.name,
        step_kind=rule.kind,
        version=rule.version,
        answers=command.answers,
        tries=tries,
        passed=not wrong,
        wrong=wrong,
        done=not out and (not wrong or tries >= rule.tries),
    )
    if out:
        return submitted, SessionFinished(seq=state.seq + 1, at=now, reason="screened_out")
    if submitted.done and state.ended and state.place + 1 == len(state.plan):
        return submitted, SessionFinished(seq=state.seq + 1, at=now, reason=state.ended.reason)
    return (submitted,)


def _decline(rules: Rules, state: State, command: Decline, now: datetime) -> tuple[Event, ...]:
    assert state.step is not None
    name, kind = state.step
    if kind != CONSENT:
        raise Refused(_NOT_NOW[state.phase])
    version = rules.step(name).version
    submitted = StepSubmitted(
        seq=state.seq,
        at=now,
        step=name,
        step_kind=kind,
        version=version,
        answers={},
        tries=state.tries + 1,
        passed=False,
        done=False,
    )
    return submitted, SessionFinished(seq=state.seq + 1, at=now, reason="no_consent")


def _end(
    state: State,
    seq: int,
    now: datetime,
    reason: Reason,
    draft: Mapping[str, Any] | None = None,
    *,
    over: bool = False,
) -> Event:
    """Return what ends the loop: steps after it are asked where there is time for them, and else the session is over.

    Once the loop is over, its reason is the session's. over: whether there is no time.
    """
    kind: type[LoopFinished] | type[SessionFinished] = SessionFinished
    if state.step and state.step[1] == TASK and state.place + 1 < len(state.plan) and not over and reason != "expired":
        kind = LoopFinished
    return kind(seq=seq, at=now, reason=state.ended.reason if state.ended else reason, draft=draft or {})


def _prompted(rules: Rules, state: State, seq: int, command: SubmitPrompt | Score, now: datetime) -> PromptSubmitted:
    assert state.opened is not None
    controls = check_controls(rules.controls, command.controls)
    attempt = len(state.attempts) + 1
    return PromptSubmitted(
        seq=seq,
        at=now,
        attempt=attempt,
        prompt=check_prompt(rules, state, command.prompt, controls),
        seed=controls.get(SEED, seed_of(rules, state.opened.seed, attempt)),
        idempotency_key=f"{state.opened.session_id}-{seq}",
        controls=controls,
        images=rules.images,
    )


def _varied(rules: Rules, state: State, seq: int, now: datetime) -> PromptSubmitted:
    """Ask for variations of the image that was picked: the words, and what was set beside them, stay the same."""
    assert state.opened is not None and state.prompt is not None
    attempt = len(state.attempts) + 1
    return PromptSubmitted(
        seq=seq,
        at=now,
        attempt=attempt,
        prompt=state.prompt.prompt,
        seed=seed_of(rules, state.opened.seed, attempt),
        idempotency_key=f"{state.opened.session_id}-{seq}",
        controls=state.prompt.controls,
        images=rules.images,
        variation_of=state.attempts[-1].image.image_sha256,
    )


def _submit_prompt(rules: Rules, state: State, command: SubmitPrompt, now: datetime) -> tuple[Event, ...]:
    if attempts_left(rules, state) == 0:  # the study was changed to fewer attempts meanwhile
        raise Refused("You have used all your attempts. Please finish with Exit.")
    events: list[Event] = []
    if command.answers is not None and state.answers is None:
        events.append(FormSubmitted(seq=state.seq, at=now, answers=command.answers))
    events.append(_asked(rules, state, state.seq + len(events), command, now))
    return tuple(events)


def _asked(rules: Rules, state: State, seq: int, command: SubmitPrompt | Score, now: datetime) -> PromptSubmitted:
    """Ask for what comes next: of the words of the command, or of what was picked."""
    return _prompted(rules, state, seq, command, now) if writes(rules, state) else _varied(rules, state, seq, now)


def _score(rules: Rules, state: State, command: Score, now: datetime) -> tuple[Event, ...]:
    pick, score = _choice(rules, state, command)
    judged = _judged(rules, state, pick, score, now)
    after = fold(judged, state)
    if reason := ends_with(rules, state, score):
        draft = {PROMPT: command.prompt} if command.prompt else {}
        return *judged, _end(after, after.seq, now, reason, draft)
    return *judged, _asked(rules, after, after.seq, command, now)


def _choice(rules: Rules, state: State, command: Score) -> tuple[int | None, int | None]:
    """Return the image that is picked and its score, where they are asked for.

    Raises:
        Refused: one of them is missing or not acceptable, or both.
    """
    problems: dict[str, str] = {}
    pick = score = None
    try:
        pick = check_pick(rules, state, command.pick)
    except Refused as refused:
        problems |= refused.problems
    try:
        score = check_score(rules, command.score) if rules.self_rating else None
    except Refused as refused:
        problems |= refused.problems
    if problems:
        raise Refused(next(iter(problems.values())), field=next(iter(problems)), problems=problems)
    return pick, score


def _judged(rules: Rules, state: State, pick: int | None, score: int | None, now: datetime) -> tuple[Event, ...]:
    """Return what the worker did with the images shown. pick, score: None where it is not asked for or not given."""
    seq, attempt = state.seq, len(state.attempts)
    events: list[Event] = []
    if pick is not None:
        events.append(ImagePicked(seq=seq, at=now, attempt=attempt, place=pick))
    if score is not None:
        events.append(AttemptScored(seq=seq + len(events), at=now, attempt=attempt, score=score))
    elif not rules.self_rating:
        events.append(AttemptViewed(seq=seq + len(events), at=now, attempt=attempt))
    return tuple(events)


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
    _check_owed(state, command.place)
    return (
        ImageGenerated(
            seq=state.seq,
            at=now,
            attempt=state.prompt.attempt,
            wait_s=_since(state.prompt, now),
            place=command.place,
            **{f.name: getattr(command.generation, f.name) for f in fields(command.generation)},
        ),
    )


def _report_failure(rules: Rules, state: State, command: ReportFailure, now: datetime) -> tuple[Event, ...]:
    _check_owed(state, command.place)
    failed = _failed(state, command.failure, command.incident, now, command.place)
    after = fold([failed], state)
    if after.phase is not Phase.PROMPTING:  # some of the images came, or still come
        return (failed,)
    ends = any(one.failure in ENDS for one in (*state.failures, failed))
    if ends or (after.refusals > state.refusals and refusals_left(rules, state) == 1):
        return failed, _end(state, state.seq + 1, now, "failed")
    return (failed,)


def _check_owed(state: State, place: int | None) -> None:
    """Raises: Refused: this image has come or failed before."""
    if place is not None and place not in owed(state):
        raise Refused("This image is not awaited any more.")


def _failed(
    state: State, failure: Failure, incident: str | None, now: datetime, place: int | None = None
) -> GenerationFailed:
    assert state.prompt is not None
    return GenerationFailed(
        seq=state.seq,
        at=now,
        attempt=state.prompt.attempt,
        failure=failure,
        incident=incident,
        wait_s=_since(state.prompt, now),
        place=place,
    )


def _since(event: Event, now: datetime) -> float:
    return max(0.0, (now - event.at).total_seconds())  # a clock may be set back


def _late(command: Command) -> Exit:
    """What a command that came after the time was over leaves behind."""
    match command:
        case SubmitPrompt():
            return Exit(seq=command.seq, draft={**(command.answers or {}), PROMPT: command.prompt})
        case SubmitStep():
            return Exit(seq=command.seq, draft=command.answers)
        case Score():
            left = {PROMPT: command.prompt or None, SCORE: command.score, PICK: command.pick}
            return Exit(seq=command.seq, draft={name: value for name, value in left.items() if value is not None})
    return Exit(seq=command.seq)


def _finish(rules: Rules, state: State, command: Exit, now: datetime, reason: Reason) -> tuple[Event, ...]:
    """Submit the work so far: a valid choice and score of what is shown count, all the rest is kept as a draft."""
    events: tuple[Event, ...] = ()
    draft, after = dict(command.draft), state
    if state.phase is Phase.SCORING:
        pick, score = _left_behind(rules, state, draft)
        if pick is not None or not rules.pick:  # a score alone is of none of the images
            events = _judged(rules, state, pick, score, now)
            after = fold(events, state)
        if after.attempts[-1].is_done:
            reason = ends_with(rules, state, score) or reason
    if reason in ("exited", "expired") and is_enough(rules, after):
        return *events, _end(after, after.seq, now, "stopped", draft, over=reason == "expired")
    return *events, _end(after, after.seq, now, reason, draft)


def _left_behind(rules: Rules, state: State, draft: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return the choice and the score that stand in a draft, and take them out of it; None: none that is valid."""
    pick = score = None
    try:
        pick = check_pick(rules, state, draft.get(PICK))
        draft.pop(PICK, None) if pick is not None else None
    except Refused:
        return None, None
    try:
        score = check_score(rules, draft[SCORE]) if rules.self_rating and SCORE in draft else None
        draft.pop(SCORE, None) if score is not None else None
    except Refused:
        pass
    return pick, score


_UNDER_WAY = frozenset({Phase.PROMPTING, Phase.GENERATING, Phase.SCORING, Phase.PRACTISING})

_HANDLERS: dict[type[Command], tuple[frozenset[Phase], Callable[..., tuple[Event, ...]]]] = {
    SubmitPrompt: (frozenset({Phase.PROMPTING}), _submit_prompt),
    Score: (frozenset({Phase.SCORING}), _score),
    Cancel: (frozenset({Phase.GENERATING}), _cancel),
    Exit: (_UNDER_WAY, _exit),
    Expire: (_UNDER_WAY | {Phase.ASKING}, _expire),
    ReportImage: (frozenset({Phase.GENERATING}), _report_image),
    ReportFailure: (frozenset({Phase.GENERATING}), _report_failure),
    SubmitStep: (frozenset({Phase.ASKING}), _submit_step),
    Decline: (frozenset({Phase.ASKING}), _decline),
}
