"""Units on every kind of store: what is due is given once, however many come at once, and nothing is stuck for ever."""

import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from imgloop_widgets.assignment import Comer, Given, Nothing, Unit, standings
from imgloop_widgets.events import Event, SessionFinished, SessionOpened
from imgloop_widgets.plans import Condition, Golds, Plan
from imgloop_widgets.qualifying import gold_failed_in
from imgloop_widgets.stage import gold_grants
from imgloop_widgets.store import Store

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
LIMIT = timedelta(minutes=30)
SILENCE = timedelta(minutes=5)
ARMS = (Condition(name="a", weight=2, versions=2), Condition(name="b"))


def plan(**more: Any) -> Plan:
    about = {"study": "s", "seed": 1, "targets": ("p", "q", "r"), "arms": ARMS, "silence": SILENCE}
    return Plan(**{**about, **more})


def opening(worker: str, now: datetime) -> Callable[[Given], SessionOpened]:
    def make(given: Given) -> SessionOpened:
        slot = given.slot
        return SessionOpened(
            seq=0,
            at=now,
            session_id=hashlib.sha256(f"{worker}/{slot.unit}".encode()).hexdigest()[:32],
            study="s",
            study_hash="h",
            worker_id=worker,
            unit_id=str(slot.unit),
            arm=slot.arm,
            target_id=slot.target_id,
            target_sha256="x",
            seed=1,
            deadline=now + LIMIT,
            form_version=slot.form_version,
            position=given.position,
            stratum=given.stratum,
            gold=slot.unit < 0,
        )

    return make


def come(
    store: Store, plan: Plan, worker: str, now: datetime = T0, unit: int | None = None, stratum: str = ""
) -> tuple[str, tuple[Event, ...]] | Nothing:
    return store.allot(plan, Comer(worker_id=worker, unit=unit, stratum=stratum), now, opening(worker, now))


def finish(store: Store, session_id: str, now: datetime, reason: Any = "attempts_used") -> None:
    store.append(session_id, [SessionFinished(seq=store.length(session_id), at=now, reason=reason)])


def judge(store: Store, session_id: str, now: datetime, *, passed: bool) -> None:
    """Finish a gold unit as a runner does: with what was wrong, and with what counts against its worker."""
    (opened,) = store.read(session_id)[:1]
    assert isinstance(opened, SessionOpened)
    end = SessionFinished(seq=1, at=now, reason="attempts_used", wrong=() if passed else ("says.bear",))
    store.append(session_id, [end], gold_grants(opened, (end,)))


def test_what_was_given_is_read_as_it_was_given(store: Store) -> None:
    wanted = plan(units_per_assignment=2)
    session_id, events = come(store, wanted, "ana", stratum="left")  # type: ignore[misc]
    (opened,) = events
    (unit,) = store.units(wanted, T0)
    assert isinstance(opened, SessionOpened)
    assert (unit.session_id, str(unit.unit), unit.assignment) == (
        session_id,
        opened.unit_id,
        (opened.target_id, opened.form_version, opened.arm),
    )
    assert (unit.position, unit.stratum, unit.place, unit.turn) == (1, "left", 0, 0)
    assert (unit.given_at, unit.seen_at, unit.until, unit.state) == (T0, T0, T0 + LIMIT, "running")
    assert store.read(session_id) == events


def test_who_comes_again_goes_on_and_two_pages_of_one_worker_have_one_session(store: Store) -> None:
    first = come(store, plan(), "ana")
    assert come(store, plan(), "ana", T0 + timedelta(minutes=1)) == first
    assert len(store.sessions("s")) == 1


def test_a_page_that_is_heard_of_keeps_its_unit(store: Store) -> None:
    session_id, _ = come(store, plan(), "ana")  # type: ignore[misc]
    store.touch(session_id, T0 + timedelta(minutes=4))
    store.touch(session_id, T0 + timedelta(minutes=3))  # late
    store.touch("nobody's", T0)
    (unit,) = store.units(plan(), T0 + timedelta(minutes=8))
    assert (unit.state, unit.seen_at) == ("running", T0 + timedelta(minutes=4))
    (unit,) = store.units(plan(), T0 + timedelta(minutes=9))
    assert unit.state == "returned"


def test_the_events_of_a_worker_who_left_stay(store: Store) -> None:
    wanted = plan(targets=("p",), arms=ARMS[1:])
    session_id, events = come(store, wanted, "ana")  # type: ignore[misc]
    later = T0 + timedelta(minutes=10)
    assert not isinstance(come(store, wanted, "ben", later), Nothing)
    assert store.read(session_id) == events
    finish(store, session_id, later)
    assert [unit.state for unit in store.units(wanted, later)] == ["extra", "running"]


