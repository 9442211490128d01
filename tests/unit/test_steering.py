"""What a researcher does to a session that goes on: no law of the loop is broken, and nothing of a worker's is lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_loop import OPENED, OVER, T0, Play

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import SessionFinished, SessionPaused
from imgloop_widgets.loop import (
    PAUSED,
    Cancel,
    Exit,
    Expire,
    Phase,
    Score,
    SubmitPrompt,
    SubmitStep,
    fold,
    is_over,
    pending,
    seconds_left,
    steering,
)
from imgloop_widgets.loop.rules import Rules
from imgloop_widgets.loop.steps import StepRule

MINUTE = timedelta(minutes=1)
STEPS = (("read", "instructions"), ("try", "practice"), ("task", "task"), ("after", "questionnaire"))
WITH_STEPS = Rules(steps=(StepRule(name="read", kind="instructions"), StepRule(name="after", kind="questionnaire")))


def steer(play: Play, how: Any, *values: Any) -> Play:
    play.log += how(play.state, *values, play.now)
    return play


def at(phase: Phase) -> Play:
    """A session in this phase."""
    if phase in (Phase.ASKING, Phase.PRACTISING):
        play = Play(WITH_STEPS, replace(OPENED, steps=STEPS))
        return play if phase is Phase.ASKING else play.do(SubmitStep, answers={})
    play = Play()
    if phase in (Phase.GENERATING, Phase.SCORING):
        play.prompt("a")
    return play.image() if phase is Phase.SCORING else play


PHASES = [Phase.PROMPTING, Phase.GENERATING, Phase.SCORING, Phase.ASKING, Phase.PRACTISING]


@pytest.mark.parametrize("phase", PHASES)
@given(before=st.integers(0, 1500), long=st.integers(0, 10**6))
def test_after_a_pause_a_worker_has_as_much_time_as_before(phase: Phase, before: int, long: int) -> None:
    play = at(phase)
    play.now = T0 + timedelta(seconds=before)
    left = seconds_left(play.state, play.now)
    steer(play, steering.pause)
    play.now += timedelta(seconds=long)
    assert (seconds_left(play.state, play.now), is_over(play.state, play.now)) == (None, False)
    steer(play, steering.resume)
    assert seconds_left(play.state, play.now) == left
    assert play.state.phase is phase


@pytest.mark.parametrize("phase", PHASES)
def test_what_the_researcher_does_makes_nothing_stale_and_changes_nothing_that_is_seen(phase: Phase) -> None:
    play = at(phase)
    seen, owed = play.state, pending(play.state)
    steer(play, steering.pause)
    steer(play, steering.extend, MINUTE)
    steer(play, steering.resume)
    assert (play.state.seq, play.state.since) == (seen.seq + 3, seen.since)
    assert pending(play.state) == owed
    play.do(Exit, seq=seen.seq) if phase is not Phase.ASKING else play.do(SubmitStep, seq=seen.seq, answers={})
    assert play.state.since == play.state.seq
    play.refused(Cancel, seq=seen.seq)


def test_while_a_study_is_paused_no_prompt_is_taken() -> None:
    play = steer(Play(), steering.pause)
    assert str(play.refused(SubmitPrompt, prompt="a")) == PAUSED
    play = steer(at(Phase.SCORING), steering.pause)
    assert str(play.refused(Score, score=3, prompt="b")) == PAUSED
    play = steer(at(Phase.PRACTISING), steering.pause)
    assert str(play.refused(SubmitPrompt, prompt="b")) == PAUSED
    play = at(Phase.SCORING).score(3, "b").image().score(4, "c").image()
    assert steer(play, steering.pause).score(5).state.finished is not None, "the last score needs no image"


def test_an_image_that_was_owed_before_a_pause_is_taken_in_it() -> None:
    assert steer(at(Phase.GENERATING), steering.pause).image().state.phase is Phase.SCORING


def test_nobody_s_time_is_over_while_a_study_is_paused_and_leaving_is_possible() -> None:
    play = steer(at(Phase.SCORING), steering.pause)
    play.now = OVER + MINUTE
    play.refused(Expire)
    assert play.do(Exit).state.finished.reason == "exited"  # type: ignore[union-attr]


def test_more_time_counts_from_the_deadline_or_where_it_is_over_from_now() -> None:
    play = steer(Play(), steering.extend, MINUTE)
    assert (play.state.auto_submit_at, play.state.deadline) == (OVER + MINUTE, OVER + MINUTE + timedelta(seconds=10))
    play = Play()
    play.now = OVER + 5 * MINUTE
    steer(play, steering.extend, MINUTE)
    assert play.state.auto_submit_at == OVER + 6 * MINUTE
    assert not is_over(play.state, play.now)


def test_more_time_is_for_who_has_a_limit_and_for_sessions_that_go_on() -> None:
    free = fold([replace(OPENED, auto_submit_at=None, deadline=None)])
    with pytest.raises(Refused, match="no limit"):
        steering.extend(free, MINUTE, T0)
    with pytest.raises(Refused, match="more than nothing"):
        steering.extend(Play().state, timedelta(0), T0)
    with pytest.raises(Refused, match="finished already"):
        steering.extend(Play().do(Exit).state, MINUTE, T0)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("reason", ["closed", "returned"])
def test_a_session_is_ended_in_any_phase_with_what_stood_in_the_page(phase: Phase, reason: Any) -> None:
    play = steer(at(phase), lambda state, now: steering.close(state, reason, {"score": 9}, now))
    (*_, last) = play.log
    assert isinstance(last, SessionFinished)
    assert (last.reason, last.draft, play.state.phase) == (reason, {"score": 9}, Phase.FINISHED)
    assert not [a for a in play.state.attempts if a.score], "nobody has pressed the button"
    with pytest.raises(Refused, match="finished already"):
        steering.close(play.state, reason, {}, play.now)


def test_once_the_loop_is_over_its_reason_stays_the_session_s() -> None:
    opened = replace(OPENED, steps=(("task", "task"), ("after", "questionnaire")))
    play = Play(WITH_STEPS, opened).prompt("a").image().score(10)
    assert play.state.phase is Phase.ASKING
    play = steer(play, lambda state, now: steering.close(state, "closed", {}, now))
    assert play.state.finished is not None and play.state.finished.reason == "perfect"


def test_a_pause_is_one_event_and_a_session_that_is_over_has_none() -> None:
    play = steer(steer(Play(), steering.pause), steering.pause)
    assert [type(event) for event in play.log[1:]] == [SessionPaused]
    assert steering.resume(Play().state, T0) == ()
    over = Play().do(Exit)
    assert (steering.pause(over.state, T0), steering.resume(over.state, T0)) == ((), ())
