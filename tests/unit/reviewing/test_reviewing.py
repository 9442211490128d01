"""What a reviewer sees of finished units: signals, choices, histograms, the timeline; pure, and from a store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moved import Played, play
from unit.test_loop import OPENED, RULES, Play

from imgloop_widgets.decisions import VERDICTS, By, Decision, Standing, Wish, stand
from imgloop_widgets.errors import Refused
from imgloop_widgets.events import KINDS, SessionFinished, StepSubmitted
from imgloop_widgets.reviewing import SIGNALS, SORTS, Choice, Desk, Labels, Work, chosen, histograms, timeline, work_of
from imgloop_widgets.reviewing.choosing import STANDS
from imgloop_widgets.reviewing.histograms import said
from imgloop_widgets.reviewing.timeline import VERBS, WORDS
from imgloop_widgets.reviewing.works import NOTED
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Store, open_store

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)


def work(number: int = 0, **more: Any) -> Work:
    about: dict[str, Any] = {
        "session_id": f"{number:032x}", "worker_id": "ana", "unit": str(number), "target": "bear", "arm": "a",
        "reason": "attempts_used", "opened_at": T0, "finished_at": T0 + timedelta(minutes=number), "duration_s": 60.0,
    }  # fmt: skip
    return Work(**{**about, **more})


def decision(of: Work, what: Any = "approve", number: int = 1) -> Decision:
    return Decision(
        session_id=of.session_id, number=number, study="s", worker_id=of.worker_id, act="x", at=T0, who="grace",
        what=what,
    )  # fmt: skip


works = st.lists(
    st.builds(
        lambda **more: more,
        arm=st.sampled_from("ab"),
        target=st.sampled_from(["bear", "cub"]),
        worker_id=st.sampled_from(["ana", "ann", "ben"]),
        scores=st.lists(st.none() | st.integers(1, 10), max_size=4).map(tuple),
        signals=st.dictionaries(st.sampled_from(list(SIGNALS)), st.integers(1, 3), max_size=3),
        answers=st.dictionaries(
            st.sampled_from("xyz"),
            st.none() | st.integers(-5, 50) | st.floats(-5, 5) | st.booleans() | st.text(max_size=30)
            | st.lists(st.sampled_from(["p", "q"])),
        ),
    ),
    max_size=12,
).map(lambda rows: [work(number, **row) for number, row in enumerate(rows)])  # fmt: skip
choices = st.builds(
    Choice,
    stands=st.sampled_from(["", *STANDS]),
    arm=st.sampled_from(["", "a", "b", "gone"]),
    signal=st.sampled_from(["", "any", *SIGNALS]),
    low=st.none() | st.integers(1, 10),
    high=st.none() | st.integers(1, 10),
    worker=st.sampled_from(["", "an", "ana"]),
    sort=st.sampled_from(list(SORTS)),
)


@given(works, choices, st.lists(st.sampled_from([None, *VERDICTS]), min_size=12, max_size=12))
def test_what_is_chosen_is_like_the_choice_and_all_that_is_like_it_is_chosen(
    found: list[Work], choice: Choice, verdicts: list[Any]
) -> None:
    rows = [decision(one, what) for one, what in zip(found, verdicts, strict=False) if what]
    standings: dict[str, Standing] = stand(rows)
    picked = chosen(found, standings, choice)
    assert {one.session_id for one in picked} <= {one.session_id for one in found}
    assert len(picked) == len({one.session_id for one in picked})
    for one in found:
        verdict = standings[one.session_id].verdict if one.session_id in standings else None
        like = (
            (
                choice.stands == ""
                or choice.stands == verdict
                or choice.stands == ("reviewed" if verdict else "unreviewed")
            )
            and choice.arm in ("", one.arm)
            and (choice.signal == "" or choice.signal in one.signals or (choice.signal == "any" and one.signals != {}))
            and (choice.low is None or (one.best or 0) >= choice.low)
            and (choice.high is None or (one.best is not None and one.best <= choice.high))
            and one.worker_id.startswith(choice.worker)
        )
        assert (one in picked) == bool(like)
    key, falling = SORTS[choice.sort]
    keys = [key(one) for one in picked]
    assert keys == sorted(keys, reverse=falling)


@given(works)
def test_every_unit_stands_once_in_each_histogram_or_is_missing(found: list[Work]) -> None:
    scores, answers = histograms(found)
    assert len(scores) == max((len(one.scores) for one in found), default=0)
    for place, one in enumerate(scores):
        there = sum(len(w.scores) > place for w in found)
        assert sum(number for _, number in one.bars) + one.missing == there
    for one in answers:
        several = sum(len(w.answers[one.name]) for w in found if isinstance(w.answers.get(one.name), list))
        single = [w for w in found if not isinstance(w.answers.get(one.name), list)]
        given_once = sum(w.answers.get(one.name) not in (None, "") for w in single)
        assert sum(number for _, number in one.bars) == several + given_once
        assert all(number >= 0 for _, number in one.bars)


@pytest.mark.parametrize(
    ("values", "what", "bars"),
    [
        ([1, 1, 3], "values", [("1", 2), ("2", 0), ("3", 1)]),
        (["34", "36", "34"], "values", [("34", 2), ("35", 0), ("36", 1)]),
        (["b", "a", "b", "b"], "values", [("b", 3), ("a", 1)]),
        ([["p", "q"], ["q"], [], ["q"]], "values", [("q", 3), ("p", 1)]),
        ([True, False, True, True], "values", [("yes", 3), ("no", 1)]),
        (["x" * 30, "y" * 30], "lengths", [("30", 2)]),
    ],
)
def test_answers_are_counted_by_what_they_are(values: list[Any], what: str, bars: list[tuple[str, int]]) -> None:
    _, (found,) = histograms([work(number, answers={"f": value}) for number, value in enumerate(values)])
    assert (found.what, list(found.bars)) == (what, bars)


def test_many_numbers_are_put_into_ranges() -> None:
    _, (found,) = histograms([work(number, answers={"age": 20 + number}) for number in range(40)])
    assert found.what == "ranges"
    assert sum(number for _, number in found.bars) == 40
    assert found.bars[0][0].startswith("20 to ")


def test_signals_count_what_is_conspicuous_and_only_that() -> None:
    hand = Play(rules=replace(RULES, duplicates="allow"))
    hand.prompt("a bear", answers={"age": "30"}).image().score(5, "a cub").image().score(5, "a bear").image().score(5)
    noted = [Noted(page="p", attempt=1, phase="writing", values={"pastes": 2, "keys": 9, "hidden": 0})]
    one = work_of(hand.log, noted)
    assert one is not None
    assert one.signals == {"repeated": 1, "fast": 3, "same": 3, "pastes": 2}
    assert (one.scores, one.best, one.answers) == ((5, 5, 5), 5, {"age": "30"})
    assert work_of(hand.log[:-1]) is None, "it goes on"
    assert set(NOTED) < set(SIGNALS)


def test_wrong_answers_to_checks_are_a_signal_and_answers_of_steps_are_answers() -> None:
    hand = Play(opened=replace(OPENED, steps=(("task", "task"), ("check", "attention"))))
    hand.prompt("a bear", answers={}).image().score(10)
    step = StepSubmitted(
        seq=len(hand.log), at=hand.now, step="check", step_kind="attention", version="1", answers={"colour": "red"},
        passed=False, wrong=("colour",),
    )  # fmt: skip
    end = SessionFinished(seq=step.seq + 1, at=hand.now, reason="perfect")
    one = work_of([*hand.log, step, end])
    assert one is not None
    assert (one.signals["wrong"], one.answers) == (1, {"colour": "red"})


def test_every_kind_of_event_and_decision_has_its_words() -> None:
    assert set(WORDS) == set(KINDS.values())
    assert set(VERBS) == {*VERDICTS, "undo"}


def test_the_timeline_says_what_happened_in_its_order_with_decisions_in_it() -> None:
    hand = Play().prompt("a bear", answers={}).image().score(10)
    row = replace(decision(work()), at=OPENED.at + timedelta(days=2), bonus=Decimal("0.50"), note="fine")
    moments = timeline(hand.log, [row])
    assert moments[0].what == "opened"
    assert [one.what for one in moments][-1] == "grace approved, bonus 0.50: fine"
    assert moments[-1].by_reviewer
    assert [one.after_s for one in moments] == sorted(one.after_s for one in moments)


def test_answers_are_read_by_their_labels() -> None:
    labels = Labels(fields={"g": "Your gender"}, choices={"g": {"f": "Woman", "1": "One"}})
    assert (labels.of("g"), labels.of("x")) == ("Your gender", "x")
    assert (labels.said("g", "f"), labels.said("g", ["f", 1]), labels.said("x", True)) == ("Woman", "Woman, One", "yes")
    assert said({"a": 1}) == "a: 1"


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store(":memory:") as opened:
        yield opened


def by(act: str = "a") -> By:
    return By(who="grace", at=T0, act=act)


def test_a_desk_shows_people_or_where_there_are_none_programs_and_reads_only_what_has_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(store, "small", Played(worker="sim-0001"))
    desk = Desk(store=store, study="small")
    assert desk.look()
    assert (list(desk.works), desk.of_simulated) == ([one.session_id for one in desk.works.values()], True)
    for worker in ("ana", "ben", "cem"):
        play(store, "small", Played(worker=worker))
    play(store, "small", Played(worker="dan", finished=None))
    desk.look()
    assert {one.worker_id for one in desk.works.values()} == {"ana", "ben", "cem"}
    assert not desk.of_simulated
    assert not desk.look()
    read: list[str] = []
    monkeypatch.setattr(store, "logs", lambda study: pytest.fail("all of them are read"))
    monkeypatch.setattr(store, "read", lambda name, real=store.read: read.append(name) or real(name))
    late = play(store, "small", Played(worker="eve"))
    read.clear()
    assert desk.look()
    assert read == [late]


def test_the_next_of_the_same_worker_are_those_behind_that_nobody_has_reviewed(store: Store) -> None:
    names = [play(store, "small", Played(worker="ana"), unit=str(unit)) for unit in range(1, 5)]
    play(store, "small", Played(worker="ben"))
    desk = Desk(store=store, study="small")
    desk.look()
    order = [name for name in desk.works if name in names]
    assert [one.session_id for one in desk.following(order[0])] == order[1:]
    desk.decide(Wish(verdict="reject"), {order[2]: 0}, by())
    desk.look()
    assert [one.session_id for one in desk.following(order[0])] == [order[1], order[3]]
    assert [one.session_id for one in desk.unit(order[0]).others] == order[1:]


def test_a_decision_is_about_units_of_one_worker_that_are_over(store: Store) -> None:
    ana, ben = (play(store, "small", Played(worker=worker)) for worker in ("ana", "ben"))
    going_on = play(store, "small", Played(worker="cem", finished=None))
    desk = Desk(store=store, study="small")
    desk.look()
    for seen in ({ana: 0, ben: 0}, {going_on: 0}, {"f" * 32: 0}, {ana: 0, going_on: 0}):
        with pytest.raises(Refused, match="no such unit, or they are not of one worker"):
            desk.decide(Wish(verdict="approve"), seen, by())
    with pytest.raises(Refused, match="somebody is still at it"):
        desk.unit(going_on)
    assert store.reviews("small") == []


def test_an_act_is_taken_back_with_the_qualifications_of_its_worker(store: Store) -> None:
    ana = play(store, "small", Played(worker="ana"))
    desk = Desk(store=store, study="small")
    desk.look()
    desk.decide(Wish(verdict="reject", give={"blocked": 1}), {ana: 0}, by("first"))
    desk.look()
    assert store.qualifications("ana") == {"blocked": 1}
    desk.undo("first", {ana: 1}, by("second"))
    desk.look()
    assert desk.standing(ana).decision is None
    assert store.qualifications("ana") == {}
