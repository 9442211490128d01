"""Very many sessions, without pictures: a load for the reports, not a rehearsal of the study.

Where `population` lets every worker act through the runner, this writes down what such workers would have left: events
that fold, within the study's rules, many sessions in one transaction. Nothing is drawn; an image's hash is that of its
prompt and seed, and no file stands behind it. What a study has before and after the loop is answered (`many_steps`).
Worker n is `sim-000000n` and plays unit n (again from 1 after the last one, so that each target comes in each arm as
often as it is due); all that it has follows from the seed and n, so that a run that was interrupted goes on where it
stood, and the same run again adds nothing.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any

from imgloop_widgets.arms import ReadyArm
from imgloop_widgets.events import (
    AttemptScored,
    AttemptViewed,
    Event,
    FormSubmitted,
    Generation,
    GenerationFailed,
    ImageGenerated,
    LoopFinished,
    PromptSubmitted,
    Reason,
    SessionFinished,
    SessionOpened,
)
from imgloop_widgets.forms import Sheet
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop.steps import TASK
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.runner import utc_now
from imgloop_widgets.simulate.answers import fill
from imgloop_widgets.simulate.many_steps import ManySteps
from imgloop_widgets.simulate.pace import Pace
from imgloop_widgets.simulate.population import Summary, vocabulary
from imgloop_widgets.simulate.service import FAULTS

BATCH = 2000
"""Sessions in one transaction."""

NAME, VERSION = "none", "1"
"""What is recorded as the maker of the images that do not exist."""

IMAGE = Generation(image_sha256=sha256(b"practice").hexdigest(), width=1, height=1, generator=NAME, version=VERSION)
"""What is recorded of each image in practice."""

ANSWERS = 100
"""Different sets of answers to the form; each session has one of them."""

UNLIMITED = 10
"""Images at most, where the study sets no limit."""

FAILS, EXITS, WALKS_AWAY = 0.03, 0.04, 0.02
"""The probability that an image does not come; that a worker leaves before an attempt, with and without a word."""


def simulate_many(
    open_study: OpenStudy,
    attempts: int,
    seed: int,
    *,
    now: datetime | None = None,
    days: float = 30.0,
    progress: Callable[[int], None] = lambda attempts: None,
) -> Summary:
    """Store sessions until so many attempts are in them; those that an earlier run has stored count too.

    attempts: images shown, ≥ 1; the last session may go beyond. now: UTC, the latest moment of any event; None: the
    present. days: before `now`, over which the workers come. progress: called with the number of attempts done.

    Raises:
        ConfigurationError: the form asks for something that nobody here has an answer to.
        StoreError: the sessions can't be written.
    """
    begun = time.perf_counter()
    made = _Made(open_study, seed, now or utc_now(), days)
    known = {opened.worker_id for opened in open_study.store.sessions(open_study.study.name)}
    reasons: Counter[str] = Counter()
    total = shown = failures = skipped = 0
    numbers = iter(range(1, attempts * 1000))
    while total < attempts:
        batch: list[list[Event]] = []
        for number in islice(numbers, BATCH):
            log = made.session(number)
            count = sum(isinstance(event, ImageGenerated) for event in log)
            total += count
            if made.worker(number) in known:
                skipped += 1
            else:
                batch.append(log)
                shown += count
                failures += sum(isinstance(event, GenerationFailed) for event in log)
                reasons[log[-1].reason] += 1  # type: ignore[attr-defined]  # every one ends with SessionFinished
            if total >= attempts:
                break
        open_study.store.add_sessions(batch)
        progress(min(total, attempts))
    return Summary(
        sessions=reasons.total(),
        skipped=skipped,
        by_reason=reasons,
        attempts=shown,
        failures=failures,
        seconds=time.perf_counter() - begun,
    )


class _TimeOver(Exception):
    """The session's time has come; what is there is submitted."""


