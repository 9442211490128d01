"""Steering on every kind of store: what is done to a study or a unit is done wholly or not at all, and on record."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from store.test_allotting import LIMIT, come, finish, plan

from imgloop_widgets.errors import Refused, StoreError
from imgloop_widgets.events import DeadlineExtended, Event, SessionFinished, SessionPaused, SessionResumed
from imgloop_widgets.store import Limits, Pause, Steered, Store, What
from imgloop_widgets.store.steering import Draft

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
LATER = T0 + timedelta(minutes=10)
STRANGE = "„weil“ 🐻 \0 \ud800"


def by(what: What, session_id: str | None = None, at: datetime = T0, why: str = "") -> Steered:
    return Steered(study="s", at=at, who="grace", what=what, why=why, session_id=session_id)


def paused(events: tuple[Event, ...], draft: Draft) -> Sequence[Event]:
    return [SessionPaused(seq=len(events), at=T0)]


def resumed(events: tuple[Event, ...], draft: Draft) -> Sequence[Event]:
    until = T0 + 2 * LIMIT
    return [SessionResumed(seq=len(events), at=LATER, auto_submit_at=until, deadline=until)]


def closed(events: tuple[Event, ...], draft: Draft) -> Sequence[Event]:
    return [SessionFinished(seq=len(events), at=T0, reason="closed", draft=draft[1] if draft else {})]


def opened(store: Store, worker: str, **more: Any) -> str:
    found = come(store, plan(**more), worker)
    assert isinstance(found, tuple)
    return found[0]


def state(store: Store, session_id: str, now: datetime = T0) -> str:
    return next(one.state for one in store.units(plan(), now) if one.session_id == session_id)


def test_a_pause_reaches_every_session_that_goes_on_and_no_other(store: Store) -> None:
    one, two, over = (opened(store, name) for name in ("ana", "ben", "cem"))
    finish(store, over, T0)
    assert store.hold(by("pause", why=STRANGE), paused)
    assert [type(store.read(name)[-1]) for name in (one, two, over)] == [SessionPaused, SessionPaused, SessionFinished]
    pause = store.paused("s")
    assert pause is not None and (pause.at, pause.by) == (T0, "grace")
    assert not store.hold(by("pause"), paused), "it is paused already"
    assert [len(store.read(name)) for name in (one, two)] == [2, 2]
    assert [one.what for one in store.steered("s")] == ["pause"]


def test_the_end_of_a_pause_moves_the_deadlines_of_logs_and_units(store: Store) -> None:
    ana = opened(store, "ana")
    store.hold(by("pause"), paused)
    assert store.go_on(by("resume", at=LATER), resumed) == Pause(at=T0, why="", by="grace")
    assert store.paused("s") is None
    (unit,) = store.units(plan(silence=None), T0 + LIMIT + timedelta(minutes=1))
    assert (unit.session_id, unit.until, unit.state) == (ana, T0 + 2 * LIMIT, "running")
    assert store.go_on(by("resume"), resumed) is None
    assert [one.what for one in store.steered("s")] == ["resume", "pause"]


def test_a_study_that_has_paused_by_itself_is_resumed_too(store: Store) -> None:
    store.pause("s", T0, "no money")
    was = store.go_on(by("resume"), resumed)
    assert was is not None and (was.why, was.by) == ("no money", "")


def test_whoever_asks_for_a_turn_in_a_pause_keeps_the_place_and_has_it_after(store: Store) -> None:
    limits = Limits(at_once=1)
    store.hold(by("pause"), paused)
    turn = store.ask_turn("s", "call", "ana", limits, T0, 60)
    assert (turn.begun, turn.held, turn.paused) == (False, True, None)
    store.go_on(by("resume"), resumed)
    assert store.ask_turn("s", "call", "ana", limits, T0, 60).begun


def test_more_time_is_the_unit_s_too_and_one_that_was_given_up_is_running_again(store: Store) -> None:
    ana, late = opened(store, "ana"), T0 + LIMIT + timedelta(seconds=1)
    assert state(store, ana, late) == "returned"
    until = T0 + 2 * LIMIT

    def more(events: tuple[Event, ...], draft: Draft) -> Sequence[Event]:
        return [DeadlineExtended(seq=1, at=late, auto_submit_at=until, deadline=until)]

    store.change_unit(by("extend", ana, late), plan(), more)
    store.touch(ana, late)
    assert state(store, ana, late) == "running"


def test_a_unit_that_is_closed_counts_and_its_draft_is_kept(store: Store) -> None:
    ana = opened(store, "ana")
    store.save_draft(ana, 1, {"prompt": "a bear"})
    store.change_unit(by("close", ana), plan(), closed)
    last = store.read(ana)[-1]
    assert isinstance(last, SessionFinished) and last.draft == {"prompt": "a bear"}
    assert state(store, ana) == "done"


@pytest.mark.parametrize("over", [True, False])
def test_a_unit_that_is_returned_is_due_again_and_its_events_stay(store: Store, over: bool) -> None:
    ana = opened(store, "ana")
    if over:
        finish(store, ana, T0)
    before = store.read(ana)
    store.change_unit(by("return", ana), plan(), (lambda events, draft: ()) if over else closed)
    assert state(store, ana) == "returned"
    assert store.read(ana)[: len(before)] == before
    unit = store.units(plan(), T0)[0].unit
    come(store, plan(), "ben", unit=unit)
    assert [one.state for one in store.units(plan(), T0) if one.unit == unit] == ["returned", "running"]


def test_a_session_that_was_opened_otherwise_has_a_unit_from_then_on(store: Store, build: ModuleType) -> None:
    store.open_session(build.opened(1, study="s", arm="a", target_id="p", unit_id="1", at=T0))
    session_id = build.session_id(1)
    store.change_unit(by("return", session_id), plan(), closed)
    assert state(store, session_id) == "returned"


def test_what_is_refused_changes_nothing_and_is_not_on_record(store: Store) -> None:
    ana = opened(store, "ana")

    def refuse(events: tuple[Event, ...], draft: Draft) -> Sequence[Event]:
        raise Refused("no")

    with pytest.raises(Refused):
        store.change_unit(by("return", ana), plan(), refuse)
    with pytest.raises(Refused):
        store.hold(by("pause"), refuse)
    assert (state(store, ana), store.paused("s"), store.steered("s"), store.length(ana)) == ("running", None, [], 1)


@pytest.mark.parametrize("study", ["s", "another"])
def test_a_session_of_another_study_is_not_touched(study: str, store: Store) -> None:
    ana = opened(store, "ana")
    other = Steered(study=study, at=T0, who="grace", what="close", session_id=ana if study == "another" else "f" * 32)
    with pytest.raises(StoreError, match="has no session"):
        store.change_unit(other, plan(study=study), closed)
    assert store.length(ana) == 1


def test_what_was_done_is_read_with_its_words_and_the_latest_first(store: Store) -> None:
    ana = opened(store, "ana")
    store.hold(by("pause", why=STRANGE), paused)
    store.change_unit(by("close", ana, LATER, "„fertig“ 🐻"), plan(), closed)
    latest, first = store.steered("s")
    assert latest == by("close", ana, LATER, "„fertig“ 🐻")
    assert (first.what, first.session_id) == ("pause", None) and first.why.startswith("„weil“ 🐻 ")
    assert store.steered("s", 1) == [latest]
    assert store.steered("another") == []


def test_what_was_done_to_a_worker_is_forgotten_with_them(store: Store) -> None:
    ana = opened(store, "ana")
    store.change_unit(by("close", ana), plan(), closed)
    store.forget("ana")
    assert store.steered("s") == []


def test_the_lengths_are_those_of_the_logs_the_earliest_first(store: Store) -> None:
    one, two = opened(store, "ana"), opened(store, "ben")
    finish(store, two, T0)
    assert store.lengths("s") == {one: 1, two: 2}
    assert store.lengths("another") == {}


def test_a_pause_and_workers_who_go_on_at_the_same_time_lose_nothing(
    reopen: Callable[[], Store], race: Any, build: ModuleType
) -> None:
    with reopen() as store:
        names = [opened(store, f"w{number}") for number in range(4)]

    def work(number: int) -> int:
        with reopen() as store:
            if number == 4:
                return int(store.hold(by("pause"), paused))
            done = 0
            while done < 5:
                try:
                    seq = store.length(names[number])
                    store.append(names[number], [build.prompted(seq, attempt=seq)])
                    done += 1
                except StoreError:  # the pause was first
                    continue
            return done

    assert race(5, work) == [5, 5, 5, 5, 1]
    with reopen() as store:
        for name in names:
            kinds = [type(event) for event in store.read(name)]
            assert (len(kinds), kinds.count(SessionPaused)) == (7, 1)
