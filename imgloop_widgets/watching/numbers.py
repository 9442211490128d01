"""What a researcher must know of a study at a glance. Pure: no clock, no store.

    a session's events  →  `tally_of`: one `Tally` a session  ┐
    the units as they are settled (`assignment.settled`)      ┴→  `numbers_of`: `Numbers`

Units are counted by their state now, each once; simulated workers have units of their own, which are counted where no
person has come yet.

| count | of the units |
| --- | --- |
| running | somebody is at it |
| done | finished, and counted |
| failed | no image could be made any more, and it is not counted |
| returned | its worker left, or it was returned; it is due again |
| extra | at it or finished, and not counted: somebody else holds the unit |
| gold | with a known answer: it is of no assignment |
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imgloop_widgets.assignment import Unit
from imgloop_widgets.events import Event, GenerationFailed, Reason, SessionOpened
from imgloop_widgets.loop import Phase, fold
from imgloop_widgets.plans import Plan
from imgloop_widgets.rows import SIMULATED

ACTIVE = timedelta(minutes=2)
"""An open session that something happened in so lately counts as active."""

COUNTS = ("done", "running", "returned", "failed", "extra", "gold")
"""What is counted of units, in the order in which it is shown."""

AT: dict[Phase, str] = {
    Phase.PROMPTING: "writes a prompt",
    Phase.GENERATING: "waits for an image",
    Phase.SCORING: "scores an image",
    Phase.ASKING: "answers questions",
    Phase.PRACTISING: "practises",
}
"""What a worker does, by the phase of their session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A session, as far as it is counted. phase: where it stands. images: shown. failures: images that did not come.

    last: the latest event. until: when the work so far is submitted; None: no limit, or the study is paused. reason,
    finished_at: None while it goes on.
    """

    opened: SessionOpened
    phase: Phase
    images: int = 0
    failures: int = 0
    last: datetime
    until: datetime | None = None
    reason: Reason | None = None
    finished_at: datetime | None = None

    @property
    def simulated(self) -> bool:
        """Whether the worker was a program."""
        return self.opened.worker_id.startswith(SIMULATED)

    def is_overdue(self, now: datetime) -> bool:
        """Whether its time is over and it is not submitted yet."""
        return self.reason is None and self.until is not None and now >= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitNow:
    """A unit and its session. heard: when its page was last heard of. state: see `COUNTS`."""

    tally: Tally
    unit: Unit
    state: str
    heard: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmNumbers:
    """An arm's units. due: units that it needs. images: shown in it."""

    arm: str
    due: int = 0
    done: int = 0
    running: int = 0
    returned: int = 0
    failed: int = 0
    extra: int = 0
    gold: int = 0
    images: int = 0

    @property
    def left(self) -> int:
        """Units that are still to be given."""
        return max(0, self.due - self.done - self.running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A study at one moment.

    arms: in the order of the study file, then those that it has no more. units: those counted, the latest given first.
    of_simulated: whether they are of simulated workers. sessions: of people and others; simulated: among them. active:
    open ones in which something happened lately. overdue: open ones whose time is over. astray: open ones of arms that
    the study file has no more. finished: reason → sessions. images: shown. failures: images that did not come. last:
    the latest event; None where there is none.
    """

    at: datetime
    arms: tuple[ArmNumbers, ...] = ()
    units: tuple[UnitNow, ...] = ()
    of_simulated: bool = False
    sessions: int = 0
    simulated: int = 0
    active: int = 0
    overdue: int = 0
    astray: int = 0
    finished: Mapping[str, int] = field(default_factory=dict)
    images: int = 0
    failures: int = 0
    last: datetime | None = None

    @property
    def open(self) -> int:
        """Sessions that are not finished."""
        return self.sessions - sum(self.finished.values())

    def total(self, count: str) -> int:
        """Return a count of all arms: one of `COUNTS`, due or left."""
        return sum(getattr(arm, count) for arm in self.arms)


def tally_of(events: Sequence[Event]) -> Tally:
    """Return what counts of a session. Raises: IllegalEvent: its log breaks the rules of the loop."""
    state = fold(events)
    assert state.opened is not None
    return Tally(
        opened=state.opened,
        phase=state.phase,
        images=len(state.attempts),
        failures=sum(isinstance(event, GenerationFailed) for event in events),
        last=events[-1].at,
        until=None if state.paused else state.auto_submit_at,
        reason=state.finished.reason if state.finished else None,
        finished_at=state.finished.at if state.finished else None,
    )


def numbers_of(
    plan: Plan, tallies: Mapping[str, Tally], people: Sequence[Unit], programs: Sequence[Unit], now: datetime
) -> Numbers:
    """Return how a study stands. tallies: session_id → of every session. people, programs: units, as settled."""
    of_simulated = not people and bool(programs)
    units = [_unit(unit, tallies[unit.session_id]) for unit in (programs if of_simulated else people)
             if unit.session_id in tallies]  # fmt: skip
    known = {arm.name for arm in plan.arms}
    going_on = [tally for tally in tallies.values() if tally.reason is None]
    overdue = [tally for tally in going_on if tally.is_overdue(now)]
    return Numbers(
        at=now,
        arms=_arms(plan, units),
        units=tuple(sorted(units, key=lambda one: (one.unit.given_at, one.unit.session_id), reverse=True)),
        of_simulated=of_simulated,
        sessions=len(tallies),
        simulated=sum(tally.simulated for tally in tallies.values()),
        active=sum(now - tally.last < ACTIVE and not tally.is_overdue(now) for tally in going_on),
        overdue=len(overdue),
        astray=sum(tally.opened.arm not in known for tally in going_on),
        finished=Counter(tally.reason for tally in tallies.values() if tally.reason is not None),
        images=sum(tally.images for tally in tallies.values()),
        failures=sum(tally.failures for tally in tallies.values()),
        last=max((tally.last for tally in tallies.values()), default=None),
    )


def _unit(unit: Unit, tally: Tally) -> UnitNow:
    failed = unit.finished == "failed" and unit.state == "returned"
    state = "gold" if unit.is_gold else "failed" if failed else unit.state
    heard = max(unit.seen_at, tally.last)
    return UnitNow(tally=tally, unit=unit, state=state, heard=heard)


def _arms(plan: Plan, units: Iterable[UnitNow]) -> tuple[ArmNumbers, ...]:
    counts: dict[str, Counter[str]] = {arm.name: Counter(due=plan.due_in(arm.name)) for arm in plan.arms}
    for one in units:
        counts.setdefault(one.unit.arm, Counter()).update({one.state: 1, "images": one.tally.images})
    return tuple(ArmNumbers(arm=name, **numbers) for name, numbers in counts.items())
