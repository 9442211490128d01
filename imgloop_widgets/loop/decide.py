"""Which events a command leads to, if any. `_HANDLERS` is the table of what is possible in which phase."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

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
)
from imgloop_widgets.loop.commands import (
    Cancel,
    Command,
    Exit,
    Expire,
    ReportFailure,
    ReportImage,
    Score,
    SubmitPrompt,
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

STALE = "This page was not up to date; nothing was changed. Please look at it again and go on from here."


ENDS: frozenset[Failure] = frozenset({"quota"})
"""Failures after which no image can be made for anybody, so the session ends with what is there."""

_NOT_NOW: dict[Phase, str] = {
    Phase.UNOPENED: "The task has not begun yet.",
    Phase.PROMPTING: "Please write a prompt first.",
    Phase.GENERATING: "The image is still being made.",
    Phase.SCORING: "Please score the image first.",
    Phase.FINISHED: "This task is finished; nothing can be changed any more.",
}


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
        return scored, SessionFinished(seq=state.seq + 1, at=now, reason=reason, draft=draft)
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
        return failed, SessionFinished(seq=state.seq + 1, at=now, reason="failed")
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
