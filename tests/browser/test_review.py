"""A review of 20 simulated units by two reviewers, each in a browser of their own, with the keyboard alone."""

import csv
import io
import subprocess
from collections.abc import Callable
from decimal import Decimal

import pytest
from browser.front_end.looks import SIDEWAYS, settle, shoot
from browser.test_journeys import no_violations
from browser.test_monitor import imgloop
from live import IMGLOOP, ROOT, Server
from playwright.sync_api import Browser, Page, expect

from imgloop_widgets.decisions import stand
from imgloop_widgets.store import open_store

MakeServer = Callable[..., Server]
UNIT = ".imgloop-review-about h2"
CODE = f"{UNIT} code"
OPINION = ROOT / "notebooks/onboarding/steps/opinion.json"
MORE = f"""
[pay]
base = 2.0
[assignment]
units_per_worker = 4
[[step]]
kind = "opinion"
form = "{OPINION}"
"""


@pytest.fixture
def played(serve: MakeServer) -> Server:
    """A server with a study of which five simulated workers have played four units each."""
    server = serve(study="units_per_assignment = 2\nsignals = true", panel="\n" + MORE, access="open")
    words = ["simulate", str(server.folder), "--results", str(server.results), "--workers", "5", "--size", "64"]
    subprocess.run([IMGLOOP, *words], check=True, capture_output=True)
    return server


def reviewer(server: Server, browser: Browser, who: str) -> Page:
    link = imgloop(server, "review", "--who", who, "--base-url", f"http://127.0.0.1:{server.port}/")
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(15_000)
    page.goto(link)
    expect(page.get_by_text("0 of 20 units reviewed. 20 to go")).to_be_visible()
    return page


