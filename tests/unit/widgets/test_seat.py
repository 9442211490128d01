"""Two pages of one session: the newer one has it, the older one says so and does nothing any more."""

from collections.abc import Callable
from typing import Any

from imgloop_widgets.widgets.seat import AWAY

Show = Callable[..., Any]


def play(page: Any, game: Any) -> Any:
    return page.command("submit_prompt", prompt="a brown bear", answers=game.answers)


def test_the_older_page_says_that_the_newer_one_has_the_session(quick_game: Any, show: Show) -> None:
    older = show(quick_game.runner())
    assert not older.view["away"]
    newer = show(quick_game.runner())
    older.widget.tick()
    newer.widget.tick()
    assert (older.view["away"], newer.view["away"]) == (True, False)


def test_the_older_page_is_inert_even_before_it_has_looked(quick_game: Any, show: Show) -> None:
    older, newer = show(quick_game.runner()), show(quick_game.runner())
    older.send(kind="draft", seq=1, values={"prompt": "from the older page"})
    answer = play(older, quick_game)
    assert (answer["ok"], answer["message"]) == (False, AWAY)
    assert older.view["away"]
    store = newer.widget._runner.store
    assert store.length(newer.widget._runner.session_id) == 1
    assert store.draft(newer.widget._runner.session_id) is None
    assert play(newer, quick_game)["ok"]


def test_a_page_that_is_loaded_anew_takes_the_seat_back(quick_game: Any, show: Show) -> None:
    show(quick_game.runner())
    newer, again = show(quick_game.runner()), show(quick_game.runner())
    assert not play(newer, quick_game)["ok"]
    assert play(again, quick_game)["ok"]


def test_an_image_that_the_older_page_was_making_is_shown_on_the_newer_one(quick_game: Any, show: Show) -> None:
    runner = quick_game.runner()
    older = show(runner)
    play(older, quick_game)
    newer = show(quick_game.runner())
    runner.perform_now()
    newer.widget.tick()
    assert (newer.view["phase"], newer.view["away"]) == ("scoring", False)


def test_a_session_that_is_over_is_shown_on_every_page(quick_game: Any, show: Show) -> None:
    older, newer = show(quick_game.runner()), show(quick_game.runner())
    assert newer.command("exit", draft={})["ok"]
    older.widget._runner.refresh()
    older.widget.tick()
    assert (older.view["phase"], older.view["away"]) == ("finished", False)


def test_other_sessions_have_seats_of_their_own(quick_game: Any, show: Show) -> None:
    one = show(quick_game.runner(worker="ana"))
    show(quick_game.runner(worker="ben"))
    assert play(one, quick_game)["ok"]
