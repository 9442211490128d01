"""Several images of one prompt, the choice of one, and what else an arm may set of an attempt; one sentence each."""

from dataclasses import replace
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_loop import OPENED, OVER, T0
from unit.test_loop import Play as ByHand

from imgloop_widgets.events import (
    AttemptScored,
    Generation,
    ImagePicked,
    PromptSubmitted,
    from_record,
    to_record,
)
from imgloop_widgets.loop import (
    PICK,
    PROMPT,
    SCORE,
    Cancel,
    Exit,
    Expire,
    IllegalEvent,
    Phase,
    ReportFailure,
    ReportImage,
    Rules,
    Score,
    StepRule,
    SubmitPrompt,
    apply,
    decide,
    fold,
    image_key,
    image_seed,
    owed,
    perfect_now,
)
from imgloop_widgets.loop.rules import seed_of

PICKING = Rules(max_answer_loops=3, images=3, pick=True)
STEERING = Rules(max_answer_loops=3, images=2, pick=True, steer="pick", self_rating=False, perfect_score=None)


class Play(ByHand):
    """A session that is played by hand, with the images of a prompt one by one."""

    def __init__(self, rules: Rules = PICKING) -> None:
        steps = tuple((one.name, one.kind) for one in rules.steps)
        super().__init__(rules, replace(OPENED, deadline=None, steps=steps))

    def prompt(self, text: str = "a", **more: Any) -> Self:
        return super().prompt(text, **more)

    def images(self, *places: int) -> Self:
        for place in places:
            sha = f"i{len(self.state.attempts) + 1}{place}"
            made = Generation(image_sha256=sha, width=8, height=8, generator="g")
            self.do(ReportImage, generation=made, place=place)
        return self

    def fails(self, failure: str = "transient", *places: int) -> Self:
        for place in places:
            self.do(ReportFailure, failure=failure, place=place)
        return self

    @property
    def reason(self) -> str:
        assert self.state.finished is not None
        return self.state.finished.reason


def test_the_worker_scores_the_image_that_they_pick_and_it_is_the_attempts() -> None:
    play = Play().prompt().images(2, 3, 1).do(Score, score=4, pick=3, prompt="b")
    (attempt,) = play.state.attempts
    assert [image.image_sha256 for image in attempt.images] == ["i11", "i12", "i13"]
    assert (attempt.image.image_sha256, attempt.score, attempt.number) == ("i13", 4, 1)
    assert [image.image_sha256 for image in attempt.judged] == ["i13"]
    assert [type(event).__name__ for event in play.log[-3:]] == ["ImagePicked", "AttemptScored", "PromptSubmitted"]
    assert play.state.phase is Phase.GENERATING and owed(play.state) == (1, 2, 3)


def test_an_image_is_owed_until_each_has_come_and_no_longer() -> None:
    play = Play().prompt().images(3)
    assert (play.state.phase, owed(play.state), len(play.state.attempts)) == (Phase.GENERATING, (1, 2), 0)
    assert "not awaited" in str(play.refused(ReportFailure, failure="timeout", place=3))
    play.images(1, 2)
    assert (play.state.phase, owed(play.state), len(play.state.attempts)) == (Phase.SCORING, (), 1)


def test_a_set_that_partly_failed_keeps_what_came() -> None:
    play = Play().prompt().images(2).fails("timeout", 1).fails("refused", 3)
    (attempt,) = play.state.attempts
    assert [image.place for image in attempt.images] == [2]
    assert (play.state.failure, play.state.refusals) == (None, 0)
    play.do(Score, score=4, prompt="b")  # there is nothing to choose
    assert play.state.attempts[0].picked is not None and play.state.attempts[0].picked.place == 2


def test_only_a_prompt_of_which_nothing_came_has_failed_and_costs_no_attempt() -> None:
    play = Play().prompt().fails("refused", 2).fails("timeout", 1)
    assert play.state.phase is Phase.GENERATING
    play.fails("timeout", 3)
    assert (play.state.phase, play.state.attempts, play.state.refusals) == (Phase.PROMPTING, (), 1)
    assert play.state.failure is not None and play.state.failure.failure == "timeout"
    assert play.prompt("a").state.phase is Phase.GENERATING


