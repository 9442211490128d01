"""Who is given which unit next. Pure: all chance is by hashing, and nothing is remembered but what is stored.

    units, as they are stored  →  `settled`: who has left, who is back  →  `allot`: Resume | Given | Nothing

An **assignment** is a target, an arm and a version of the arm's form. `units_per_assignment` times the arm's weight
workers are due for it (times what evens out arms with fewer versions of their form than another has), and each of
these units has a number (`plans`). Laws:

- A unit has one holder at most. Whoever comes while somebody else holds it plays an `extra`, which is kept and not
  counted. So no assignment has ever more units that count than are due.
- A worker keeps one arm, and never has a target twice in it: no two units of one assignment.
- A worker without a unit takes the lowest free **place** of their stratum. Places are cut into blocks, and the arms of
  a block are in an order by chance; each is there as often as its weight says. Who leaves, frees their place.
- Who leaves (over the deadline, silent for too long, or finished for a reason that returns the unit) is given back
  what they held when they return, as long as nobody else has got it; else they go on as an `extra`.
- A **gold** unit (`golds`) is given in place of a unit that is due, and never counts: it only keeps its worker's place
  and a unit of their arm for them, until its own deadline. Many may be at the same gold; a worker has each once. After
  so many wrong ones they are given nothing more.

| state | now |
| --- | --- |
| running | somebody is at it |
| done | finished, and counted |
| returned | its worker left; it is due again |
| extra | at it or finished, but not counted: somebody else holds the unit |
| passed, failed | a gold that is finished and was judged; one that was left is returned |
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Literal

from imgloop_widgets.events import Reason
from imgloop_widgets.golds import Record, next_gold
from imgloop_widgets.plans import Plan, Slot, draw, targets_in_order

UnitState = Literal["running", "done", "returned", "extra", "passed", "failed"]
"""How a unit stands; see the table above."""

HELD = frozenset({"running", "done"})
"""The states in which a unit counts, unless it is a gold."""

NO_MORE: frozenset[Reason] = frozenset({"withdrawn", "no_consent", "screened_out"})
"""Ways to finish after which a link without a unit gives its worker no other one."""

JUDGED = frozenset({"passed", "failed"})
"""The states of a gold that was judged."""

Why = Literal["unknown", "paused", "busy", "full", "over", "struck"]
"""Why nothing is given: there is no such unit; the study is paused; too many at once; all is taken; all is done; too
many golds were wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit that a worker was given. session_id: of its session. unit: its number. form_version, position: 1-based.

    position: which of the worker's units it is. stratum: "": none. place: in the stratum's sequence of arms, from 0;
    turn: in the arm's sequence of orders of targets, from 0; None: the link named the unit. seen_at: the latest sign of
    life of the worker's page. until: its deadline; None: none. finished: why its session is; None: it goes on.
    """

    session_id: str
    worker_id: str
    unit: int
    target_id: str
    arm: str
    form_version: int
    position: int
    given_at: datetime
    seen_at: datetime
    stratum: str = ""
    place: int | None = None
    turn: int | None = None
    until: datetime | None = None
    finished: Reason | None = None
    state: UnitState = "running"

    @property
    def assignment(self) -> tuple[str, int, str]:
        """Target, version of the form, arm."""
        return self.target_id, self.form_version, self.arm

    @property
    def is_gold(self) -> bool:
        """Whether it is one with known answers, which never counts."""
        return self.unit < 0

    @property
    def counts(self) -> bool:
        """Whether it counts for its assignment."""
        return self.state in HELD and not self.is_gold

    @property
    def is_present(self) -> bool:
        """Whether somebody is at it."""
        return self.finished is None and self.state in ("running", "extra")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comer:
    """A worker who opens a link. unit: that it names; None: whichever is due. stratum: "": none, or not known.

    may_begin: whether something new may be given; False: the study is paused, or they are not let in. only_asks: they
    are told so (`paused`) where something new is due, and not shown how their last unit ended. wrong_golds: that count
    against them.
    """

    worker_id: str
    unit: int | None = None
    stratum: str = ""
    may_begin: bool = True
    only_asks: bool = False
    wrong_golds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """They go on with a unit of theirs, or are shown how it ended."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """They are given this; the fields are those of `Unit`."""

    slot: Slot
    position: int
    state: UnitState
    stratum: str = ""
    place: int | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """They are given nothing."""

    why: Why


def allot(
    plan: Plan, units: Sequence[Unit], comer: Comer, now: datetime
) -> tuple[tuple[Unit, ...], Resume | Given | Nothing]:
    """Return all units as they stand, and what the worker is given. units: of this study, in the order of giving."""
    after = settled(plan, units, now)
    answer = _answer(plan, after, comer, now)
    if isinstance(answer, Resume) and answer.unit.finished is None:
        own = answer.unit.session_id
        seen = [replace(unit, seen_at=now) if unit.session_id == own else unit for unit in after]
        after = settled(plan, seen, now)
        answer = Resume(unit=next(unit for unit in after if unit.session_id == own))
    return after, answer


def settled(plan: Plan, units: Sequence[Unit], now: datetime) -> tuple[Unit, ...]:
    """Return the units with their states as of now: who left, is done, or is back. Who stays is the same object."""
    wanted = {unit.session_id: _wanted(plan, unit, now) for unit in units}
    holding = [u for u in units if u.counts and wanted[u.session_id] in HELD]
    taken = _Taken(holding)
    golds = [unit for unit in units if unit.is_gold]
    states = {unit.session_id: wanted[unit.session_id] for unit in (*holding, *golds)}
    for unit in units:
        if unit.session_id in states or wanted[unit.session_id] == "returned":
            continue
        if taken.leaves(plan, unit):
            taken.add(unit)
            states[unit.session_id] = wanted[unit.session_id]
        else:
            states[unit.session_id] = "extra"
    now_in = [states.get(unit.session_id, "returned") for unit in units]
    return tuple(u if u.state == state else replace(u, state=state) for u, state in zip(units, now_in, strict=True))


def is_due(plan: Plan, units: Sequence[Unit], comer: Comer, now: datetime) -> bool:
    """Whether the worker would be given something new."""
    return isinstance(allot(plan, units, comer, now)[1], Given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an assignment stands: units due, and how many are in each state. form_version: 1-based."""

    target_id: str
    form_version: int
    arm: str
    due: int
    running: int = 0
    done: int = 0
    returned: int = 0
    extra: int = 0


