"""The kernel's side of a rating study's page: commands, images and time, from a page that anyone may have written."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ipywidgets
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judged import CLOSER, SCALE, T0
from PIL import Image

from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging import OpenRatings, Rater
from imgloop_widgets.ratings import TARGET, Rate, fold
from imgloop_widgets.widgets import Judge
from imgloop_widgets.widgets.seat import AWAY

Open = Callable[..., OpenRatings]
Show = Callable[[Rater], Any]
BOTH = CLOSER + SCALE


class Clock:
    now = T0

    def __call__(self) -> Any:
        return self.now


def enter(opened: OpenRatings, rater: str = "ana", clock: Any = lambda: T0) -> Rater:
    return opened.enter(Identity(worker_id=rater, unit=1), clock=clock)


def rate(page: Any, **values: Any) -> Any:
    return page.command("rate", place=page.view["place"], values={"closer": "A", "alike": 4, **values})


def test_an_item_is_judged_by_messages_alone_and_the_last_one_gives_the_code(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(sessions=2, question=BOTH)))
    for place in range(1, 5):
        assert (page.view["place"], page.view["places"], page.view["phase"]) == (place, 4, "rating")
        assert rate(page)["ok"]
    finished = page.view["finished"]
    assert finished["title"] == "All done, thank you!"
    assert finished["code"] == page.widget.state.opened.session_id[:8].upper()
    assert fold(page.widget._rater.store.read(page.widget._rater.session_id)) == page.widget.state


def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_stored(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(question=BOTH)))
    answer = page.command("rate", place=1, values={"closer": "C", "alike": 11})
    assert not answer["ok"] and set(answer["problems"]) == {"closer", "alike"}
    assert page.widget.state.rated == {}


def test_nothing_that_a_page_gets_says_which_image_is_which(opened: Open, judge: Show) -> None:
    study = opened(sessions=6, ratings="checks_per_block = 3", question=BOTH)
    page = judge(enter(study))
    while page.view["phase"] == "rating":
        for image in page.view["images"]:
            page.send(kind="image", id=image["image"])
        rate(page)
    secrets = {picture.sha256 for one in page.widget.state.shown for picture in one.pictures}
    secrets |= {one.session_id for one in page.widget.state.shown} | {"attempt", "check", "arm", "prompt 1", "w1"}
    assert [secret for secret in secrets if f'"{secret}"' in page.everything or f"{secret}:" in page.everything] == []
    assert {image["name"] for image in page.view["images"]} == {"Image A", "Image B"}


def test_only_the_images_of_the_item_that_is_shown_can_be_asked_for(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(question=BOTH)))
    shown = page.widget.state.shown[0]
    for name, place in (("1-target", None), ("1-A", 0), ("1-B", 1)):
        (message,) = page.send(kind="image", id=name)
        assert message["id"] == name
        assert Image.open(io.BytesIO(page.buffers[-1])).size == ((40, 30) if place is None else (12, 8))
    for name in ("2-A", "1-C", "target", shown.pictures[0].sha256, None, 7, ["1-A"]):
        assert page.send(kind="image", id=name) == []


def test_back_and_forward_show_what_was_answered_and_store_nothing(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(question=BOTH)))
    assert not page.view["back"] and not page.command("back")["ok"]
    rate(page, closer="B", alike=9)
    seq = page.view["seq"]
    assert page.view["back"] and page.command("back")["ok"]
    assert (page.view["place"], page.view["draft"]) == (1, {"closer": "B", "alike": 9})
    assert page.view["forward"] and not page.view["back"]
    assert page.command("forward")["ok"] and page.view["place"] == 2 and page.view["draft"] == {}
    assert page.view["seq"] == seq


def test_an_answer_can_be_changed_after_going_back_and_then_the_next_item_is_shown(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(question=BOTH)))
    rate(page, alike=9)
    page.command("back")
    assert rate(page, alike=2)["ok"]
    assert page.view["place"] == 2 and page.widget.state.rated[1].answers["alike"] == 2


def test_what_was_chosen_and_not_sent_is_there_again(opened: Open, judge: Show) -> None:
    study = opened(question=BOTH)
    page = judge(enter(study))
    page.send(kind="draft", seq=page.view["seq"], values={"closer": "B"})
    assert judge(enter(study)).view["draft"] == {"closer": "B"}


def test_of_two_pages_the_newer_one_has_the_session_and_the_older_does_nothing_more(opened: Open, judge: Show) -> None:
    study = opened(question=BOTH)
    old, new = judge(enter(study)), judge(enter(study))
    old.send(kind="draft", seq=old.view["seq"], values={"closer": "B"})
    answer = rate(old)
    assert (answer["ok"], answer["message"]) == (False, AWAY)
    old.widget.tick()
    assert (old.view["away"], new.view["away"]) == (True, False)
    assert rate(new)["ok"] and new.view["draft"] == {}
    again = judge(enter(study))
    assert again.view["place"] == 2 and rate(again)["ok"] and not rate(new)["ok"]


def test_what_somebody_else_has_stored_is_taken_over(opened: Open, judge: Show) -> None:
    study = opened(question=BOTH)
    page, beside = judge(enter(study)), enter(study)
    for place in (2, 3):
        beside.dispatch(Rate(seq=beside.state.seq, place=place - 1, answers={"closer": 1, "alike": 2}))
        page.widget.tick()
        assert page.view["place"] == place and "another window" in page.view["notice"]


def test_when_the_time_is_over_the_page_says_so_and_what_was_rated_counts(opened: Open, judge: Show) -> None:
    clock = Clock()
    page = judge(enter(opened(question=BOTH), clock=clock))
    rate(page)
    assert page.view["remaining_s"] == 1800
    page.send(kind="draft", seq=page.view["seq"], values={"closer": "B"})
    clock.now += timedelta(seconds=1800)
    page.widget.tick()
    assert page.view["finished"]["title"] == "The time is over"
    assert page.widget.state.finished.draft == {"closer": "B"} and len(page.widget.state.rated) == 1


def test_a_rater_may_finish_early(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(question=BOTH)))
    assert page.command("leave", draft={"alike": 3})["ok"]
    assert page.view["finished"]["title"] == "Thank you!"
    assert page.widget.state.finished.draft == {"alike": 3}


def test_in_a_notebook_it_is_a_pilot_that_stores_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    study = opened(question=BOTH)
    monkeypatch.setenv("IMGLOOP_RESULTS", str(study.study.path.parents[1] / "results"))
    pilot = Judge(study.study.path)
    assert pilot.state.place == 1
    assert study.store.sessions("judged") == []
    with pytest.raises(ValueError, match="needs a study"):
        Judge()


def test_a_link_of_a_rating_study_opens_its_page(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from imgloop_widgets.serving.page import open_page
    from imgloop_widgets.widgets import Notice

    study = opened(sessions=1, question=BOTH)
    monkeypatch.setenv("IMGLOOP_RESULTS", str(study.study.path.parents[1] / "results"))
    monkeypatch.setenv("QUERY_STRING", "worker_id=ana&id=1")
    assert isinstance(open_page(study.study.path), Judge)
    monkeypatch.setenv("QUERY_STRING", "worker_id=w0&id=1")  # whose image it is
    page = open_page(study.study.path)
    assert isinstance(page, Notice) and page.text.startswith("There is nothing to rate")


def test_a_check_that_is_answered_wrongly_is_not_told(opened: Open, judge: Show) -> None:
    page = judge(enter(opened(sessions=1, question=BOTH, ratings="checks_per_block = 1")))
    while page.view["phase"] == "rating":
        shown = page.widget.state.shown[page.view["place"] - 1]
        wrong = next(k for k, picture in enumerate(shown.pictures) if picture.attempt != TARGET)
        answer = rate(page, closer="AB"[wrong], alike=1)
        assert answer == {"kind": "result", "id": "c-1", "ok": True} and page.view["notice"] is None


leaves = (
    st.none() | st.booleans() | st.integers(-2, 6) | st.floats() | st.sampled_from(["A", "B", "same", "half \ud83d"])
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner))
messages = st.fixed_dictionaries(
    {"kind": st.sampled_from(["hello", "ping", "image", "draft", "check", "trigger", "file", "command"]) | leaves},
    optional={
        "name": st.sampled_from(["rate", "back", "forward", "leave", "closer"]) | values,
        "seq": st.integers(0, 6) | values,
        "place": st.integers(0, 4) | values,
        "values": st.fixed_dictionaries({"closer": leaves, "alike": leaves}) | values,
        "draft": values,
        "id": st.sampled_from(["1-A", "2-B", "1-target"]) | values,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(messages, min_size=1, max_size=8), number=st.integers(1, 10**9))
def test_garbage_changes_nothing_but_what_an_honest_page_could_change(
    shared: OpenRatings, judge: Show, sent: list[Any], number: int
) -> None:
    rater = enter(shared, f"rater{number}")
    page = judge(rater)
    try:
        for content in sent:
            before = rater.store.read(rater.session_id)
            page.put({"method": "custom", "content": content})
            after = rater.store.read(rater.session_id)
            assert after[: len(before)] == before
            if after != before:
                assert content["kind"] == "command" and content["name"] in {"rate", "leave"}
                assert content["seq"] == len(before)
        assert fold(rater.store.read(rater.session_id)) == rater.state
        assert rater.store.incidents() == []
        page.send(kind="hello")
        json.dumps(page.view, allow_nan=False)
    finally:
        ipywidgets.Widget.close_all()


@pytest.fixture
def shared(opened: Open) -> OpenRatings:
    """A study with room for any number of raters."""
    return opened(sessions=2, question=BOTH, ratings="raters_per_item = 1000\nchecks_per_block = 1")


def test_a_rater_for_whom_there_is_nothing_is_refused(opened: Open) -> None:
    with pytest.raises(Refused, match="nothing to rate"):
        enter(opened(sessions=1), "w0")