def test_sessions_of_before_count_as_if_their_links_had_named_their_units(store: Store) -> None:
    wanted = plan(arms=ARMS[1:])
    for number, worker in ((2, "ana"), (2, "ben"), (9, "cy")):
        slot = wanted.slot(min(number, 3))
        made = opening(worker, T0)(Given(slot=replace(slot, unit=number), position=1, state="running"))
        store.open_session(replace(made, form_version=None, position=None, stratum=None))
    (before,) = [unit for unit in store.units(wanted, T0) if unit.worker_id == "ana"]
    assert (before.unit, before.form_version, before.position, before.state) == (2, 1, 1, "running")
    come(store, wanted, "dee")
    units = {unit.worker_id: unit for unit in store.units(wanted, T0)}
    assert {name: unit.state for name, unit in units.items()} == {
        "ana": "running",
        "ben": "extra",
        "cy": "running",  # of a target that is due, whatever its number
        "dee": "running",
    }
    assert units["dee"].unit == 1


def test_simulated_workers_take_nothing_from_people(store: Store) -> None:
    wanted = plan(targets=("p",), arms=ARMS[1:])
    come(store, wanted, "sim-0001")
    assert not isinstance(come(store, wanted, "ana"), Nothing)
    assert isinstance(come(store, wanted, "sim-0002"), Nothing)
    assert isinstance(come(store, wanted, "ben"), Nothing)
    assert [[u.worker_id for u in store.units(wanted, T0, simulated=s)] for s in (False, True)] == [
        ["ana"],
        ["sim-0001"],
    ]


def test_other_studies_in_the_same_store_are_left_alone(store: Store) -> None:
    come(store, plan(), "ana")
    assert store.units(plan(study="t"), T0) == ()


def test_the_unit_of_a_worker_who_is_forgotten_is_due_again(store: Store) -> None:
    wanted = plan(targets=("p",), arms=ARMS[1:])
    come(store, wanted, "ana")
    assert isinstance(come(store, wanted, "ben"), Nothing)
    store.forget("ana")
    assert store.units(wanted, T0) == ()
    assert not isinstance(come(store, wanted, "ben"), Nothing)