def standings(plan: Plan, units: Iterable[Unit]) -> list[Standing]:
    """Return how each assignment stands, in the order of targets, versions and arms; then what is no more in the plan.

    units: as they are settled.
    """
    counts: dict[tuple[str, int, str], Counter[str]] = {key: Counter() for key in plan.due}
    for unit in units:
        if not unit.is_gold:
            counts.setdefault(unit.assignment, Counter())[unit.state] += 1
    return [
        Standing(target_id=key[0], form_version=key[1], arm=key[2], due=plan.due.get(key, 0), **number)
        for key, number in counts.items()
    ]


class _Taken:
    """What is held: units by number, places by stratum, turns by arm; and how many units of each assignment and arm."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.numbers: set[int] = set()
        self.places: dict[tuple[str, int], str] = {}
        self.turns: dict[tuple[str, int], str] = {}
        self.counts: Counter[tuple[str, int, str]] = Counter()
        self.arms: Counter[str] = Counter()
        for unit in units:
            self.add(unit)

    def add(self, unit: Unit) -> None:
        self.numbers.add(unit.unit)
        self.counts[unit.assignment] += 1
        self.arms[unit.arm] += 1
        if unit.place is not None:
            self.places[unit.stratum, unit.place] = unit.worker_id
        if unit.turn is not None:
            self.turns[unit.arm, unit.turn] = unit.worker_id

    def keep(self, gold: Unit) -> None:
        """Keep a place in the arm for a worker who is at a gold, or just was."""
        self.arms[gold.arm] += 1
        if gold.place is not None:
            self.places.setdefault((gold.stratum, gold.place), gold.worker_id)
        if gold.turn is not None:
            self.turns.setdefault((gold.arm, gold.turn), gold.worker_id)

    def leaves(self, plan: Plan, unit: Unit) -> bool:
        """Whether what this unit needs is free."""
        free = unit.unit not in self.numbers and self.counts[unit.assignment] < plan.due.get(unit.assignment, 0)
        if unit.place is None:
            return free
        return free and self.places.get((unit.stratum, unit.place), unit.worker_id) == unit.worker_id


def _wanted(plan: Plan, unit: Unit, now: datetime) -> UnitState:
    """The state that the unit's own worker calls for, whoever else holds it."""
    reason = unit.finished
    if unit.is_gold and reason is not None:
        return unit.state if unit.state in JUDGED else "returned"
    if reason is None and _is_over(unit, now):
        reason = "expired"  # it will be, the next time somebody looks
    if reason is not None:
        given_back = reason == "returned" or reason in plan.returning or unit.is_gold
        return "returned" if given_back else "done"
    return "returned" if _is_silent(plan, unit, now) else "running"


