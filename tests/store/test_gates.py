"""What generations share: turns, fairness, the cap and the pause, on every kind of store and among processes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.events import Generation
from imgloop_widgets.store import Limits, Store
from imgloop_widgets.store.gates import MILLION, _Call, micro, micro_down, place
from imgloop_widgets.store.log import moment

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
LEASE_S = 30.0
Reopen = Callable[[], Store]
Race = Callable[[int, Callable[[int], Any]], list[Any]]


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


class Queue:
    """Calls of one study, by short names."""

    def __init__(self, store: Store, **limits: Any) -> None:
        self.store, self.limits, self.now = store, Limits(**limits), T0

    def ask(self, call_id: str, worker: str | None = None) -> Any:
        """Return True where the call has begun, else how many are before it."""
        turn = self.store.ask_turn("s", call_id, worker or call_id, self.limits, self.now, LEASE_S)
        return True if turn.begun else "paused" if turn.paused else turn.before

    def end(self, call_id: str, cost: float = 0.0) -> None:
        self.store.end_turn("s", call_id, reserved=self.limits.price, cost=cost)

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def test_without_limits_every_call_begins_at_once(store: Store) -> None:
    queue = Queue(store)
    assert [queue.ask(name) for name in "abc"] == [True] * 3


def test_no_more_calls_go_on_at_once_than_allowed_and_the_others_know_their_place(store: Store) -> None:
    queue = Queue(store, at_once=2)
    found = []
    for name in "abcde":
        found.append(queue.ask(name))
        queue.move(0.1)
    assert found == [True, True, 0, 1, 2]
    queue.end("a")
    assert [queue.ask(name) for name in "edc"] == [2, 1, True]
    assert [queue.ask(name) for name in "de"] == [0, 1]


def test_no_more_calls_begin_within_a_minute_than_allowed_however_short_they_are(store: Store) -> None:
    queue = Queue(store, per_minute=2)
    for name in "ab":
        assert queue.ask(name) is True
        queue.end(name)
        queue.move(10)
    assert queue.ask("c") == 0
    queue.move(20)
    assert queue.ask("c") == 0
    queue.move(19.9)
    assert queue.ask("c") == 0
    queue.move(0.2)  # the first one began a minute ago
    assert queue.ask("c") is True
    assert queue.ask("d") == 0


def test_studies_do_not_wait_for_each_other(store: Store) -> None:
    limits = Limits(at_once=1)
    assert store.ask_turn("one", "a", "w", limits, T0, LEASE_S).begun
    assert store.ask_turn("two", "b", "w", limits, T0, LEASE_S).begun


def test_one_who_asks_for_many_waits_behind_one_who_asks_for_one(store: Store) -> None:
    queue = Queue(store, at_once=1)
    assert queue.ask("z1", "zoe") is True
    for name in ("z2", "z3", "z4"):
        queue.move(0.1)
        queue.ask(name, "zoe")
    queue.move(0.1)
    assert queue.ask("b1", "bo") == 0, "zoe has one under way, bo has none"
    assert queue.ask("z2", "zoe") == 1
    queue.end("z1")
    assert queue.ask("b1", "bo") == 1, "none of the two has one under way, and zoe asked first"
    assert queue.ask("z2", "zoe") is True
    assert (queue.ask("z3", "zoe"), queue.ask("b1", "bo")) == (1, 0)


def test_a_place_in_the_queue_is_kept_by_asking_again_and_lost_by_a_process_that_died(store: Store) -> None:
    queue = Queue(store, at_once=1)
    assert [queue.ask(name) for name in ("a",)] == [True]
    for name in ("dead", "alive"):
        queue.move(0.1)
        queue.ask(name)
    for _ in range(5):
        queue.move(LEASE_S / 4)
        store.renew_turn("a", queue.now, LEASE_S)
        place_of_alive = queue.ask("alive")
    assert place_of_alive == 0
    queue.end("a")
    assert queue.ask("alive") is True


def test_a_turn_whose_process_died_is_free_after_its_lease_and_what_it_reserved_stays_spent(store: Store) -> None:
    queue = Queue(store, at_once=1, price=0.5)
    assert queue.ask("dead") is True
    queue.move(LEASE_S - 1)
    assert queue.ask("next") == 0
    queue.move(2)
    assert queue.ask("next") is True
    assert store.gate("s", queue.now).spent == 1.0


def test_a_turn_that_is_renewed_is_kept(store: Store) -> None:
    queue = Queue(store, at_once=1)
    assert queue.ask("a") is True
    for _ in range(8):
        queue.move(LEASE_S / 2)
        store.renew_turn("a", queue.now, LEASE_S)
        assert queue.ask("b") == 0


def test_who_leaves_the_queue_is_no_longer_waited_for(store: Store) -> None:
    queue = Queue(store, at_once=1)
    for name in "abc":
        queue.ask(name)
        queue.move(0.1)
    store.leave_queue("b")
    store.leave_queue("a")  # it has begun: it ends, it does not leave
    assert queue.ask("c") == 0
    assert store.gate("s", queue.now).active == 1


def test_the_cap_counts_what_is_reserved_and_waits_for_calls_that_may_cost_less(store: Store) -> None:
    queue = Queue(store, price=0.4, max_cost=1.0)
    assert [queue.ask(name) for name in "abc"] == [True, True, 0]
    queue.end("a", cost=0.1)
    assert queue.ask("c") is True
    assert store.gate("s", T0).spent == pytest.approx(0.9)


def test_the_study_is_paused_where_the_cap_is_reached_and_nothing_goes_on(store: Store) -> None:
    queue = Queue(store, price=0.4, max_cost=1.0)
    for name in "ab":
        assert queue.ask(name) is True
        queue.end(name, cost=0.4)
    assert queue.ask("c") == "paused"
    gate = store.gate("s", T0)
    assert gate.paused is not None and "raise max_cost" in gate.paused.why
    assert (gate.spent, gate.waiting, gate.active) == (0.8, 0, 0)
    queue.limits = Limits(price=0.4, max_cost=2.0)
    assert queue.ask("c") == "paused", "until somebody resumes it"
    assert store.resume("s") == gate.paused
    assert queue.ask("c") is True


def test_the_last_cent_can_be_spent(store: Store) -> None:
    queue = Queue(store, price=0.1, max_cost=0.3)
    for name in "abc":
        assert queue.ask(name) is True
        queue.end(name, cost=0.1)
    assert queue.ask("d") == "paused"


def test_a_pause_keeps_its_first_reason_and_is_over_when_it_is_resumed(store: Store) -> None:
    assert (store.paused("s"), store.resume("s")) == (None, None)
    store.pause("s", T0, "no money")
    store.pause("s", after(9), "no key")
    paused = store.paused("s")
    assert paused is not None and (paused.at, paused.why) == (T0, "no money")
    assert store.paused("another") is None
    assert store.resume("s") == paused
    assert store.paused("s") is None


def test_an_unknown_study_has_spent_nothing(store: Store) -> None:
    gate = store.gate("nobody", T0)
    assert (gate.spent, gate.active, gate.waiting, gate.paused) == (0, 0, 0, None)


GENERATION = Generation(
    image_sha256="1" * 64, width=3, height=2, generator="g", parameters={"steps": 3}, flags=("maybe", "😀"), cost=0.04
)


def test_a_generation_is_found_by_its_key_and_by_its_recipe(store: Store) -> None:
    store.keep_generation("k", "r", "session", T0, GENERATION)
    assert store.generation("k") == GENERATION == store.cached_generation("r")
    assert (store.generation("r"), store.cached_generation("k")) == (None, None)


def test_the_first_generation_under_a_key_stays(store: Store) -> None:
    store.keep_generation("k", "r", None, T0, GENERATION)
    store.keep_generation("k", "r2", None, T0, Generation(image_sha256="2" * 64, width=1, height=1, generator="g"))
    assert store.generation("k") == GENERATION
    assert store.cached_generation("r2") is None


def test_of_two_generations_of_a_recipe_the_earlier_one_is_the_cache_s(store: Store) -> None:
    later = Generation(image_sha256="2" * 64, width=1, height=1, generator="g")
    store.keep_generation("k2", "r", None, after(5), later)
    store.keep_generation("k1", "r", None, T0, GENERATION)
    assert store.cached_generation("r") == GENERATION


def test_a_generation_of_a_later_version_is_read_as_far_as_it_is_known(store: Store) -> None:
    store.keep_generation("k", "r", None, T0, GENERATION)
    with store._transaction("change", writes=True) as connection:
        connection.exec_driver_sql("UPDATE generations SET data = replace(data, '{', '{\"later\": 1, ') WHERE 1 = 1")
    found = store.generation("k")
    assert found is not None and found.image_sha256 == GENERATION.image_sha256


def test_what_was_made_for_a_forgotten_worker_is_gone_with_its_image_unless_others_have_it(
    store: Store, build: ModuleType
) -> None:
    zoe, _ = store.open_session(build.opened(1, worker_id="zoe"))
    bo, _ = store.open_session(build.opened(2, worker_id="bo"))
    own, both = store.put_image(b"paid for, never shown"), store.put_image(b"of a recipe that bo has, too")
    for key, session, image in (("k1", zoe, own), ("k2", zoe, both), ("k3", bo, both)):
        made = Generation(image_sha256=image, width=1, height=1, generator="g", sent_prompt="a secret of zoe")
        store.keep_generation(key, "r", session, T0, made)
    store.ask_turn("s", "call", "zoe", Limits(at_once=1), T0, LEASE_S)

    found = store.forget("zoe")

    assert (found.images, found.rows["generations"], found.rows["calls"]) == ((own,), 2, 1)
    assert (store.has_image(own), store.has_image(both)) == (False, True)
    assert [store.generation(key) is None for key in ("k1", "k2", "k3")] == [True, True, False]


# ---------------------------------------------------------------- the order of the queue, pure


def call(
    name: str, worker: str, asked: float, begun: float | None = None, *, ended: int = 0, until: float = 99
) -> _Call:
    return _Call(
        name, worker, moment(after(asked)), None if begun is None else moment(after(begun)), ended, moment(after(until))
    )


queues = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(-200, 0), st.none() | st.integers(-100, 0), st.integers(0, 1)),
    max_size=12,
)


@given(queues, st.sampled_from("abcd"), st.integers(1, 4), st.none() | st.integers(1, 4))
def test_the_queue_is_one_line_in_which_everybody_has_another_place(
    others: list[Any], worker: str, at_once: int, per_minute: int | None
) -> None:
    calls = [call(f"{n}", *other[:3], ended=other[3]) for n, other in enumerate(others)]
    calls.append(call("mine", worker, 0))
    limits = Limits(at_once=at_once, per_minute=per_minute)
    waiting = [c for c in calls if c.begun_at is None]
    places = [place(calls, c.call_id, limits, T0) for c in waiting]
    assert sorted(before for before, _ in places) == list(range(len(waiting)))
    free = {free for _, free in places}
    active = sum(c.begun_at is not None and not c.ended for c in calls)
    assert len(free) == 1 and free.pop() <= at_once - active


@given(queues)
def test_a_worker_with_nothing_under_way_is_before_every_second_call_of_another(others: list[Any]) -> None:
    calls = [call(f"{n}", *other[:3], ended=other[3]) for n, other in enumerate(others)]
    calls.append(call("mine", "nobody-else", 0))
    workers = {c.worker_id for c in calls if c.begun_at is None} - {"nobody-else"}
    before, _ = place(calls, "mine", Limits(at_once=1), T0)
    assert before <= len(workers)


@given(st.integers(0, 10**12))
def test_millionths_of_a_dollar_are_exact(amount: int) -> None:
    assert micro(amount / MILLION) == micro_down(amount / MILLION) == amount


def test_a_price_is_rounded_up_and_a_cap_down() -> None:
    assert (micro(0.0000015), micro_down(0.0000015)) == (2, 1)


# ---------------------------------------------------------------- many processes


def test_8_processes_never_have_more_calls_under_way_than_allowed(reopen: Reopen, race: Race) -> None:
    """Each notes when its calls began and ended, by the machine's one clock; no moment may have more than 3 of them."""
    limits = Limits(at_once=3)

    def work(number: int) -> list[tuple[int, int]]:
        spans = []
        with reopen() as store:
            for turn in range(15):
                name = f"{number}-{turn}"
                while not store.ask_turn("s", name, f"w{number}", limits, datetime.now(UTC), 60).begun:
                    time.sleep(0.002)
                begun = time.monotonic_ns()
                time.sleep(0.001)
                ended = time.monotonic_ns()
                store.end_turn("s", name, reserved=0, cost=0)
                spans.append((begun, ended))
        return spans

    spans = [span for own in race(8, work) for span in own]
    assert len(spans) == 8 * 15
    steps = sorted([(begun, 1) for begun, _ in spans] + [(ended, -1) for _, ended in spans])
    under_way = most = 0
    for _, step in steps:
        under_way += step
        most = max(most, under_way)
    assert 1 <= most <= 3
    with reopen() as store:
        gate = store.gate("s", datetime.now(UTC))
        assert (gate.active, gate.waiting) == (0, 0)


