"""What is particular about the list of several, the rating and the ranking."""

from typing import Any

import pytest
from browser.front_end.controls import FOCUSED, open_with, submitted
from playwright.sync_api import Page, expect

Json = dict[str, Any]


def test_the_list_says_how_many_are_chosen_and_how_many_may_be(sheet: Any) -> None:
    rule = {"validators": {"minLength": 2, "maxLength": 3}, "placeholder": "Nobody"}
    page = open_with(sheet, "pets", pets=rule)
    count = page.get_by_role("status").filter(has_text="choose")
    expect(count).to_have_text("Nobody · choose 2 to 3")
    page.get_by_role("checkbox", name="Cat").check()
    expect(count).to_have_text("1 chosen · choose 2 to 3")
    group = page.get_by_role("group", name="Animals")
    assert count.get_attribute("id") in (group.get_attribute("aria-describedby") or "").split()


def test_a_rating_can_be_taken_back_only_if_none_is_required(sheet: Any) -> None:
    page = open_with(sheet, "stars", "numbers", numbers={"validators": {"required": True}})
    page.get_by_role("radio", name="3 of 5").check(force=True)
    page.get_by_role("radio", name="7", exact=True).check(force=True)
    clear = page.get_by_role("button", name="Clear")
    expect(clear).to_have_count(1)
    clear.click()
    expect(clear).to_have_count(0)
    assert page.evaluate(FOCUSED) == "1 of 5"
    assert submitted(sheet) == {"stars": None, "numbers": 7}


@pytest.mark.parametrize(("side", "on"), [("ltr", "ArrowRight"), ("rtl", "ArrowLeft")])
def test_no_arrow_key_leads_from_the_best_rating_to_the_worst(side: str, on: str, sheet: Any) -> None:
    page = open_with(sheet, "stars")
    page.evaluate("side => (document.documentElement.dir = side)", side)
    page.get_by_role("radio", name="4 of 5").focus()
    for key in ("Space", on, on, "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate(FOCUSED) == "5 of 5"
    assert submitted(sheet) == {"stars": 5}


def test_the_stars_up_to_the_pointer_light_up(sheet: Any) -> None:
    page = open_with(sheet, "stars")
    lit = "[...document.querySelectorAll('.imgloop-stars path')].map(p => getComputedStyle(p).fill !== 'none')"
    page.get_by_role("radio", name="2 of 5").check(force=True)
    page.mouse.move(0, 0)
    assert page.evaluate(lit) == [True, True, False, False, False]
    page.get_by_role("radio", name="4 of 5").hover(force=True)
    assert page.evaluate(lit) == [True, True, True, True, False]
    page.get_by_role("radio", name="1 of 5").hover(force=True)
    assert page.evaluate(lit) == [True, False, False, False, False]


def ranked(page: Page) -> list[str]:
    return page.locator(".imgloop-ranked .imgloop-item > span:last-child").all_inner_texts()


def test_the_focus_stays_with_an_item_that_is_moved_and_its_rank_is_said(sheet: Any) -> None:
    page = open_with(sheet, "order")
    for place in ("Forest", "Sea", "Mountain"):
        page.get_by_role("button", name=place, exact=True).click()
    said = page.get_by_role("group", name="Places").get_by_role("status")
    expect(said).to_have_text("Mountain, rank 3 of 4")
    page.evaluate("window.left = 0; addEventListener('focusout', () => (window.left += 1))")

    up = page.get_by_role("button", name="Move Mountain up")
    up.focus()
    before = page.evaluate("window.left")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # it is the first one by now
    expect(said).to_have_text("Mountain, rank 1 of 4")
    assert ranked(page) == ["Mountain", "Forest", "Sea"]
    assert page.evaluate(FOCUSED) == "Move Mountain up"
    assert page.evaluate("window.left") == before
    expect(up).to_have_attribute("aria-disabled", "true")

    page.get_by_role("button", name="Take Forest out").press("Enter")
    expect(said).to_have_text("Forest, not ranked")
    assert page.evaluate(FOCUSED) == "Forest"
    page.get_by_role("button", name="Start again").press("Enter")
    assert page.evaluate(FOCUSED) == "Forest"
    assert submitted(sheet) == {"order": []}


def test_a_ranked_item_can_be_dragged(sheet: Any) -> None:
    page = open_with(sheet, "order")
    for place in ("Forest", "Sea", "Mountain", "City"):
        page.locator(".imgloop-pool").get_by_role("button", name=place).click()
    grips = page.locator(".imgloop-grip")
    start, end = grips.nth(3).bounding_box(), grips.nth(0).bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 5, end["y"] + 30, steps=8)
    page.mouse.move(end["x"] + 5, end["y"] + 5, steps=4)
    page.mouse.up()
    assert ranked(page) == ["City at night, seen from a hill", "Forest", "Sea", "Mountain"]
    assert page.locator(".imgloop-dragged").count() == 0
    assert submitted(sheet)["order"][0] == "city at night, seen from a hill"


def test_with_a_limit_only_so_many_items_get_a_rank(sheet: Any) -> None:
    page = open_with(sheet, "order", order={"validators": {"maxLength": 2}})
    page.get_by_text("Press your 2 in order, best first.").wait_for()
    page.get_by_role("button", name="Sea").click()
    page.get_by_role("button", name="Forest").click()
    mountain = page.get_by_role("button", name="Mountain")
    expect(mountain).to_have_attribute("aria-disabled", "true")
    mountain.click(force=True)
    assert submitted(sheet) == {"order": ["sea", "forest"]}