def fits(page: Page, name: str) -> None:
    """Nothing to scroll sideways, and nothing that axe finds, wide and narrow."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        shoot(page, f"review {name}", str(width))
        assert page.evaluate(SIDEWAYS) == []
        no_violations(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def at(page: Page) -> str:
    """The code of the unit that is open."""
    return page.locator(CODE).inner_text()


def key(page: Page, name: str) -> None:
    """Press a key, from where the page has led: no field is being written in."""
    page.keyboard.press(name)


def write(page: Page, field: str, text: str) -> None:
    """Go to a field by its key, write, and go back to the unit."""
    key(page, field)
    page.keyboard.type(text)
    page.locator(UNIT).focus()


def decided(page: Page, code: str, did: str) -> None:
    """Wait until it is done."""
    expect(page.locator(".imgloop-undo")).to_contain_text(f"{code} is {did}.")


def test_two_reviewers_go_through_twenty_units_and_neither_overwrites_the_other(
    played: Server, browser: Browser
) -> None:
    grace, ben = reviewer(played, browser, "grace"), reviewer(played, browser, "ben")
    expect(grace.locator(".imgloop-works > li")).to_have_count(20)
    expect(grace.get_by_text("These are units of simulated workers")).to_be_visible()
    fits(grace, "list")

    # both open the same unit; ben is first
    for page in (grace, ben):
        key(page, "u")
        expect(page.get_by_role("heading", name="Decide")).to_be_visible()
    first = at(grace)
    assert at(ben) == first
    fits(grace, "unit")
    grace.get_by_role("button", name="Attempt 1: ").press("Enter")
    expect(grace.get_by_role("dialog")).to_be_visible()
    key(grace, "Escape")
    expect(grace.get_by_role("dialog")).to_have_count(0)
    write(ben, "n", "prompts are copied")
    key(ben, "r")
    decided(ben, first, "rejected")
    expect(ben.locator(CODE)).not_to_have_text(first)
    warning = grace.locator(".imgloop-overtaken")
    expect(warning).to_contain_text("While you were looking, ben rejected this unit")
    expect(warning).to_contain_text("“prompts are copied”")
    fits(grace, "overtaken")
    key(grace, "a")
    expect(grace.get_by_text("Another reviewer has decided meanwhile.")).to_be_visible()
    with open_store(played.results) as store:
        assert [row.who for row in store.reviews("browser")] == ["ben"]
    grace.get_by_role("button", name="I have seen it").press("Enter")
    expect(warning).to_be_empty()
    write(grace, "n", "looked at it with ben: they are her own")
    key(grace, "a")
    decided(grace, first, "approved")

    # one worker's units at once: bonus, message, qualification, block; and all of it taken back
    expect(grace.locator(CODE)).not_to_have_text(first)
    second = at(grace)
    write(grace, "m", "Thank you!")
    write(grace, "b", "0,50")
    following = grace.get_by_role("spinbutton", name="Also to this worker")
    following.fill("1")
    grace.locator("summary", has_text="Qualifications and block").press("Enter")
    grace.get_by_role("textbox", name="Give a qualification").fill("careful")
    grace.get_by_role("checkbox", name="Block from this study").press("Space")
    fits(grace, "filled")
    grace.locator(UNIT).focus()
    key(grace, "s")
    expect(grace.locator(".imgloop-undo")).to_contain_text(f"{second} and 1 more are soft-rejected.")
    with open_store(played.results) as store:
        standings = stand(store.reviews("browser"))
        soft = [one.decision for one in standings.values() if one.verdict == "soft_reject"]
        worker = next(one.worker_id for one in soft if one)
        assert [(one.bonus, one.message) for one in soft if one] == [(Decimal("0.50"), "Thank you!")] * 2
        assert store.qualifications(worker) == {"careful": 1, "blocked.browser": 1}
    expect(grace.locator(CODE)).not_to_have_text(second)
    key(grace, "z")
    expect(grace.locator(CODE)).to_have_text(second)
    expect(grace.locator(".imgloop-standing")).to_have_text("Not reviewed yet.")
    with open_store(played.results) as store:
        assert store.qualifications(worker) == {}

    # single keys can be switched off
    key(grace, "?")
    grace.get_by_role("checkbox", name="Single keys do something").press("Space")
    fits(grace, "keys")
    key(grace, "Escape")
    grace.locator(UNIT).focus()
    key(grace, "r")
    expect(grace.locator(".imgloop-standing")).to_have_text("Not reviewed yet.")
    grace.get_by_role("button", name="Keys").press("Enter")
    grace.get_by_role("checkbox", name="Single keys do something").press("Space")
    key(grace, "Escape")

    # the rest, in turns; each goes on to what nobody has decided yet
    verdicts = [("a", "approved"), ("s", "soft-rejected"), ("r", "rejected")]
    for number in range(19):
        page = (grace, ben)[number % 2]
        page.locator(UNIT).focus()
        if page.locator(".imgloop-standing[data-verdict=none]").count() == 0:
            key(page, "u")
            expect(page.locator(".imgloop-standing[data-verdict=none]")).to_be_visible()
        expect(page.locator(".imgloop-overtaken")).to_be_empty()
        code = at(page)
        letter, did = verdicts[number % 3]
        key(page, letter)
        decided(page, code, did)
        other = (ben, grace)[number % 2]
        expect(other.locator(".imgloop-reviewed > .imgloop-state")).to_contain_text(f"{number + 2} of 20")

    key(grace, "l")
    expect(grace.get_by_text("20 of 20 units reviewed. All are reviewed.")).to_be_visible()
    fits(grace, "done")
    with open_store(played.results) as store:
        rows = store.reviews("browser")
        standings = stand(rows)
        assert len(standings) == 20 and all(one.decision for one in standings.values())
        assert len(rows) == 20 + 1 + 2 + 2  # ben's decision that grace changed; two that were taken back
        assert {one.decision.who for one in standings.values() if one.decision} == {"grace", "ben"}
    table = list(csv.DictReader(io.StringIO(imgloop(played, "review", "--csv", "-"))))
    assert len(table) == 20
    assert {row["verdict"] for row in table} == {"approve", "soft_reject", "reject"}


def test_units_are_chosen_and_ordered_and_the_histograms_follow(played: Server, browser: Browser) -> None:
    page = reviewer(played, browser, "grace")
    rows = page.locator(".imgloop-works > li")
    page.get_by_role("textbox", name="Worker or code").fill("sim-0003")
    expect(rows).to_have_count(4)
    expect(page.get_by_text("4 of 20 units")).to_be_visible()
    counts = page.locator(".imgloop-histogram", has_text="Score: Attempt 1").locator(".imgloop-how-many")
    missing = page.locator(".imgloop-histogram caption", has_text="Score: Attempt 1").inner_text()
    without = int(missing.split(" without")[0].split()[-1]) if "without" in missing else 0
    begun = sum(bool(row.locator(".imgloop-chip").count()) for row in rows.all())  # who left at once has no attempt
    assert sum(map(int, counts.all_inner_texts())) + without == begun
    page.get_by_role("combobox", name="Order").select_option("newest first")
    page.get_by_role("combobox", name="Review").select_option("reviewed")
    expect(page.get_by_text("No unit is like that.")).to_be_visible()
    page.get_by_role("button", name="Show all").press("Enter")
    expect(rows).to_have_count(20)
    page.get_by_role("spinbutton", name="Score from").fill("10")
    expect(rows).not_to_have_count(20)
    for row in rows.all():
        assert "10" in row.locator(".imgloop-chip").all_inner_texts()


def test_a_revoked_link_closes_the_page_and_a_worker_s_opens_none(played: Server, page: Page) -> None:
    address = f"http://127.0.0.1:{played.port}/"
    link = imgloop(played, "review", "--who", "grace", "--base-url", address)
    page.goto(link)
    expect(page.get_by_role("heading", name="Units", exact=True)).to_be_visible()
    page.get_by_role("link", name="To the monitor").press("Enter")
    expect(page.get_by_role("heading", name="Going on")).to_be_visible()
    page.get_by_role("link", name="To the review").press("Enter")
    expect(page.get_by_role("heading", name="Units", exact=True)).to_be_visible()
    command = [IMGLOOP, "revoke", link, str(played.folder), "--results", str(played.results)]
    subprocess.run(command, check=True, capture_output=True)
    expect(page.get_by_role("heading", name="This page is closed")).to_be_visible()
    page.goto(imgloop(played, "links", "--worker", "ana", "--base-url", address).replace("/?", "/review?"))
    expect(page.get_by_role("heading", name="This page can't be opened")).to_be_visible()