def test_8_processes_never_begin_more_calls_in_a_minute_than_allowed(reopen: Reopen, race: Race) -> None:
    limits = Limits(per_minute=25)

    def work(number: int) -> int:
        begun = 0
        with reopen() as store:
            for turn in range(30):  # all within one minute of a clock that stands still
                begun += store.ask_turn("s", f"{number}-{turn}", f"w{number}", limits, T0, 60).begun
        return begun

    assert sum(race(8, work)) == 25


def test_8_processes_never_spend_more_than_the_cap_and_all_of_it(reopen: Reopen, race: Race) -> None:
    limits = Limits(price=0.07, max_cost=5.0)

    def work(number: int) -> tuple[int, int]:
        begun = paused = 0
        with reopen() as store:
            for turn in range(30):
                name = f"{number}-{turn}"
                while True:
                    found = store.ask_turn("s", name, f"w{number}", limits, datetime.now(UTC), 60)
                    if found.begun or found.paused:
                        break
                    time.sleep(0.001)
                begun += found.begun
                paused += found.paused is not None
                if found.begun:
                    store.end_turn("s", name, reserved=0.07, cost=0.07)
        return begun, paused

    results = race(8, work)
    assert sum(begun for begun, _ in results) == 71  # of 0.07 each: 4.97; one more would make it 5.04
    assert sum(paused for _, paused in results) == 8 * 30 - 71
    with reopen() as store:
        assert store.gate("s", T0).spent == pytest.approx(4.97)


def test_8_processes_ask_end_and_leave_with_leases_that_run_out_and_none_is_refused(reopen: Reopen, race: Race) -> None:
    """Whatever the order in which they touch each other's calls, none waits for one that waits for it."""
    limits = Limits(at_once=3, price=0.01)

    def work(number: int) -> int:
        begun = 0
        with reopen() as store:
            for turn in range(25):
                name = f"{number}-{turn}"
                now = T0 + timedelta(seconds=turn * 31)  # of the calls before, the leases are over, and the minute is
                if store.ask_turn("s", name, f"w{number}", limits, now, 1).begun:
                    begun += 1
                    store.renew_turn(name, now, 1)
                    store.end_turn("s", name, reserved=0.01, cost=0.02)
                else:
                    store.leave_queue(name)
        return begun

    begun = sum(race(8, work))
    with reopen() as store:
        assert store.gate("s", T0).spent == pytest.approx(begun * 0.02)
