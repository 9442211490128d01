"""The numbers at a glance: every unit is counted once, in one arm, and whoever is a program apart from people."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from unit.test_loop import OPENED, Play

from imgloop_widgets.assignment import JUDGED, Unit, UnitState
from imgloop_widgets.events import REASONS
from imgloop_widgets.loop import Exit, Phase
from imgloop_widgets.plans import Condition, Plan
from imgloop_widgets.watching import Numbers, Tally, numbers_of, tally_of
from imgloop_widgets.watching.numbers import COUNTS

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
ARMS = (Condition(name="a", weight=2), Condition(name="b"))
PLAN = Plan(study="s", seed=1, targets=("p", "q"), arms=ARMS, units_per_assignment=3)


def unit(number: int, **more: Any) -> Unit:
    about: dict[str, Any] = {"worker_id": f"w{number}", "unit": number, "target_id": "p", "arm": "a", "form_version": 1}
    times = {"position": 1, "given_at": T0 + timedelta(seconds=number), "seen_at": T0}
    return Unit(session_id=f"{number:032x}", **{**about, **times, **more})


def tally(one: Unit, **more: Any) -> Tally:
    opened = replace(OPENED, session_id=one.session_id, worker_id=one.worker_id, arm=one.arm)
    return Tally(**{"opened": opened, "phase": Phase.PROMPTING, "last": T0, "reason": one.finished, **more})


def look(*units: Unit, programs: tuple[Unit, ...] = (), now: datetime = T0, **more: Any) -> Numbers:
    return numbers_of(PLAN, {one.session_id: tally(one, **more) for one in (*units, *programs)}, units, programs, now)


ENDS = st.sampled_from([*REASONS, None])
KINDS = st.tuples(st.sampled_from(["a", "b", "gone"]), st.sampled_from(get_args(UnitState)), ENDS)
units = st.lists(KINDS, max_size=30).map(
    lambda kinds: [
        replace(unit(n, arm=arm, state=state, finished=end), unit=-1 if state in JUDGED else n)
        for n, (arm, state, end) in enumerate(kinds)
    ]
)


@given(units)
def test_every_unit_is_counted_once_and_in_its_arm(found: list[Unit]) -> None:
    numbers = look(*found)
    assert sum(numbers.total(name) for name in COUNTS) == len(found)
    for arm in numbers.arms:
        assert sum(getattr(arm, name) for name in COUNTS) == sum(one.arm == arm.arm for one in found)
        assert arm.left == max(0, arm.due - arm.done - arm.running)
    assert [one.unit for one in numbers.units] == found[::-1], "the latest first"
    assert numbers.open + sum(numbers.finished.values()) == numbers.sessions == len(found)


@given(units)
def test_a_unit_failed_where_no_image_could_be_made_and_nobody_else_counts_it(found: list[Unit]) -> None:
    failed = [one for one in found if one.finished == "failed" and one.state == "returned"]
    assert look(*found).total("failed") == len(failed)


def test_what_is_due_is_the_plan_s_and_arms_that_are_gone_come_last() -> None:
    numbers = look(unit(1, arm="gone"), unit(2, arm="b"))
    assert [(arm.arm, arm.due) for arm in numbers.arms] == [("a", 12), ("b", 6), ("gone", 0)]
    assert numbers.total("due") == PLAN.units
    assert numbers.astray == 1


def test_programs_are_counted_where_nobody_else_has_come() -> None:
    program, person = unit(1, worker_id="sim-1"), unit(2)
    alone, both = look(programs=(program,)), look(person, programs=(program,))
    assert (alone.of_simulated, alone.total("running"), alone.simulated) == (True, 1, 1)
    assert (both.of_simulated, both.total("running"), both.sessions, both.simulated) == (False, 1, 2, 1)


def test_who_is_active_and_who_is_over_their_time() -> None:
    def counts(**more: Any) -> tuple[int, int]:
        numbers = look(unit(1), now=T0 + timedelta(minutes=5), **more)
        return numbers.active, numbers.overdue

    assert counts() == (0, 0)
    assert counts(last=T0 + timedelta(minutes=4)) == (1, 0)
    assert counts(last=T0 + timedelta(minutes=4), until=T0 + timedelta(minutes=5)) == (0, 1)


def test_a_tally_is_a_session_as_it_stands() -> None:
    play = Play().prompt("a").image().score(4, "b")
    found = tally_of(play.log)
    assert (found.phase, found.images, found.until, found.reason) == (Phase.GENERATING, 1, OPENED.auto_submit_at, None)
    found = tally_of(play.do(Exit).log)
    assert (found.reason, found.finished_at, found.is_overdue(datetime(9999, 1, 1, tzinfo=UTC))) == (
        "exited",
        play.now,
        False,
    )


def test_nothing_at_all_is_nothing() -> None:
    numbers = look()
    assert (numbers.sessions, numbers.open, numbers.last, numbers.total("left")) == (0, 0, None, PLAN.units)
