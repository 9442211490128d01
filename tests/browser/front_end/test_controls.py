"""Every control that is not the browser's own: answered by mouse, keyboard and finger, sent, and shown again."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.front_end.controls import FIELDS, FOCUSED, form_of, open_with, submitted
from browser.front_end.forms import a_form_view
from playwright.sync_api import Locator, Page, expect

Json = dict[str, Any]
Press = Callable[[Locator], None]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(1280, "light", "ltr"), (1280, "dark", "rtl"), (360, "light", "rtl"), (360, "dark", "ltr")]
SHOTS = os.environ.get("IMGLOOP_SCREENSHOTS")
SIDEWAYS = """[...document.querySelectorAll("html, .imgloop, .imgloop *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && (e.tagName === "HTML" || getComputedStyle(e).overflowX === "auto"))
  .map(e => e.className || e.tagName)"""
SMALL = """[...document.querySelectorAll(".imgloop-field :is(button, label:has(input), [type=file], [type=range])")]
  .filter(e => e.checkVisibility({ visibilityProperty: true })).map(e => [e, e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 43.9 || box.height < 43.9)
  .map(([e, box]) => `${e.ariaLabel ?? e.innerText}: ${box.width} x ${box.height}`)"""

PAPER = {"name": "paper.txt", "mimeType": "text/plain", "buffer": b"What I have written"}
ANSWERS: Json = {
    "pets": ["dog", "horse"],
    "stars": 4,
    "numbers": 0,
    "order": ["sea", "forest", "city at night, seen from a hill", "mountain"],
    "sure": 51,
    "day": "1990-05-17",
    "height": "0.55",
    "secret": "hunter2",
}


def choose_file(page: Page, act: Callable[[], None]) -> None:
    with page.expect_file_chooser(timeout=20_000) as chooser:
        page.evaluate("0")  # Playwright asks for the chooser without waiting; a key press would overtake that
        act()
    chooser.value.set_files(PAPER)  # type: ignore[arg-type]  # the payload's type is not exported
    expect(page.get_by_text("19 B · Uploaded")).to_be_visible()


def answer_by_pointer(page: Page, press: Press, press_at: Callable[[Locator, float, float], None]) -> None:
    for name in ("Dog", "Horse"):
        press(page.get_by_text(name, exact=True))
    press(page.locator("label", has=page.get_by_role("radio", name="4 of 5")))
    press(page.locator("label", has=page.get_by_role("radio", name="0", exact=True)))
    for place in ("Forest", "Sea", "Mountain", "City at night"):
        press(page.locator(".imgloop-pool").get_by_role("button", name=place))
    press(page.get_by_role("button", name="Move Sea up"))
    press(page.get_by_role("button", name="Move City at night, seen from a hill up"))
    slider = page.get_by_role("slider", name="Confidence")
    slider.scroll_into_view_if_needed()
    width = slider.evaluate("node => node.clientWidth")
    press_at(slider, 12 + (width - 24) * 0.51, 22)
    page.get_by_label("Birthday").fill("1990-05-17")
    page.get_by_label("Height").fill("0.55")
    page.get_by_label("Secret").fill("hunter2")
    choose_file(page, lambda: press(page.get_by_label("Paper")))


def by_mouse(page: Page) -> None:
    answer_by_pointer(page, Locator.click, lambda node, x, y: node.click(position={"x": x, "y": y}))


def by_touch(page: Page) -> None:
    answer_by_pointer(page, Locator.tap, lambda node, x, y: node.tap(position={"x": x, "y": y}))


def by_keyboard(page: Page) -> None:
    def keys(*names: str) -> None:
        for name in names:
            page.keyboard.press(name)

    def tab_to(name: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED).startswith(name):
                return
        raise AssertionError(f"no Tab leads to {name}")

    tab_to("Dog")
    keys("Space", "Tab", "Tab", "Space")
    tab_to("1 of 5")
    keys("ArrowRight", "ArrowRight", "ArrowRight")
    tab_to("0")
    keys("Space")
    tab_to("Sea")
    keys("Enter", "Shift+Tab", "Space", "Tab", "Enter", "Enter")  # Sea, Forest, City, and Mountain, which is left
    assert page.evaluate(FOCUSED) == "Move Mountain up"
    keys("Enter", "Tab", "Enter")
    assert page.evaluate(FOCUSED) == "Move Mountain down"
    tab_to("Confidence")
    keys("ArrowRight")
    tab_to("Birthday")
    page.keyboard.type("05171990")
    tab_to("Height")
    keys("ArrowUp", "ArrowUp")
    tab_to("Secret")
    page.keyboard.type("hunter2")
    tab_to("Paper")
    choose_file(page, lambda: keys("Enter"))


WAYS: dict[str, tuple[Callable[[Page], None], Json]] = {
    "mouse": (by_mouse, {}),
    "keyboard": (by_keyboard, {}),
    "touch": (by_touch, {"width": 360, "height": 640, "has_touch": True, "is_mobile": True}),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_control_can_be_answered_and_shows_what_was_answered(way: str, new_task: Callable[..., Any]) -> None:
    answer, device = WAYS[way]
    sheet = new_task(widget="form", **device)
    page = open_with(sheet, *FIELDS)

    answer(page)
    answers = submitted(sheet)
    paper = answers.pop("paper")
    assert answers == ANSWERS
    assert (paper["name"], paper["size"]) == ("paper.txt", 19)

    sheet.open(a_form_view(session="another", draft={**answers, "paper": paper}), form_of(FIELDS))
    assert page.get_by_role("checkbox", name="Horse").is_checked()
    assert page.get_by_role("radio", name="4 of 5").is_checked()
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "51"
    expect(page.locator("ol li").first).to_contain_text("Sea")
    expect(page.get_by_text("19 B · Uploaded")).to_be_visible()
    assert submitted(sheet) == {**answers, "paper": paper}


def test_what_nobody_touched_is_no_answer(sheet: Any) -> None:
    open_with(sheet, *FIELDS)
    empty = {"pets": [], "order": [], "stars": None, "numbers": None, "sure": None, "paper": None}
    assert submitted(sheet) == {**empty, "day": "", "height": "", "secret": ""}


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {node['html'][:120]} {node['failureSummary']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("state", ["empty", "answered", "wrong"])
def test_the_controls_have_no_accessibility_fault_and_fit_a_phone_and_a_thumb(
    state: str, new_task: Callable[..., Any]
) -> None:
    sheet = new_task(widget="form", reduced_motion="reduce")
    record = {"name": "paper.txt", "type": "text/plain", "size": 19, "sha256": "a" * 64}
    view = a_form_view(draft={**ANSWERS, "paper": record} if state == "answered" else {})
    required = {name: {**spec, "validators": {"required": True}} for name, spec in FIELDS.items()}
    sheet.open(view, form_of(required if state == "wrong" else FIELDS))
    page: Page = sheet.page
    if state == "wrong":
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Please look at 9 answers").wait_for()

    found: dict[Any, list[str]] = {}
    for width, mode, side in LOOKS:
        page.set_viewport_size({"width": width, "height": 720})
        page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]  # one of its two texts
        page.evaluate("side => (document.documentElement.dir = side)", side)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"controls_{state}_{width}_{mode}_{side}.png"), full_page=True)
        found[width, mode] = faults(page) + page.evaluate(SIDEWAYS) + page.evaluate(SMALL)
    page.add_style_tag(content="html { font-size: 200%; }")
    found["twice"] = page.evaluate(SIDEWAYS)
    assert not any(found.values()), found
