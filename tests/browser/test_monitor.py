"""The researcher's page beside a worker's, in a real browser against a real server."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.front_end.looks import shoot
from browser.test_journeys import FIRST, fill_about_you, no_violations, press, see_image, write
from live import IMGLOOP, Server
from playwright.sync_api import Browser, Page, expect

from imgloop_widgets.loop import PAUSED
from imgloop_widgets.store import open_store

MakeServer = Callable[..., Server]
STOPPED = "This task has ended"


def imgloop(server: Server, *words: str) -> str:
    """Run a command for the server's study; what it printed."""
    command = [IMGLOOP, *words, str(server.folder), "--results", str(server.results)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def monitor(server: Server) -> str:
    return imgloop(server, "monitor", "--who", "dr. grace", "--base-url", f"http://127.0.0.1:{server.port}/")


def fits(page: Page, name: str) -> None:
    """Nothing to scroll sideways, and nothing that axe finds, wide and narrow."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, f"monitor {name}", str(width))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        no_violations(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def confirm(desk: Page, button: str, why: str) -> None:
    """Fill the window that asks, and confirm it with the keyboard alone."""
    window = desk.get_by_role("dialog")
    window.get_by_role("textbox", name="Why (kept on record)").fill(why)
    window.get_by_role("button", name=button, exact=True).focus()
    desk.keyboard.press("Enter")
    expect(window).to_have_count(0)


def minutes(page: Page) -> int:
    shown = re.search(r"(?:(\d+):)?(\d+):\d\d", page.locator(".imgloop-clock").inner_text())
    assert shown is not None
    return 60 * int(shown[1] or 0) + int(shown[2])


def test_a_researcher_pauses_resumes_extends_closes_and_returns_while_a_worker_is_at_it(
    page: Page, browser: Browser, serve: MakeServer
) -> None:
    server = serve()
    page.goto(server.link("ana"))
    fill_about_you(page)
    write(page, FIRST)
    desk = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    desk.goto(monitor(server))
    expect(desk.locator("[data-count=running] .imgloop-value")).to_have_text("1")
    expect(desk.get_by_text("ana", exact=True)).to_be_visible()
    fits(desk, "running")

    desk.get_by_role("button", name="Pause the study").click()
    fits(desk, "asks")
    confirm(desk, "Pause", "a mistake in the form")
    expect(desk.get_by_text("Paused by dr. grace since")).to_be_visible()
    fits(desk, "paused")
    expect(page.locator(".imgloop-notice")).to_have_text(PAUSED)
    press(page, "Start")
    expect(page.locator(".imgloop-summary")).to_contain_text("no new image can be made")
    expect(page.locator(".imgloop-clock")).to_be_hidden()
    expect(page.locator("textarea")).to_have_value(FIRST)
    no_violations(page)
    late = browser.new_context().new_page()
    late.goto(server.link("ben", 2))
    expect(late.get_by_text("This task is paused at the moment")).to_be_visible()

    desk.get_by_role("button", name="Resume the study").click()
    confirm(desk, "Resume", "")
    expect(page.locator(".imgloop-notice")).to_have_text("")
    press(page, "Start")
    see_image(page, 1)

    before = minutes(page)
    more = desk.get_by_role("button", name="More time: ")
    more.click()
    desk.get_by_role("dialog").get_by_role("spinbutton", name="Minutes more").fill("45")
    confirm(desk, "More time", "the service was slow")
    expect(more).to_be_focused()
    expect(page.locator(".imgloop-clock")).to_have_text(re.compile(r"1:\d\d:\d\d"))
    assert minutes(page) >= before + 44

    code = desk.locator(".imgloop-units code").first.inner_text()
    desk.get_by_role("button", name=f"Close: {code}").click()
    confirm(desk, "Close", "done for today")
    expect(page.get_by_role("heading", name=STOPPED)).to_be_visible()
    expect(page.locator(".imgloop-code code")).to_have_text(code)
    no_violations(page)
    expect(desk.locator("[data-count=running] .imgloop-value")).to_have_text("0")
    expect(desk.get_by_role("heading", name="Going on")).to_be_focused()
    state = server.state("ana")
    assert state.finished is not None and state.finished.reason == "closed"
    assert len(state.attempts) == 1

    desk.get_by_role("button", name=f"Return: {code}").click()
    confirm(desk, "Return", "another may do it")
    expect(desk.locator("[data-count=returned] .imgloop-value")).to_have_text("1")
    fits(desk, "over")
    with open_store(server.results) as store:
        done = [(one.what, one.who, one.why) for one in store.steered("browser")]
    assert done[::-1] == [
        ("pause", "dr. grace", "a mistake in the form"),
        ("resume", "dr. grace", ""),
        ("extend", "dr. grace", "the service was slow"),
        ("close", "dr. grace", "done for today"),
        ("return", "dr. grace", "another may do it"),
    ]


def test_the_page_follows_by_itself_and_takes_the_focus_from_nobody(
    page: Page, browser: Browser, serve: MakeServer
) -> None:
    server = serve()
    desk = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    desk.goto(monitor(server))
    field = desk.get_by_role("textbox", name="Find a unit by its code")
    field.fill("12")
    page.goto(server.link("ana"))
    expect(desk.get_by_text("ana", exact=True)).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("12")
    imgloop(server, "pause", "--who", "the terminal")
    expect(desk.get_by_text("Paused by the terminal since")).to_be_visible()
    expect(field).to_be_focused()
    field.fill("nothing")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("no unit of browser has the code 'nothing'")).to_be_visible()


@pytest.mark.parametrize("way", ["revoked", "worker's", "researcher's at the worker's door", "changed"])
def test_a_link_of_the_wrong_kind_opens_nothing_and_a_revoked_one_closes_the_page(
    way: str, page: Page, serve: MakeServer, tmp_path: Path
) -> None:
    server = serve(access="signed")
    link = monitor(server)
    address = f"http://127.0.0.1:{server.port}/"
    kernels = server.kernels()
    if way == "revoked":
        page.goto(link)
        expect(page.get_by_role("heading", name="Going on")).to_be_visible()
        command = [IMGLOOP, "revoke", link, str(server.folder), "--results", str(server.results)]
        subprocess.run(command, check=True, capture_output=True)
        expect(page.get_by_role("heading", name="This page is closed")).to_be_visible()
        no_violations(page)
        page.goto(link)
    elif way == "worker's":
        worker = imgloop(server, "links", "--worker", "ana", "--base-url", address)
        page.goto(worker.replace(address, f"{address}monitor"))
    elif way == "changed":
        page.goto(link[:-1] + ("A" if link[-1] != "A" else "B"))
    else:
        page.goto(link.replace("/monitor", "/"))
    expect(page.get_by_role("heading", name="This page can't be opened")).to_be_visible()
    if way != "revoked":
        assert server.kernels() == kernels
