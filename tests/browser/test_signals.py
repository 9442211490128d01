"""What a worker's page notes of the work: from keys in a real browser to rows in a real store. And its switch."""

import json
import time
from collections.abc import Callable
from typing import Any

from live import Server
from playwright.sync_api import BrowserContext, Page, expect

from imgloop_widgets.store import open_store

MakeServer = Callable[..., Server]

PASTED = "beside a red tent under a full moon"


def rows(server: Server) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """What is kept, by attempt and phase, of each page."""
    with open_store(server.results) as store:
        found: dict[tuple[int, str], list[dict[str, Any]]] = {}
        for kept in store.telemetry("browser"):
            found.setdefault((kept.noted.attempt, kept.noted.phase), []).append(dict(kept.noted.values))
    return found


def wait_for(server: Server, attempt: int, phase: str) -> None:
    """Wait until the store has such a row: nothing on the page tells of it."""
    end = time.monotonic() + 20
    while (attempt, phase) not in rows(server):
        assert time.monotonic() < end, f"there are {list(rows(server))}"
        time.sleep(0.1)


def hide(page: Page, hidden: bool) -> None:
    """Hide the page, or show it, as the browser tells it: a tab in the background is never hidden for Playwright."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def fill_and_start(page: Page, link: str) -> None:
    """Answer the questions, type a part of the prompt, paste the rest, and ask for the image."""
    page.goto(link)
    page.get_by_role("textbox", name="Your age").press_sequentially("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    prompt = page.locator("textarea")
    prompt.press_sequentially("a big brown bear !")
    prompt.press("Backspace")
    page.evaluate("text => navigator.clipboard.writeText(text)", PASTED)
    prompt.press("Control+V")
    expect(prompt).to_have_value(f"a big brown bear {PASTED}")


def start(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Attempt 1: how close is it?")).to_be_visible()


def finish(page: Page) -> None:
    page.get_by_role("radio", name="10", exact=True).check(force=True)
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()


def test_typing_pasting_hiding_and_losing_the_connection_are_in_the_rows_and_no_text_is(
    page: Page, context: BrowserContext, serve: MakeServer
) -> None:
    server = serve(study="signals = true")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    fill_and_start(page, server.link("noted"))
    hide(page, True)
    hide(page, False)
    context.set_offline(True)
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    start(page)
    page.locator("textarea").press_sequentially("xy")
    page.reload()
    expect(page.get_by_role("heading", name="Attempt 1: how close is it?")).to_be_visible()
    page.get_by_text("What this page records").click()
    expect(page.get_by_text("never which key")).to_be_visible()
    finish(page)

    wait_for(server, 1, "judging")
    wait_for(server, 2, "writing")
    found = rows(server)
    (about,), (writing,), (waiting,), (again,) = (
        found[step] for step in ((1, "about"), (1, "writing"), (1, "waiting"), (2, "writing"))
    )
    assert about["keys"] == 2 and about["open_s"] > 0
    assert (writing["keys"], writing["deletions"]) == (19, 1)
    assert (writing["pastes"], writing["pasted_characters"]) == (1, len(PASTED))
    assert (writing["hidden"], writing["lost"]) == (1, 1) and writing["lost_s"] > 0
    assert waiting["open_s"] > 0 and again["keys"] == 2
    assert len(found[1, "judging"]) == 2  # a page before the reload, and one after it
    assert not {"bear", "tent", "33"} & set(json.dumps(list(found.values())).split('"'))
    state = server.state("noted")
    assert state.finished and state.finished.reason == "perfect" and len(state.attempts) == 1


def test_without_the_switch_the_same_work_leaves_no_row_and_nothing_is_said_of_it(
    page: Page, context: BrowserContext, serve: MakeServer
) -> None:
    server = serve()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    fill_and_start(page, server.link("unnoted"))
    hide(page, True)
    hide(page, False)
    start(page)
    expect(page.get_by_text("What this page records")).to_have_count(0)
    finish(page)
    page.reload()
    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()  # all that it sent has been taken
    assert rows(server) == {}
    assert server.state("unnoted").finished
