"""`imgloop forms preview` in a real browser: the chooser, the form below it, mistakes, and reading anew."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from live import IMGLOOP, ROOT, free_port
from playwright.sync_api import Browser, Page, expect

Preview = Callable[[Path], str]
FIELDS = [
    {"type": "input", "name": "a", "label": "What does the {{animal}} do?", "validators": {"required": True}},
    {"type": "rating", "name": "b", "label": "How well?"},
]
UNIT = {"form": {"title": "About a {{animal}}", "submit_button": "Send", "fields": FIELDS}}
SETS = [{"tokens_values": {"animal": animal}} for animal in ("bear", "fox")]


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    """Start a preview of a path and return its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(path: Path) -> str:
        port, log = free_port(), tmp_path / "preview.log"
        command = [IMGLOOP, "forms", "preview", str(path), "--no-browser", "--port", str(port)]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out)
        started.append(process)
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                    return f"http://127.0.0.1:{port}/"
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        raise AssertionError(log.read_text())

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A form of two versions."""
    made = tmp_path / "animals"
    made.mkdir()
    (made / "unit_config.json").write_text(json.dumps(UNIT))
    (made / "token_sets_values_config.json").write_text(json.dumps(SETS))
    return made


def no_violations(page: Page) -> None:
    """Axe finds nothing."""
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    found = [f"{v['id']}: {n['html']}" for v in results.response["violations"] for n in v["nodes"]]
    assert not found, "\n".join(found)


def fits(page: Page) -> None:
    """Nothing leads out of the page sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def heading(page: Page, text: str) -> Any:
    return page.get_by_role("heading", name=text, level=1)


def test_versions_are_chosen_and_a_reload_reads_the_files_anew(page: Page, preview: Preview, folder: Path) -> None:
    page.goto(preview(folder))
    expect(heading(page, "About a bear")).to_be_visible()
    expect(page).to_have_title("Preview of animals")
    no_violations(page)

    page.get_by_label("Version").select_option(label="2: animal=fox")
    page.get_by_role("button", name="Show").click()
    expect(heading(page, "About a fox")).to_be_visible()
    expect(page.get_by_text("animals, version 2 of 2")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Please fill in this field.").first).to_be_visible()

    broken = {"form": {**UNIT["form"], "titel": ""}}
    (folder / "unit_config.json").write_text(json.dumps(broken))
    page.reload()
    expect(heading(page, "1 mistake in animals")).to_be_visible()
    expect(page.get_by_role("listitem")).to_contain_text("form.titel: unknown attribute `titel`; did you mean `title`?")
    no_violations(page)

    mended = {"form": {**UNIT["form"], "title": "More of a {{animal}}"}}
    (folder / "unit_config.json").write_text(json.dumps(mended))
    page.reload()
    expect(heading(page, "More of a fox")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_all_fits(browser: Browser, preview: Preview, folder: Path, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{preview(folder)}?version=7")
    expect(heading(page, "About a bear")).to_be_visible()
    expect(page.get_by_text("There is no version '7'; this is version 1.")).to_be_visible()
    page.get_by_text("About this preview").click()
    expect(page.get_by_role("definition").first).to_have_text("bear")
    fits(page)
    no_violations(page)
    context.close()


def test_the_loop_is_played_without_a_study(page: Page, preview: Preview) -> None:
    page.goto(preview(ROOT / "notebooks" / "look_alike" / "form"))
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    no_violations(page)
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    page.locator("textarea").fill("a red fox beside a house with a blue roof")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="Attempt 1: how close is it?")).to_be_visible()
    page.get_by_role("radio", name="7", exact=True).check(force=True)
    page.locator("textarea").fill("a red fox beside a house with a blue roof on a hill")
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_role("heading", name="Attempt 2: how close is it?")).to_be_visible()