@pytest.mark.parametrize(("came", "phase"), [((), Phase.PROMPTING), ((1,), Phase.SCORING), ((3, 2), Phase.SCORING)])
def test_to_cancel_is_to_go_on_with_what_is_there(came: tuple[int, ...], phase: Phase) -> None:
    play = Play().prompt().images(*came).do(Cancel)
    assert play.state.phase is phase
    assert [image.place for a in play.state.attempts for image in a.images] == sorted(came)


def test_what_came_before_the_time_was_over_is_an_attempt() -> None:
    play = Play().prompt().images(1).do(Expire, at=OVER)
    assert play.reason == "expired"
    assert [len(attempt.images) for attempt in play.state.attempts] == [1]


def test_where_the_service_is_closed_for_good_what_came_can_still_be_judged() -> None:
    play = Play().prompt().fails("quota", 1, 2).images(3)
    assert play.state.phase is Phase.SCORING
    assert Play().prompt().fails("quota", 1, 2, 3).reason == "failed"


@pytest.mark.parametrize("pick", [None, 0, 4, "2", True, 2.0, [1]])
def test_a_choice_must_be_one_of_the_images_and_is_told_beside_them(pick: Any) -> None:
    refused = Play().prompt().images(1, 2, 3).refused(Score, score=4, pick=pick, prompt="b")
    assert refused.problems == {PICK: "Please choose one of the images."}
    both = Play().prompt().images(1, 2, 3).refused(Score, score=11, pick=pick, prompt="b")
    assert list(both.problems) == [PICK, SCORE]


@pytest.mark.parametrize(
    ("draft", "picked", "score", "kept"),
    [
        ({PICK: 2, SCORE: 5, PROMPT: "b"}, 2, 5, {PROMPT: "b"}),
        ({SCORE: 5}, None, None, {SCORE: 5}),  # a score alone is of none of the images
        ({PICK: 2}, 2, None, {}),
        ({PICK: 9, SCORE: 5}, None, None, {PICK: 9, SCORE: 5}),
    ],
)
def test_at_the_end_a_choice_and_a_score_that_stand_in_the_page_count(
    draft: dict[str, Any], picked: int | None, score: int | None, kept: dict[str, Any]
) -> None:
    play = Play().prompt().images(1, 2, 3).do(Exit, draft=draft)
    (attempt,) = play.state.attempts
    assert (attempt.picked.place if attempt.picked else None, attempt.score) == (picked, score)
    assert play.state.finished is not None and dict(play.state.finished.draft) == kept


def test_a_choice_that_comes_too_late_is_kept_with_its_score() -> None:
    play = Play().prompt().images(1, 2, 3).do(Score, at=OVER, score=5, pick=2, prompt="b")
    (attempt,) = play.state.attempts
    assert (attempt.image.place, attempt.score, play.reason) == (2, 5, "expired")


def test_without_a_choice_the_score_is_of_all_images_together() -> None:
    play = Play(Rules(images=3)).prompt().images(1, 2, 3).do(Score, score=5, pick=2, prompt="b")
    (attempt,) = play.state.attempts
    assert (attempt.picked, attempt.score, attempt.image.place, len(attempt.judged)) == (None, 5, 1, 3)


def test_who_steers_by_picking_writes_one_prompt_and_gets_variations_of_what_they_picked() -> None:
    play = Play(STEERING).prompt("a bear").images(1, 2).do(Score, pick=2)
    asked = play.state.prompt
    assert asked is not None
    assert (asked.prompt, asked.variation_of, asked.attempt, asked.images) == ("a bear", "i12", 2, 2)
    assert asked.seed == seed_of(STEERING, 7, 2) != seed_of(STEERING, 7, 1) == 7
    play.images(1, 2).do(Score, pick=1, prompt="something else").images(1, 2)
    assert [a.prompt.prompt for a in play.state.attempts] == ["a bear"] * 3
    assert play.do(Score, pick=1).reason == "attempts_used"