class _Made:
    """Makes sessions. until: no event is later (UTC). days: before it, over which workers come."""

    def __init__(self, study: OpenStudy, seed: int, until: datetime, days: float) -> None:
        self._study, self._seed, self._until, self._days = study, seed, until, days
        self._units = study.units
        self._phrases, self._pace = vocabulary(), Pace()
        chance = random.Random(f"{seed}/answers")
        self._answers = {name: _answers(arm, chance) for name, arm in study.arms.items()}
        made = partial(ManySteps, study, image=IMAGE, chance=chance)
        self._steps = {name: made(arm=arm) for name, arm in study.arms.items()} if study.study.steps else {}

    def worker(self, number: int) -> str:
        """The id of worker `number`, from 1."""
        return f"{SIMULATED}{number:07d}"

    def session(self, number: int) -> list[Event]:
        """Return the whole log of worker `number`."""
        chance = random.Random(f"{self._seed}/many/{number}")
        who = Identity(worker_id=self.worker(number), unit=(number - 1) % self._units + 1)
        at = self._until - timedelta(seconds=round(3600 + 86400 * self._days * chance.random()))
        opening = replace(self._study.opening(who, at), session_id=f"{chance.getrandbits(128):032x}")
        log: list[Event] = [opening]
        clock = _Clock(at, min(opening.auto_submit_at or self._until, self._until), self._pace, chance)
        try:
            self._pass(log, opening, clock, number)
            if not isinstance(log[-1], SessionFinished):
                self._end(log, opening, self._play(log, opening, clock, chance), clock)
                self._pass(log, opening, clock, number)
        except _TimeOver:
            self._end(log, opening, "expired", clock)
        return log

    def _pass(self, log: list[Event], opening: SessionOpened, clock: "_Clock", number: int) -> None:
        """Append what is done at the steps that come next, if there are any."""
        if opening.steps and not isinstance(log[-1], SessionFinished):
            chance = random.Random(f"{self._seed}/many/{number}/steps/{len(log)}")
            self._steps[opening.arm].walk(log, lambda: clock.advance(self._pace.judge), chance)

    def _end(self, log: list[Event], opening: SessionOpened, reason: Reason, clock: "_Clock") -> None:
        """Append the end of the loop, where there are steps after it and time for them, else that of the session."""
        ended = next((event for event in log if isinstance(event, LoopFinished)), None)
        goes_on = bool(opening.steps) and opening.steps[-1][1] != TASK and ended is None and reason != "expired"
        kind = LoopFinished if goes_on else SessionFinished
        log.append(kind(seq=len(log), at=clock.at, reason=ended.reason if ended else reason))

    def _play(self, log: list[Event], opening: SessionOpened, clock: "_Clock", chance: random.Random) -> Reason:
        """Append what happens between the first event and the last, and return why it ends."""
        rules, pace = self._study.arm(opening.arm).rules, self._pace
        ability, gain = chance.gauss(0.4, 0.15), chance.gauss(0.05, 0.03)  # shares of the scale; gain: at each attempt
        for attempt in range(1, (rules.max_answer_loops or UNLIMITED) + 1):
            leaves = chance.random()
            if leaves < EXITS:
                return "exited"
            if leaves < EXITS + WALKS_AWAY:
                clock.run_out()
            if attempt == 1:
                clock.advance(pace.write)
                log.append(FormSubmitted(seq=len(log), at=clock.at, answers=chance.choice(self._answers[opening.arm])))
            self._generate(log, opening, attempt, clock, chance)
            clock.advance(pace.update)
            if not rules.self_rating:
                log.append(AttemptViewed(seq=len(log), at=clock.at, attempt=attempt))
                continue
            share = min(1.0, max(0.0, chance.gauss(ability + gain * attempt, 0.12)))
            score = rules.score_min + round((rules.score_max - rules.score_min) * share)
            log.append(AttemptScored(seq=len(log), at=clock.at, attempt=attempt, score=score))
            if score == rules.perfect_score and attempt >= rules.min_answer_loops:
                return "perfect"
        return "attempts_used"

    def _generate(
        self, log: list[Event], opening: SessionOpened, attempt: int, clock: "_Clock", chance: random.Random
    ) -> None:
        """Append the prompt and its image, and before them those that failed."""
        prompt = f"A picture of {', '.join(chance.sample(self._phrases, attempt % 6 + 1))}, attempt {attempt}"
        while True:
            seq, at = len(log), clock.at
            key = f"{opening.session_id}-{seq}"
            log.append(
                PromptSubmitted(seq=seq, at=at, attempt=attempt, prompt=prompt, seed=opening.seed, idempotency_key=key)
            )
            clock.advance(self._pace.wait)
            wait_s = (clock.at - at).total_seconds()
            about: dict[str, Any] = {"seq": seq + 1, "at": clock.at, "attempt": attempt, "wait_s": wait_s}
            if chance.random() >= FAILS:
                break
            log.append(GenerationFailed(**about, failure=chance.choice(FAULTS)[0]))
            clock.advance(self._pace.judge)
        name = sha256(f"{opening.seed}/{prompt}".encode()).hexdigest()
        log.append(ImageGenerated(**about, image_sha256=name, width=1, height=1, generator=NAME, version=VERSION))


def _answers(arm: ReadyArm, chance: random.Random) -> list[dict[str, Any]]:
    """Return sets of answers to the arm's form, in all its versions."""
    forms = [version.form({TARGET_TOKEN: "target"}) for version in arm.form_file.versions]
    return [fill(Sheet(form=forms[k % len(forms)]), chance) for k in range(ANSWERS)]


class _Clock:
    """Moves on as people do, until the time is over. at: what time it is (UTC)."""

    def __init__(self, at: datetime, end: datetime, pace: Pace, chance: random.Random) -> None:
        self.at, self._end, self._pace, self._chance = at, end, pace, chance

    def advance(self, median_s: float) -> datetime:
        """Move on by a time around this median, and return what time it is then. Raises: _TimeOver."""
        at = self.at + timedelta(milliseconds=round(1000 * self._pace.of(median_s, self._chance)))
        if at >= self._end:
            self.run_out()
        self.at = at
        return at

    def run_out(self) -> None:
        """Let the time come at which the work so far is submitted. Raises: _TimeOver."""
        self.at = self._end
        raise _TimeOver
