"""Who judges what, on a real store: never too many, never the author, never twice, nothing stuck for ever."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from judged import T0

from imgloop_widgets.errors import Conflict, Refused
from imgloop_widgets.events import Event, ItemRated, ItemsAllotted, SessionFinished, SessionOpened
from imgloop_widgets.ratings import Item, Leave, Picture, Rate, Ratings, block, decide, fold, present
from imgloop_widgets.ratings.tables import Question
from imgloop_widgets.store import Given, Store, open_store

QUESTIONS = (Question(name="closer", text="?", kind="closer"),)
MINUTES = timedelta(minutes=1)


def items(number: int, authors: int) -> tuple[Item, ...]:
    return tuple(
        Item(
            id=f"s{n}:1+2",
            session_id=f"s{n}",
            author=f"r{n % authors}",
            arm="a",
            target_id="t",
            target_sha256="x",
            pictures=tuple(Picture(attempt=k, sha256=f"{n}-{k}", width=1, height=1) for k in (1, 2)),
        )
        for n in range(number)
    )


def opening(rater: str, unit: int, at: Any, number: int) -> SessionOpened:
    return SessionOpened(
        seq=0, at=at, session_id=f"{number:032x}", study="judged", study_hash="", worker_id=rater, unit_id=str(unit),
        arm="", target_id="", target_sha256="", seed=number, auto_submit_at=at + 30 * MINUTES,
        deadline=at + 30 * MINUTES,
    )  # fmt: skip


def allot(pool: tuple[Item, ...], wanted: Ratings, opened: SessionOpened) -> Callable[[Given], ItemsAllotted | None]:
    def choose(given: Given) -> ItemsAllotted | None:
        own = block(pool, live=given.live, before=given.before, worker_id=opened.worker_id, wanted=wanted, seed=1)
        target = {"t": Picture(attempt=0, sha256="x", width=1, height=1)}
        shown = present(own, wanted=wanted, questions=QUESTIONS, targets=target, seed=opened.seed)
        records = tuple(one.to_record() for one in shown)
        made = ItemsAllotted(
            seq=1, at=opened.at, source="first", questions={"closer": {"kind": "closer"}}, items=records
        )
        return made if own else None

    return choose


class Raters(RuleBasedStateMachine):
    """Raters come, judge, leave and are late, with a clock that jumps; the store is held against the logs."""

    @initialize(number=st.integers(1, 9), each=st.integers(1, 3), size=st.integers(1, 5))
    def begin(self, number: int, each: int, size: int) -> None:
        self.store = open_store(":memory:")
        self.pool = items(number, authors=4)
        self.wanted = Ratings(
            source="first", item="pair", raters_per_item=each, items_per_rater=size, checks_per_block=1
        )
        self.now, self.sessions = T0, list[str]()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    def enter(self, rater: str, unit: int) -> str | None:
        opened = opening(rater, unit, self.now, len(self.sessions) + 1)
        found = self.store.open_ratings(opened, allot(self.pool, self.wanted, opened))
        if found and found[0] not in self.sessions:
            self.sessions.append(found[0])
        return found[0] if found else None

    def act(self, session_id: str, make: Callable[[Any], Any]) -> None:
        state = fold(self.store.read(session_id))
        try:
            events = decide(state, make(state), self.now)
        except Refused:
            return
        rated = [state.shown[e.place - 1] for e in events if isinstance(e, ItemRated)]
        self.store.append_ratings(session_id, events, [one.item for one in rated if not one.is_check])

    @rule(rater=st.integers(0, 7), unit=st.integers(1, 3))
    def a_rater_opens_a_link(self, rater: int, unit: int) -> None:
        self.enter(f"r{rater}", unit)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), back=st.booleans())
    def a_rater_judges(self, data: Any, back: bool) -> None:
        session_id = data.draw(st.sampled_from(self.sessions))
        self.act(
            session_id,
            lambda s: Rate(seq=s.seq, place=(s.before(s.place or 0) if back else s.place) or 1, answers={"closer": 1}),
        )

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def a_rater_leaves(self, data: Any) -> None:
        self.act(data.draw(st.sampled_from(self.sessions)), lambda s: Leave(seq=s.seq))

    @rule(minutes=st.integers(1, 40))
    def time_goes_by(self, minutes: int) -> None:
        self.now += minutes * MINUTES

    @rule()
    def the_server_looks_at_the_clock(self) -> None:
        self.store.end_overdue_ratings("judged", self.now)

    @rule(more=st.integers(1, 3))
    def the_first_study_goes_on(self, more: int) -> None:
        self.pool = items(len(self.pool) + more, authors=4)

    def logs(self) -> list[Any]:
        return [fold(events) for _, events in self.store.logs("judged")]

    @invariant()
    def never_too_many_never_the_author_never_twice(self) -> None:
        if not hasattr(self, "store"):
            return
        author = {item.id: item.author for item in self.pool}
        live: Counter[str] = Counter()
        given: Counter[tuple[str, str]] = Counter()
        for state in self.logs():
            for place, shown in enumerate(state.shown, 1):
                if not shown.is_check:
                    assert author[shown.item] != state.opened.worker_id
                    given[state.opened.worker_id, shown.item] += 1
                    live[shown.item] += place in state.rated or state.finished is None
        assert all(number <= self.wanted.raters_per_item for number in live.values())
        assert all(number == 1 for number in given.values())

    @invariant()
    def the_index_says_what_the_log_says(self) -> None:
        if not hasattr(self, "store"):
            return
        rated: Counter[str] = Counter()
        held = 0
        for state in self.logs():
            for place, shown in enumerate(state.shown, 1):
                if not shown.is_check:
                    rated[shown.item] += place in state.rated
                    held += place not in state.rated and state.finished is None
        stands = self.store.judged("judged")
        assert stands.rated == Counter(rated.values()) and stands.under_way == held

    def nothing_is_stuck(self) -> None:
        """Enough new raters, each with time enough, and every item has all its raters."""
        self.now += 60 * MINUTES
        for number in range(200):
            session_id = self.enter(f"new{number}", 1)
            if session_id is None:
                break
            while fold(self.store.read(session_id)).finished is None:
                self.act(session_id, lambda s: Rate(seq=s.seq, place=s.place, answers={"closer": 2}))
        each = self.wanted.raters_per_item
        assert self.store.judged("judged").rated == {each: len(self.pool)}


class RatersAndTheEnd(Raters):
    """The same, and at the end everything is judged."""

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.nothing_is_stuck()
        super().teardown()


TestRaters = RatersAndTheEnd.TestCase
TestRaters.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def begun(store: Store, rater: str = "ana", number: int = 1, **values: Any) -> tuple[str, tuple[Event, ...]]:
    wanted = Ratings(source="first", item="pair", **{"raters_per_item": 1, "checks_per_block": 0, **values})
    opened = opening(rater, 1, T0, number)
    found = store.open_ratings(opened, allot(items(3, authors=1), wanted, opened))
    assert found is not None
    return found


def test_the_same_link_goes_on_with_the_same_items(store: Store) -> None:
    assert begun(store) == begun(store, number=2)


def test_a_rater_for_whom_there_is_nothing_opens_nothing(store: Store) -> None:
    begun(store)
    opened = opening("bob", 1, T0, 2)
    pool = items(3, authors=1)
    assert (
        store.open_ratings(opened, allot(pool, Ratings(source="first", item="pair", raters_per_item=1), opened)) is None
    )
    assert store.find_session("judged", "bob", "1") is None


def test_of_a_late_rating_and_the_end_of_its_session_one_is_refused(store: Store) -> None:
    session_id, events = begun(store)
    late = decide(fold(events), Rate(seq=2, place=1, answers={"closer": 1}), T0)
    assert store.end_overdue_ratings("judged", T0 + 31 * MINUTES) == 1
    with pytest.raises(Conflict):
        store.append_ratings(session_id, late, [fold(events).shown[0].item])
    assert begun(store, "bob", 2)[1] != events
    assert store.judged("judged").under_way == 3


def test_what_stood_in_a_page_that_was_left_is_kept(store: Store) -> None:
    session_id, _ = begun(store)
    store.save_draft(session_id, 2, {"closer": "A"})
    store.end_overdue_ratings("judged", T0 + 31 * MINUTES)
    end = store.read(session_id)[-1]
    assert isinstance(end, SessionFinished) and (end.reason, end.draft) == ("expired", {"closer": "A"})


def test_a_rating_study_is_found_by_the_study_that_it_judges(store: Store) -> None:
    begun(store)
    assert store.rating_studies("first") == ["judged"]
    assert store.rating_studies("judged") == []


def test_a_rater_is_forgotten_and_their_items_go_to_others(store: Store) -> None:
    begun(store)
    assert store.holdings("ana").rows["rating_slots"] == 3
    store.forget("ana")
    assert store.judged("judged").rated == {}
    assert begun(store, "bob", 2)


def test_raters_who_come_at_the_same_moment_get_what_is_due_and_no_more(folder: Any, race: Any) -> None:
    open_store(folder).close()

    def work(number: int) -> int:
        with open_store(folder) as store:
            opened = opening(f"new{number}", 1, T0, number + 1)
            wanted = Ratings(source="first", item="pair", raters_per_item=2, items_per_rater=4)
            found = store.open_ratings(opened, allot(items(10, authors=1), wanted, opened))
            return 0 if found is None else sum(not one.is_check for one in fold(found[1]).shown)

    assert sum(race(12, work)) == 20
    with open_store(folder) as store:
        assert store.judged("judged").under_way == 20
