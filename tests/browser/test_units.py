"""A link without a unit: one task after the other, in a real browser against a real server."""

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
targets = ["bears-01", "boats-01"]
access = "open"
[loop]
max_answer_loops = 1
[[loop.band]]
from_score = 1
template = "low_score_loop"
[assignment]
units_per_worker = 2
[[arm]]
name = "secret-one"
{SCENES}
[[arm]]
name = "secret-other"
{SCENES}
"""


def play(page: Page) -> None:
    play_once(page, "a big brown bear in a meadow")
    expect(page.get_by_role("heading", name="All done, thank you!")).to_be_visible()


def test_a_worker_does_two_tasks_by_one_link_and_then_sees_how_the_last_one_ended(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    write_study(folder, STUDY)
    server = Server(folder=folder, results=tmp_path / "results", port=free_port())
    server.start()
    try:
        page.goto(f"http://127.0.0.1:{server.port}/?worker_id=ana")
        start = page.get_by_role("button", name="Start", exact=True)
        expect(start).to_be_visible()
        sent = page.content()
        play(page)
        following = page.get_by_role("button", name="Next task")
        expect(following).to_be_visible()
        assert not [v["id"] for v in Axe().run(page).response["violations"]]
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=tmp_path / f"next-{width}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
        following.focus()
        page.keyboard.press("Enter")
        expect(start).to_be_visible()
        assert "secret" not in sent + page.content()
        play(page)
        code = page.locator(".imgloop-code code").inner_text()
        expect(following).to_have_count(0)
        page.reload()
        expect(page.locator(".imgloop-code code")).to_have_text(code)
    finally:
        server.stop()
    with open_store(server.results) as store:
        one, two = store.sessions("browser")
    assert {one.target_id, two.target_id} == {"bears-01", "boats-01"}
    assert (one.arm, one.position, two.position) == (two.arm, 1, 2)
