"""What a rater lives through, from link to code, in a real browser against a real server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from judged import CLOSER, SCALE, first_study, study_text
from live import ROOT, Server, free_port, write_study
from playwright.sync_api import BrowserContext, Page, expect

from imgloop_widgets.library import load_library
from imgloop_widgets.ratings import RatingState, fold
from imgloop_widgets.store import open_store

IMAGES = ROOT / "images"


@dataclass
class Judged(Server):
    """A server of a rating study."""

    def rated(self, rater: str) -> RatingState:
        """The session of a rater as it stands in the store."""
        with open_store(self.results) as store:
            session_id = store.find_session("judged", rater, "1")
            assert session_id
            return fold(store.read(session_id))


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Callable[..., Judged]]:
    """Serve a rating study over a first study: `judged(sessions=2, item="pair", …)`."""
    servers: list[Judged] = []

    def make(sessions: int = 2, attempts: int = 3, **parts: str) -> Judged:
        folder, results = tmp_path / "judged", tmp_path / "results"
        with open_store(results) as store:
            first_study(store, load_library(IMAGES, verify=False), sessions, attempts)
        write_study(folder, study_text(images=IMAGES, study='title = "Which is closer?"', **parts))
        server = Judged(folder=folder, results=results, port=free_port())
        server.start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


def at_item(page: Page, number: int, of: int) -> None:
    """Wait for an item, with its images on screen."""
    expect(page.get_by_role("heading", name=f"Item {number} of {of}", exact=True)).to_be_visible()
    page.wait_for_function("() => [...document.images].length && [...document.images].every(i => i.naturalWidth)")


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).check(force=True)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def no_violations(page: Page) -> None:
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    found = [f"{v['id']}: {n['html']}" for v in results.response["violations"] for n in v["nodes"]]
    assert not found, "\n".join(found)


def test_a_rater_judges_goes_back_reloads_and_gets_a_code(
    context: BrowserContext, judged: Callable[..., Judged]
) -> None:
    server = judged(question=CLOSER + SCALE, ratings="checks_per_block = 1")
    page = context.new_page()
    page.goto(server.link("ana"))
    at_item(page, 1, 3)
    no_violations(page)
    text = page.locator("main").inner_html()
    assert not any(secret in text for secret in ("attempt", "Attempt", "prompt 1", "w0", "w1", "check:"))

    press(page, "Next")  # nothing is chosen yet
    expect(page.get_by_text("Please look at 2 answers:")).to_be_visible()
    no_violations(page)
    choose(page, "Image A")
    choose(page, "7")
    press(page, "Next")

    at_item(page, 2, 3)
    expect(page.get_by_role("heading", name="Item 2 of 3")).to_be_focused()
    choose(page, "Image B")
    page.reload()  # the browser has kept what was chosen
    at_item(page, 2, 3)
    expect(page.get_by_role("radio", name="Image B")).to_be_checked()

    press(page, "Back")
    at_item(page, 1, 3)
    expect(page.get_by_role("radio", name="Image A")).to_be_checked()
    expect(page.get_by_role("radio", name="7", exact=True)).to_be_checked()
    choose(page, "3")
    press(page, "Save the change")

    at_item(page, 2, 3)
    choose(page, "Image B")
    choose(page, "5")
    other = context.new_page()
    other.goto(server.link("ana"))
    at_item(other, 2, 3)
    choose(other, "Image A")
    choose(other, "2")
    press(other, "Next")
    at_item(other, 3, 3)
    expect(page.get_by_role("heading", name="This task is open in another window")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    no_violations(page)
    press(page, "Go on in this window instead")
    at_item(page, 3, 3)
    expect(other.get_by_role("heading", name="This task is open in another window")).to_be_visible()

    choose(page, "Image A")
    choose(page, "10")
    press(page, "Finish")
    expect(page.get_by_role("heading", name="All done, thank you!")).to_be_visible()
    no_violations(page)

    state = server.rated("ana")
    assert state.finished and state.finished.reason == "attempts_used" and state.opened
    expect(page.get_by_text(state.opened.session_id[:8].upper())).to_be_visible()
    assert [state.rated[place].answers["alike"] for place in (1, 2, 3)] == [3, 2, 10]
    first = state.shown[0].pictures
    assert state.rated[1].answers["closer"] == first[0].attempt


def test_a_ranking_and_a_single_image_are_judged_with_the_keyboard_alone_on_a_phone(
    page: Page, judged: Callable[..., Judged]
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    server = judged(sessions=2, item="ranking", ratings="checks_per_block = 0")
    page.goto(server.link("bob"))
    at_item(page, 1, 2)
    no_violations(page)
    for letter in "CAB":
        page.get_by_role("button", name=f"Image {letter}", exact=True).press("Enter")
    page.get_by_role("button", name="Next").press("Enter")
    at_item(page, 2, 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.get_by_role("button", name="Finish now").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Finish now").press("Enter")
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    state = server.rated("bob")
    attempts = [picture.attempt for picture in state.shown[0].pictures]
    assert state.rated[1].answers == {"order": [attempts[2], attempts[0], attempts[1]]}
    assert state.finished and state.finished.reason == "exited"


def test_a_rater_for_whom_there_is_nothing_is_told_so(page: Page, judged: Callable[..., Judged]) -> None:
    server = judged(sessions=1)
    page.goto(server.link("w0"))  # whose images these are
    expect(page.get_by_text("There is nothing to rate at the moment, and nothing was begun.")).to_be_visible()