def _is_over(unit: Unit, now: datetime) -> bool:
    return unit.until is not None and now >= unit.until


def _is_silent(plan: Plan, unit: Unit, now: datetime) -> bool:
    return plan.silence is not None and now - unit.seen_at >= plan.silence


def _taken(plan: Plan, units: Sequence[Unit], now: datetime) -> _Taken:
    """Return what is held, and what is kept for workers who have had golds and nothing else yet."""
    taken = _Taken(unit for unit in units if unit.counts)
    others = {unit.worker_id for unit in units if not unit.is_gold}
    last = {unit.worker_id: unit for unit in units if unit.is_gold and unit.worker_id not in others}
    wrong = Counter(unit.worker_id for unit in units if unit.state == "failed")
    strikes = plan.gold.strikes if plan.gold else None
    for worker, gold in last.items():
        if strikes is not None and wrong[worker] >= strikes:
            continue
        if gold.state != "returned" and not _is_over(gold, now) and not _is_silent(plan, gold, now):
            taken.keep(gold)
    return taken


def _answer(plan: Plan, units: Sequence[Unit], comer: Comer, now: datetime) -> Resume | Given | Nothing:
    own = [unit for unit in units if unit.worker_id == comer.worker_id]
    going_on = [u for u in own if (u.finished is None if comer.unit is None else u.unit == comer.unit)]
    if going_on:
        return Resume(unit=going_on[-1])
    found = _held_back(plan, units, own, comer) or (
        _next(plan, _taken(plan, units, now), units, own, comer)
        if comer.unit is None
        else _named(plan, units, own, comer)
    )
    if isinstance(found, Given) and comer.unit is None:
        found = _gold_before(plan, own, comer, found) or found
    if isinstance(found, Given) and not comer.may_begin:
        found = Nothing(why="paused")
    asks = comer.only_asks and found == Nothing(why="paused")
    if isinstance(found, Nothing) and own and comer.unit is None and not asks:
        return Resume(unit=own[-1])  # how it ended, with the code
    return found


def _held_back(plan: Plan, units: Sequence[Unit], own: Sequence[Unit], comer: Comer) -> Nothing | None:
    """Return why the worker must wait, or is done; None: nothing speaks against it."""
    if comer.unit is not None and comer.unit > plan.units:
        return Nothing(why="unknown")
    if plan.gold and plan.gold.strikes is not None and comer.wrong_golds >= plan.gold.strikes:
        return Nothing(why="struck")
    due = sum(not unit.is_gold for unit in own) < plan.units_per_worker
    if comer.unit is None and (not due or any(u.finished in NO_MORE for u in own)):
        return Nothing(why="over")
    for limit, there in ((plan.concurrent_units, units), (plan.concurrent_units_per_worker, own)):
        if limit is not None and sum(unit.is_present for unit in there) >= limit:
            return Nothing(why="busy")
    return None


