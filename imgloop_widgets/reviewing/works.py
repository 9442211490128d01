"""A finished unit at a glance. Pure: from its events, and from what its pages have noted.

The signals are hints to look closer and no verdict: a worker may be quick, or may have read a text aloud to the page.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imgloop_widgets.events import Event, GenerationFailed, Reason, StepSubmitted
from imgloop_widgets.loop import State, fold
from imgloop_widgets.rows import attempt_rows, session_row
from imgloop_widgets.signals import Noted

FAST_S = 2.0
"""Seconds below which a score is fast."""

EARLY: frozenset[Reason] = frozenset({"exited", "expired", "withdrawn"})
"""How a unit ends that its worker has left, or let run out."""

SIGNALS: Mapping[str, str] = {
    "repeated": "prompts that repeat an earlier one",
    "fast": f"scores given within {FAST_S:g} seconds",
    "same": "scores that are all the same",
    "left_early": "left early",
    "wrong": "wrong answers to checks",
    "failures": "images that did not come",
    "pastes": "pasted texts",
    "hidden": "times the page was hidden",
    "lost": "times the connection was lost",
}
"""Signal → what it counts. The last three are there where the study records what pages note."""

NOTED = ("pastes", "hidden", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A unit that is over. unit: its number. scores: of its attempts, in their order; None: none was given.

    answers: name of field → value, of the form and of the steps; of a step that was answered again, the last. signals:
    those above 0. images: sha256 of each attempt's.
    """

    session_id: str
    worker_id: str
    unit: str
    target: str
    arm: str
    reason: Reason
    opened_at: datetime
    finished_at: datetime
    duration_s: float
    gold: bool = False
    gold_passed: bool | None = None
    scores: tuple[int | None, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    signals: Mapping[str, int] = field(default_factory=dict)
    images: tuple[str, ...] = ()

    @property
    def best(self) -> int | None:
        """The highest score; None: there is none."""
        return max((score for score in self.scores if score is not None), default=None)

    @property
    def last(self) -> int | None:
        """The last score; None: there is none."""
        return next((score for score in reversed(self.scores) if score is not None), None)


def work_of(events: Sequence[Event], noted: Iterable[Noted] = ()) -> Work | None:
    """Return the unit; None: it goes on. Raises: IllegalEvent: its log breaks the rules of the loop."""
    state = fold(events)
    opened, finished = state.opened, state.finished
    if opened is None or finished is None:
        return None
    row = session_row(state)
    return Work(
        session_id=opened.session_id,
        worker_id=opened.worker_id,
        unit=opened.unit_id,
        target=opened.target_id,
        arm=opened.arm,
        reason=finished.reason,
        opened_at=opened.at,
        finished_at=finished.at,
        duration_s=row["duration_s"],
        gold=opened.gold,
        gold_passed=row["gold_passed"],
        scores=tuple(attempt.score for attempt in state.attempts),
        answers={**row["answers"], **_of_steps(state.submitted)},
        signals=signals_of(state, events, noted),
        images=tuple(attempt.image.image_sha256 for attempt in state.attempts),
    )


def signals_of(state: State, events: Iterable[Event], noted: Iterable[Noted] = ()) -> dict[str, int]:
    """Return the signals of a unit that are above 0, in the order of `SIGNALS`."""
    rows = attempt_rows(state)
    prompts = [row["prompt"] for row in rows]
    scores = [row["score"] for row in rows if row["score"] is not None]
    on_pages = Counter[str]()
    for one in noted:
        on_pages.update({name: int(one.values.get(name, 0)) for name in NOTED})
    found = {
        "repeated": len(prompts) - len(set(prompts)),
        "fast": sum(row["judge_s"] is not None and row["judge_s"] < FAST_S for row in rows),
        "same": len(scores) if len(scores) > 1 and len(set(scores)) == 1 else 0,
        "left_early": int(state.finished is not None and state.finished.reason in EARLY),
        "wrong": sum(len(step.wrong) for step in state.submitted),
        "failures": sum(isinstance(event, GenerationFailed) for event in events),
        **on_pages,
    }
    return {name: found[name] for name in SIGNALS if found.get(name)}


def _of_steps(submitted: Iterable[StepSubmitted]) -> dict[str, Any]:
    return {name: value for step in submitted for name, value in step.answers.items()}
