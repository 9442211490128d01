"""Gold units: when a worker is given one and which, what it keeps for them, and what follows from wrong ones."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from desk import Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.assignment import Unit, settled, standings
from imgloop_widgets.gold_standing import gold_standings
from imgloop_widgets.golds import Record, chance_of, next_gold
from imgloop_widgets.plans import Condition, Golds, Plan

GOLDS = Golds(targets=("g", "h", "i"), first=1, chance=0.4, fall=0.5, least=0.15, most=3, strikes=2)


def desk(targets: str = "pqrs", arms: str = "ab", golds: Golds = GOLDS, **more: Any) -> Desk:
    return Desk(arms, targets, **{"units_per_assignment": 5, "units_per_worker": len(targets), "gold": golds, **more})


def judge(desk: Desk, unit: Unit, *, passed: bool) -> None:
    """Finish a gold, as the store reads it of its events."""
    desk.finish(unit)
    state = "passed" if passed else "failed"
    desk.units = [replace(u, state=state) if u.session_id == unit.session_id else u for u in desk.units]


def wrong(desk: Desk, worker: str) -> int:
    return sum(unit.worker_id == worker and unit.state == "failed" for unit in desk.units)


@pytest.mark.parametrize(
    ("passed", "failed", "chance"),
    [(0, 0, 1.0), (1, 1, 1.0), (0, 2, 1.0), (1, 0, 0.4), (2, 1, 0.4), (2, 0, 0.2), (3, 0, 0.15), (9, 0, 0.15)],
)
def test_the_first_golds_are_certain_and_then_the_chance_falls(passed: int, failed: int, chance: float) -> None:
    assert chance_of(GOLDS, Record(worker_id="ana", passed=passed, failed=failed)) == pytest.approx(chance)


def test_over_many_workers_as_many_get_a_gold_as_the_chance_says() -> None:
    plan = Plan(study="s", seed=1, targets=("p",), arms=(Condition(name="a"),), gold=GOLDS)
    found = [next_gold(plan, Record(worker_id=f"w{k}", passed=1, given=1, had={"g"}, position=2)) for k in range(4000)]
    assert sum(one is not None for one in found) / 4000 == pytest.approx(0.4, abs=0.03)
    assert Counter(found)[1] == pytest.approx(Counter(found)[2], rel=0.2)


def test_a_worker_begins_with_a_gold_and_then_does_units_that_count_in_the_same_arm_and_place() -> None:
    here = desk(golds=replace(GOLDS, chance=0, least=0))
    for worker in ("ana", "ben", "cy"):
        gold = here.given(worker)
        assert gold.is_gold and gold.target_id in GOLDS.targets and gold.position == 1
        assert here.given(worker) == gold
        judge(here, gold, passed=True)
        rest = []
        while (unit := here.given(worker)).finished is None:
            here.finish(unit)
            rest.append(unit)
        assert {(u.arm, u.place, u.turn) for u in rest} == {(gold.arm, gold.place, gold.turn)}
        assert [u.target_id for u in rest] == list("pqrs")
    assert sum(standing.done for standing in standings(here.plan, here.units)) == 12


def test_many_may_be_at_one_gold_and_it_is_nobody_s_quota() -> None:
    here = desk("p", "a", replace(GOLDS, targets=("g",), most=1), units_per_assignment=3)
    golds = [here.given(worker) for worker in ("ana", "ben", "cy")]
    assert {gold.unit for gold in golds} == {-1} and {gold.state for gold in golds} == {"running"}
    assert here.come("dee") == "full", "the three units that are due are kept for those who are at a gold"
    for gold in golds:
        judge(here, gold, passed=True)
    assert {here.given(gold.worker_id).target_id for gold in golds} == {"p"}


def test_a_gold_whose_worker_left_keeps_nothing_and_who_comes_back_goes_on_with_it() -> None:
    here = desk("p", "a", units_per_assignment=1)
    gold = here.given("ana")
    assert here.come("ben") == "full"
    here.wait(minutes=40)
    other = here.given("ben")
    assert (other.place, other.turn) == (gold.place, gold.turn)
    assert here.given("ana").session_id == gold.session_id


def test_after_so_many_wrong_ones_a_worker_is_given_nothing_and_their_place_is_free() -> None:
    here = desk("p", "a", units_per_assignment=1)
    for number in (1, 2):
        gold = here.given("ana", wrong_golds=wrong(here, "ana"))
        assert gold.is_gold and gold.position == number
        judge(here, gold, passed=False)
    assert here.given("ana", wrong_golds=2).session_id == gold.session_id, "how it ended"
    assert here.come("ana", 1, wrong_golds=2) == "struck"
    assert here.given("ben").place == 0


def test_who_is_forgiven_goes_on() -> None:
    here = desk("p", "a")
    judge(here, here.given("ana"), passed=False)
    judge(here, here.given("ana", wrong_golds=1), passed=False)
    assert here.given("ana", wrong_golds=0).unit not in {unit.unit for unit in here.units[:2]}


def test_a_gold_that_was_left_is_judged_for_nothing_and_not_given_again() -> None:
    here = desk("p", "a", replace(GOLDS, targets=("g",), most=1))
    gold = here.given("ana")
    here.finish(gold, "exited")
    assert here.states() == {gold.session_id: "returned"}
    assert not here.given("ana").is_gold


def test_where_nothing_is_due_no_gold_is_given() -> None:
    here = desk("p", "a", units_per_assignment=1)
    judge(here, here.given("ana"), passed=True)
    unit = here.given("ana")
    while unit.is_gold:
        judge(here, unit, passed=True)
        unit = here.given("ana")
    here.finish(unit)
    assert here.come("ben") == "over"


def test_a_link_that_names_a_unit_gives_that_one() -> None:
    assert here_unit(desk().given("ana", 3)) == 3


def here_unit(unit: Unit) -> int:
    return unit.unit


def test_how_the_golds_stand() -> None:
    here = desk("p", "a")
    judge(here, here.given("ana"), passed=True)
    judge(here, here.given("ben"), passed=False)
    here.finish(here.given("cy"), "withdrawn")
    here.given("dee")
    found = gold_standings(here.plan, settled(here.plan, here.units, here.now))
    assert [one.target_id for one in found] == ["g", "h", "i"]
    assert [sum(getattr(one, name) for one in found) for name in ("running", "passed", "failed", "returned")] == [1] * 4
    assert all(one.running + one.done + one.returned + one.extra == 0 for one in standings(here.plan, here.units))


@settings(max_examples=60, deadline=None)
@given(
    first=st.integers(0, 3),
    most=st.integers(1, 3),
    chance=st.floats(0, 1),
    strikes=st.sampled_from([None, 1, 2]),
    fails=st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_never_more_golds_than_are_due(
    first: int, most: int, chance: float, strikes: int | None, fails: list[bool]
) -> None:
    first = min(first, most)
    here = desk(golds=replace(GOLDS, first=first, most=most, chance=chance, least=0, strikes=strikes))
    for turn in range(20):
        counts = Counter(unit.state for unit in here.units if unit.is_gold)
        unit = here.come("ana", wrong_golds=counts["failed"])
        struck = strikes is not None and counts["failed"] >= strikes
        if isinstance(unit, str) or unit.finished:
            done = sum(not u.is_gold for u in here.units)
            assert struck or done == 4
            break
        assert not struck
        if unit.is_gold:
            assert counts.total() < most
            judge(here, unit, passed=not fails[turn])
        else:
            assert counts["passed"] - counts["failed"] >= first or counts.total() == most
            here.finish(unit)
