"""How a worker leaves: what was stored comes first, and a page that is loaded again sends nobody on."""

from collections.abc import Callable
from typing import Any

from imgloop_widgets.events import REASONS
from imgloop_widgets.panel_table import OUTCOME, OUTCOMES
from imgloop_widgets.panels import Ending
from imgloop_widgets.widgets import Leaving

Show = Callable[..., Any]
END = Ending(title="Prolific", code="AB12", url="https://app.prolific.com/x?cc=AB12")


def test_every_reason_has_an_outcome_that_panels_know() -> None:
    assert set(OUTCOME) == set(REASONS)
    assert set(OUTCOME.values()) <= set(OUTCOMES)


def test_the_page_on_which_the_session_ends_sends_the_worker_on_and_a_reload_does_not(
    quick_game: Any, show: Show
) -> None:
    told: list[tuple[str, int]] = []
    runner = quick_game.runner()

    def leave(outcome: Any) -> Ending:
        told.append((outcome, runner.store.length(runner.session_id)))
        return END

    page = show(runner, leave=leave)
    assert not told and page.view["finished"] is None
    page.command("exit", draft={})
    assert told == [("partial", 2)], "stored first"
    finished = page.view["finished"]
    assert (finished["code"], finished["leave"]["url"], finished["leave"]["now"]) == ("AB12", END.url, True)
    again = show(quick_game.runner(), leave=leave).view["finished"]
    assert (again["code"], again["leave"]["url"], again["leave"]["now"]) == ("AB12", END.url, False)


def test_no_code_is_on_the_page_before_the_end(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner(), leave=lambda outcome: END)
    page.widget.tick()
    assert "AB12" not in page.everything
    page.command("exit", draft={})
    assert "AB12" in page.everything


def test_where_no_panel_waits_the_code_is_the_session_s_own(quick_game: Any, show: Show) -> None:
    for leave in (None, lambda outcome: None):
        page = show(quick_game.runner(worker=str(leave)), leave=leave)
        page.command("exit", draft={})
        assert page.view["finished"]["code"] == page.widget._runner.session_id[:8].upper()
        assert page.view["finished"]["leave"] is None


def test_an_address_that_can_not_be_made_is_an_incident_and_the_work_is_saved(quick_game: Any, show: Show) -> None:
    runner = quick_game.runner()
    page = show(runner, leave=lambda outcome: 1 / 0)
    assert page.command("exit", draft={})["ok"]
    assert page.view["finished"]["leave"] is None
    assert "ZeroDivisionError" in runner.store.incidents()[0].text
    assert "ZeroDivisionError" not in page.everything


def test_a_page_alone_has_its_code_and_ignores_what_a_page_sets() -> None:
    page = Leaving("Thank you", "<b>You</b> don't fit.", END)
    page.set_state({"leave": {"url": "https://evil.example"}})
    assert page.leave == {
        "code": "AB12", "title": "Prolific", "url": END.url, "fields": None, "now": True, "told": False,
    }  # fmt: skip
    assert Leaving("a", "b", None).leave == {}
