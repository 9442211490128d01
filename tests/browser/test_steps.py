"""What stands before and after the loop, lived through in a real browser against a real server.

The study is the one in notebooks/onboarding.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from live import ROOT, Server, free_port, write_study
from playwright.sync_api import Browser, Page, expect

from imgloop_widgets.events import PracticeGenerated, StepSubmitted
from imgloop_widgets.store import open_store

STUDY = ROOT / "notebooks" / "onboarding"
NAME = 'name = "browser"'  # as the server's own helpers look for it

BOAT = "a red boat with a white sail on the blue sea"
BEAR = "a big brown bear sitting in a meadow at night"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the study with steps."""
    folder = tmp_path_factory.mktemp("study")
    text = (STUDY / "study.toml").read_text().replace('name = "onboarding"', NAME)
    text = text.replace("../look_alike/form", str(ROOT / "notebooks/look_alike/form"))
    text = text.replace("../../images", str(ROOT / "images")).replace('"steps/', f'"{STUDY}/steps/')
    write_study(folder, text)
    server = Server(folder=folder, results=tmp_path_factory.mktemp("results"), port=free_port())
    server.start()
    yield server
    server.stop()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def at(page: Page, title: str) -> None:
    """Wait for the page with this title; axe finds nothing on it."""
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    found = [f"{v['id']}: {n['html']}" for v in results.response["violations"] for n in v["nodes"]]
    assert not found, "\n".join(found)


def look(page: Page, name: str, folder: Path | None) -> None:
    """Take pictures of the page, narrow and wide, where a person wants to look at them."""
    if folder is None:
        return
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def consent(page: Page, link: str) -> None:
    page.goto(link)
    at(page, "Will you take part?")
    press(page, "I agree")
    at(page, "How it works")
    press(page, "Continue")
    at(page, "Is it clear?")


def understand(page: Page) -> None:
    page.get_by_role("radio", name="A picture that is as much like the target as possible").check(force=True)
    page.get_by_role("radio", name="Nothing").check(force=True)
    press(page, "Continue")


def play(page: Page, prompt: str, attempt: int, score: int, button: str) -> None:
    """Write a prompt, wait for its image and score it."""
    page.locator("textarea").fill(prompt)
    press(page, "Start")
    expect(page.get_by_role("heading", name=f"Attempt {attempt}: how close is it?")).to_be_visible()
    page.get_by_role("radio", name=str(score), exact=True).check(force=True)
    press(page, button)


def test_a_worker_goes_through_all_steps_and_the_practice_is_no_attempt(
    page: Page, server: Server, pictures: Path | None
) -> None:
    page.goto(server.link("all"))
    at(page, "Will you take part?")
    expect(page.get_by_text("Step 1 of 9: Consent")).to_be_visible()
    look(page, "consent", pictures)
    press(page, "I agree")
    at(page, "How it works")
    expect(page.get_by_text("You have 2 attempts.")).to_be_visible()
    look(page, "instructions", pictures)
    press(page, "Continue")
    at(page, "Is it clear?")
    page.get_by_role("radio", name="A prompt that is as short as possible").check(force=True)
    page.get_by_role("radio", name="Nothing").check(force=True)
    press(page, "Continue")
    expect(page.get_by_text("Some answers are not right yet.")).to_be_visible()
    at(page, "Is it clear?")
    expect(page.get_by_role("radio", name="Nothing")).to_be_checked()
    look(page, "wrong", pictures)
    understand(page)
    expect(page.get_by_text("This is for practice: it does not count.")).to_be_visible()
    expect(page.get_by_text("Your age")).to_have_count(0)
    look(page, "practice", pictures)
    page.reload()
    expect(page.get_by_text("This is for practice: it does not count.")).to_be_visible()
    play(page, BOAT, 1, 4, "Continue")

    expect(page.locator(".imgloop-progress")).to_have_text("Step 5 of 9: The task")
    expect(page.get_by_text("Attempt 1 of 2")).to_be_visible()
    look(page, "task", pictures)
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    play(page, BEAR, 1, 10, "Finish")
    at(page, "One more question")
    page.get_by_role("combobox").select_option(label="green")
    press(page, "Continue")
    at(page, "About you and image generators")
    look(page, "questionnaire", pictures)
    page.get_by_role("radio", name="Never").check(force=True)
    press(page, "Continue")
    at(page, "What this was about")
    press(page, "Continue")
    at(page, "What did you think of this task?")
    look(page, "opinion", pictures)
    press(page, "Continue")
    at(page, "A perfect match!")
    look(page, "end", pictures)

    state = server.state("all")
    assert state.finished and state.finished.reason == "perfect"
    assert [(a.prompt.prompt, a.score) for a in state.attempts] == [(BEAR, 10)]
    assert sum(isinstance(event, PracticeGenerated) for event in server.events("all")) == 1
    steps = [(one.step, one.passed, one.done) for one in state.submitted]
    assert steps[2:4] == [("comprehension", False, False), ("comprehension", True, True)]
    with open_store(server.results) as store:
        assert store.qualifications("all") == {"understood": 1}

    page.goto(server.link("all", 2))  # what was asked once is not asked again
    expect(page.locator(".imgloop-progress")).to_have_text("Step 1 of 5: The task")


