"""A worker who fills in any form: each type of field in the way that its control has, by what is read on the page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from imgloop_widgets.forms import FormModel
from imgloop_widgets.forms.fields import Button

STANDS = """() => [
  ...[...document.querySelectorAll(".imgloop-form :is(input, select, textarea):not([type=password])")].map((node) => [
    node.id, node.type === "file" ? node.files[0]?.name ?? "" : node.value, node.checked ?? null,
  ]),
  ...[...document.querySelectorAll(".imgloop-ranked li, .imgloop-slider output, .imgloop-file-card")].map((node) => [
    node.className, node.textContent.replace(/\\s+/g, " "), null,
  ]),
]"""
"""What stands in every control of the form but passwords, as a list that can be compared."""


def fill(page: Page, form: FormModel, values: Mapping[str, Any]) -> None:
    """Fill in these fields, in the order of the form. values: name → the answer, a file as its path."""
    for field in form.fields():
        if field.name in values and not isinstance(field, Button):
            fill_field(page, field, values[field.name])


def fill_field(page: Page, field: Any, value: Any) -> None:
    """Give a field its answer, once it is in sight, in place of what it holds."""
    at = page.locator(f".imgloop-form [name='{field.name}']")
    match field.type:
        case "select" if not field.multiple:
            at.select_option(label=label_of(field, value))
        case "radio":
            around(page, field).get_by_role("radio", name=label_of(field, value), exact=True).check()
        case "checkbox" | "select":
            chosen = [key for key, on in value.items() if on] if isinstance(value, dict) else list(map(str, value))
            for option in filter(lambda option: option.value != "", field.options):
                box = around(page, field).get_by_role("checkbox", name=option.label, exact=True)
                box.set_checked(str(option.value) in chosen)
        case "rating":
            page.locator(f"[name='{field.name}'][value='{value}']").check(force=True)  # a star covers it
        case "ranking":
            ranking = page.get_by_role("group", name=field.label)
            for out in ranking.get_by_role("button", name="Take").all():
                out.click()
            for one in value:
                ranking.get_by_role("button", name=label_of(field, one), exact=True).click()
        case "file":
            at.set_input_files(Path(value))
            expect(page.get_by_text(" · Uploaded").last).to_be_visible()
        case _:
            at.fill(str(value))
            at.blur()


def around(page: Page, field: Any) -> Locator:
    """The field with all of its choices."""
    return page.locator(".imgloop-field").filter(has=page.locator(f"[name='{field.name}']"))


def label_of(field: Any, value: Any) -> str:
    """What a worker reads for a value."""
    return next(str(one.label) for one in field.options if one.value == value and type(one.value) is type(value))