def test_a_variation_of_which_nothing_came_is_asked_for_again_without_words() -> None:
    play = Play(STEERING).prompt("a bear").images(1, 2).do(Score, pick=2).fails("transient", 1, 2)
    assert play.state.phase is Phase.PROMPTING
    again = play.do(SubmitPrompt, prompt="").state.prompt
    assert again is not None and (again.prompt, again.variation_of, again.attempt) == ("a bear", "i12", 2)


def test_where_no_score_is_asked_for_the_worker_goes_on_and_none_is_stored() -> None:
    play = Play(Rules(max_answer_loops=2, self_rating=False, perfect_score=None)).prompt("a").images(1)
    play.do(Score, score=10, prompt="b").images(1)
    assert play.state.attempts[0].is_done and not play.state.attempts[1].is_done
    assert play.do(Score).reason == "attempts_used"
    assert [a.score for a in play.state.attempts] == [None, None]


def test_to_finish_is_early_before_the_least_number_of_attempts_and_no_score_ends_anything_yet() -> None:
    rules = Rules(max_answer_loops=None, min_answer_loops=2)
    play = Play(rules).prompt("a").images(1)
    assert perfect_now(rules, play.state) is None
    play.do(Score, score=10, prompt="b").images(1)
    assert perfect_now(rules, play.state) == 10
    assert Play(rules).prompt("a").images(1).do(Exit, draft={SCORE: 3}).reason == "exited"
    assert Play(rules).prompt("a").images(1).do(Score, score=3, prompt="b").images(1).do(Exit).reason == "exited"
    play.do(Score, score=3, prompt="c")
    assert fold(decide(rules, play.state, Expire(seq=play.state.seq), OVER), play.state).finished.reason == "stopped"
    assert play.do(Exit).reason == "stopped"


def test_without_a_perfect_score_none_ends_the_session() -> None:
    play = Play(Rules(max_answer_loops=2, perfect_score=None)).prompt("a").images(1).do(Score, score=10, prompt="b")
    assert play.state.phase is Phase.GENERATING


def test_practice_is_over_with_its_choice_too() -> None:
    steps = (StepRule(name="try", kind="practice"), StepRule(name="task", kind="task"))
    for rules in (
        Rules(images=2, pick=True, steps=steps),
        Rules(images=2, pick=True, self_rating=False, perfect_score=None, steps=steps),
    ):
        play = Play(rules).prompt("a").images(2, 1).do(Score, score=5, pick=2, prompt="b")
        assert play.state.phase is Phase.PROMPTING and play.state.practice is None
        assert play.state.attempts == ()


def test_a_log_in_which_two_images_are_picked_or_one_that_is_not_there_is_illegal() -> None:
    state = Play().prompt().images(1, 2).fails("timeout", 3).state
    with pytest.raises(IllegalEvent, match="image 3 can't be picked"):
        apply(state, ImagePicked(seq=state.seq, at=T0, attempt=1, place=3))
    state = apply(state, ImagePicked(seq=state.seq, at=T0, attempt=1, place=1))
    with pytest.raises(IllegalEvent, match="can't be picked"):
        apply(state, ImagePicked(seq=state.seq, at=T0, attempt=1, place=2))


@given(st.integers(0, 2**31 - 1), st.integers(2, 12))
def test_each_image_has_a_seed_and_a_key_of_its_own_and_the_first_has_the_prompts(seed: int, of: int) -> None:
    seeds = [image_seed(seed, place) for place in range(1, of + 1)]
    assert seeds[0] == seed and len(set(seeds)) == of and all(0 <= one < 2**31 for one in seeds)
    keys = [image_key("k-4", place) for place in range(1, of + 1)]
    assert keys[0] == "k-4" and len(set(keys)) == of


def test_what_was_written_before_there_were_sets_owes_one_image() -> None:
    record = to_record(Play(Rules()).prompt().log[-1])
    old = {name: value for name, value in record.items() if name not in ("images", "variation_of")}
    event = from_record(old)
    assert isinstance(event, PromptSubmitted) and (event.images, event.variation_of) == (1, None)
    assert AttemptScored in [type(one) for one in Play(Rules()).prompt().images(1).do(Score, score=3, prompt="b").log]
