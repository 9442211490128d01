"""Decisions of reviewers: what counts, what an undo brings back, and that nobody overwrites another."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.decisions import (
    SAID,
    UNREVIEWED,
    VERDICTS,
    By,
    Decision,
    Standing,
    Wish,
    after,
    bonuses,
    decide,
    stand,
    undo,
    unpaid,
)
from imgloop_widgets.errors import Refused

T0 = datetime(2026, 5, 1, 12, 3, tzinfo=UTC)
UNITS = ("a" * 32, "b" * 32, "c" * 32)


class Book:
    """What a store would keep: rows, and what the worker has."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []
        self.has: dict[str, Any] = {}
        self.acts = 0

    @property
    def standings(self) -> dict[str, Standing]:
        return stand(self.rows)

    def versions(self, *units: str) -> dict[str, int]:
        return {unit: self.standings.get(unit, UNREVIEWED).version for unit in units}

    def by(self, who: str = "grace") -> By:
        self.acts += 1
        return By(who=who, at=T0 + timedelta(minutes=self.acts), act=f"act-{self.acts}")

    def decide(self, wish: Wish, *units: str, seen: Mapping[str, int] | None = None, who: str = "grace") -> str:
        by = self.by(who)
        seen = self.versions(*units) if seen is None else seen
        self.keep(decide(wish, seen, "ana", "s", self.standings, self.has, by))
        return by.act

    def undo(self, act: str, seen: Mapping[str, int] | None = None) -> None:
        self.keep(undo(act, seen or {}, self.standings, self.has, self.by()))

    def keep(self, rows: list[Decision]) -> None:
        self.rows += rows
        for row in rows:
            for change in row.changes:
                self.has.pop(change.name, None)
                if change.value is not None:
                    self.has[change.name] = change.value

    def verdicts(self) -> dict[str, str | None]:
        return {unit: self.standings.get(unit, UNREVIEWED).verdict for unit in UNITS}


wishes = st.builds(
    Wish,
    verdict=st.sampled_from(VERDICTS),
    bonus=st.decimals(0, 5, places=2),
    give=st.dictionaries(st.sampled_from(["blocked", "careful"]), st.integers(1, 3), max_size=2),
)
moves = st.lists(st.tuples(wishes, st.sets(st.sampled_from(UNITS), min_size=1)), max_size=6)


@given(moves)
def test_the_latest_decision_counts_and_nothing_is_lost(moves: list[tuple[Wish, set[str]]]) -> None:
    book = Book()
    for wish, units in moves:
        book.decide(wish, *sorted(units))
        assert all(book.verdicts()[unit] == wish.verdict for unit in units)
    for unit, standing in book.standings.items():
        assert [row.number for row in standing.rows] == list(range(1, standing.version + 1))
        assert standing.version == sum(unit in units for _, units in moves)


@given(moves)
def test_taking_all_back_from_the_latest_on_brings_back_each_state_before(moves: list[tuple[Wish, set[str]]]) -> None:
    book = Book()
    states, acts = [], []
    for wish, units in moves:
        states.append((book.verdicts(), bonuses(book.standings), dict(book.has)))
        acts.append(book.decide(wish, *sorted(units)))
    for before, act in reversed(list(zip(states, acts, strict=True))):
        rows = len(book.rows)
        book.undo(act)
        assert (book.verdicts(), bonuses(book.standings), book.has) == before
        assert len(book.rows) > rows


@given(moves, st.data())
def test_who_decides_on_another_version_than_there_is_writes_nothing_and_is_told_what_was_decided(
    moves: list[tuple[Wish, set[str]]], data: st.DataObject
) -> None:
    book = Book()
    for wish, units in moves:
        book.decide(wish, *sorted(units))
    seen = data.draw(st.dictionaries(st.sampled_from(UNITS), st.integers(0, 6), min_size=1))
    if seen == book.versions(*seen):
        book.decide(Wish(verdict="approve"), seen=seen)
        return
    with pytest.raises(Refused, match=r"after you had opened it|does not show how"):
        book.decide(Wish(verdict="approve"), seen=seen)