def test_a_no_is_an_outcome_with_kind_words_and_a_code(page: Page, server: Server, pictures: Path | None) -> None:
    page.goto(server.link("no"))
    at(page, "Will you take part?")
    press(page, "I do not agree")
    look(page, "decline", pictures)
    press(page, "Go back")
    press(page, "I do not agree")
    press(page, "I do not take part")
    at(page, "Thank you for coming")
    look(page, "no_consent", pictures)
    state = server.state("no")
    assert state.finished and state.finished.reason == "no_consent"
    expect(page.get_by_text(state.opened.session_id[:8].upper())).to_be_visible()  # type: ignore[union-attr]
    page.reload()
    at(page, "Thank you for coming")


def test_who_fails_the_check_twice_is_screened_out_by_the_keyboard_alone(page: Page, server: Server) -> None:
    consent(page, server.link("out"))
    for _ in range(2):
        expect(page.get_by_role("heading", name="Is it clear?", exact=True)).to_be_visible()
        page.get_by_role("radio", name="A prompt that is as short as possible").focus()
        page.keyboard.press("Space")
        page.get_by_role("radio", name="One attempt").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Continue", exact=True).focus()
        before = len(server.events("out"))
        page.keyboard.press("Enter")
        for _ in range(100):
            if len(server.events("out")) > before:
                break
            page.wait_for_timeout(100)
    at(page, "Thank you for your time")
    state = server.state("out")
    assert state.finished and state.finished.reason == "screened_out"
    assert [one.tries for one in state.submitted if one.step == "comprehension"] == [1, 2]


def test_whoever_lacks_a_qualification_is_turned_away_kindly_and_no_session_begins(
    page: Page, server: Server, pictures: Path | None
) -> None:
    from datetime import UTC, datetime

    from imgloop_widgets.store import Grant

    with open_store(server.results) as store:
        store.grant([Grant(worker_id="bad", name="blocked", value=1, at=datetime.now(UTC), why="test")])
    page.goto(server.link("bad"))
    at(page, "Thank you for coming")
    look(page, "turned_away", pictures)
    with open_store(server.results) as store:
        (refusal,) = store.turned_away("browser")
    expect(page.get_by_text(refusal.code)).to_be_visible()
    assert server.events("bad") == ()


def test_of_two_windows_the_newer_one_has_the_steps_and_the_older_can_take_them_back(
    browser: Browser, server: Server
) -> None:
    context = browser.new_context()
    one, other = context.new_page(), context.new_page()
    one.goto(server.link("two"))
    expect(one.get_by_role("heading", name="Will you take part?")).to_be_visible()
    other.goto(server.link("two"))
    expect(other.get_by_role("heading", name="Will you take part?")).to_be_visible()
    at(one, "This task is open in another window")
    press(other, "I agree")
    expect(other.get_by_role("heading", name="How it works")).to_be_visible()
    press(one, "Go on in this window instead")
    expect(one.get_by_role("heading", name="How it works")).to_be_visible()
    press(one, "Continue")
    expect(one.get_by_role("heading", name="Is it clear?")).to_be_visible()
    assert sum(isinstance(event, StepSubmitted) for event in server.events("two")) == 2
    context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path | None:
    """Where pictures are kept; None: nobody asked for them (IMGLOOP_PICTURES)."""
    import os

    folder = os.environ.get("IMGLOOP_PICTURES")
    return Path(folder) if folder else None
