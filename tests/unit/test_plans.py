"""What a study gives out: every unit has a number, every assignment what is due; orders keep their definition."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.plans import ORDERS, Condition, Plan, shuffled, targets_in_order, williams

names = ("a", "b", "c")


def with_own_targets(plan: Plan, own: bool) -> Plan:
    """Give the last arm targets of its own, in capitals."""
    last = replace(plan.arms[-1], targets=tuple(name.upper() for name in plan.targets))
    return replace(plan, arms=(*plan.arms[:-1], last)) if own else plan


shared = st.builds(
    Plan,
    study=st.sampled_from(["s", "t"]),
    seed=st.integers(0, 3),
    targets=st.integers(1, 5).map(lambda n: tuple("pqrst"[:n])),
    arms=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3).map(
        lambda arms: tuple(Condition(name=n, weight=w, versions=v) for n, (w, v) in zip(names, arms, strict=False))
    ),
    units_per_assignment=st.integers(1, 3),
    units_per_worker=st.integers(1, 5),
    order=st.sampled_from(ORDERS),
)
plans = st.builds(with_own_targets, shared, st.booleans())


@given(plans)
def test_every_unit_has_a_number_and_every_assignment_what_is_due(plan: Plan) -> None:
    slots = [plan.slot(number) for number in range(1, plan.units + 1)]
    assert Counter(slot.assignment for slot in slots) == plan.due
    for key in plan.due:
        assert sorted(plan.numbers(*key)) == [slot.unit for slot in slots if slot.assignment == key]


@given(shared, st.integers(0, 9))
def test_an_arm_with_targets_of_its_own_has_them_in_the_places_of_the_others(plan: Plan, turn: int) -> None:
    own, arm = with_own_targets(plan, True), plan.arms[-1].name
    for number in range(1, plan.units + 1):
        before, now = plan.slot(number), own.slot(number)
        assert now.target_id == (before.target_id.upper() if now.arm == arm else before.target_id)
        assert (now.arm, now.form_version) == (before.arm, before.form_version)
    order = targets_in_order(own, arm, turn)
    assert order == tuple(name.upper() for name in targets_in_order(plan, arm, turn))


@given(plans)
def test_an_arm_has_units_by_its_weight_whatever_its_form_has_of_versions(plan: Plan) -> None:
    units = {arm.name: plan.due_in(arm.name) for arm in plan.arms}
    assert units == {arm: sum(n for key, n in plan.due.items() if key[2] == arm) for arm in units}
    assert len({units[arm.name] / arm.weight for arm in plan.arms}) == 1


@given(plans)
def test_with_more_workers_due_the_numbers_of_before_stay_what_they_were(plan: Plan) -> None:
    more = Plan(**{**vars_of(plan), "units_per_assignment": plan.units_per_assignment + 1})
    assert [more.slot(n) for n in range(1, plan.units + 1)] == [plan.slot(n) for n in range(1, plan.units + 1)]


def vars_of(plan: Plan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def test_the_units_of_one_arm_go_through_targets_and_versions_as_they_always_did() -> None:
    plan = Plan(study="s", seed=1, targets=("p", "q"), arms=(Condition(name="a", versions=2),))
    assert [(s.target_id, s.form_version) for s in map(plan.slot, (1, 2, 3, 4))] == [
        ("p", 1), ("q", 2), ("p", 2), ("q", 1),
    ]  # fmt: skip


@given(plans, st.sampled_from(["", "left"]), st.integers(0, 20), st.integers(1, 3))
def test_each_arm_is_in_each_block_as_often_as_its_weight_says(
    plan: Plan, stratum: str, block: int, times: int
) -> None:
    size = times * len(plan.weights)
    plan = Plan(**{**vars_of(plan), "block_size": size})
    arms = Counter(plan.arm_at(stratum, block * size + k) for k in range(size))
    assert arms == {arm.name: arm.weight * times for arm in plan.arms}


def test_the_blocks_of_two_strata_are_two_orders_by_chance() -> None:
    plan = Plan(study="s", seed=1, targets=("p",), arms=tuple(Condition(name=n) for n in names), block_size=9)
    sequences = {tuple(plan.arm_at(stratum, k) for k in range(90)) for stratum in ("", "left", "right")}
    assert len(sequences) == 3


@given(plans, st.integers(0, 30))
def test_an_order_has_each_target_once_and_is_always_the_same(plan: Plan, turn: int) -> None:
    order = targets_in_order(plan, "a", turn)
    assert sorted(order) == sorted(plan.targets_of("a"))
    assert targets_in_order(plan, "a", turn) == order


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("own", [1, 2, 3, 6])
def test_over_the_workers_each_target_comes_equally_often(order: str, own: int) -> None:
    plan = Plan(
        study="s", seed=4, targets=tuple("pqrstu"), arms=(Condition(name="a"),), order=order, units_per_worker=own
    )  # type: ignore[arg-type]
    counts = Counter(target for turn in range(6) for target in targets_in_order(plan, "a", turn)[:own])
    assert set(counts.values()) == {own}


def test_fixed_is_the_order_of_the_file_for_everybody_where_everybody_has_all() -> None:
    plan = Plan(study="s", seed=1, targets=tuple("pqr"), arms=(Condition(name="a"),), units_per_worker=3)
    assert {targets_in_order(plan, "a", turn) for turn in range(9)} == {("p", "q", "r")}


def test_by_chance_workers_see_the_targets_in_different_orders() -> None:
    plan = Plan(
        study="s", seed=1, targets=tuple("pqr"), arms=(Condition(name="a"),), units_per_worker=3, order="random"
    )
    assert len({targets_in_order(plan, "a", turn) for turn in range(60)}) == 6


@pytest.mark.parametrize("size", range(1, 13))
def test_a_square_is_williams_s(size: int) -> None:
    """Each once in a row, equally often in a column, and equally often right after each other one."""
    rows = williams(size)
    assert len(rows) == (size if size % 2 == 0 or size == 1 else 2 * size)
    assert all(sorted(row) == list(range(size)) for row in rows)
    times = len(rows) // size
    for column in range(size):
        assert Counter(row[column] for row in rows) == dict.fromkeys(range(size), times)
    pairs = Counter(pair for row in rows for pair in pairwise(row))
    assert pairs == {(a, b): times for a in range(size) for b in range(size) if a != b}


def test_in_a_square_each_row_comes_once_before_any_comes_again() -> None:
    plan = Plan(
        study="s", seed=1, targets=tuple("pqrs"), arms=(Condition(name="a"),), units_per_worker=4, order="latin_square"
    )
    squares = [{targets_in_order(plan, "a", 4 * k + row) for row in range(4)} for k in range(3)]
    assert all(square == {tuple("pqrs"[k] for k in row) for row in williams(4)} for square in squares)


@given(st.lists(st.integers()), st.integers())
def test_what_is_shuffled_is_all_there_and_always_in_the_same_order(items: list[int], about: int) -> None:
    assert sorted(shuffled(items, about)) == sorted(items)
    assert shuffled(items, about) == shuffled(items, about)


def test_the_chance_of_a_study_stays_what_it_was() -> None:
    """Else a study under way would go on with another plan."""
    assert shuffled("abcdef", 7, "s", "block", "", 0) == tuple("dfbeca")
