"""What people live through with a form alone: a real server, a kernel for each page, and what is stored in the end."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser.filling import STANDS, fill
from browser.front_end.looks import faults, shoot
from live import ROOT, free_port
from PIL import Image
from playwright.sync_api import Page, expect

from imgloop_widgets.forms import FormModel, Sheet, load_form, run_trigger

Json = dict[str, Any]

DATA = ROOT / "tests" / "unit" / "forms" / "data"
LAUNCH = ROOT / "tests" / "serving" / "data" / "launch.py"
CELL = f"""
import json, os
from pathlib import Path
from urllib.parse import parse_qs
from imgloop_widgets import Form

asked = {{name: values[0] for name, values in parse_qs(os.environ["QUERY_STRING"]).items()}}
form = Form(Path({str(DATA)!r}) / asked["form"], version=int(asked.get("version", 0)))
stored = Path(os.environ["STORED"]) / f"{{asked['who']}}.json"
form.on_submit(lambda form: stored.write_text(json.dumps(form.value, default=repr)))
form
"""


STILL = (
    "document.getAnimations().filter((one) => one.effect.getTiming().iterations === 1).forEach((one) => one.finish())"
)


@dataclass
class Forms:
    """A server that shows a form of `data/`. folder: has what was submitted, a file for each person."""

    folder: Path
    port: int

    def link(self, who: str, form: str, version: int = 0) -> str:
        return f"http://127.0.0.1:{self.port}/?who={who}&form={form}&version={version}"

    def stored(self, who: str) -> Json | None:
        """The answers as the form's `value` had them; None: nothing was submitted."""
        file = self.folder / f"{who}.json"
        return json.loads(file.read_text()) if file.exists() else None


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forms]:
    """One server for all forms."""
    folder, port = tmp_path_factory.mktemp("forms"), free_port()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    nbformat.write(notebook, folder / "form.ipynb")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, LAUNCH, folder / "form.ipynb", json.dumps({"port": port})],
            stdout=log,
            stderr=log,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "STORED": str(folder)},
        )
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
    yield Forms(folder, port)
    process.terminate()
    process.wait(20)


def animals(version: int, copies: int = 0) -> FormModel:
    """The survey of `data/animals`, with copies of its template."""
    sheet = Sheet(form=load_form(DATA / "animals").versions[version].form())
    for _ in range(copies):
        sheet, _ = run_trigger(sheet, sheet.find("add_animal").path, "onClick", {})
    return sheet.form


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def unfold(page: Page, title: str) -> None:
    """Open a section."""
    page.get_by_role("heading", name=title).click()


def is_sound(page: Page, state: str) -> None:
    """Axe finds nothing, and nothing leads out of the page sideways."""
    page.evaluate(STILL)
    shoot(page, "form", state)
    assert not faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


ABOUT_YOU = {
    "name_first": "Ann",
    "email": "ann@example.org",
    "password": "long enough",
    "birthday": "1990-02-28",
    "country": 0,
    "languages": ["en", "fr"],
}
OPINIONS = {
    "owns": True,
    "traits": {"clever": False, "loud": True, "3": True},
    "how_many": 2,
    "liking": 7.5,
    "stars": 5,
    "order": ["cat", "bird"],
    "why": "They are soft.\nAnd quiet.",
    "anything_else": 'No & <b>"thanks"</b> 👩‍🎨',
}
ANIMALS = {"animal_name__1__": "Tom", "animal_known__1__": "yes", "animal_name__2__": "Kit", "animal_known__2__": "no"}