def check_given_once(store: Store, wanted: Plan, answers: list[Any], workers: int) -> None:
    units = store.units(wanted, T0)
    assert len(units) == min(workers, wanted.units) == sum(given for given in answers)
    assert len({unit.unit for unit in units}) == len(units)
    assert all(unit.state == "running" for unit in units)
    for standing in standings(wanted, units):
        assert standing.running <= standing.due
        assert standing.running == standing.due or workers < wanted.units
    size = len(wanted.weights)
    for block in range(len(units) // size if workers <= wanted.units else 0):
        arms = [unit.arm for unit in units if unit.place is not None and unit.place // size == block]
        assert Counter(arms) == Counter(wanted.weights)


@pytest.mark.parametrize("due", [8, 20])
def test_200_workers_who_come_in_the_same_second_get_what_is_due_from_40_processes(
    reopen: Any, race: Any, due: int
) -> None:
    """due 8: 144 units, which are too few; 20: 360, which are enough."""
    wanted = plan(units_per_assignment=due)
    reopen().close()

    def work(number: int) -> int:
        with reopen() as store:
            return sum(not isinstance(come(store, wanted, f"w{number}-{k}"), Nothing) for k in range(5))

    given = race(40, work)
    with reopen() as store:
        check_given_once(store, wanted, given, 200)


@pytest.mark.parametrize("due", [8, 20])
def test_200_workers_who_come_in_the_same_second_get_what_is_due_from_threads(store: Store, due: int) -> None:
    wanted = plan(units_per_assignment=due)
    given, gate = [0] * 20, threading.Barrier(20)

    def work(number: int) -> None:
        gate.wait(60)
        given[number] = sum(not isinstance(come(store, wanted, f"w{number}-{k}"), Nothing) for k in range(10))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_given_once(store, wanted, given, 200)


def test_one_worker_with_many_pages_at_once_has_one_session(reopen: Any, race: Any) -> None:
    reopen().close()

    def work(number: int) -> str:
        with reopen() as store:
            return come(store, plan(), "ana")[0]  # type: ignore[index]

    assert len(set(race(16, work))) == 1


def test_a_gold_is_judged_by_its_events_and_two_wrong_ones_end_it(store: Store) -> None:
    wanted = plan(gold=Golds(targets=("g", "h", "i"), most=3, strikes=2))
    for passed, state in ((False, "failed"), (False, "failed")):
        session_id, (opened,) = come(store, wanted, "ana")  # type: ignore[misc]
        assert isinstance(opened, SessionOpened) and opened.gold
        judge(store, session_id, T0, passed=passed)
        assert store.units(wanted, T0)[-1].state == state
    assert come(store, wanted, "ana") == (session_id, store.read(session_id)), "how it ended"
    assert come(store, wanted, "ana", unit=1) == Nothing(why="struck")
    assert store.qualifications("ana") == {gold_failed_in("s"): 2}
    store.forget("ana")
    assert isinstance(come(store, wanted, "ana", unit=1), tuple)


def test_many_who_come_at_once_get_their_golds_and_units_are_kept_for_them(reopen: Any, race: Any) -> None:
    wanted = plan(targets=("p",), arms=ARMS[1:], units_per_assignment=10, gold=Golds(targets=("g", "h"), most=2))
    reopen().close()

    def work(number: int) -> int:
        with reopen() as store:
            return sum(not isinstance(come(store, wanted, f"w{number}-{k}"), Nothing) for k in range(2))

    given = sum(race(12, work))
    with reopen() as store:
        units = store.units(wanted, T0)
        assert given == len(units) == 10
        assert all(unit.is_gold and unit.state == "running" for unit in units)
        assert sorted(unit.place or 0 for unit in units) == list(range(10))


class Study(RuleBasedStateMachine):
    """A study that goes on: workers arrive, play, fall silent, leave, come back, and finish, while time passes."""

    store: Store
    number = 0

    @initialize(
        count=st.integers(1, 3),
        due=st.integers(1, 2),
        own=st.integers(1, 2),
        order=st.sampled_from(["fixed", "random", "latin_square"]),
        randomisation=st.sampled_from(["blocked", "simple"]),
        limit=st.sampled_from([None, 3]),
        arms=st.sampled_from(
            [ARMS, ARMS[:1], ARMS[1:], (Condition(name="x"), Condition(name="y"), Condition(name="z"))]
        ),
        gold=st.sampled_from(
            [
                None,
                Golds(targets=("g",), first=1, chance=0.5, most=1, strikes=1),
                Golds(targets=("g", "h", "i"), first=1, chance=0.5, most=3, strikes=2),
                Golds(targets=("g", "h", "i"), first=0, chance=0.7, fall=1, most=2),
            ]
        ),
    )
    def begin(self, count: int, due: int, own: int, limit: int | None, **more: Any) -> None:
        type(self).number += 1
        self.plan = plan(
            study=f"s{self.number}",
            targets=("p", "q", "r")[:count],
            units_per_assignment=due,
            units_per_worker=min(own, count),
            concurrent_units=limit,
            **more,
        )
        self.now, self.open = T0, dict[str, str]()
        self.newest = 0

    def session(self, worker: str, stratum: str = "", unit: int | None = None) -> str | None:
        before = {u.session_id: u for u in self.store.units(self.plan, self.now)}
        study, now = self.plan.study, self.now

        def make(given: Given) -> SessionOpened:
            made = opening(worker, now)(given)
            return replace(
                made, study=study, session_id=hashlib.sha256(f"{study}{worker}{made.unit_id}".encode()).hexdigest()[:32]
            )

        answer = self.store.allot(self.plan, Comer(worker_id=worker, unit=unit, stratum=stratum), now, make)
        if isinstance(answer, Nothing):
            return None
        if answer[0] not in before:
            if self.plan.concurrent_units is not None:
                assert sum(u.is_present for u in before.values()) < self.plan.concurrent_units
            if self.plan.gold is not None:
                self.check_golds(
                    answer[0], [u for u in before.values() if u.worker_id == worker], named=unit is not None
                )
        return answer[0]

    def check_golds(self, session_id: str, before: list[Unit], *, named: bool) -> None:
        """Whoever is given something new has not too many wrong golds, and has met the first ones."""
        golds, states = self.plan.gold, Counter(unit.state for unit in before if unit.is_gold)
        assert golds is not None
        assert golds.strikes is None or states["failed"] < golds.strikes
        (new,) = [unit for unit in self.units() if unit.session_id == session_id]
        if new.is_gold:
            assert not named and states.total() < golds.most
        else:
            assert named or states["passed"] - states["failed"] >= golds.first or states.total() == golds.most

    def units(self) -> list[Unit]:
        return list(self.store.units(self.plan, self.now))

    @rule(stratum=st.sampled_from(["", "left"]))
    def arrive(self, stratum: str) -> None:
        self.newest += 1
        self.session(f"w{self.newest}", stratum)

    @rule(number=st.integers(1, 30))
    def come_with_a_number(self, number: int) -> None:
        self.newest += 1
        self.session(f"n{self.newest}", unit=(number - 1) % self.plan.units + 1)

    @rule(which=st.integers(0, 99))
    def come_back(self, which: int) -> None:
        if self.newest:
            self.session(f"w{which % self.newest + 1}")

    def playing(self, which: int) -> Unit | None:
        found = [unit for unit in self.units() if unit.finished is None]
        return found[which % len(found)] if found else None

    @rule(which=st.integers(0, 99))
    def be_heard_of(self, which: int) -> None:
        if unit := self.playing(which):
            self.store.touch(unit.session_id, self.now)

    @rule(
        which=st.integers(0, 99),
        reason=st.sampled_from(["perfect", "attempts_used", "exited", "withdrawn", "failed", "expired"]),
    )
    def finish(self, which: int, reason: str) -> None:
        if unit := self.playing(which):
            if unit.is_gold and reason in ("perfect", "attempts_used", "exited"):
                judge(self.store, unit.session_id, self.now, passed=which % 3 > 0)
            else:
                finish(self.store, unit.session_id, self.now, reason)

    @rule(minutes=st.sampled_from([1, 3, 6, 31]))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def two_at_once(self) -> None:
        names = [f"w{self.newest + 1}", f"w{self.newest + 2}"]
        self.newest += 2
        study, now = self.plan.study, self.now
        found: dict[str, Any] = {}

        def work(worker: str) -> None:
            def make(given: Given) -> SessionOpened:
                made = opening(worker, now)(given)
                return replace(
                    made,
                    study=study,
                    session_id=hashlib.sha256(f"{study}{worker}{made.unit_id}".encode()).hexdigest()[:32],
                )

            found[worker] = self.store.allot(self.plan, Comer(worker_id=worker), now, make)

        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(found) == set(names)

    @invariant()
    def never_too_many_and_nobody_twice(self) -> None:
        if not hasattr(self, "plan"):
            return
        units = self.units()
        held = [unit for unit in units if unit.counts]
        assert len({unit.unit for unit in held}) == len(held)
        for standing in standings(self.plan, units):
            assert standing.running + standing.done <= standing.due
        by_worker = defaultdict(list)
        for unit in units:
            by_worker[unit.worker_id].append(unit)
        for worker, own in by_worker.items():
            assert len({unit.assignment for unit in own}) == len(own)
            assert len({(unit.target_id, unit.arm) for unit in own}) == len(own)
            assert worker.startswith("n") or sum(not u.is_gold for u in own) <= self.plan.units_per_worker
            assert sum(u.is_gold for u in own) <= (self.plan.gold.most if self.plan.gold else 0)
            assert worker.startswith("n") or len({unit.arm for unit in own}) == 1
            assert [unit.position for unit in own] == list(range(1, len(own) + 1))

    @invariant()
    def no_place_has_two_and_its_arm_is_the_block_s(self) -> None:
        if not hasattr(self, "plan"):
            return
        places: dict[tuple[str, int], set[str]] = defaultdict(set)
        for unit in self.units():
            if unit.place is None:
                continue
            if unit.counts:
                places[unit.stratum, unit.place].add(unit.worker_id)
            if self.plan.randomisation == "blocked":
                assert unit.arm == self.plan.arm_at(unit.stratum, unit.place)
        assert all(len(workers) == 1 for workers in places.values())

    def teardown(self) -> None:
        """However it went: once everybody has left, as many fresh workers as are needed do all that is due."""
        if not hasattr(self, "plan"):
            return
        self.now += LIMIT
        for k in range(self.plan.units):
            session_id = self.session(f"fresh{k}")
            while session_id is not None and self.store.read(session_id)[0].gold:  # type: ignore[attr-defined]
                judge(self.store, session_id, self.now, passed=True)
                session_id = self.session(f"fresh{k}")
            if session_id is None:
                break
            finish(self.store, session_id, self.now)
        for standing in standings(self.plan, self.units()):
            assert (standing.done, standing.running) == (standing.due, 0)
        assert self.session("late") is None


def test_a_study_keeps_its_laws_whatever_its_workers_do(store: Store, request: pytest.FixtureRequest) -> None:
    quick = "memory" in request.node.name
    machine = type("Study", (Study,), {"store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60 if quick else 12,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