def test_the_second_of_two_reviewers_reads_who_was_first_and_what_they_did() -> None:
    book = Book()
    seen = book.versions(UNITS[0])
    book.decide(Wish(verdict="reject", note="copied"), UNITS[0], who="ben")
    with pytest.raises(Refused, match=r"AAAAAAAA: ben rejected it \(“copied”\) at 12:04 UTC, after you had opened it"):
        book.decide(Wish(verdict="approve"), seen=seen)


def test_an_act_is_taken_back_as_a_whole_or_not_at_all() -> None:
    book = Book()
    act = book.decide(Wish(verdict="reject"), *UNITS)
    book.decide(Wish(verdict="approve"), UNITS[2], who="ben")
    with pytest.raises(Refused, match="CCCCCCCC: ben approved it"):
        book.undo(act)
    assert book.verdicts() == dict(zip(UNITS, ("reject", "reject", "approve"), strict=True))


def test_what_is_taken_back_or_was_never_there_can_not_be_taken_back() -> None:
    book = Book()
    act = book.decide(Wish(verdict="reject"), UNITS[0])
    book.undo(act)
    for wrong, said in ((act, "taken back already"), ("zz", "no such decision")):
        with pytest.raises(Refused, match=said):
            book.undo(wrong)


def test_an_undo_leaves_a_qualification_alone_that_was_changed_since() -> None:
    book = Book()
    act = book.decide(Wish(verdict="reject", give={"blocked": 1, "careful": 2}), *UNITS[:2])
    assert book.has == {"blocked": 1, "careful": 2}
    book.has["careful"] = 7
    book.undo(act)
    assert book.has == {"careful": 7}


def test_only_what_the_worker_has_can_be_taken_and_only_what_is_new_is_a_change() -> None:
    book = Book()
    book.has = {"careful": 2}
    with pytest.raises(Refused, match="ana has no qualification 'trained'"):
        book.decide(Wish(verdict="approve", take=("trained",)), UNITS[0])
    book.decide(Wish(verdict="approve", give={"careful": 2}), UNITS[0])
    assert book.rows[-1].changes == ()
    book.decide(Wish(verdict="approve", take=("careful",)), UNITS[0])
    assert book.has == {}


def test_only_what_was_rejected_is_unpaid_and_a_bonus_goes_with_its_decision() -> None:
    book = Book()
    for verdict, unit in zip(VERDICTS, UNITS, strict=True):
        book.decide(Wish(verdict=verdict, bonus=Decimal("0.5")), unit)
    assert unpaid(book.standings) == {UNITS[2]}
    assert set(bonuses(book.standings)) == set(UNITS)
    book.decide(Wish(verdict="approve"), UNITS[2])
    assert unpaid(book.standings) == set()
    assert set(bonuses(book.standings)) == set(UNITS[:2])


@pytest.mark.parametrize(
    "changes",
    [{"number": 3}, {"number": 2, "what": "undo", "undoes": 2}, {"number": 2, "what": "undo", "undoes": None}],
)
def test_rows_that_can_not_follow_are_a_fault(changes: dict[str, Any]) -> None:
    first = Decision(
        session_id=UNITS[0], number=1, study="s", worker_id="ana", act="a", at=T0, who="grace", what="approve"
    )
    standing = after(UNREVIEWED, first)
    values = {
        "session_id": UNITS[0],
        "study": "s",
        "worker_id": "ana",
        "act": "a",
        "at": T0,
        "who": "x",
        "what": "reject",
    }
    with pytest.raises(ValueError, match=r"can't follow|takes back"):
        after(standing, Decision(**{**values, **changes}))


def test_everything_that_is_done_has_its_words() -> None:
    assert set(SAID) == {*VERDICTS, "undo"}
