"""The reviewer's page without a browser: what it is told, what it may ask for, and that nothing else has effect."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moved import Played, play

from imgloop_widgets.decisions import stand
from imgloop_widgets.errors import Refused
from imgloop_widgets.opening import load_files
from imgloop_widgets.reviewing import labels_of
from imgloop_widgets.runner import utc_now
from imgloop_widgets.store import Grant, Store, open_store
from imgloop_widgets.widgets.researcher import OUT_OF_ORDER
from imgloop_widgets.widgets.review import Review, bonus_of


class Desk:
    """A reviewer's page. answers: what came of their commands. sent: all messages."""

    def __init__(self, store: Store, folder: Path, who: str = "grace") -> None:
        files = load_files(folder)
        self.over = False
        self.store, self.sent = store, list[Any]()
        self.widget = Review(
            store, files.study.name, files.library, labels=labels_of(files.forms.values()), title="Small", who=who,
            clock=utc_now, currency="USD", allowed=self.allowed,
        )  # fmt: skip
        self.widget.send = lambda message, *more: self.sent.append((message, *more))  # type: ignore[method-assign]

    def allowed(self) -> None:
        if self.over:
            raise Refused("its time is over")

    def say(self, **content: Any) -> None:
        self.widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}})

    def tell(self, **content: Any) -> dict[str, Any]:
        self.say(kind="command", id="1", **content)
        answer: dict[str, Any] = self.sent[-1][0]
        return answer

    @property
    def view(self) -> dict[str, Any]:
        return dict(self.widget.view)

    @property
    def unit(self) -> dict[str, Any]:
        return dict(self.widget.unit)


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store(":memory:") as opened:
        yield opened


@pytest.fixture
def units(store: Store) -> list[str]:
    """Four units of ana, one of ben."""
    names = [play(store, "small", Played(worker="ana"), unit=str(number)) for number in range(1, 5)]
    return [*names, play(store, "small", Played(worker="ben"))]


@pytest.fixture
def folder(study_files: Callable[..., Path]) -> Path:
    return study_files()


@pytest.fixture
def desk(store: Store, units: list[str], folder: Path) -> Desk:
    return Desk(store, folder)


def test_it_lists_the_units_and_shows_all_of_one(desk: Desk, units: list[str]) -> None:
    assert (desk.view["counts"]["units"], desk.view["counts"]["reviewed"], desk.unit) == (5, 0, {})
    assert {row["id"] for row in desk.view["rows"]} == set(units)
    assert [one["bars"] for one in desk.view["scores"]] == [[["4", 5]], [["9", 5]]]
    assert desk.tell(name="open", unit=units[0])["ok"]
    unit = desk.unit
    assert (unit["worker"], unit["version"], unit["decision"], unit["place"], unit["of"]) == (
        "ana",
        0,
        None,
        *_at(desk, units[0]),
    )
    assert [(a["prompt"], a["score"]) for a in unit["attempts"]] == [("a bear", 4), ("a brown bear 🐻", 9)]
    assert {one["id"] for one in unit["others"]} == set(units[1:4])
    assert unit["target_image"]["alt"]
    assert desk.tell(name="close")["ok"] and desk.unit == {}


def _at(desk: Desk, name: str) -> tuple[int, int]:
    order = [row["id"] for row in desk.view["rows"]]
    return order.index(name) + 1, len(order)


def test_other_studies_of_the_store_are_named_and_nothing_of_them_is_shown(
    store: Store, units: list[str], folder: Path
) -> None:
    other = play(store, "another", Played(worker="ana"))
    desk = Desk(store, folder)
    assert desk.view["other_studies"] == [["another", 1]]
    assert other not in {row["id"] for row in desk.view["rows"]}
    assert not desk.tell(name="open", unit=other)["ok"]
    assert not desk.tell(name="decide", verdict="approve", seen={other: 0})["ok"]


def test_a_decision_is_on_record_with_all_that_was_written_and_can_be_taken_back(
    desk: Desk, store: Store, units: list[str]
) -> None:
    store.grant([Grant(worker_id="ana", name="careful", value=3, at=utc_now(), why="test")])
    desk.tell(name="open", unit=units[0])
    answer = desk.tell(
        name="decide", verdict="soft_reject", note="too fast", message="Thank you", bonus="0,5",
        seen={units[0]: 0, units[1]: 0}, give={"blocked.small": "1"}, take=["careful"],
    )  # fmt: skip
    assert (answer["ok"], answer["message"]) == (True, f"{units[0][:8].upper()} and 1 more are soft-rejected.")
    (first, second) = [row for row in store.reviews("small") if row.session_id in units[:2]]
    assert {first.note, second.note} == {"too fast"} and first.bonus == Decimal("0.50") and first.who == "grace"
    assert store.qualifications("ana") == {"blocked.small": 1}
    assert (desk.unit["version"], desk.unit["decision"]["what"]) == (1, "soft_reject")
    assert desk.view["counts"] | {} == {"units": 5, "reviewed": 2, "approve": 0, "soft_reject": 2, "reject": 0}
    answer = desk.tell(name="undo", act=answer["act"], seen=answer["seen"])
    assert answer["ok"]
    assert store.qualifications("ana") == {"careful": 3}
    assert (desk.unit["version"], desk.unit["decision"]) == (2, None)


