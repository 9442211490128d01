"""What is particular about the slider, the number, the day and the password; and the icons beside them."""

from typing import Any

import pytest
from browser.front_end.controls import open_with, submitted
from playwright.sync_api import expect

Json = dict[str, Any]


def test_a_slider_is_no_answer_until_it_was_touched_and_its_middle_can_be_one(sheet: Any) -> None:
    page = open_with(sheet, "sure", sure={"validators": {"required": True}})
    slider = page.get_by_role("slider", name="Confidence")
    assert slider.get_attribute("aria-valuetext") == "Not answered yet"
    page.get_by_text("Confidence").click()  # leads to the slider, and is no answer
    page.get_by_text("Not answered yet — move the slider").wait_for()
    page.get_by_role("button", name="Submit").click()
    page.locator(".imgloop-problem:visible").wait_for()
    assert sheet.sent("command") == []

    slider.click()  # in the middle, where it stands already
    expect(page.locator(".imgloop-slider output")).to_have_text("50")
    expect(page.locator(".imgloop-problem:visible")).to_have_count(0)
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "100 – Complete"  # noqa: RUF001  # the page's own dash
    assert submitted(sheet) == {"sure": 100}


@pytest.mark.parametrize("key", ["Home", "Space", "ArrowLeft"])
def test_a_key_answers_a_slider_also_where_it_changes_nothing(key: str, sheet: Any) -> None:
    page = open_with(sheet, "sure", sure={"min": 3, "max": 4})
    page.get_by_role("slider").press(key)
    page.get_by_role("button", name="Clear").wait_for()
    assert submitted(sheet)["sure"] in (3, 4)
    sheet.refuse("Again, please.")
    page.get_by_role("button", name="Clear").click()
    assert submitted(sheet) == {"sure": None}


@pytest.mark.parametrize(
    ("limits", "typed", "key", "expected"),
    [
        ({}, "", "ArrowUp", "0"),
        ({}, "7", "ArrowUp", "8"),
        ({}, "-1", "ArrowDown", "-2"),
        ({"step": 0.1}, "0.2", "ArrowUp", "0.3"),
        ({"step": 0.1}, "0,25", "ArrowUp", "0,3"),
        ({"step": 5}, "7", "ArrowDown", "5"),
        ({"min": 2, "step": 3}, "", "ArrowDown", "2"),
        ({"min": 2, "step": 3}, "2", "ArrowDown", "2"),
        ({"min": 2, "max": 9, "step": 3}, "8", "ArrowUp", "8"),
        ({"max": 9}, "20", "ArrowDown", "9"),
        ({"min": 3}, "-20", "ArrowUp", "3"),
        ({}, "many", "ArrowUp", "many"),
    ],
)
def test_arrow_keys_step_through_the_numbers(limits: Json, typed: str, key: str, expected: str, sheet: Any) -> None:
    page = open_with(sheet, "height", height={"min": None, "max": None, "step": None, **limits})
    field = page.get_by_role("textbox", name="Height")
    field.fill(typed)
    field.press(key)
    assert field.input_value() == expected


@pytest.mark.parametrize(
    ("limits", "keyboard"),
    [({}, "decimal"), ({"step": 1, "min": 0}, "numeric"), ({"min": -5, "step": 1}, None), ({"min": 0.5}, "decimal")],
)
def test_phones_show_a_keyboard_that_has_what_is_needed(limits: Json, keyboard: str | None, sheet: Any) -> None:
    page = open_with(sheet, "height", height={"min": None, "max": None, "step": None, **limits})
    assert page.get_by_role("textbox", name="Height").get_attribute("inputmode") == keyboard


def test_a_half_typed_day_is_not_taken_for_none(sheet: Any) -> None:
    page = open_with(sheet, "day")
    page.get_by_label("Birthday").press_sequentially("0517")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Please give a day, such as 2026-01-31.").first.wait_for()
    assert sheet.sent("command") == []


def test_a_password_can_be_looked_at(sheet: Any) -> None:
    page = open_with(sheet, "secret")
    field = page.get_by_label("Secret")
    field.fill("hunter2")
    assert field.get_attribute("type") == "password"
    page.get_by_role("button", name="Show password").press("Enter")
    assert field.get_attribute("type") == "text"
    page.get_by_role("button", name="Hide password").press("Enter")
    assert field.get_attribute("type") == "password"
    assert submitted(sheet) == {"secret": "hunter2"}


@pytest.mark.parametrize(("name", "drawn"), [("fa-user", True), ("bi bi-tag", True), ("star", True), ("🦊", False)])
def test_an_icon_is_drawn_or_written_and_never_read_out(name: str, drawn: bool, sheet: Any) -> None:
    page = open_with(sheet, "secret", secret={"icon": name})
    icon = page.locator(".imgloop-field .imgloop-icon")
    assert icon.get_attribute("aria-hidden") == "true"
    assert (icon.locator("svg").count() == 1) is drawn
    assert icon.inner_text() == ("" if drawn else name)
