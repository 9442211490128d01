"""The rules of the loop, one sentence each; test_loop_machine.py plays them in any order."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest

from imgloop_widgets.errors import FAILURES, Refused
from imgloop_widgets.events import (
    AttemptScored,
    Event,
    Generation,
    ImageGenerated,
    PromptSubmitted,
    SessionOpened,
    from_record,
    to_record,
)
from imgloop_widgets.loop import (
    EMPTY,
    PROMPT,
    SCORE,
    STALE,
    Cancel,
    Command,
    Decline,
    Exit,
    Expire,
    Phase,
    ReportFailure,
    ReportImage,
    Rules,
    Score,
    State,
    SubmitPrompt,
    SubmitStep,
    attempts_left,
    best,
    decide,
    fold,
    is_over,
    pending,
    refusals_left,
)

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
OVER = T0 + timedelta(minutes=29)
RULES = Rules(max_answer_loops=3, bands=((1, "low"), (5, "high")))
OPENED = SessionOpened(
    seq=0,
    at=T0,
    session_id="5" * 32,
    study="s",
    study_hash="h",
    worker_id="ana",
    unit_id="1",
    arm="default",
    target_id="bear",
    target_sha256="t",
    seed=7,
    auto_submit_at=OVER,
    deadline=OVER + timedelta(seconds=10),
)


class Play:
    """One session that is played by hand: commands for the state as it is, one second apart."""

    def __init__(self, rules: Rules = RULES, opened: SessionOpened = OPENED) -> None:
        self.rules, self.log, self.now = rules, [opened], T0
        self.log: list[Event]

    @property
    def state(self) -> State:
        return fold(self.log)

    def do(self, kind: type[Command], *, at: datetime | None = None, **values: Any) -> Self:
        self.now = at or self.now + timedelta(seconds=1)
        self.log += decide(self.rules, self.state, kind(seq=values.pop("seq", self.state.seq), **values), self.now)
        return self

    def prompt(self, text: str, **more: Any) -> Self:
        return self.do(SubmitPrompt, prompt=text, **more)

    def image(self, sha: str = "i") -> Self:
        return self.do(ReportImage, generation=Generation(image_sha256=sha, width=8, height=8, generator="g"))

    def score(self, score: Any, prompt: Any = None) -> Self:
        return self.do(Score, score=score, prompt=prompt)

    def refused(self, kind: type[Command], **values: Any) -> Refused:
        """Expect a refusal that changes nothing."""
        before = list(self.log)
        with pytest.raises(Refused) as raised:
            self.do(kind, **values)
        assert self.log == before
        return raised.value


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_three_images_are_shown_and_scored_and_then_the_session_ends() -> None:
    play = Play().prompt("a", answers={"age": "30"}).image("i1").score(3, "b").image("i2").score(6, "c").image("i3")
    assert attempts_left(play.rules, play.state) == 0
    play.score(4)

    assert [(a.number, a.prompt.prompt, a.image.image_sha256, a.score) for a in play.state.attempts] == [
        (1, "a", "i1", 3),
        (2, "b", "i2", 6),
        (3, "c", "i3", 4),
    ]
    assert play.state.finished is not None and play.state.finished.reason == "attempts_used"
    assert play.state.answers == {"age": "30"}
    assert kinds(play.log) == [
        "SessionOpened",
        "FormSubmitted",
        *["PromptSubmitted", "ImageGenerated", "AttemptScored"] * 3,
        "SessionFinished",
    ]


def test_an_update_is_one_command_and_two_events_of_one_moment() -> None:
    play = Play().prompt("a").image()
    before = len(play.log)
    play.score(3, "b")
    scored, prompted = play.log[before:]
    assert isinstance(scored, AttemptScored) and isinstance(prompted, PromptSubmitted)
    assert (scored.attempt, prompted.attempt) == (1, 2)
    assert scored.at == prompted.at


def test_the_perfect_score_ends_the_session_and_needs_no_prompt() -> None:
    play = Play().prompt("a").image().score(10)
    assert play.state.finished is not None and play.state.finished.reason == "perfect"


def test_a_score_above_the_perfect_one_does_not_end_the_session() -> None:
    """Where 5 of 9 is "just alike", 9 is not more perfect."""
    play = Play(replace(RULES, perfect_score=5)).prompt("a").image().score(9, "b")
    assert play.state.phase is Phase.GENERATING
    play.image().score(5)
    assert play.state.finished is not None and play.state.finished.reason == "perfect"


@pytest.mark.parametrize("prompt", ["a", " a ", "", "another", "x" * 20_000])
def test_the_perfect_score_is_taken_whatever_stands_in_the_prompt_field(prompt: str) -> None:
    play = Play().prompt("a").image().score(10, prompt)
    assert play.state.finished is not None and play.state.finished.reason == "perfect"
    assert len(play.state.attempts) == 1


def test_the_last_score_needs_no_prompt_and_keeps_one_as_a_draft() -> None:
    play = Play(replace(RULES, max_answer_loops=1)).prompt("a").image().score(3, "still thinking")
    assert play.state.finished is not None
    assert play.state.finished.draft == {PROMPT: "still thinking"}


def test_a_score_before_the_last_needs_a_prompt() -> None:
    assert Play().prompt("a").image().refused(Score, score=3).field == PROMPT


@pytest.mark.parametrize(
    ("rule", "repeat", "refused"),
    [
        ("exact", "A red bear", True),
        ("exact", "  A red bear \n", True),
        ("exact", "a red bear", False),
        ("exact", "A  red bear", False),
        ("normalized", " a  RED\tbear ", True),
        ("normalized", "A STRASSE bear", False),
        ("normalized", "A red bears", False),
        ("allow", "A red bear", False),
    ],
)
def test_which_repeats_are_refused_is_the_study_s_choice(rule: Any, repeat: str, refused: bool) -> None:
    play = Play(replace(RULES, duplicates=rule)).prompt("A red bear").image()
    if refused:
        assert play.refused(Score, score=3, prompt=repeat).field == PROMPT
    else:
        play.score(3, repeat)
        assert play.state.phase is Phase.GENERATING


def test_a_repeat_of_any_earlier_prompt_is_refused_not_of_the_last_alone() -> None:
    Play().prompt("a").image().score(1, "b").image().refused(Score, score=2, prompt="a")


def test_the_normalized_form_knows_that_ss_and_sharp_s_are_the_same_word() -> None:
    play = Play(replace(RULES, duplicates="normalized")).prompt("Straße").image()
    play.refused(Score, score=3, prompt="STRASSE")


@pytest.mark.parametrize("failure", [failure for failure in FAILURES if failure != "quota"])
def test_after_a_failure_the_same_prompt_may_be_sent_again_and_no_attempt_is_lost(failure: Any) -> None:
    play = Play().prompt("a").do(ReportFailure, failure=failure, incident="1234")
    assert (play.state.phase, len(play.state.attempts)) == (Phase.PROMPTING, 0)
    assert play.state.failure is not None and play.state.failure.failure == failure
    play.prompt("a")
    assert play.state.failure is None
    play.image()
    assert [a.number for a in play.state.attempts] == [1]


def test_a_failure_between_two_attempts_keeps_the_score_that_came_with_the_prompt() -> None:
    play = Play().prompt("a").image().score(4, "b").do(Cancel)
    assert [a.score for a in play.state.attempts] == [4]
    assert play.state.phase is Phase.PROMPTING
    play.refused(SubmitPrompt, prompt="a")  # its image was shown
    play.prompt("b").image()
    assert [a.prompt.prompt for a in play.state.attempts] == ["a", "b"]


def test_a_prompt_that_is_sent_again_gets_a_key_of_its_own_and_the_same_seed() -> None:
    play = Play().prompt("a").do(Cancel).prompt("a")
    first, second = (event for event in play.log if isinstance(event, PromptSubmitted))
    assert first.idempotency_key != second.idempotency_key
    assert first.seed == second.seed == OPENED.seed


def test_the_image_that_is_owed_is_the_latest_prompt_s_until_it_is_there() -> None:
    play = Play()
    assert pending(play.state) is None
    play.prompt("a")
    owed = pending(play.state)
    assert owed is not None and owed.prompt == "a"
    assert pending(play.image().state) is None


@pytest.mark.parametrize("offset", [-100, -1, 1, 100])
def test_a_command_for_another_state_is_stale(offset: int) -> None:
    play = Play().prompt("a").image()
    for kind, values in [(Score, {"score": 3, "prompt": "b"}), (Exit, {}), (SubmitPrompt, {"prompt": "b"})]:
        assert str(play.refused(kind, seq=play.state.seq + offset, **values)) == STALE


def test_a_double_click_runs_once() -> None:
    play = Play()
    seq = play.state.seq
    play.prompt("a", seq=seq)
    assert str(play.refused(SubmitPrompt, prompt="a", seq=seq)) == STALE


POSSIBLE: dict[Phase, set[type[Command]]] = {
    Phase.PROMPTING: {SubmitPrompt, Exit},
    Phase.GENERATING: {Cancel, Exit, ReportImage, ReportFailure},
    Phase.SCORING: {Score, Exit},
    Phase.FINISHED: set(),
}
EXAMPLES: dict[type[Command], dict[str, Any]] = {
    SubmitPrompt: {"prompt": "z"},
    Score: {"score": 2, "prompt": "z"},
    Cancel: {},
    Exit: {},
    Expire: {},
    ReportImage: {"generation": Generation(image_sha256="z", width=1, height=1, generator="g")},
    ReportFailure: {"failure": "transient"},
    SubmitStep: {"answers": {"why": "z"}},
    Decline: {},
}
STANDS = {
    Phase.PROMPTING: lambda: Play(),
    Phase.GENERATING: lambda: Play().prompt("a"),
    Phase.SCORING: lambda: Play().prompt("a").image(),
    Phase.FINISHED: lambda: Play().prompt("a").image().score(10),
}


@pytest.mark.parametrize("phase", list(STANDS))
@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_in_each_phase_these_commands_are_possible_and_no_others(phase: Phase, kind: type[Command]) -> None:
    play = STANDS[phase]()
    assert play.state.phase is phase
    if kind in POSSIBLE[phase]:
        play.do(kind, **EXAMPLES[kind])
    else:
        assert str(play.refused(kind, **EXAMPLES[kind])) != STALE


def test_every_command_is_in_the_table_above() -> None:
    def below(kind: type) -> set[str]:
        return {kind.__name__, *(name for sub in kind.__subclasses__() for name in below(sub))}

    assert {kind.__name__ for kind in EXAMPLES} == below(Command) - {"Command"}


def test_nothing_is_possible_before_a_session_is_opened() -> None:
    for kind, values in EXAMPLES.items():
        with pytest.raises(Refused, match="not begun"):
            decide(RULES, EMPTY, kind(seq=0, **values), T0)


@pytest.mark.parametrize("phase", [Phase.PROMPTING, Phase.GENERATING, Phase.SCORING])
@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_when_the_time_is_over_every_command_submits_the_work_so_far(phase: Phase, kind: type[Command]) -> None:
    play = STANDS[phase]()
    before = len(play.log)
    play.do(kind, at=OVER, **EXAMPLES[kind])
    assert play.state.finished is not None and play.state.finished.reason == "expired"
    assert kinds(play.log[before:])[-1] == "SessionFinished"
    assert not {"PromptSubmitted", "ImageGenerated"} & set(kinds(play.log[before:]))


def test_a_moment_before_the_time_is_over_work_is_taken_and_at_that_moment_it_is_not() -> None:
    assert Play().prompt("a", at=OVER - timedelta(microseconds=1)).state.phase is Phase.GENERATING
    assert not is_over(fold([OPENED]), OVER - timedelta(microseconds=1))
    assert is_over(fold([OPENED]), OVER)
    assert Play().do(SubmitPrompt, prompt="a", at=OVER).state.prompt is None


def test_without_a_time_limit_a_session_is_never_over() -> None:
    opened = replace(OPENED, auto_submit_at=None, deadline=None)
    play = Play(opened=opened)
    assert not is_over(play.state, datetime(9999, 1, 1, tzinfo=UTC))
    play.refused(Expire, at=datetime(9999, 1, 1, tzinfo=UTC))
    play.prompt("a", at=datetime(9998, 1, 1, tzinfo=UTC))


def test_the_time_can_not_be_declared_over_by_a_page() -> None:
    assert "time left" in str(Play().refused(Expire))


def test_what_was_sent_too_late_is_kept_as_a_draft() -> None:
    play = Play().do(SubmitPrompt, prompt="late", answers={"age": "30"}, at=OVER)
    assert play.state.finished is not None
    assert play.state.finished.draft == {"age": "30", PROMPT: "late"}


def test_a_valid_score_that_was_sent_too_late_counts_and_its_prompt_is_a_draft() -> None:
    play = Play().prompt("a").image().do(Score, score=6, prompt="late", at=OVER)
    assert [a.score for a in play.state.attempts] == [6]
    assert play.state.finished is not None
    assert (play.state.finished.reason, play.state.finished.draft) == ("expired", {PROMPT: "late"})


@pytest.mark.parametrize(("score", "reason"), [(10, "perfect"), (6, "exited"), (99, "exited"), (None, "exited")])
def test_exit_counts_a_valid_score_that_stands_in_the_page(score: object, reason: str) -> None:
    play = Play().prompt("a").image().do(Exit, draft={SCORE: score, PROMPT: "next", "age": "30"})
    assert play.state.finished is not None
    assert play.state.finished.reason == reason
    valid = score in (6, 10)
    assert [a.score for a in play.state.attempts] == [score if valid else None]
    assert play.state.finished.draft == {PROMPT: "next", "age": "30"} | ({} if valid else {SCORE: score})


def test_exit_with_the_last_score_says_that_the_attempts_are_used() -> None:
    play = Play(replace(RULES, max_answer_loops=1)).prompt("a").image().do(Exit, draft={SCORE: 3})
    assert play.state.finished is not None and play.state.finished.reason == "attempts_used"


def test_exit_after_a_failed_last_attempt_keeps_the_score_of_the_one_before() -> None:
    play = Play().prompt("a").image().score(4, "b").do(Cancel).do(Exit, draft={SCORE: 9})
    assert [a.score for a in play.state.attempts] == [4]
    assert play.state.finished is not None and play.state.finished.draft == {SCORE: 9}


def test_exit_does_not_change_the_mapping_it_was_given() -> None:
    draft = {SCORE: 5}
    Play().prompt("a").image().do(Exit, draft=draft)
    assert draft == {SCORE: 5}


def test_without_a_limit_of_attempts_the_loop_goes_on() -> None:
    play = Play(replace(RULES, max_answer_loops=None)).prompt("0").image()
    for k in range(1, 50):
        play.score(1, str(k)).image()
    assert len(play.state.attempts) == 50
    assert attempts_left(play.rules, play.state) is None


def test_no_prompt_is_taken_where_all_images_were_shown() -> None:
    """A study file may be changed to fewer attempts while a session waits after a failure."""
    play = Play().prompt("a").image().score(2, "b").do(Cancel)
    play.rules = replace(RULES, max_answer_loops=1)
    play.refused(SubmitPrompt, prompt="c")
    play.do(Exit)


def test_a_clock_that_is_set_back_gives_no_negative_wait() -> None:
    play = Play().prompt("a").do(ReportImage, at=T0 - timedelta(hours=1), **EXAMPLES[ReportImage])
    assert play.state.attempts[0].image.wait_s == 0.0


def test_the_best_attempt_is_the_earliest_with_the_highest_score() -> None:
    play = Play(replace(RULES, max_answer_loops=5)).prompt("a").image()
    assert best(play.state) is None
    play.score(4, "b").image().score(7, "c").image().score(7, "d").image()
    top = best(play.state)
    assert top is not None and top.number == 2


def test_answers_that_are_sent_again_after_a_failure_are_not_taken_again() -> None:
    play = Play().prompt("a", answers={"age": "1"}).do(Cancel).prompt("a", answers={"age": "2"})
    assert play.state.answers == {"age": "1"}
    assert kinds(play.log).count("FormSubmitted") == 1


def test_an_image_is_recorded_with_all_that_was_noted_of_its_generation() -> None:
    noted = Generation(
        image_sha256="i",
        width=8,
        height=9,
        generator="g",
        version="2",
        parameters={"steps": 3},
        model="m@1",
        seed=5,
        sent_prompt="a bear, in detail",
        revised_prompt="a very detailed bear",
        request_id="q",
        duration_s=1.5,
        cost=0.04,
        flags=("maybe",),
        calls=2,
    )
    image = Play().prompt("a bear").do(ReportImage, generation=noted).log[-1]
    assert isinstance(image, ImageGenerated)
    assert {f.name: getattr(image, f.name) for f in fields(Generation)} == {
        f.name: getattr(noted, f.name) for f in fields(Generation)
    }
    assert from_record(json.loads(json.dumps(to_record(image)))) == image


def test_a_quota_that_is_used_up_ends_the_session_with_what_is_there() -> None:
    play = Play().prompt("a bear").image("i").score(5, "a fox").do(ReportFailure, failure="quota", incident="1234")
    assert kinds(play.log[-2:]) == ["GenerationFailed", "SessionFinished"]
    assert play.state.finished is not None and play.state.finished.reason == "failed"
    assert [a.score for a in play.state.attempts] == [5]


def test_the_last_refusal_that_is_allowed_ends_the_session_and_none_before() -> None:
    play = Play(Rules(max_refusals=3))
    for left in (3, 2):
        assert refusals_left(play.rules, play.state) == left
        play = play.prompt(f"bad words {left}").do(ReportFailure, failure="refused")
        assert play.state.phase is Phase.PROMPTING
    play = play.prompt("bad words").do(ReportFailure, failure="refused")
    assert play.state.finished is not None and play.state.finished.reason == "failed"


def test_refusals_are_not_counted_where_the_study_sets_no_limit() -> None:
    play = Play(Rules(max_refusals=None))
    for number in range(30):
        play = play.prompt(f"bad words {number}").do(ReportFailure, failure="refused")
    assert play.state.phase is Phase.PROMPTING
    assert refusals_left(play.rules, play.state) is None