def test_of_two_reviewers_the_second_is_told_and_writes_nothing(
    desk: Desk, store: Store, units: list[str], folder: Path
) -> None:
    other = Desk(store, folder, who="ben")
    for one in (desk, other):
        one.tell(name="open", unit=units[0])
    assert other.tell(name="decide", verdict="reject", note="copied", seen={units[0]: 0})["ok"]
    answer = desk.tell(name="decide", verdict="approve", seen={units[0]: 0}, give={"blocked": "1"})
    assert not answer["ok"] and "ben rejected it (“copied”)" in answer["message"]
    assert desk.unit["latest"]["who"] == "ben"
    assert [row.who for row in store.reviews("small")] == ["ben"]
    assert store.qualifications("ana") == {}
    assert desk.tell(name="decide", verdict="approve", seen={units[0]: 1})["ok"]
    assert stand(store.reviews("small"))[units[0]].verdict == "approve"


def test_who_decides_does_not_lose_their_place_among_what_they_have_chosen(desk: Desk, units: list[str]) -> None:
    desk.tell(name="choose", choice={"stands": "unreviewed", "worker": "ana"}, page=0)
    order = [row["id"] for row in desk.view["rows"]]
    desk.tell(name="open", unit=order[1])
    desk.tell(name="decide", verdict="approve", seen={order[1]: 0})
    assert (desk.unit["place"], desk.unit["of"], desk.unit["next"]) == (2, 4, order[2])
    assert desk.unit["unreviewed"] == order[2]
    assert len(desk.view["rows"]) == 3
    desk.tell(name="open", unit=order[3])
    assert (desk.unit["next"], desk.unit["unreviewed"]) == (None, order[0])


def test_images_are_sent_of_the_open_unit_and_of_no_other(desk: Desk, store: Store, units: list[str]) -> None:
    mine, foreign = (store.put_image(name) for name in (b"image of a bear 1", b"of another study"))
    desk.say(kind="image", id=f"i-{mine}")
    assert desk.sent == []
    desk.tell(name="open", unit=units[0])
    desk.sent.clear()
    for name in (f"i-{mine}", f"i-{foreign}", "i-../../x", "t-bear", "t-gone", 7, None):
        desk.say(kind="image", id=name)
    assert [message["id"] for message, *_ in desk.sent] == [f"i-{mine}", "t-bear"]
    assert desk.sent[0][1] == [b"image of a bear 1"]


def test_once_the_link_is_over_the_page_shows_and_does_nothing_more(desk: Desk, store: Store, units: list[str]) -> None:
    desk.tell(name="open", unit=units[0])
    desk.over = True
    assert desk.tell(name="decide", verdict="reject", seen={units[0]: 0})["message"] == "its time is over"
    assert (desk.view, desk.unit) == ({"over": "its time is over"}, {})
    desk.sent.clear()
    desk.say(kind="image", id="t-bear")
    assert desk.sent == []
    assert store.reviews("small") == []


@pytest.mark.parametrize("text", ["-1", "1.234", "1e9", "nan", "sNaN", "ten", "1001"])
def test_a_bonus_is_money(text: str) -> None:
    with pytest.raises(Refused, match="must be a number from 0 to 1000"):
        bonus_of(text)


def test_a_bonus_may_be_left_out_and_have_a_comma() -> None:
    assert [bonus_of(text) for text in ("", " 2 ", "0,5", "1.25")] == [Decimal(n) for n in ("0", "2", "0.5", "1.25")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"note": "x" * 2001}, "note may have at most 2000"),
        ({"give": {"-x": "1"}}, "A qualification may have up to 64"),
        ({"give": {"x": ""}}, "value of a qualification"),
        ({"take": ["careful"]}, "has no qualification 'careful'"),
        ({"bonus": 3}, "must be a number"),
        ({"verdict": "undo"}, OUT_OF_ORDER),
        ({"seen": {}}, OUT_OF_ORDER),
    ],
)
def test_what_can_not_be_done_says_why_and_changes_nothing(
    content: dict[str, Any], said: str, desk: Desk, store: Store, units: list[str]
) -> None:
    answer = desk.tell(**{"name": "decide", "verdict": "approve", "seen": {units[0]: 0}, **content})
    assert not answer["ok"] and said in answer["message"]
    assert store.reviews("small") == []


values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.lists(st.integers(), max_size=3) | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2)
)  # fmt: skip
names = st.sampled_from(["choose", "open", "close", "decide", "undo", ""]) | values
keys = ["unit", "choice", "page", "seen", "verdict", "note", "message", "bonus", "give", "take", "act", "x"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(keys), values), names)
def test_no_message_breaks_it_and_none_decides_about_a_unit_that_it_does_not_name(
    desk: Desk, store: Store, content: dict[str, Any], name: Any
) -> None:
    answer = desk.tell(**{**content, "name": name})
    assert isinstance(answer["ok"], bool)
    assert "Incident" not in answer.get("message", "")
    assert store.reviews("small") == []


def test_a_trait_that_a_page_sets_is_ignored(desk: Desk) -> None:
    before = desk.view
    desk.widget.set_state({"view": {"title": "mine"}, "unit": {"id": "x"}})
    assert (desk.view, desk.unit) == (before, {})
