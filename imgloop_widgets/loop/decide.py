"""Which events a command leads to, if any. `_HANDLERS` is the table of what is possible in which phase."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from imgloop_widgets.errors import Failure, Refused
from imgloop_widgets.events import (
    AttemptScored,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
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
from imgloop_widgets.loop.rules import (
    PROMPT,
    SCORE,
    Rules,
    attempts_left,
    check_prompt,
    check_score,
    ends_with,
    refusals_left,
    seed_of,
)
from imgloop_widgets.loop.state import Phase, State, is_over
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
    events = _decided(rules, state, command, now)
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
    return replace(rules, max_answer_loops=1, steps=())


def _practise(rules: Rules, state: State, command: Command, now: datetime) -> tuple[Event, ...]:
    """Let the loop's own rules decide about the practice; what would end the loop ends the practice."""
    assert state.practice is not None
    events = _decided(practice_rules(rules), state.practice, command, now)
    if isinstance(events[0], AttemptScored):
        events = events[:1]
    return tuple(as_practice(event) for event in events)


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


def _end(state: State, seq: int, now: datetime, reason: Reason, draft: Mapping[str, Any] | None = None) -> Event:
    """Return what ends the loop: steps after it are asked where there is time for them, and else the session is over.

    Once the loop is over, its reason is the session's.
    """
    kind: type[LoopFinished] | type[SessionFinished] = SessionFinished
    if state.step and state.step[1] == TASK and state.place + 1 < len(state.plan) and reason != "expired":
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
    )


def _submit_prompt(rules: Rules, state: State, command: SubmitPrompt, now: datetime) -> tuple[Event, ...]:
    if attempts_left(rules, state) == 0:  # the study was changed to fewer attempts meanwhile
        raise Refused("You have used all your attempts. Please finish with Exit.")
    events: list[Event] = []
    if command.answers is not None and state.answers is None:
        events.append(FormSubmitted(seq=state.seq, at=now, answers=command.answers))
    events.append(_prompted(rules, state, state.seq + len(events), command, now))
    return tuple(events)


def _score(rules: Rules, state: State, command: Score, now: datetime) -> tuple[Event, ...]:
    score = check_score(rules, command.score)
    scored = AttemptScored(seq=state.seq, at=now, attempt=len(state.attempts), score=score)
    if reason := ends_with(rules, state, score):
        draft = {PROMPT: command.prompt} if command.prompt else {}
        return scored, _end(state, state.seq + 1, now, reason, draft)
    return scored, _prompted(rules, state, state.seq + 1, command, now)


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
            wait_s=_since(state.prompt, now),
            **{f.name: getattr(command.generation, f.name) for f in fields(command.generation)},
        ),
    )


def _report_failure(rules: Rules, state: State, command: ReportFailure, now: datetime) -> tuple[Event, ...]:
    failed = _failed(state, command.failure, command.incident, now)
    if command.failure in ENDS or (command.failure == "refused" and refusals_left(rules, state) == 1):
        return failed, _end(state, state.seq + 1, now, "failed")
    return (failed,)


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
        case SubmitStep():
            return Exit(seq=command.seq, draft=command.answers)
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
    events.append(_end(state, state.seq + len(events), now, reason, draft))
    return tuple(events)


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
