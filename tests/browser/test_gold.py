"""A worker who gets a unit with a known answer wrong, in a real browser against a real server."""

from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browser.playing import play_once
from live import FORM, ROOT, SCENES, Server, free_port, write_study
from playwright.sync_api import Page, expect

from imgloop_widgets.store import open_store

STUDY = f"""
[study]
name = "browser"
form = "{FORM}"
images = "{ROOT / "images"}"
access = "open"
targets = ["bears-01", "bears-02"]
[loop]
max_answer_loops = 1
[[loop.band]]
from_score = 1
template = "low_score_loop"
[[arm]]
{SCENES}
[gold]
strikes = 2
[[gold.unit]]
target = "boats-01"
says = ["boat"]
[[gold.unit]]
target = "lighthouses-01"
shows = "lighthouses-01"
first_score = [8, 10]
"""


def play(page: Page) -> None:
    play_once(page, "something that is no answer")


def test_who_gets_two_golds_wrong_is_told_kindly_with_a_code_and_the_link_goes_on_saying_so(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "gold"
    write_study(folder, STUDY)
    server = Server(folder=folder, results=tmp_path / "results", port=free_port())
    server.start()
    try:
        page.goto(f"http://127.0.0.1:{server.port}/?worker_id=ana")
        play(page)
        expect(page.get_by_role("heading", name="All done, thank you!")).to_be_visible()
        page.get_by_role("button", name="Next task").click()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        sent = page.content()
        play(page)
        thanks = page.get_by_role("heading", name="Thank you for your work")
        expect(thanks).to_be_visible()
        expect(page.get_by_text("There are no further tasks for you in this study")).to_be_visible()
        expect(page.get_by_role("button", name="Next task")).to_have_count(0)
        assert not [v["id"] for v in Axe().run(page).response["violations"]]
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=tmp_path / f"told-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        code = page.locator(".imgloop-code code").inner_text()
        page.reload()
        expect(thanks).to_be_visible()
        expect(page.locator(".imgloop-code code")).to_have_text(code)
        assert "gold" not in sent
        page.goto(f"http://127.0.0.1:{server.port}/?worker_id=ana&id=1")
        expect(page.get_by_text("There are no further tasks for you in this study")).to_be_visible()
        expect(page.locator("code")).to_be_visible()
    finally:
        server.stop()
    with open_store(server.results) as store:
        assert [opened.gold for opened in store.sessions("browser")] == [True, True]
        assert store.qualifications("ana") == {"gold_failed.browser": 2}
