"""Take the pictures of docs/gallery.md anew, from the running pages: `make gallery`.

Each function below serves a study, comes to a page, and keeps what is seen there as docs/gallery/NAME.webp.
"""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live import CHROMIUM, FLAGS, IMGLOOP, ROOT, SCENES, Server, free_port, study_text, write_study
from picture import play
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = ROOT / "docs" / "gallery"
DESK, LOW, HIGH, PHONE = (1280, 900), (1280, 500), (1280, 1250), (360, 740)
QUALITY = 82
FOUR = f"{SCENES}\nimages_per_prompt = 4\npick = true\n"


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep what is seen, once all images are there. whole: the page down to its end."""
    page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth)")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    taken = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    taken.convert("RGB").save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


def opened(browser: Browser, size: tuple[int, int] = DESK) -> Page:
    """An empty page of this size, with nothing that moves."""
    return browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")


@contextmanager
def served(folder: Path, results: Path) -> Iterator[Server]:
    """A study's server, for the length of a block."""
    server = Server(folder=folder, results=results, port=free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def imgloop(*words: str | Path) -> str:
    """Run a command; what it printed."""
    return subprocess.run([IMGLOOP, *map(str, words)], check=True, capture_output=True, text=True).stdout.strip()


def the_loop(browser: Browser, folder: Path) -> None:
    """A worker from their first look to their code, wide and narrow; and the researcher who watches."""
    text = study_text("max_answer_loops = 5", 'generator = "scenes"', study="units_per_assignment = 3")
    write_study(folder / "loop", text.replace('"browser"', '"look_alike"'))
    with served(folder / "loop", folder / "loop_results") as server:
        page = opened(browser)
        page.goto(server.link("ana"))
        page.get_by_role("textbox", name="Your age").wait_for()
        keep(page, "first_look")
        play(page, server.link("ana"))
        keep(page, "scoring")
        narrow = opened(browser, PHONE)
        play(narrow, server.link("ben", 13))  # the first target again
        keep(narrow, "phone")
        desk, address = opened(browser), f"http://127.0.0.1:{server.port}/"
        desk.goto(imgloop("monitor", server.folder, "--results", server.results, "--base-url", address))
        desk.locator("[data-count=running] .imgloop-value").wait_for()
        desk.get_by_text("ana", exact=True).wait_for()
        keep(desk, "monitor")
        page.get_by_role("radio", name="10").check(force=True)
        page.get_by_role("button", name="Finish", exact=True).click()
        page.get_by_text("Thank you").first.wait_for()
        keep(page, "finished")


def several_images(browser: Browser, folder: Path) -> None:
    """Four images of one prompt, of which one is chosen."""
    write_study(folder / "four", study_text(arm=FOUR))
    with served(folder / "four", folder / "four_results") as server:
        page = opened(browser)
        page.goto(server.link("ana"))
        page.get_by_role("textbox", name="Your age").fill("33")
        page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
        page.locator("textarea").first.fill("a big brown bear sitting in a meadow at night")
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("heading", name="Attempt 1: choose an image").wait_for()
        page.locator("[role=radiogroup] img").nth(3).wait_for()
        keep(page, "choosing")


def steps(browser: Browser, folder: Path) -> None:
    """What stands before the task: consent."""
    with served(folder / "notebooks/onboarding", folder / "steps_results") as server:
        page = opened(browser, LOW)
        page.goto(f"http://127.0.0.1:{server.port}/?worker_id=ana")
        page.get_by_role("button", name="I agree").wait_for()
        keep(page, "consent")


def rating(browser: Browser, folder: Path) -> None:
    """Two images of a session beside their target, for a rater."""
    results, study = folder / "rated", folder / "notebooks/ratings"
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "signed"', 'access = "open"'))
    imgloop("simulate", folder / "notebooks/look_alike", "--workers", "12", "--seed", "2", "--results", results)
    with served(study, results) as server:
        page = opened(browser)
        page.goto(server.link("rae"))
        page.get_by_role("heading", name="Item 1 of").wait_for()
        keep(page, "rating", whole=True)


def report(browser: Browser, folder: Path) -> None:
    """A report's page."""
    study, results = folder / "notebooks/look_alike", folder / "reported"
    imgloop("simulate", study, "--workers", "60", "--size", "256", "--results", results)
    imgloop("report", study, "sessions", "learning", "--results", results)
    page = opened(browser, HIGH)
    for name in ("sessions", "learning"):
        page.goto((results / "reports" / name / "index.html").as_uri())
        keep(page, f"report_{name}")


PICTURES = (the_loop, several_images, steps, rating, report)


def main() -> None:
    """Take all of them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        shutil.copytree(ROOT / "images", folder / "images")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for take in PICTURES:
            take(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
