"""Simulated raters: they judge a rating study's items through the store as real ones do, and see what is really there.

    how alike an image is (a metric of the store, else its author's score)  →  + bias of the rater + noise  →  answers

The truth is known, so what a report says of the ratings can be compared with it: without noise all raters agree, with
careless ones alone nobody does. Everything follows from the seed; ids begin with `sim-`.
"""

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging import OpenRatings, Rater
from imgloop_widgets.loop import fold
from imgloop_widgets.ratings import SAME, TARGET, Leave, Question, Rate, Shown, is_right
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.runner import utc_now
from imgloop_widgets.simulate.pace import Clock, Pace

Likeness = Mapping[tuple[str, int], float]
"""(session_id, attempt) → how alike its image is to the target, 0 to 1."""

UNKNOWN = 0.5
"""How alike an image is of which nothing is known."""

CLOSE = 0.02
"""Two images that are so near to each other are the same to a rater who may say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """How raters see. noise, bias: standard deviations of one look and of a rater, on a scale of 0 to 1.

    careless: share of raters who answer at random. leaving: share of those who walk away before the end.
    """

    noise: float = 0.12
    bias: float = 0.05
    careless: float = 0.06
    leaving: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterSummary:
    """What became of the raters. sessions: opened and played now. skipped: of an earlier run. by_reason: reason →
    sessions. ratings: of items. checks, passed: items with a known answer, and those answered rightly. seconds: that
    all of it took, real time.
    """

    sessions: int
    skipped: int
    by_reason: Mapping[str, int]
    ratings: int
    checks: int
    passed: int
    seconds: float


def likeness(opened: OpenRatings, metric: str | None = None) -> dict[tuple[str, int], float]:
    """Return how alike the images of the first study are: by a metric, else by its only one, else by their scores.

    Each is brought to 0 to 1 by the lowest and the highest there is.

    Raises:
        ValueError: the study has no such metric.
    """
    source = opened.study.ratings.source_name
    measured = [m for m in opened.first.metrics(source) if m.value is not None]
    known = sorted({m.metric for m in measured})
    if metric is not None and metric not in known:
        raise ValueError(f"metric must be one of {', '.join(known) or 'none: score the study first'}; not {metric!r}")
    name = metric or (known[0] if known else None)
    values = {(m.session_id, m.attempt): float(m.value or 0) for m in measured if m.metric == name}
    if name is None:
        for session_id, events in opened.first.logs(source):
            values |= {(session_id, a.number): float(a.score) for a in fold(events).attempts if a.score is not None}
    low, high = min(values.values(), default=0.0), max(values.values(), default=1.0)
    return {key: (value - low) / ((high - low) or 1.0) for key, value in values.items()}


def simulate_raters(
    opened: OpenRatings,
    raters: int,
    seed: int,
    *,
    now: datetime | None = None,
    days: float = 2.0,
    eyes: Eyes | None = None,
    metric: str | None = None,
    pace: Pace | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> RaterSummary:
    """Let raters judge what is due, until there is nothing left for them; those of an earlier run are left alone.

    raters: how many at most. now: UTC, the latest moment of any event; None: the present. days: before `now`, over
    which they come. metric: see `likeness`. progress: called with the number of raters done.

    Raises:
        StoreError: a session can't be read or written.
        ValueError: the study has no such metric.
    """
    begun, until, own = time.perf_counter(), now or utc_now(), eyes or Eyes()
    true, steps = likeness(opened, metric), pace or Pace()
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for number in range(1, raters + 1):
        chance = random.Random(f"{seed}/rater/{number}")
        clock = Clock(until - timedelta(days=days * chance.random()) - opened.study.duration)
        try:
            rater = opened.enter(Identity(worker_id=f"{SIMULATED}rater-{number:04d}", unit=1), clock=clock)
        except Refused:  # nothing is left for this one
            break
        if rater.state.finished:
            counts["skipped"] += 1
        else:
            leaving = chance.random() < own.leaving
            _play(rater, _Sight(true, own, chance), clock, steps, chance, leaving=leaving)
            counts += _counted(rater)
            reasons[rater.state.finished.reason if rater.state.finished else "open"] += 1
        progress(number)
    return RaterSummary(
        sessions=reasons.total(),
        skipped=counts["skipped"],
        by_reason=reasons,
        ratings=counts["ratings"],
        checks=counts["checks"],
        passed=counts["passed"],
        seconds=time.perf_counter() - begun,
    )


class _Sight:
    """How one rater sees images, and what they say of them."""

    def __init__(self, true: Likeness, eyes: Eyes, chance: random.Random) -> None:
        self._true, self._eyes, self._chance = true, eyes, chance
        self._bias = chance.gauss(0, eyes.bias)
        self._careless = chance.random() < eyes.careless

    def answers(self, questions: tuple[Question, ...], shown: Shown) -> dict[str, Any]:
        """Return coded answers to the questions about an item."""
        seen = [self._seen(shown.session_id, picture.attempt) for picture in shown.pictures]
        return {question.name: self._answer(question, shown, seen) for question in questions}

    def _seen(self, session_id: str, attempt: int) -> float:
        if self._careless:
            return self._chance.random()
        if attempt == TARGET:
            return 1.0  # the same image is the same to everybody who looks
        true = self._true.get((session_id, attempt), UNKNOWN)
        return min(1.0, max(0.0, true + self._bias + self._chance.gauss(0, self._eyes.noise)))

    def _answer(self, question: Question, shown: Shown, seen: list[float]) -> Any:
        order = sorted(range(len(seen)), key=lambda place: -seen[place])
        attempts = [shown.pictures[place].attempt for place in order]
        match question.kind:
            case "scale":
                return question.low + round(seen[order[0]] * (question.high - question.low))
            case "choice":
                return 1 + min(len(question.options) - 1, math.floor(seen[order[0]] * len(question.options)))
            case "closer":
                near = bool(question.tie) and seen[order[0]] - seen[order[-1]] < CLOSE
                return SAME if near or (question.tie and attempts[0] == attempts[-1]) else attempts[0]
        return attempts


def _play(rater: Rater, sight: _Sight, clock: Clock, pace: Pace, chance: random.Random, *, leaving: bool) -> None:
    opened, size = rater.state.opened, len(rater.state.shown)
    assert opened is not None and opened.deadline is not None
    leaves = chance.randrange(1, size + 1) if leaving else 0
    while not rater.state.finished and (place := rater.state.place) is not None:
        if place == leaves:
            clock.set(opened.deadline)
            rater.dispatch(Leave(seq=rater.state.seq))
            return
        clock.advance(pace.of(pace.judge, chance))
        answers = sight.answers(rater.study.questions, rater.state.shown[place - 1])
        rater.dispatch(Rate(seq=rater.state.seq, place=place, answers=answers))


def _counted(rater: Rater) -> Counter[str]:
    counts: Counter[str] = Counter()
    for place, rating in rater.state.rated.items():
        shown = rater.state.shown[place - 1]
        counts["checks" if shown.is_check else "ratings"] += 1
        right = all(is_right(rating.answers[name], answers) for name, answers in shown.right.items())
        counts["passed"] += shown.is_check and right
    return counts
