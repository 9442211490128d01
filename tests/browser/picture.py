"""Make the picture of the worker's page in README, from the running page: `make picture`."""

import tempfile
from pathlib import Path

from live import CHROMIUM, FLAGS, ROOT, Server, free_port, study_text, write_study
from playwright.sync_api import Page, sync_playwright

STEPS = [
    ("Start", None, "a big brown bear sitting in a meadow at night"),
    ("Update", 4, "a big brown bear sitting in a meadow at night, a red tent on the right"),
    ("Update", 7, "a big brown bear sitting on the left at night, a red tent on the right, many pine trees, full moon"),
]


def play(page: Page, link: str) -> None:
    """Play to the third image."""
    page.goto(link)
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    for number, (button, score, prompt) in enumerate(STEPS, start=1):
        if score:
            page.get_by_role("radio", name=str(score)).check(force=True)
        page.locator("textarea").fill(prompt)
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_role("heading", name=f"Attempt {number}: how close is it?").wait_for()
    page.get_by_role("radio", name="8").check(force=True)
    page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth)")
    page.mouse.move(0, 0)


def main() -> None:
    """Serve a study of five attempts, play three, and keep what is seen."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_study(Path(folder), study_text("max_answer_loops = 5", 'generator = "scenes"'))
        server = Server(folder=Path(folder), results=Path(folder) / "results", port=free_port())
        server.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
        play(page, server.link("ana"))
        page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
        page.screenshot(path=ROOT / "docs" / "worker.png")
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
