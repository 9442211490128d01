"""What a rater's command leads to, and what a log of it folds to."""

from datetime import timedelta
from typing import Any

import pytest
from judged import T0

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import RATING_KINDS, Event, ItemRated, ItemsAllotted, SessionOpened, from_record, to_record
from imgloop_widgets.loop import IllegalEvent
from imgloop_widgets.ratings import Leave, Picture, Rate, RatingState, Shown, Skip, decide, fold
from imgloop_widgets.ratings.state import NEXT


def begun(items: int = 3) -> RatingState:
    picture = Picture(attempt=1, sha256="s", width=1, height=1)
    shown = [
        Shown(item=f"i{n}", session_id="s", arm="", target_id="t", target_sha256="x", pictures=(picture,))
        for n in range(items)
    ]
    opening: dict[str, Any] = dict.fromkeys(("session_id", "study", "study_hash", "worker_id", "unit_id"), "x")
    opening |= {"arm": "", "target_id": "", "target_sha256": "", "seed": 1, "deadline": T0 + timedelta(seconds=100)}
    allotted = ItemsAllotted(
        seq=1, at=T0, source="first", questions={"q": {"kind": "scale"}}, items=tuple(s.to_record() for s in shown)
    )
    return fold([SessionOpened(seq=0, at=T0, **opening), allotted])


def after(state: RatingState, *commands: Any, seconds: float = 1) -> RatingState:
    for command in commands:
        state = fold(decide(state, command, T0 + timedelta(seconds=seconds)), state)
    return state


def test_items_are_judged_in_their_turn_and_the_last_one_ends_the_session() -> None:
    state = begun()
    for place in (1, 2, 3):
        assert state.place == place and state.finished is None
        state = after(state, Rate(seq=state.seq, place=place, answers={"q": place}))
    assert state.place is None
    assert state.finished is not None and state.finished.reason == "attempts_used"


def test_the_item_before_can_be_judged_anew_and_no_other() -> None:
    state = after(begun(), Rate(seq=2, place=1, answers={"q": 1}), Rate(seq=3, place=2, answers={"q": 2}))
    again = after(state, Rate(seq=4, place=2, answers={"q": 9}))
    assert again.rated[2].answers == {"q": 9} and again.place == 3
    for place in (1, 4, 0, -1):
        with pytest.raises(Refused, match="can't be judged now"):
            decide(state, Rate(seq=4, place=place, answers={}), T0)


def test_a_command_for_another_state_is_refused() -> None:
    with pytest.raises(Refused, match="not up to date"):
        decide(begun(), Rate(seq=1, place=1, answers={}), T0)


def test_at_the_deadline_the_session_ends_whatever_comes_and_what_came_is_kept() -> None:
    late = after(begun(), Rate(seq=2, place=1, answers={"q": 5}), seconds=100)
    assert late.finished is not None and late.finished.reason == "expired"
    assert late.finished.draft == {"place": 1, "answers": {"q": 5}} and late.rated == {}
    with pytest.raises(Refused, match="finished"):
        decide(late, Leave(seq=3), T0)


def test_a_rater_may_finish_early() -> None:
    state = after(begun(), Leave(seq=2, draft={"q": 4}))
    assert state.finished is not None and (state.finished.reason, state.finished.draft) == ("exited", {"q": 4})


def test_an_item_that_can_not_be_shown_is_passed_over() -> None:
    state = after(begun(), Rate(seq=2, place=1, answers={}), Skip(seq=3, place=2))
    assert state.place == 3 and state.before(3) == 1
    assert after(state, Skip(seq=4, place=3)).finished is not None


def test_every_legal_step_has_its_kind_and_an_illegal_one_changes_nothing() -> None:
    assert set(RATING_KINDS.values()) <= {kind for _, kind in NEXT}
    with pytest.raises(IllegalEvent):
        fold([ItemRated(seq=2, at=T0, place=9, answers={})], begun())
    with pytest.raises(IllegalEvent):
        fold([ItemRated(seq=0, at=T0, place=1, answers={})])


def test_a_raters_log_survives_the_store() -> None:
    state = begun()
    events: list[Event] = [*decide(state, Rate(seq=2, place=1, answers={"q": [3, 1], "c": "same"}), T0)]
    assert state.allotted is not None
    for event in (state.allotted, *events):
        assert from_record(to_record(event)) == event