def test_a_whole_survey_is_filled_in_reloaded_and_stored(page: Page, forms: Forms, tmp_path: Path) -> None:
    form, picture = animals(1, copies=2), tmp_path / "Tom at home.PNG"
    Image.new("RGB", (640, 480), "teal").save(picture)
    page.goto(forms.link("ann", "animals", 1))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Welcome to our survey about dogs & <wolves>.")
    is_sound(page, "instruction")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name="A survey about dogs & <wolves>", level=1)).to_be_visible()

    # leaving a field is enough for the author's functions: one refuses, one writes, one shows what was hidden
    last = page.get_by_role("textbox", name="Last name")
    last.fill("a nobody")
    last.blur()
    expect(page.get_by_text("Please do without the word 'nobody'.", exact=True)).to_be_visible()
    last.fill("van der lee")
    last.blur()
    expect(last).to_have_value("Van Der Lee")
    expect(page.get_by_text("Please do without the word 'nobody'.", exact=True)).to_be_hidden()
    fill(page, form, ABOUT_YOU)
    unfold(page, "What you think of dogs & <wolves>")
    expect(page.get_by_label("Anything else?")).to_be_visible()
    expect(page.get_by_role("button", name="Add one")).to_be_hidden()
    fill(page, form, OPINIONS | {"photo": picture})
    expect(page.get_by_role("img", name="Preview of Tom at home.PNG")).to_be_visible()
    press(page, "Add one")
    expect(page.get_by_text("Animal: tail & all")).to_have_count(1)
    expect(page.get_by_label("Does it know?")).to_be_hidden()
    press(page, "Add one")
    expect(page.get_by_text("Animal: tail & all")).to_have_count(2)
    fill(page, form, ANIMALS)
    is_sound(page, "filled")

    before = page.evaluate(STANDS)
    page.reload()
    expect(page.get_by_role("heading", name="A survey about dogs & <wolves>", level=1)).to_be_visible()
    expect(page.get_by_text("Animal: tail & all")).to_have_count(2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate(STANDS) == before
    expect(page.get_by_label("A password for your entry")).to_have_value("")
    unfold(page, "What you think of dogs & <wolves>")
    expect(page.get_by_role("img", name="Preview of Tom at home.PNG")).to_be_visible()
    expect(page.get_by_label("Anything else?")).to_be_visible()
    fill(page, form, {"password": "long enough"})
    press(page, "Submit")

    expect(page.get_by_role("heading", name="Sent, thank you!")).to_be_focused()
    is_sound(page, "sent")
    assert "long enough" not in page.content()
    stored = forms.stored("ann")
    assert stored
    assert stored.pop("photo").startswith("UploadedFile(name='Tom at home.PNG', type='image/png', size=")
    assert stored == {
        "name_last": "Van Der Lee",
        **ABOUT_YOU,
        "birthday": "datetime.date(1990, 2, 28)",
        **OPINIONS,
        "traits_count": 2,
        **ANIMALS,
    }


def test_nothing_is_sent_while_something_is_wrong_and_a_link_leads_into_a_folded_section(
    page: Page, forms: Forms
) -> None:
    form = animals(0)
    page.goto(forms.link("bea", "animals", 0))
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name="A survey about cats", level=1)).to_be_visible()
    liking = page.get_by_role("slider", name="How much do you like them?")
    expect(liking).to_be_hidden()
    press(page, "Submit")

    summary = page.get_by_role("group", name="Please look at 4 answers:")
    expect(summary).to_be_focused()
    is_sound(page, "errors")
    unfold(page, "What you think of cats")
    expect(liking).to_be_hidden()
    summary.get_by_role("link", name="How much do you like them? Please choose an answer.").click()
    expect(liking).to_be_focused()
    fill(page, form, {"liking": -10, "languages": ["en", "es"], "name_first": "B", "email": "bea@example"})
    links = page.get_by_role("group", name="Please look at 2 answers:").get_by_role("link")
    expect(links).to_have_text(
        [
            "First name: Please write at least 2 characters (now 1).",
            "E-mail for cats news: Please write an e-mail address, such as name@example.org.",
        ]
    )
    assert forms.stored("bea") is None
    fill(page, form, {"name_first": "Bea", "email": "bea@example.org"})
    press(page, "Submit")

    expect(page.get_by_role("heading", name="Sent, thank you!")).to_be_visible()
    assert forms.stored("bea") == {
        **dict.fromkeys(["birthday", "how_many", "photo", "why", "anything_else"]),
        **{"name_first": "Bea", "name_last": "", "email": "bea@example.org", "password": ""},
        **{"country": "US", "languages": ["en", "es"], "owns": False, "liking": -10, "stars": 3, "order": ["bird"]},
        **{"traits": {"clever": False, "loud": False, "3": True}, "traits_count": 1},
    }


def test_a_form_that_is_written_from_right_to_left_fits_a_phone(page: Page, forms: Forms) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    (version,) = load_form(DATA / "ratings").versions
    page.goto(forms.link("cem", "ratings"))
    expect(page.get_by_role("heading", name="Rate this picture", level=1)).to_be_visible()
    assert page.locator(".imgloop").evaluate("node => getComputedStyle(node).direction") == "rtl"
    is_sound(page, "rtl")
    fill(page, version.form(), {"beauty": 3, "taken": "1999-12-31", "why": "عادية جداً", "tools": {"2": True}})
    page.emulate_media(color_scheme="dark")
    is_sound(page, "rtl filled")
    press(page, "Submit")

    expect(page.get_by_role("heading", name="Sent, thank you!")).to_be_visible()
    is_sound(page, "rtl sent")
    stored = {
        "beauty": 3,
        "taken": "datetime.date(1999, 12, 31)",
        "why": "عادية جداً",
        "tools": {"pen": False, "2": True},
    }
    assert forms.stored("cem") == stored
