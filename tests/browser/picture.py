"""Make the pictures in README, from the running pages: `make picture`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from live import CHROMIUM, FLAGS, ROOT, Server, free_port, study_text, write_study
from playwright.sync_api import Page, sync_playwright

STEPS = [
    ("Start", None, "a big brown bear sitting in a meadow at night"),
    ("Update", 4, "a big brown bear sitting in a meadow at night, a red tent on the right"),
    ("Update", 7, "a big brown bear sitting on the left at night, a red tent on the right, many pine trees, full moon"),
]

FORM = """
from imgloop_widgets import Form
Form(
    title="After the task",
    fields=[
        {"name": "first", "type": "input", "label": "First name", "icon": "user", "validators": {"required": True}},
        {"name": "ease", "type": "slider", "label": "How easy was it?", "min_label": "hard", "max_label": "easy"},
        {"name": "liked", "type": "rating", "label": "How did you like the images?"},
        {"name": "best", "type": "ranking", "label": "What helped most?", "options": ["Details", "Colours", "Places"]},
        {"name": "again", "type": "radio", "label": "Would you do it again?", "options": ["yes", "no"],
         "validators": {"required": True}},
    ],
)
"""


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


def fill(page: Page, link: str) -> None:
    """Answer some questions of the form, and press the button too early."""
    page.goto(link)
    page.get_by_role("slider").press("ArrowRight")
    page.get_by_role("radio", name="4").check(force=True)
    for name in ("Colours", "Details", "Places"):
        page.get_by_role("button", name=name).first.click()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Please look at 2 answers").wait_for()


def form() -> None:
    """Serve a form alone, and keep what is seen once it was sent too early."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        notebook = Path(folder) / "form.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FORM)]), notebook)
        launch = [sys.executable, str(ROOT / "tests/serving/data/launch.py"), str(notebook), json.dumps({"port": 0})]
        server = subprocess.Popen(launch, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
            fill(page, json.loads(server.stdout.readline())["url"])
            page.screenshot(path=ROOT / "docs" / "form.png", full_page=True)
            browser.close()
        finally:
            server.terminate()


def study() -> None:
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
    study()
    form()
