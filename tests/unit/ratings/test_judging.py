"""A rating study over a real store: who gets what, what a page can ask for, and what is gone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from judged import T0, first_study, picture

from imgloop_widgets.errors import ConfigurationError, Refused
from imgloop_widgets.events import ItemsAllotted, ItemSkipped
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging import OpenRatings, Rater
from imgloop_widgets.ratings import Leave, Rate
from imgloop_widgets.store import open_store

Open = Callable[..., OpenRatings]


def enter(opened: OpenRatings, rater: str = "ana", unit: int = 1, clock: Any = lambda: T0) -> Rater:
    return opened.enter(Identity(worker_id=rater, unit=unit), clock=clock)


def judge(rater: Rater, answers: dict[str, Any]) -> None:
    assert rater.state.place is not None
    rater.dispatch(Rate(seq=rater.state.seq, place=rater.state.place, answers=answers))


def test_a_rater_judges_all_and_is_done(opened: Open) -> None:
    rater = enter(opened(sessions=4))
    assert len(rater.state.shown) == 6 and sum(one.is_check for one in rater.state.shown) == 2
    while not rater.state.finished:
        judge(rater, {"closer": 1})
    assert rater.state.finished.reason == "attempts_used"
    assert rater.store.judged("judged").rated == {1: 4}


def test_another_page_of_the_same_rater_takes_over_what_was_judged(opened: Open) -> None:
    study = opened()
    first, second = enter(study), enter(study)
    judge(first, {"closer": 3})
    with pytest.raises(Refused, match="not up to date"):
        judge(second, {"closer": 1})
    assert second.state == first.state and second.state.place == 2


def test_nobody_gets_their_own_images(opened: Open) -> None:
    rater = enter(opened(sessions=4), "w2")
    assert {one.session_id[-1] for one in rater.state.shown} == {"0", "1", "3"}


def test_a_second_block_has_other_items_and_then_there_is_nothing_left(opened: Open) -> None:
    study = opened(sessions=5, ratings="items_per_rater = 3\nchecks_per_block = 0")
    blocks = [{one.item for one in enter(study, unit=unit).state.shown} for unit in (1, 2)]
    assert [len(block) for block in blocks] == [3, 2] and not blocks[0] & blocks[1]
    with pytest.raises(Refused, match="nothing to rate at the moment, and nothing was begun"):
        enter(study, unit=3)
    assert study.units == 5


def test_what_a_rater_leaves_goes_to_the_next_one(opened: Open, at: Callable[[float], Any]) -> None:
    study = opened(sessions=2, ratings="raters_per_item = 1")
    enter(study)
    with pytest.raises(Refused):
        enter(study, "bob")
    early = enter(study, "bob", clock=at(1801))
    assert len(early.state.shown) == 4
    early.dispatch(Leave(seq=early.state.seq))
    assert len(enter(study, "eve", clock=at(1802)).state.shown) == 4


def test_images_of_a_worker_who_was_forgotten_are_passed_over(opened: Open) -> None:
    study = opened(sessions=3, ratings="checks_per_block = 0")
    gone = int(enter(study).state.shown[1].session_id, 16)
    study.store.forget(f"w{gone}")
    rater = enter(study)
    judge(rater, {"closer": 1})
    assert isinstance(rater.store.read(rater.session_id)[-1], ItemSkipped)
    judge(rater, {"closer": 1})
    assert rater.state.finished is not None
    assert len(study.items()) == 2


def test_a_target_that_was_exchanged_is_judged_no_more(opened: Open) -> None:
    study = opened(sessions=4)
    targets = tuple(replace(target, sha256="0" * 64) for target in study.library.targets[:1])
    other = replace(study, library=replace(study.library, targets=(*targets, *study.library.targets[1:])))
    assert len(other.items()) == 2


def test_the_log_says_what_was_asked_and_shown(opened: Open) -> None:
    rater = enter(opened())
    allotted = rater.store.read(rater.session_id)[1]
    assert isinstance(allotted, ItemsAllotted) and allotted.source == "first"
    assert allotted.questions == {"closer": {"kind": "closer", "text": "Which is closer?"}}


def test_images_are_those_of_the_item_in_the_order_shown(opened: Open) -> None:
    rater = enter(opened(sessions=3, item="single", ratings="show_prompt = true\nattempts = [2]"))
    for shown in rater.state.shown:
        number, target = int(shown.session_id, 16), rater.library.target(shown.target_id).file.read_bytes()
        assert rater.picture(shown, None) == target
        assert rater.picture(shown, 0) == (target if shown.is_check else picture(100 * number + 2))
        assert rater.prompt(shown) == "prompt 2"  # of a check, the one of the image that the target stands for


def test_a_pilot_judges_without_a_trace(opened: Open, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    study = opened()
    monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path / "results"))
    pilot = OpenRatings.load(study.study.path, store=open_store(":memory:"))
    judge(enter(pilot), {"closer": 1})
    assert study.store.find_session("judged", "ana", "1") is None


def test_where_nothing_was_played_a_pilot_makes_no_folder(rating_file: Any, tmp_path: Any) -> None:
    pilot = OpenRatings.load(rating_file(), store=open_store(":memory:"))
    assert pilot.items() == () and pilot.units == 1
    assert not (tmp_path / "ratings" / "results").exists()


def test_a_target_that_there_is_not_is_told(rating_file: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"ratings\.targets\[0\]: there is no target 'cup'; did you mean 'cub'"
    ):
        OpenRatings.load(rating_file(ratings='targets = ["cup"]'), store=open_store(":memory:"))


def test_sessions_that_come_in_later_are_judged_too(opened: Open) -> None:
    study = opened(sessions=2)
    enter(study)
    first_study(study.store, study.library, 0, 3)
    from judged import session

    study.store.add_sessions([session(study.store, study.library.targets[0], 7, 3)])
    assert len(study.items()) == 3
