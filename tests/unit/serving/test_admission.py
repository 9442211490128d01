"""Who enters and who waits, as laws over any order of coming."""

from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.serving.admission import GONE_S, HELD_S, LINK_S, Limits, Line
from imgloop_widgets.serving.waiting import Waiting

ASKS = st.lists(st.tuples(st.integers(0, 8), st.floats(0, 5), st.booleans()), max_size=60)


@given(asks=ASKS, most=st.integers(0, 4))
def test_never_more_enter_than_fit(asks: list[tuple[int, float, bool]], most: int) -> None:
    """A place that is kept for a page counts too, until it comes or is given up."""
    line, now, inside = Line(Limits()), 0.0, 0
    for link, wait, hold in asks:
        now += wait
        if line.ask(f"{link}", now, most - inside, hold=hold) == 0 and not hold:
            inside += 1
    assert inside <= most


@given(links=st.lists(st.integers(0, 20), min_size=1, max_size=20, unique=True), room=st.integers(0, 5))
def test_who_came_first_enters_first(links: list[int], room: int) -> None:
    line = Line(Limits())
    for link in links:
        line.ask(f"{link}", 0.0, 0)
    entered = []
    for _ in range(3):
        for link in reversed(links):
            if link not in entered and line.ask(f"{link}", 1.0, room - len(entered)) == 0:
                entered.append(link)
    assert sorted(entered, key=links.index) == links[:room]


def test_a_link_has_one_place_however_often_it_asks() -> None:
    line = Line(Limits())
    assert [line.ask("a", 0.0, 0), line.ask("b", 0.0, 0), line.ask("a", 1.0, 0), line.ask("b", 1.0, 0)] == [1, 2, 1, 2]
    assert len(line) == 2


def test_who_asks_no_more_is_out_of_the_line() -> None:
    line = Line(Limits())
    line.ask("gone", 0.0, 0)
    line.ask("there", GONE_S, 0)
    assert line.ask("there", GONE_S + 1, 0) == 1


def test_no_more_enter_at_once_and_in_a_second_than_are_to() -> None:
    line = Line(Limits(per_second=2, at_once=3))
    first = [line.ask(f"{k}", 0.0, 100) for k in range(6)]
    later = [line.ask(f"{k}", 1.0, 100) for k in range(3, 6)]
    assert first == [0, 0, 0, 1, 2, 3]
    assert later == [0, 0, 1]


def test_a_link_that_is_opened_too_often_waits_and_no_other_does() -> None:
    line = Line(Limits(per_link=2))
    assert [line.ask("a", float(k), 100) for k in range(3)] == [0, 0, 1]
    assert line.ask("b", 3.0, 100) == 0
    assert line.ask("a", LINK_S + 1.5, 100) == 0


def test_a_place_that_is_kept_is_given_up_when_no_page_comes() -> None:
    line = Line(Limits())
    assert line.ask("a", 0.0, 0) == 1
    assert line.ask("a", 1.0, 1, hold=True) == 0
    assert line.ask("b", 2.0, 1) == 1
    assert line.ask("b", 1.0 + HELD_S + 1, 1) == 0


def test_a_link_with_too_many_open_pages_waits_and_no_other_does() -> None:
    line = Line(Limits(open_per_link=2))
    assert [line.ask("a", 0.0, 100, opened=n) for n in range(3)] == [0, 0, 1]
    assert line.ask("b", 0.0, 100) == 0
    assert line.ask("a", 1.0, 100, opened=1) == 0


def test_another_spelling_of_a_link_is_no_other_link() -> None:
    """Whatever is added to it: who is let in counts, for the limit and for the place in line."""
    waiting = Waiting(line=Line(Limits(per_link=2)), room=lambda: 100)
    assert [waiting.place(f"t=ana&x={n}", "ana", 0) for n in range(3)] == [0, 0, 1]
    full = Waiting(line=Line(Limits()), room=lambda: 0)
    assert [full.place(f"t=ana&x={n}", "ana", 0) for n in range(3)] == [1, 1, 1]
    assert full.place("t=bob", "bob", 0) == 2
    assert full.place_of_waiting("t=ana&x=2") == 1
    assert full.place_of_waiting("t=bob") == 2
    assert full.place_of_waiting("t=nobody") == 0
