"""Decisions of reviewers in a store of every kind: kept whole, raced for, forgotten."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from imgloop_widgets.decisions import By, Change, Decision, Wish, decide, stand, undo
from imgloop_widgets.errors import Conflict, Refused, StoreError
from imgloop_widgets.store import Grant, Store

Reopen = Callable[[], Store]
STUDY = "look_alike"


def by(build: ModuleType, act: str = "a", who: str = "Grace 🦊", minutes: int = 0) -> By:
    return By(who=who, at=build.START + timedelta(minutes=minutes), act=act)


def reviewed(
    store: Store, build: ModuleType, wish: Wish, *units: int, seen: int = 0, act: str = "a", who: str = "Grace 🦊"
) -> Sequence[Decision]:
    """Decide about units of worker w1."""
    versions = {build.session_id(unit): seen for unit in units}
    return store.review(
        STUDY, lambda standings, has: decide(wish, versions, "w1", STUDY, standings, has("w1"), by(build, act, who))
    )


def play(store: Store, build: ModuleType, *units: int, worker: str = "w1") -> None:
    for unit in units:
        store.open_session(build.opened(unit, worker_id=worker, unit_id=str(unit)))


def test_a_decision_is_kept_with_all_that_it_says_and_changes_the_qualifications(
    store: Store, build: ModuleType
) -> None:
    play(store, build, 1, 2)
    store.grant([Grant(worker_id="w1", name="careful", value=3, at=build.START, why="test")])
    wish = Wish(
        verdict="soft_reject", note="„zu schnell“ 🦊\0", message="Thank\nyou!", bonus=Decimal("0.50"),
        give={"blocked": 1}, take=("careful",),
    )  # fmt: skip
    reviewed(store, build, wish, 1, 2)
    first, second = store.reviews(STUDY)
    assert (first.what, first.note, first.message) == ("soft_reject", "„zu schnell“ 🦊\\x00", "Thank\nyou!")
    assert (first.bonus, first.who, first.at) == (Decimal("0.50"), "Grace 🦊", build.START)
    assert first.changes == (
        Change(name="blocked", value=1),
        Change(name="careful", value=None, before=3),
    )
    assert (second.session_id, second.number, second.changes) == (build.session_id(2), 1, ())
    assert store.qualifications("w1") == {"blocked": 1}
    assert [g.why for g in store.all_qualifications() if g.name == "blocked"] == ["review of 00000000 by Grace 🦊"]
    assert store.review_count(STUDY) == 2
    assert store.reviews("another") == []


def test_an_undo_is_a_row_and_brings_the_qualifications_back(store: Store, build: ModuleType) -> None:
    play(store, build, 1)
    reviewed(store, build, Wish(verdict="reject", give={"blocked": 1}), 1)
    store.review(STUDY, lambda standings, has: undo("a", {}, standings, has("w1"), by(build, "b")))
    assert [row.what for row in store.reviews(STUDY)] == ["reject", "undo"]
    assert stand(store.reviews(STUDY))[build.session_id(1)].decision is None
    assert store.qualifications("w1") == {}


def test_what_is_refused_or_goes_wrong_changes_nothing(store: Store, build: ModuleType) -> None:
    play(store, build, 1)
    reviewed(store, build, Wish(verdict="approve"), 1)
    with pytest.raises(Refused, match="Grace 🦊 approved it"):
        reviewed(store, build, Wish(verdict="reject", give={"blocked": 1}), 1)
    (row,) = store.reviews(STUDY)
    for number in (1, 3):
        late = Decision(
            session_id=row.session_id, number=number, study=STUDY, worker_id="w1", act="x", at=row.at, who="ben",
            what="reject", changes=(Change(name="blocked", value=1),),
        )  # fmt: skip
        with pytest.raises(Conflict, match="decided about by somebody else"):
            store.review(STUDY, lambda standings, has, late=late: [late])
    for strange in ({"session_id": "f" * 32}, {"worker_id": "w9"}):
        values = {"session_id": row.session_id, "worker_id": "w1", **strange}
        odd = Decision(number=2, study=STUDY, act="x", at=row.at, who="ben", what="reject", **values)
        with pytest.raises(StoreError, match="has no session"):
            store.review(STUDY, lambda standings, has, odd=odd: [odd])
    assert store.reviews(STUDY) == [row]
    assert store.qualifications("w1") == {}


def test_of_many_who_decide_at_once_about_the_same_units_one_is_first(
    reopen: Reopen, race: Callable[..., list[Any]], build: ModuleType
) -> None:
    with reopen() as store:
        play(store, build, 1, 2, 3)

    def work(number: int) -> str:
        with reopen() as store:
            try:
                wish = Wish(verdict="approve", give={f"by-{number}": 1})
                reviewed(
                    store, build, wish, *([1, 2, 3] if number % 2 else [3, 2, 1]), act=f"act-{number}", who=f"r{number}"
                )
            except (Refused, Conflict) as error:
                return str(error)
            return "first"

    said = race(8, work)
    assert said.count("first") == 1
    winner = said.index("first")
    assert all(f"r{winner} approved it" in one for one in said if one != "first")
    with reopen() as store:
        assert {row.who for row in store.reviews(STUDY)} == {f"r{winner}"}
        assert store.review_count(STUDY) == 3
        assert set(store.qualifications("w1")) == {f"by-{winner}"}


def test_what_was_decided_about_a_worker_goes_with_them(store: Store, build: ModuleType) -> None:
    play(store, build, 1)
    play(store, build, 2, worker="w2")
    reviewed(store, build, Wish(verdict="approve"), 1)
    other = Decision(
        session_id=build.session_id(2), number=1, study=STUDY, worker_id="w2", act="x", at=build.START, who="ben",
        what="reject",
    )  # fmt: skip
    store.review(STUDY, lambda standings, has: [other])
    assert store.holdings("w1").rows["reviews"] == 1
    store.forget("w1")
    assert store.reviews(STUDY) == [other]
