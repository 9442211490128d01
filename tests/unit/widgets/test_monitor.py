"""The researcher's page without a browser: what it is told, what it may ask for, and that nothing else has effect."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import REASONS
from imgloop_widgets.identity import Identity
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.widgets.monitor import Monitor
from imgloop_widgets.widgets.monitor_view import ENDED
from imgloop_widgets.widgets.researcher import BROKEN, OUT_OF_ORDER

SCENES = 'generator = "scenes"\noptions = { size = 32 }'


class Desk:
    """A researcher's page. answers: what came of their commands."""

    def __init__(self, game: Any, folder: Path) -> None:
        self.study = OpenStudy.load(folder, store=game.store)
        self.game, self.over = game, False
        self.runner = self.study.enter(Identity(worker_id="ana", unit=1), clock=game.clock)
        self.answers: list[dict[str, Any]] = []
        self.widget = Monitor(
            game.store,
            self.study.plan,
            title="Small",
            who="grace",
            clock=game.clock,
            max_cost=2.0,
            allowed=self.allowed,
        )
        self.widget.send = lambda message, *more: self.answers.append(message)  # type: ignore[method-assign]

    def allowed(self) -> None:
        if self.over:
            raise Refused("its time is over")

    def tell(self, **content: Any) -> dict[str, Any]:
        self.game.clock.move(0.001)
        message = {"kind": "command", "id": "1", **content}
        self.widget._handle_msg({"content": {"data": {"method": "custom", "content": message}}})
        return self.answers[-1]

    @property
    def view(self) -> dict[str, Any]:
        return dict(self.widget.view)


@pytest.fixture
def desk(quick_game: Any, study_files: Callable[..., Path]) -> Desk:
    return Desk(quick_game, study_files(study="units_per_assignment = 3", arm=SCENES))


def test_it_shows_the_units_by_state_and_arm_the_money_and_who_is_at_it(desk: Desk) -> None:
    view = desk.view
    nobody = dict.fromkeys(("done", "returned", "failed", "extra", "gold"), 0)
    assert view["counts"] == {"due": 6, "left": 5, "running": 1, **nobody}
    assert [(arm["arm"], arm["due"], arm["running"]) for arm in view["arms"]] == [(desk.study.plan.arms[0].name, 6, 1)]
    assert (view["spent"], view["max_cost"], view["paused"]) == (0.0, 2.0, None)
    (unit,) = view["going_on"]
    assert (unit["worker"], unit["is"], unit["left"]) == ("ana", "writes a prompt", 1790)
    assert unit["code"] == desk.runner.session_id[:8].upper()


def test_every_way_to_end_has_its_words() -> None:
    assert set(ENDED) == set(REASONS)


def test_what_is_done_is_seen_at_once_and_is_on_record_under_their_name(desk: Desk) -> None:
    unit = desk.runner.session_id
    assert desk.tell(name="pause", why="a mistake")["ok"]
    assert desk.view["paused"] | {"at": 0} == {"at": 0, "why": "a mistake", "by": "grace"}
    assert desk.tell(name="resume")["message"] == "The study goes on."
    assert desk.tell(name="extend", unit=unit, minutes=10)["ok"]
    assert desk.view["going_on"][0]["left"] == 1790 + 600
    assert desk.tell(name="close", unit=unit, why="over")["ok"]
    assert (desk.view["going_on"], desk.view["counts"]["done"]) == ([], 1)
    assert desk.tell(name="return", unit=unit)["ok"]
    assert (desk.view["finished"][0]["state"], desk.view["counts"]["returned"]) == ("returned", 1)
    assert [action["what"] for action in desk.view["actions"]] == ["return", "close", "extend", "resume", "pause"]
    assert {action["who"] for action in desk.view["actions"]} == {"grace"}


def test_what_can_not_be_done_says_why_and_changes_nothing(desk: Desk) -> None:
    desk.tell(name="close", unit=desk.runner.session_id)
    answer = desk.tell(name="extend", unit=desk.runner.session_id, minutes=5)
    assert (answer["ok"], answer["message"]) == (False, "This unit is finished already; nothing was changed.")
    assert desk.tell(name="resume")["message"] == "The study is not paused; nothing was changed."
    assert "no unit of small has the code 'zz'" in desk.tell(name="find", code="zz")["message"]
    assert len(desk.view["actions"]) == 1


def test_what_went_wrong_is_a_sentence_with_a_number(desk: Desk) -> None:
    answer = desk.tell(name="close", unit="f" * 32)
    assert not answer["ok"]
    assert answer["message"].startswith(BROKEN.partition("{")[0])


def test_once_the_link_is_over_the_page_shows_and_does_nothing_more(desk: Desk) -> None:
    desk.over = True
    assert desk.tell(name="close", unit=desk.runner.session_id)["message"] == "its time is over"
    assert desk.view == {"over": "its time is over"}
    assert desk.game.store.length(desk.runner.session_id) == 1


values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=3)
)
names = st.sampled_from(["pause", "resume", "extend", "close", "return", "find", "forget", ""]) | values


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["unit", "minutes", "why", "code", "x"]), values), names)
def test_no_message_breaks_it_and_none_ends_a_unit_that_it_does_not_name(
    desk: Desk, content: dict[str, Any], name: Any
) -> None:
    answer = desk.tell(**{**content, "name": name})
    assert isinstance(answer["ok"], bool)
    assert not any(action["what"] in ("close", "return", "extend") for action in desk.view["actions"])


@pytest.mark.parametrize("minutes", [0, -5, 10**9, 2.5, "10", True])
def test_minutes_are_a_whole_number_within_bounds(desk: Desk, minutes: Any) -> None:
    answer = desk.tell(name="extend", unit=desk.runner.session_id, minutes=minutes)
    assert (answer["ok"], answer["message"]) == (False, OUT_OF_ORDER)


def test_a_trait_that_a_page_sets_is_ignored(desk: Desk) -> None:
    before = desk.view
    desk.widget.set_state({"view": {"title": "mine"}})
    assert desk.view == before


def test_only_sessions_that_have_changed_are_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for worker in ("ben", "cem"):
        desk.study.enter(Identity(worker_id=worker, unit=2), clock=desk.game.clock)
    desk.widget.look()
    read: list[str] = []
    store = desk.game.store
    monkeypatch.setattr(store, "logs", lambda study: pytest.fail("all of them are read"))
    monkeypatch.setattr(store, "read", lambda name, real=store.read: read.append(name) or real(name))
    desk.widget.look()
    assert read == []
    desk.tell(name="close", unit=desk.runner.session_id)
    assert set(read) == {desk.runner.session_id}
