"""A form's own functions, conditions and files where a form is a part of something: in the loop, and in a notebook."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from browser.test_journeys import FIRST, choose, no_violations, see_image, write
from live import FORM, Server
from PIL import Image
from playwright.sync_api import Page, expect

from imgloop_widgets.events import FormSubmitted

FUNCTIONS = """
from imgloop_widgets import forms

@forms.validator("atHome")
def at_home(value, context):
    return None if value in context.arguments else f"We do not know {value}."

@forms.trigger("note")
def note(context):
    context.set("noted", f"{context.values['city']} by {context.element}")
    context.show("street")
    context.add_fieldset("about_you_section", "pet", kind="cat")
"""
FIELDS: list[dict[str, Any]] = [
    {"type": "input", "name": "city", "label": "City", "validators": {"required": True, "atHome": ["Rome", "Oslo"]}},
    {"type": "input", "name": "street", "label": "Street", "classes": "hidden", "validators": {"required": True}},
    {"type": "hidden", "name": "noted", "value": ""},
    {"type": "radio", "name": "draws", "label": "Do you draw?", "options": ["yes", "no"]},
    {
        "type": "file",
        "name": "drawing",
        "label": "One of your drawings",
        "show_preview": True,
        "show_if": {"field": "draws", "equals": "yes"},
        "validators": {"required": True, "fileExtension": ["png"]},
    },
    {"type": "button", "name": "more", "value": "More", "triggers": {"onClick": "note"}},
]
PET = {"lookup_name": "pet", "fields": [{"type": "number", "name": "age_of_pet", "label": "Age of your [[kind]]"}]}


def test_the_loop_begins_with_answers_files_and_what_the_authors_functions_did(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    shutil.copytree(FORM, tmp_path / "form")
    unit = json.loads((tmp_path / "form" / "unit_config.json").read_text())
    unit["form"]["sections"][0]["fieldsets"] += [{"rows": [{"fields": [one]} for one in FIELDS]}, PET]
    (tmp_path / "form" / "unit_config.json").write_text(json.dumps(unit))
    (tmp_path / "form" / "functions.py").write_text(FUNCTIONS)
    Image.new("RGB", (320, 240), "teal").save(tmp_path / "hill.png")
    server = serve(form=tmp_path / "form")
    page.goto(server.link("full"))
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    city = page.get_by_role("textbox", name="City")
    city.fill("Ur")
    city.blur()
    expect(page.get_by_text("We do not know Ur.", exact=True)).to_be_visible()
    city.fill("Oslo")
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("textbox", name="Street")).to_be_visible()
    page.get_by_role("textbox", name="Age of your cat").fill("7")
    expect(page.get_by_label("One of your drawings")).to_be_hidden()
    page.get_by_role("radio", name="yes").check()
    write(page, FIRST)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("link")).to_have_text(
        ["Street: Please fill in this field.", "One of your drawings: Please choose a file."]
    )
    no_violations(page)
    page.get_by_role("textbox", name="Street").fill("Karl Johans gate")
    page.locator("[name=drawing]").set_input_files(tmp_path / "hill.png")
    expect(page.get_by_text(" · Uploaded")).to_be_visible()
    page.reload()

    expect(page.get_by_role("img", name="Preview of hill.png")).to_be_visible()
    expect(page.get_by_role("textbox", name="Age of your cat")).to_have_value("7")
    assert not [event for event in server.events("full") if isinstance(event, FormSubmitted)]
    page.get_by_role("button", name="Start", exact=True).click()
    see_image(page, 1)
    (submitted,) = [event for event in server.events("full") if isinstance(event, FormSubmitted)]
    data = (tmp_path / "hill.png").read_bytes()
    name = sha256(data).hexdigest()
    assert submitted.answers == {
        **{"age": "33", "gender": "woman", "city": "Oslo", "street": "Karl Johans gate", "noted": "Oslo by more"},
        **{"draws": "yes", "age_of_pet__1__": 7},
        "drawing": {"name": "hill.png", "type": "image/png", "size": len(data), "sha256": name},
    }
    (kept,) = [file for file in (server.results / "files").rglob("*") if file.is_file()]
    assert kept.read_bytes() == data
    choose(page, 10)
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()


NOTEBOOK = [
    """from imgloop_widgets import Form
fields = [
    {"type": "input", "name": "name", "label": "Your name", "validators": {"required": True}},
    {"type": "rating", "name": "stars", "label": "How was it?"},
    {"type": "number", "name": "age", "label": "Your age", "min": 18},
]
form = Form(title="About you", fields=fields)
form""",
    "form",
    "form.submitted, form.value",
]


def test_a_form_that_a_notebook_shows_twice_is_filled_in_once(page: Page, lab: str, tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "notebooks" / "twice.ipynb")
    page.goto(f"{lab}/lab/tree/twice.ipynb?reset")
    source = page.get_by_text("from imgloop_widgets import Form")
    expect(source).to_be_visible(timeout=60_000)
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
    source.click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    views = page.locator(".imgloop")
    expect(views).to_have_count(2, timeout=60_000)
    second = views.nth(1)
    second.get_by_role("button", name="Submit").click()
    expect(second.get_by_role("group", name="Please look at one answer:")).to_be_focused()
    second.get_by_role("link").click()
    expect(second.get_by_role("textbox", name="Your name")).to_be_focused()
    page.keyboard.type("Ann d")  # d d deletes a cell where the notebook takes the keys
    second.get_by_role("radio", name="4 of 5").check(force=True)
    second.get_by_role("textbox", name="Your age").fill("33")
    second.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", name="Sent, thank you!")).to_have_count(2)
    page.get_by_text("form.submitted, form.value").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("(True, {'name': 'Ann d', 'stars': 4, 'age': 33})")).to_be_visible()
