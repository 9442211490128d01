"""The loop under any order of commands, honest and wild, with clocks that jump and pages that reload.

The machine keeps its own simple account of what was shown, from what it sent and what came back; the loop's state is
held against it after every step.
"""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from imgloop_widgets.errors import FAILURES, Refused
from imgloop_widgets.events import (
    AttemptScored,
    AttemptViewed,
    Event,
    Generation,
    GenerationFailed,
    ImageGenerated,
    ImagePicked,
    LoopFinished,
    PromptSubmitted,
    SessionFinished,
    SessionOpened,
    from_record,
    to_record,
)
from imgloop_widgets.loop import (
    EMPTY,
    PICK,
    PROMPT,
    SCORE,
    STALE,
    Cancel,
    Command,
    Exit,
    Expire,
    Phase,
    ReportFailure,
    ReportImage,
    Rules,
    Score,
    SubmitPrompt,
    attempts_left,
    best,
    decide,
    fold,
    is_over,
    owed,
    pending,
    perfect_now,
)

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)

few_words = st.sampled_from(["bear", " bear ", "BEAR", "a bear", "a  bear", "ours", "Straße", "STRASSE"])
texts = few_words | st.text(max_size=12)
wild = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 120),
    st.floats(allow_nan=False),
    texts,
    st.sampled_from(["10", "half \ud83d", "nul \0", "x" * 200, 10**30]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
drafts = st.dictionaries(st.sampled_from([SCORE, PICK, PROMPT, "age", ""]), wild, max_size=3)
offsets = st.sampled_from([0, 0, 0, 0, -1, 1, -5, 1000])
rules_of_studies = st.builds(
    lambda limit, low, width, perfect, duplicates, refusals, least, rated, images: Rules(
        max_answer_loops=limit,
        min_answer_loops=least,
        self_rating=rated,
        images=images[0],
        pick=images[1] != "all",
        steer="pick" if images[1] == "steer" else "prompt",
        score_min=low,
        score_max=low + width,
        perfect_score=None if perfect is None else low + min(perfect, width),
        duplicates=duplicates,
        bands=((low, "low"), (low + 1, "high")),
        prompt_max_characters=100,
        max_refusals=refusals,
    ),
    limit=st.sampled_from([None, 1, 2, 3, 5]),
    low=st.integers(0, 2),
    width=st.integers(1, 9),
    perfect=st.none() | st.integers(0, 9),
    duplicates=st.sampled_from(["exact", "normalized", "allow"]),
    refusals=st.sampled_from([None, 1, 2, 10]),
    least=st.sampled_from([0, 0, 1, 2]),
    rated=st.sampled_from([True, True, False]),
    images=st.sampled_from([(1, "all"), (1, "all"), (3, "all"), (2, "pick"), (4, "pick"), (3, "steer")]),
)


class Sessions(RuleBasedStateMachine):
    """One session: its log, the live state, and the account of what was shown."""

    @initialize(rules=rules_of_studies, limit_s=st.sampled_from([None, 30, 600]))
    def open(self, rules: Rules, limit_s: int | None) -> None:
        self.rules, self.now = rules, T0
        over = T0 + timedelta(seconds=limit_s) if limit_s else None
        opened = SessionOpened(
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
            auto_submit_at=over,
            deadline=over,
        )
        self.log: list[Event] = [opened]
        self.state = fold(self.log)
        self.shown: list[dict[str, Any]] = []
        self.asked = ""
        self.images = self.refusals = 0
        self.came: dict[int, str] = {}
        self.gone: set[int] = set()
        self.was_refused = False

    def send(self, command: Command) -> tuple[Event, ...]:
        """Decide and apply; a refusal must have changed nothing, an answer must be sound."""
        before, record = self.state, [to_record(event) for event in self.log]
        try:
            events = decide(self.rules, self.state, command, self.now)
        except Refused as refused:
            assert str(refused)
            assert self.state is before
            assert [to_record(event) for event in self.log] == record
            return ()
        assert before.phase is not Phase.FINISHED, "a finished session never changes"
        assert command.seq == before.seq, "a stale command was taken"
        assert events
        assert all(event.at == self.now for event in events)
        if is_over(before, self.now):
            assert isinstance(events[-1], SessionFinished), "something happened after the time was over"
            assert all(isinstance(event, AttemptScored | AttemptViewed | ImagePicked) for event in events[:-1])
        self.log += events
        self.state = fold(events, self.state)
        for event in events:
            self.account(event)
        return events

    def account(self, event: Event) -> None:
        match event:
            case PromptSubmitted():
                assert event.images == self.rules.images
                if event.variation_of is not None:
                    assert (event.prompt, self.rules.steer) == (self.asked, "pick")
                    assert event.variation_of == self.shown[-1]["image"]
                self.asked, self.came, self.gone, self.was_refused = event.prompt, {}, set(), False
            case ImageGenerated():
                assert event.place not in self.gone, "an image that was not owed any more"
                self.came[event.place] = event.image_sha256
                self.gone.add(event.place)
                self.settle()
            case GenerationFailed():
                assert event.place is None or event.place not in self.gone
                self.gone |= {event.place} if event.place else set(range(1, self.rules.images + 1))
                self.was_refused |= event.failure == "refused"
                self.settle()
            case ImagePicked():
                assert event.place in self.shown[-1]["of"] and not self.shown[-1]["picked"]
                self.shown[-1] |= {"image": self.shown[-1]["of"][event.place], "picked": True}
            case AttemptScored():
                assert self.rules.self_rating
                assert self.shown[-1]["score"] is None and not self.shown[-1]["done"]
                self.shown[-1] |= {"score": event.score, "done": True}
            case AttemptViewed():
                assert not self.rules.self_rating and not self.shown[-1]["done"]
                self.shown[-1]["done"] = True
            case SessionFinished() | LoopFinished():
                self.show()
        if isinstance(event, AttemptScored | AttemptViewed):
            assert self.shown[-1]["picked"] == self.rules.pick, "only what was picked is judged"

    def settle(self) -> None:
        """With the last of the images that are owed the prompt has what it gets."""
        if len(self.gone) == self.rules.images:
            self.refusals += self.was_refused and not self.came
            self.show()

    def show(self) -> None:
        if self.came:
            of = dict(sorted(self.came.items()))
            first = next(iter(of.values()))
            made = {"prompt": self.asked, "image": first, "score": None, "of": of, "picked": False, "done": False}
            self.shown.append(made)
        self.came = {}

    def report(self, offset: int, place: int) -> ReportImage:
        generation = Generation(image_sha256=f"i{self.images}", width=8, height=8, generator="g", flags=("f",))
        return ReportImage(seq=self.seq(offset), generation=generation, place=place)

    def seq(self, offset: int) -> int:
        return self.state.seq + offset

    @rule(prompt=texts | wild, answers=st.none() | drafts, offset=offsets)
    def submit(self, prompt: Any, answers: dict[str, Any] | None, offset: int) -> None:
        self.send(SubmitPrompt(seq=self.seq(offset), prompt=prompt, answers=answers))

    @rule(score=st.integers(0, 10) | wild, prompt=texts | wild, pick=st.integers(1, 4) | wild, offset=offsets)
    def score(self, score: Any, prompt: Any, pick: Any, offset: int) -> None:
        self.send(Score(seq=self.seq(offset), score=score, prompt=prompt, pick=pick))

    @rule(offset=offsets)
    def cancel(self, offset: int) -> None:
        self.send(Cancel(seq=self.seq(offset)))

    @rule(draft=drafts, offset=offsets)
    def exit(self, draft: dict[str, Any], offset: int) -> None:
        self.send(Exit(seq=self.seq(offset), draft=draft))

    @rule(draft=drafts, offset=offsets)
    def expire(self, draft: dict[str, Any], offset: int) -> None:
        over = is_over(self.state, self.now)
        events = self.send(Expire(seq=self.seq(offset), draft=draft))
        assert not events or over

    @rule(offset=offsets, place=st.integers(0, 5))
    def report_image(self, offset: int, place: int) -> None:
        self.images += 1
        self.send(self.report(offset, place))

    @rule(failure=st.sampled_from(FAILURES), offset=offsets, place=st.none() | st.integers(1, 4))
    def report_failure(self, failure: Any, offset: int, place: int | None) -> None:
        over, before = is_over(self.state, self.now), self.refusals
        quota = failure == "quota" or any(one.failure == "quota" for one in self.state.failures)
        events = self.send(ReportFailure(seq=self.seq(offset), failure=failure, incident="1234", place=place))
        if events and not over:
            nothing_came = self.state.phase in (Phase.PROMPTING, Phase.FINISHED)
            used_up = self.refusals > before and self.refusals == self.rules.max_refusals
            assert (self.state.phase is Phase.FINISHED) == (nothing_came and (quota or used_up))

    @rule()
    @precondition(lambda self: self.open_for(Phase.GENERATING))
    def what_is_owed_can_come(self) -> None:
        self.images += 1
        before = owed(self.state)
        assert self.send(self.report(0, before[-1]))
        assert owed(self.state) == before[:-1]

    @rule(seconds=st.sampled_from([0, 1, 5, 29, 400, -1, -3600]))
    def the_clock_moves(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def reload(self) -> None:
        """A new process reads the log as it was stored."""
        self.log = [from_record(json.loads(json.dumps(to_record(event)))) for event in self.log]
        self.state = fold(self.log)

    @rule()
    @precondition(lambda self: self.open_for(Phase.PROMPTING))
    def an_honest_new_prompt_is_taken(self) -> None:
        events = self.send(SubmitPrompt(seq=self.state.seq, prompt=f"new words {self.state.seq}", answers={}))
        assert self.state.phase is Phase.GENERATING and events

    @rule()
    @precondition(lambda self: self.open_for(Phase.SCORING))
    def an_honest_score_is_taken(self) -> None:
        low = next(s for s in (self.rules.score_min, self.rules.score_max) if s != self.rules.perfect_score)
        last, pick = attempts_left(self.rules, self.state) == 0, self.state.attempts[-1].images[-1].place
        self.send(Score(seq=self.state.seq, score=low, prompt=f"new words {self.state.seq}", pick=pick))
        assert self.state.phase is (Phase.FINISHED if last else Phase.GENERATING)
        assert self.state.attempts[-1].is_done

    @rule()
    @precondition(lambda self: self.open_for(Phase.SCORING) and self.rules.self_rating)
    @precondition(lambda self: perfect_now(self.rules, self.state) is not None)
    def the_perfect_score_ends_the_session(self) -> None:
        pick = self.state.attempts[-1].images[0].place
        self.send(Score(seq=self.state.seq, score=self.rules.perfect_score, prompt=self.asked, pick=pick))
        assert self.state.finished is not None and self.state.finished.reason == "perfect"

    @rule()
    @precondition(lambda self: self.state.phase is Phase.PROMPTING and self.state.failure is not None)
    def after_a_failure_the_same_words_are_taken(self) -> None:
        if not is_over(self.state, self.now):
            assert self.send(SubmitPrompt(seq=self.state.seq, prompt=self.asked))

    @rule()
    @precondition(lambda self: self.state.phase is not Phase.FINISHED)
    def a_page_that_is_behind_is_told_so(self) -> None:
        with pytest.raises(Refused) as refused:
            decide(self.rules, self.state, Exit(seq=self.state.seq - 1), self.now)
        assert str(refused.value) == STALE

    @rule()
    @precondition(lambda self: self.state.phase is not Phase.FINISHED)
    def exit_is_possible_at_every_moment(self) -> None:
        """On a copy: the session itself goes on."""
        events = decide(self.rules, self.state, Exit(seq=self.state.seq), self.now)
        assert fold(events, self.state).phase is Phase.FINISHED

    def open_for(self, phase: Phase) -> bool:
        return self.state.phase is phase and not is_over(self.state, self.now)

    @invariant()
    def the_state_is_the_fold_of_the_log(self) -> None:
        assert fold(self.log, EMPTY) == self.state
        assert [event.seq for event in self.log] == list(range(self.state.seq))

    @invariant()
    def an_attempt_is_an_image_shown_and_keeps_together_what_belongs_together(self) -> None:
        attempts = [
            {
                "prompt": a.prompt.prompt,
                "image": a.image.image_sha256,
                "score": a.score,
                "of": {image.place: image.image_sha256 for image in a.images},
                "picked": a.picked is not None,
                "done": a.is_done,
            }
            for a in self.state.attempts
        ]
        assert attempts == self.shown
        assert {image.place: image.image_sha256 for image in self.state.came} == self.came
        assert [a.number for a in self.state.attempts] == list(range(1, len(self.shown) + 1))
        assert [a.prompt.attempt for a in self.state.attempts] == [a.number for a in self.state.attempts]

    @invariant()
    def no_more_prompts_are_refused_than_the_study_allows(self) -> None:
        assert self.state.refusals == self.refusals <= (self.rules.max_refusals or math.inf)

    @invariant()
    def no_more_images_than_the_study_allows(self) -> None:
        limit = self.rules.max_answer_loops
        assert limit is None or len(self.shown) <= limit
        left = attempts_left(self.rules, self.state)
        assert left is None or left == limit - len(self.shown)

    @invariant()
    def no_prompt_is_shown_twice_where_the_study_forbids_it(self) -> None:
        prompts = [shown["prompt"] for shown in self.shown]
        if self.rules.steer == "pick":
            assert len(set(prompts)) <= 1, "only the first prompt is written"
            return
        if self.rules.duplicates == "normalized":
            prompts = [" ".join(prompt.casefold().split()) for prompt in prompts]
        assert self.rules.duplicates == "allow" or len(set(prompts)) == len(prompts)
        assert all(prompt == prompt.strip() != "" and len(prompt) <= 100 for prompt in prompts)

    @invariant()
    def scores_are_whole_numbers_on_the_scale(self) -> None:
        scores = [shown["score"] for shown in self.shown if shown["score"] is not None]
        assert all(type(score) is int for score in scores)
        assert all(self.rules.score_min <= score <= self.rules.score_max for score in scores)
        late = self.shown[max(0, self.rules.min_answer_loops - 1) :]
        perfect = [shown for shown in late if shown["score"] is not None and shown["score"] == self.rules.perfect_score]
        finished = self.state.finished
        assert bool(perfect) == (finished is not None and finished.reason == "perfect")
        top = best(self.state)
        assert (top.score if top else None) == max(scores, default=None)

    @invariant()
    def an_image_is_owed_in_one_phase_alone(self) -> None:
        prompt = pending(self.state)
        assert (prompt is not None) == (self.state.phase is Phase.GENERATING)
        assert prompt is None or prompt.prompt == self.asked
        assert bool(owed(self.state)) == (prompt is not None) or self.state.finished
        keys = [event.idempotency_key for event in self.log if isinstance(event, PromptSubmitted)]
        assert len(set(keys)) == len(keys)

    @invariant()
    def to_finish_is_early_until_the_study_leaves_it_to_the_worker(self) -> None:
        finished, least = self.state.finished, self.rules.min_answer_loops
        if finished is not None and finished.reason in ("stopped", "exited", "expired"):
            enough = 0 < least <= sum(shown["done"] for shown in self.shown)
            assert (finished.reason == "stopped") == enough

    @invariant()
    def no_wait_is_negative(self) -> None:
        assert all(getattr(event, "wait_s", 0.0) >= 0 for event in self.log)

    @invariant()
    def it_ends_once(self) -> None:
        ends = [event for event in self.log if isinstance(event, SessionFinished)]
        assert len(ends) == (self.state.phase is Phase.FINISHED)
        assert not ends or self.log[-1] is ends[0] or self.log[-1] == ends[0]


Sessions.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestSessions = Sessions.TestCase


def test_a_machine_can_be_broken() -> None:
    """The account is independent of the loop: a score stored with the wrong attempt is noticed."""
    machine = Sessions()
    machine.open(rules=Rules(), limit_s=None)
    machine.an_honest_new_prompt_is_taken()
    machine.report_image(0, 1)
    machine.an_attempt_is_an_image_shown_and_keeps_together_what_belongs_together()
    (attempt,) = machine.state.attempts
    other = replace(attempt, prompt=replace(attempt.prompt, prompt="other"))
    machine.state = replace(machine.state, attempts=(other,))
    with pytest.raises(AssertionError):
        machine.an_attempt_is_an_image_shown_and_keeps_together_what_belongs_together()
