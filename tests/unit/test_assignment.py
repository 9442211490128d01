"""Who is given which unit: arms in blocks, targets in order, nothing twice; and what becomes of those who left."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from imgloop_widgets.assignment import Comer, Given, Nothing, Resume, Unit, allot, is_due, settled, standings
from imgloop_widgets.plans import Condition, Plan

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
LIMIT = timedelta(minutes=30)


class Desk:
    """Where workers come: allots and keeps the units, as the store does."""

    def __init__(self, arms: str | tuple[Condition, ...] = "a", targets: str = "p", **more: Any) -> None:
        made = arms if isinstance(arms, tuple) else tuple(Condition(name=name) for name in arms)
        self.plan = Plan(study="s", seed=3, targets=tuple(targets), arms=made, **more)
        self.units: list[Unit] = []
        self.now = T0

    def come(self, worker: str, unit: int | None = None, **more: Any) -> Unit | str:
        """Return the unit that the worker is at; or why there is none."""
        after, answer = allot(self.plan, self.units, Comer(worker_id=worker, unit=unit, **more), self.now)
        self.units = list(after)
        match answer:
            case Nothing():
                return answer.why
            case Resume():
                return answer.unit
            case Given():
                slot = answer.slot
                self.units.append(
                    Unit(
                        session_id=f"{worker}/{slot.unit}",
                        worker_id=worker,
                        unit=slot.unit,
                        target_id=slot.target_id,
                        arm=slot.arm,
                        form_version=slot.form_version,
                        position=answer.position,
                        given_at=self.now,
                        seen_at=self.now,
                        stratum=answer.stratum,
                        place=answer.place,
                        turn=answer.turn,
                        until=self.now + LIMIT,
                        state=answer.state,
                    )
                )
                return self.units[-1]
        raise AssertionError

    def given(self, worker: str, unit: int | None = None, **more: Any) -> Unit:
        found = self.come(worker, unit, **more)
        assert isinstance(found, Unit), found
        return found

    def finish(self, unit: Unit, reason: Any = "attempts_used") -> None:
        self.units = [replace(u, finished=reason) if u.session_id == unit.session_id else u for u in self.units]

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def states(self) -> dict[str, str]:
        return {unit.session_id: unit.state for unit in settled(self.plan, self.units, self.now)}


def test_each_unit_is_given_once_and_then_it_is_told_that_all_is_taken_and_that_all_is_done() -> None:
    desk = Desk("ab", "pq", units_per_assignment=2)
    units = [desk.given(f"w{k}") for k in range(8)]
    assert Counter(unit.assignment for unit in units) == desk.plan.due
    assert len({unit.unit for unit in units}) == 8
    assert desk.come("late") == "full"
    for unit in units:
        desk.finish(unit)
    assert desk.come("late") == "over"


def test_in_each_block_of_workers_each_arm_comes_as_often_as_its_weight_says() -> None:
    desk = Desk((Condition(name="a", weight=2), Condition(name="b")), "p", units_per_assignment=10, block_size=6)
    arms = [desk.given(f"w{k}").arm for k in range(30)]
    assert all(Counter(arms[k : k + 6]) == {"a": 4, "b": 2} for k in range(0, 30, 6))


def test_each_stratum_has_blocks_of_its_own() -> None:
    desk = Desk("abc", "p", units_per_assignment=20)
    arms = {
        stratum: [desk.given(f"{stratum}{k}", stratum=stratum).arm for k in range(n)]
        for stratum, n in (("left", 9), ("right", 12), ("", 3))
    }
    for own in arms.values():
        assert all(len(set(own[k : k + 3])) == 3 for k in range(0, len(own), 3))


def test_by_simple_chance_both_arms_come_but_not_in_turns_and_all_is_given_out() -> None:
    desk = Desk("ab", "p", units_per_assignment=20, randomisation="simple")
    arms = [desk.given(f"w{k}").arm for k in range(40)]
    assert Counter(arms) == {"a": 20, "b": 20}
    assert any(len(set(arms[k : k + 2])) == 1 for k in range(0, 20, 2))


def test_a_worker_keeps_their_arm_and_has_each_target_once() -> None:
    desk = Desk("ab", "pqr", units_per_assignment=4, units_per_worker=3)
    for worker in ("ana", "ben"):
        for position in (1, 2, 3):
            unit = desk.given(worker)
            assert unit.position == position
            desk.finish(unit)
    for worker in ("ana", "ben"):
        own = [unit for unit in desk.units if unit.worker_id == worker]
        assert len({unit.arm for unit in own}) == 1
        assert [unit.target_id for unit in own] == ["p", "q", "r"]


def test_who_is_at_a_unit_goes_on_with_it_and_who_has_had_all_sees_how_the_last_one_ended() -> None:
    desk = Desk("a", "pq", units_per_worker=2)
    first = desk.given("ana")
    assert desk.given("ana") == first
    desk.finish(first)
    second = desk.given("ana")
    assert second.unit != first.unit
    desk.finish(second)
    assert desk.given("ana").session_id == second.session_id
    assert len(desk.units) == 2


def test_a_unit_whose_deadline_is_over_is_due_again_and_its_place_is_given_first() -> None:
    desk = Desk("ab", "p", units_per_assignment=3)
    gone = desk.given("gone")
    desk.wait(minutes=20)
    desk.given("ben")
    desk.wait(minutes=10)
    new = desk.given("new")
    assert (new.place, new.arm, new.unit) == (gone.place, gone.arm, gone.unit)
    assert desk.states()[gone.session_id] == "returned"


def test_a_silent_worker_loses_the_unit_and_one_who_is_heard_of_does_not() -> None:
    desk = Desk("a", "p", silence=timedelta(minutes=2), units_per_assignment=2)
    silent, heard = desk.given("silent"), desk.given("heard")
    desk.wait(minutes=1.5)
    desk.units = [replace(u, seen_at=desk.now) if u.worker_id == "heard" else u for u in desk.units]
    desk.wait(minutes=0.5)
    assert desk.states() == {silent.session_id: "returned", heard.session_id: "running"}
    assert desk.given("new").unit == silent.unit


def test_who_comes_back_before_anybody_else_holds_their_unit_again() -> None:
    desk = Desk("a", "p", silence=timedelta(minutes=2))
    own = desk.given("ana")
    desk.wait(minutes=5)
    assert desk.states() == {own.session_id: "returned"}
    assert desk.given("ana").state == "running"
    assert desk.come("ben") == "full"


def test_who_comes_back_too_late_goes_on_and_is_not_counted() -> None:
    desk = Desk("a", "p", silence=timedelta(minutes=2))
    own = desk.given("ana")
    desk.wait(minutes=5)
    other = desk.given("ben")
    back = desk.given("ana")
    assert (back.session_id, back.state) == (own.session_id, "extra")
    desk.finish(own)
    assert desk.states() == {own.session_id: "extra", other.session_id: "running"}
    assert desk.come("cy") == "full"


def test_an_extra_that_was_finished_counts_where_the_other_worker_leaves() -> None:
    desk = Desk("a", "p", silence=timedelta(minutes=2))
    own = desk.given("ana")
    desk.wait(minutes=5)
    other = desk.given("ben")
    desk.given("ana")
    desk.finish(own)
    desk.wait(minutes=5)
    assert desk.states() == {own.session_id: "done", other.session_id: "returned"}


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("perfect", "done"),
        ("exited", "done"),
        ("expired", "returned"),
        ("withdrawn", "returned"),
        ("failed", "returned"),
    ],
)
def test_how_a_unit_was_finished_says_whether_it_is_due_again(reason: str, state: str) -> None:
    desk = Desk()
    unit = desk.given("ana")
    desk.finish(unit, reason)
    assert desk.states() == {unit.session_id: state}


def test_who_has_left_one_unit_gets_the_next_one_in_their_arm_though_their_place_was_given_away() -> None:
    desk = Desk("ab", "pq", units_per_assignment=2, units_per_worker=2)
    first = desk.given("ana")
    desk.wait(minutes=40)
    other = desk.given("ben")
    assert (other.place, other.arm) == (first.place, first.arm)
    desk.finish(first, "expired")
    second = desk.given("ana")
    assert (second.arm, second.position, second.place) == (first.arm, 2, None)
    assert second.target_id != first.target_id


def test_who_has_withdrawn_is_given_nothing_more() -> None:
    desk = Desk("a", "pq", units_per_worker=2)
    unit = desk.given("ana")
    desk.finish(unit, "withdrawn")
    assert desk.given("ana").session_id == unit.session_id


def test_no_more_are_at_work_than_the_study_wants_and_who_has_a_unit_goes_on() -> None:
    desk = Desk("a", "p", units_per_assignment=5, concurrent_units=2)
    first = desk.given("ana")
    desk.given("ben")
    assert desk.come("cy") == desk.come("cy", 3) == "busy"
    assert desk.given("ana") == first
    desk.finish(first)
    desk.given("cy")


def test_a_worker_is_at_no_more_units_than_the_study_wants() -> None:
    desk = Desk("a", "pq", units_per_assignment=2, concurrent_units_per_worker=1)
    first = desk.given("ana", 1)
    assert desk.come("ana", 2) == "busy"
    desk.finish(first)
    desk.given("ana", 2)


def test_a_paused_study_gives_nothing_new() -> None:
    desk = Desk("a", "pq", units_per_worker=2)
    assert desk.come("ana", may_begin=False) == desk.come("ana", 1, may_begin=False) == "paused"
    unit = desk.given("ana")
    assert desk.given("ana", may_begin=False) == unit
    desk.finish(unit)
    assert desk.come("ana", may_begin=False, only_asks=True) == "paused"
    assert desk.given("ana", may_begin=False).session_id == unit.session_id, "how it ended, with the code"


def test_a_link_that_names_a_unit_gets_that_one_and_the_second_to_come_is_not_counted() -> None:
    desk = Desk("ab", "pq")
    first, second = desk.given("ana", 3), desk.given("ben", 3)
    assert first.assignment == second.assignment == desk.plan.slot(3).assignment
    assert (first.state, second.state) == ("running", "extra")
    assert {desk.given(f"w{k}").unit for k in range(3)} == {1, 2, 4}
    assert desk.come("late") == "full"
    assert desk.come("ana", 5) == "unknown"


def test_the_unit_that_is_due_is_seen_before_it_is_given() -> None:
    desk = Desk("a", "pq", units_per_worker=2)
    ana = Comer(worker_id="ana")
    assert is_due(desk.plan, desk.units, ana, desk.now)
    unit = desk.given("ana")
    assert not is_due(desk.plan, desk.units, ana, desk.now)
    desk.finish(unit)
    assert is_due(desk.plan, desk.units, ana, desk.now)
    desk.finish(desk.given("ana"))
    assert not is_due(desk.plan, desk.units, ana, desk.now)


def test_how_each_assignment_stands() -> None:
    desk = Desk("a", "pq", units_per_assignment=2, silence=timedelta(minutes=2))
    desk.given("gone", 1)
    desk.wait(minutes=5)
    done, _, _ = desk.given("done", 2), desk.given("running", 1), desk.given("extra", 1)
    desk.finish(done)
    desk.wait(minutes=1)
    found = standings(desk.plan, settled(desk.plan, desk.units, desk.now))
    assert [(s.target_id, s.form_version, s.arm, s.due, s.running, s.done, s.returned, s.extra) for s in found] == [
        ("p", 1, "a", 2, 1, 0, 1, 1),
        ("q", 1, "a", 2, 0, 1, 0, 0),
    ]


def test_a_file_that_got_other_targets_goes_on_with_what_is_due_by_it() -> None:
    """Numbers mean something else by then; what was done counts for what it was."""
    desk = Desk("a", "pq", units_per_assignment=1)
    for worker in ("ana", "ben"):
        desk.finish(desk.given(worker))
    desk.plan = replace(desk.plan, targets=("r", "p", "q"), units_per_assignment=2)
    rest = [desk.given(f"w{k}") for k in range(4)]
    assert Counter(unit.target_id for unit in rest) == {"p": 1, "q": 1, "r": 2}
    assert len({(unit.worker_id, unit.unit) for unit in desk.units}) == 6
    assert desk.come("late") == "full"