def _named(plan: Plan, units: Sequence[Unit], own: Sequence[Unit], comer: Comer) -> Given:
    """Give the unit that the link names: it is the researcher who has chosen it."""
    assert comer.unit is not None
    slot = plan.slot(comer.unit)
    taken = _Taken(unit for unit in units if unit.counts)
    free = slot.unit not in taken.numbers and taken.counts[slot.assignment] < plan.due[slot.assignment]
    return Given(slot=slot, position=len(own) + 1, state="running" if free else "extra", stratum=comer.stratum)


def _gold_before(plan: Plan, own: Sequence[Unit], comer: Comer, due: Given) -> Given | None:
    """Return the gold that the worker is given before the unit that is due for them; None: none is."""
    states = Counter(unit.state for unit in own if unit.is_gold)
    record = Record(
        worker_id=comer.worker_id,
        position=due.position,
        had={unit.target_id for unit in own},
        given=states.total(),
        passed=states["passed"],
        failed=states["failed"],
    )
    place = next_gold(plan, record)
    if place is None or plan.gold is None:
        return None
    arm, target = due.slot.arm, plan.gold.targets[place]
    version = 1 + draw(plan.versions_of(arm), plan.seed, plan.study, "gold version", comer.worker_id, due.position)
    return replace(due, slot=Slot(unit=-1 - place, target_id=target, form_version=version, arm=arm))


def _next(plan: Plan, taken: _Taken, units: Sequence[Unit], own: Sequence[Unit], comer: Comer) -> Given | Nothing:
    stratum, place, turn = comer.stratum, None, None
    if own:
        first = next((unit for unit in own if unit.place is not None), own[0])
        arm, stratum = first.arm, first.stratum
        if arm not in {condition.name for condition in plan.arms}:
            return Nothing(why="full")
        # both may have been freed when they left, and be somebody else's by now
        if first.place is not None and taken.places.get((stratum, first.place), comer.worker_id) == comer.worker_id:
            place = first.place
        if first.turn is not None and taken.turns.get((arm, first.turn), comer.worker_id) == comer.worker_id:
            turn = first.turn
    else:
        room = {arm.name for arm in plan.arms if taken.arms[arm.name] < plan.due_in(arm.name)}
        if not room:
            return Nothing(why="full" if any(unit.state == "running" for unit in units) else "over")
        place, arm = _place(plan, {p for s, p in taken.places if s == stratum}, stratum, room)
    if turn is None:
        turn = next(number for number in count() if (arm, number) not in taken.turns)
    had = {unit.target_id for unit in own if unit.arm == arm}
    for target in targets_in_order(plan, arm, turn):
        slot = None if target in had else _free(plan, taken, target, arm, turn)
        if slot is not None:
            position = len(own) + 1
            return Given(slot=slot, position=position, state="running", stratum=stratum, place=place, turn=turn)
    return Nothing(why="full")


def _place(plan: Plan, taken: Collection[int], stratum: str, room: Collection[str]) -> tuple[int, str]:
    """Return the lowest free place whose arm has room, and that arm."""
    free = (number for number in count() if number not in taken)
    if plan.randomisation == "simple":
        place = next(free)
        names = [name for arm in plan.arms if arm.name in room for name in [arm.name] * arm.weight]
        return place, names[draw(len(names), plan.seed, plan.study, "simple", stratum, place)]
    return next((place, arm) for place in free if (arm := plan.arm_at(stratum, place)) in room)


def _free(plan: Plan, taken: _Taken, target: str, arm: str, turn: int) -> Slot | None:
    """Return a free unit of the target in the arm, of the version of the form that was given least; None: none is."""
    versions = plan.versions_of(arm)
    first = turn + plan.targets_of(arm).index(target)  # else the first version would always be the first
    choice = sorted(range(versions), key=lambda v: (taken.counts[target, v + 1, arm], (v - first) % versions))
    for version in choice:
        key = (target, version + 1, arm)
        if taken.counts[key] < plan.due[key]:
            numbers = (number for number in plan.numbers(*key) if number not in taken.numbers)
            spare = (number for number in count(plan.units + 1) if number not in taken.numbers)  # the file was changed
            return Slot(unit=next(numbers, None) or next(spare), target_id=target, form_version=version + 1, arm=arm)
    return None
