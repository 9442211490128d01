"""A form of every control that is not the browser's own, for their tests."""

from typing import Any

from browser.front_end.forms import a_form, a_form_view, options
from playwright.sync_api import Page

Json = dict[str, Any]

FOCUSED = """(node => (node.ariaLabel ?? (node.labels?.[0] ?? node).innerText).trim())(document.activeElement)"""
"""What has the focus, as a screen reader names it."""

ANIMALS = options("Cat", "Dog", "Fish", "Horse", "Rabbit", "Snake", "Spider", "A bird with a rather long name")
PLACES = options("Forest", "Sea", "Mountain", "City at night, seen from a hill")
FIELDS: dict[str, Json] = {
    "pets": {"type": "select", "multiple": True, "label": "Animals", "options": ANIMALS, "icon": "heart"},
    "stars": {"type": "rating", "label": "Liking", "min_label": "Not at all", "max_label": "Very much"},
    "numbers": {"type": "rating", "label": "Return", "symbols": "numbers", "min": 0, "max": 10, "max_label": "Surely"},
    "order": {"type": "ranking", "label": "Places", "options": PLACES},
    "sure": {"type": "slider", "label": "Confidence", "min_label": "None", "max_label": "Complete"},
    "day": {"type": "date", "label": "Birthday", "min": "1900-01-01", "max": "2030-12-31"},
    "height": {"type": "number", "label": "Height", "min": 0.5, "max": 2.5, "step": 0.05},
    "secret": {"type": "password", "label": "Secret", "icon": "fa-lock"},
    "paper": {"type": "file", "label": "Paper", "validators": {"fileExtension": ["txt", "png"]}},
}


def form_of(fields: dict[str, Json]) -> Json:
    return a_form(*({"name": name, **spec} for name, spec in fields.items()))


def open_with(sheet: Any, *names: str, **changes: Json) -> Page:
    """Open a form of some of the fields, with changes to them by name."""
    sheet.open(a_form_view(), form_of({name: {**FIELDS[name], **changes.get(name, {})} for name in names}))
    page: Page = sheet.page
    return page


def submitted(sheet: Any) -> Json:
    """Press the button and return what is sent."""
    before = len(sheet.sent("command"))
    sheet.page.get_by_role("button", name="Submit").click()
    answers: Json = sheet.command(before + 1)["values"]
    return answers
