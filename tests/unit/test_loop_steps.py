"""What stands before and after the loop: its rules, one sentence each, and any order of commands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import (
    Event,
    Generation,
    LoopFinished,
    SessionFinished,
    SessionOpened,
    from_record,
    to_record,
)
from imgloop_widgets.loop import (
    Cancel,
    Command,
    Decline,
    Exit,
    Expire,
    IllegalEvent,
    Phase,
    ReportFailure,
    ReportImage,
    Rules,
    Score,
    State,
    StepRule,
    SubmitPrompt,
    SubmitStep,
    apply,
    decide,
    fold,
    is_right,
    pending,
)
from imgloop_widgets.loop.steps import PRACTICE_EVENTS

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
OVER = T0 + timedelta(minutes=29)
CHECK = StepRule(name="check", kind="comprehension", right={"goal": "alike"}, tries=2, on_fail="screen_out")
STEPS = (
    StepRule(name="consent", kind="consent", version="2"),
    CHECK,
    StepRule(name="try", kind="practice"),
    StepRule(name="task", kind="task"),
    StepRule(name="look", kind="attention", right={"colour": "green"}),
    StepRule(name="end", kind="debriefing"),
)
RULES = Rules(max_answer_loops=2, steps=STEPS)
IMAGE = Generation(image_sha256="i", width=8, height=8, generator="g")


def opened(*names: str) -> SessionOpened:
    steps = tuple((rule.name, rule.kind) for rule in STEPS if rule.name in names or not names)
    return SessionOpened(
        seq=0, at=T0, session_id="5" * 32, study="s", study_hash="h", worker_id="ana", unit_id="1", arm="default",
        target_id="bear", target_sha256="t", seed=7, auto_submit_at=OVER, deadline=OVER, steps=steps,
    )  # fmt: skip


class Play:
    """One session that is played by hand, one second between commands."""

    def __init__(self, *names: str, rules: Rules = RULES) -> None:
        self.rules, self.log, self.now = rules, [opened(*names)], T0
        self.log: list[Event]

    @property
    def state(self) -> State:
        return fold(self.log)

    def do(self, kind: type[Command], *, at: datetime | None = None, **values: Any) -> "Play":
        self.now = at or self.now + timedelta(seconds=1)
        self.log += decide(self.rules, self.state, kind(seq=values.pop("seq", self.state.seq), **values), self.now)
        return self

    def submit(self, **answers: Any) -> "Play":
        return self.do(SubmitStep, answers=answers)

    def play(self, *scores: int) -> "Play":
        for score in scores:
            if not pending(self.state) and (self.state.practice or self.state).phase is Phase.PROMPTING:
                self.do(SubmitPrompt, prompt=f"p{self.state.seq}")
            self.do(ReportImage, generation=IMAGE).do(Score, score=score, prompt=f"n{self.state.seq}")
        return self

    @property
    def reason(self) -> str:
        assert self.state.finished
        return self.state.finished.reason


def test_a_session_goes_through_its_plan_and_ends_for_the_reason_of_its_loop() -> None:
    play = Play().submit().submit(goal=" Alike ").play(4).play(3, 6).submit(colour="green").submit()
    assert play.reason == "attempts_used"
    assert [one.step for one in play.state.submitted] == ["consent", "check", "look", "end"]
    assert all(one.passed for one in play.state.submitted)
    assert [a.score for a in play.state.attempts] == [3, 6]


def test_practice_is_no_attempt_and_costs_none() -> None:
    play = Play("try", "task").do(SubmitPrompt, prompt="a").do(ReportFailure, failure="transient")
    play.do(SubmitPrompt, prompt="a").do(ReportImage, generation=IMAGE).do(Score, score=10)
    state = play.state
    assert (state.phase, state.attempts, state.refusals, state.prompt) == (Phase.PROMPTING, (), 0, None)
    assert sum(type(event) in PRACTICE_EVENTS for event in play.log) == 5
    assert play.play(3, 4).reason == "attempts_used"
    assert [a.number for a in play.state.attempts] == [1, 2]


def test_the_prompt_of_the_practice_may_be_used_again_in_the_task() -> None:
    play = Play("try", "task").do(SubmitPrompt, prompt="a").do(ReportImage, generation=IMAGE).do(Score, score=3)
    assert play.do(SubmitPrompt, prompt="a").state.phase is Phase.GENERATING


def test_a_no_is_recorded_and_ends_the_session() -> None:
    play = Play().do(Decline)
    assert play.reason == "no_consent"
    (no,) = play.state.submitted
    assert (no.step, no.version, no.passed) == ("consent", "2", False)
    assert play.state.began_at is None


def test_nothing_but_consent_can_be_declined() -> None:
    with pytest.raises(Refused):
        Play("check", "task").do(Decline)


def test_wrong_answers_are_named_and_may_be_mended_and_then_screen_out() -> None:
    play = Play("check", "task").submit(goal="pretty")
    (first,) = play.state.submitted
    assert (first.passed, first.done, first.wrong, play.state.phase) == (False, False, ("goal",), Phase.ASKING)
    assert play.submit(goal="short").reason == "screened_out"


@pytest.mark.parametrize(("on_fail", "phase"), [("go_on", Phase.PROMPTING), ("block", Phase.FINISHED)])
def test_what_follows_from_the_last_wrong_answer_is_the_studys_to_say(on_fail: Any, phase: Phase) -> None:
    rules = replace(RULES, steps=(replace(CHECK, tries=1, on_fail=on_fail), *STEPS[2:]))
    assert Play("check", "task", rules=rules).submit(goal="no").state.phase is phase


def test_a_failed_attention_check_lets_the_session_go_on() -> None:
    play = Play("task", "look", "end").play(10).submit(colour="red")
    assert play.state.phase is Phase.ASKING and play.submit().reason == "perfect"
    assert [one.passed for one in play.state.submitted] == [False, True]


def test_who_presses_exit_in_the_loop_is_still_told_what_it_was_about() -> None:
    play = Play("task", "end").play(3).do(Exit, draft={"prompt": "half"})
    assert play.state.phase is Phase.ASKING
    assert isinstance(play.log[-1], LoopFinished) and play.log[-1].draft == {"prompt": "half"}
    assert play.submit().reason == "exited"


def test_the_time_that_is_over_ends_all_and_does_not_change_how_the_loop_ended() -> None:
    assert Play("task", "end").do(Expire, at=OVER).reason == "expired"
    assert Play("task", "end").play(10).do(Expire, at=OVER).reason == "perfect"
    assert Play().do(Expire, at=OVER).reason == "expired"


def test_what_comes_too_late_is_kept_as_a_draft() -> None:
    play = Play("task", "end").play(10).do(SubmitStep, answers={"why": "late"}, at=OVER)
    assert play.state.finished and play.state.finished.draft == {"why": "late"}


def test_a_double_click_on_a_step_runs_once() -> None:
    play = Play()
    play.do(SubmitStep, seq=1)
    with pytest.raises(Refused, match="not up to date"):
        play.do(SubmitStep, seq=1)


def test_an_answer_to_another_step_is_no_legal_event() -> None:
    play = Play("consent", "task").submit()
    with pytest.raises(IllegalEvent, match="not the one asked"):
        apply(fold([opened("check", "task")]), play.log[1])


@pytest.mark.parametrize(
    ("answer", "right", "holds"),
    [
        ("a", "a", True), (" A ", "a", True), ("b", "a", False), ("b", ["a", "b"], True), (3, 3, True), (3, 3.0, True),
        (None, "a", False), ({"x": True, "y": False}, ["x"], True), ({"x": True, "y": True}, ["x"], False),
        ({"1": True}, 1, True), (["b", "a"], ["b", "a"], True), (["a", "b"], ["b", "a"], False), ([], ["a"], False),
    ],
)  # fmt: skip
def test_an_answer_is_right_or_not(answer: Any, right: Any, holds: bool) -> None:
    assert is_right(answer, right) is holds


COMMANDS = st.one_of(
    st.builds(dict, kind=st.just(SubmitStep), answers=st.sampled_from([{}, {"goal": "alike"}, {"colour": "green"}])),
    st.builds(dict, kind=st.just(SubmitPrompt), prompt=st.sampled_from(["a", "b", "c", ""])),
    st.builds(dict, kind=st.just(Score), score=st.integers(0, 11), prompt=st.sampled_from([None, "d", "e"])),
    st.sampled_from([{"kind": Decline}, {"kind": Cancel}, {"kind": Exit}, {"kind": Expire}]),
    st.just({"kind": ReportImage, "generation": IMAGE}),
    st.builds(dict, kind=st.just(ReportFailure), failure=st.sampled_from(["transient", "refused", "quota"])),
)


@settings(max_examples=200, deadline=None)
@given(st.sets(st.sampled_from([rule.name for rule in STEPS if rule.name != "task"])), st.lists(COMMANDS, max_size=40))
def test_in_any_order_of_commands_the_log_folds_and_only_the_loop_has_attempts(
    names: set[str], commands: list[dict[str, Any]]
) -> None:
    play = Play("task", *names)
    for command in commands:
        try:
            play.do(**command)
        except Refused:
            continue
    assert fold(from_record(to_record(event)) for event in play.log) == play.state
    state = play.state
    assert len(state.attempts) == sum(type(event).__name__ == "ImageGenerated" for event in play.log) <= 2
    assert [event.seq for event in play.log] == list(range(len(play.log)))
    done = [one.step for one in state.submitted if one.done]
    assert len(done) == len(set(done))
    assert sum(isinstance(event, SessionFinished) for event in play.log) == bool(state.finished)
    if state.finished:
        with pytest.raises(Refused):
            play.do(SubmitStep)
    elif state.phase is not Phase.CLOSING:
        assert state.step is not None
