"""Several images of one prompt: they come one after the other, and one of them is chosen, with the keyboard too."""

import os
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from live import SCENES, Server
from playwright.sync_api import Page, expect

MakeServer = Callable[..., Server]

PICKING = f"{SCENES}\nimages_per_prompt = 4\npick = true\n"
STEERING = PICKING + 'steer = "pick"\nloop = { self_rating = false }\n'
SLOW = """
import time
from pathlib import Path
from PIL import Image

def generate(prompt, context):
    with open(FOLDER / "calls.txt", "a") as file:
        file.write(f"{context.idempotency_key}\\n")
    end = time.monotonic() + 60
    while context.place > 1 and not (FOLDER / "go").exists() and time.monotonic() < end:
        time.sleep(0.1)
    return Image.new("RGB", (128, 128), (40 * context.place, 90, 20 * context.attempt + 40))
"""


def ask(page: Page, link: str) -> None:
    """Open the link, fill in the form and the first prompt, and start."""
    page.goto(link)
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    page.locator("textarea").first.fill("a big brown bear sitting in a meadow at night")
    page.get_by_role("button", name="Start", exact=True).click()


def no_violations(page: Page) -> None:
    """Axe finds nothing."""
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert not [f"{v['id']}: {n['html']}" for v in results.response["violations"] for n in v["nodes"]]


def look(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to see it."""
    if folder := os.environ.get("IMGLOOP_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_one_of_four_images_is_chosen_with_the_keyboard_and_scored(page: Page, serve: MakeServer) -> None:
    server = serve(arm=PICKING)
    ask(page, server.link("ana"))
    expect(page.get_by_role("heading", name="Attempt 1: choose an image")).to_be_visible()
    group = page.get_by_role("radiogroup", name="Which image is closest to the target?")
    expect(group.get_by_role("radio")).to_have_count(4)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        columns = {round(box["x"]) for box in map(lambda one: one.bounding_box(), group.locator("label").all()) if box}
        assert len(columns) == 2
        no_violations(page)
        look(page, f"choose_{width}")
    page.get_by_role("button", name="Update", exact=True).click()  # nothing is chosen yet
    expect(page.get_by_text("Please choose an answer.").first).to_be_visible()
    group.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="Image 2 of 4")).to_be_checked()
    expect(page.locator(".imgloop-compare figcaption").last).to_have_text("Image 2 of 4")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_violations(page)
        look(page, f"chosen_{width}")
    page.wait_for_timeout(1200)  # what is chosen is kept as a draft
    page.reload()
    expect(page.get_by_role("radio", name="Image 2 of 4")).to_be_checked()
    page.locator(".imgloop-scale input[value='4']").check(force=True)
    page.locator("textarea").first.fill("a big brown bear beside a red tent at night")
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_role("heading", name="Attempt 2: choose an image")).to_be_visible()
    expect(page.get_by_text("You chose image 2 of 4")).to_be_visible()
    look(page, "history_1280")

    (first, second) = server.state("ana").attempts
    assert (first.image.place, first.score, len(second.images)) == (2, 4, 4)


def test_images_come_one_after_the_other_and_a_reload_pays_for_none_twice(
    page: Page, serve: MakeServer, tmp_path: Path
) -> None:
    server = serve(callback=SLOW.replace("FOLDER", f"Path({str(tmp_path)!r})"), arm="images_per_prompt = 3\n")
    ask(page, server.link("ana"))
    places = page.locator(".imgloop-compare .imgloop-set > .imgloop-place")
    expect(places).to_have_count(3)
    expect(page.locator(".imgloop-compare .imgloop-set img")).to_have_count(1)
    before = page.locator(".imgloop-compare").bounding_box()
    look(page, "coming_1280")
    page.reload()
    expect(page.locator(".imgloop-compare .imgloop-set img")).to_have_count(1)
    no_violations(page)
    (tmp_path / "go").touch()
    expect(page.get_by_role("heading", name="Attempt 1: how close are they?")).to_be_visible(timeout=60_000)
    expect(page.locator(".imgloop-compare .imgloop-set img")).to_have_count(3)
    after = page.locator(".imgloop-compare").bounding_box()
    assert before and after and abs(before["height"] - after["height"]) <= 2, "what is there does not move"
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_violations(page)
        look(page, f"all_{width}")
    calls = (tmp_path / "calls.txt").read_text().split()
    assert len(calls) == len(set(calls)) == 3
    (attempt,) = server.state("ana").attempts
    assert [image.place for image in attempt.images] == [1, 2, 3]


def test_who_steers_by_picking_writes_one_prompt_and_no_score(page: Page, serve: MakeServer) -> None:
    server = serve(arm=STEERING)
    ask(page, server.link("ana"))
    expect(page.get_by_role("heading", name="Attempt 1: choose an image")).to_be_visible()
    expect(page.locator("textarea:visible")).to_have_count(0)
    expect(page.locator(".imgloop-scale")).to_have_count(0)
    page.get_by_role("radio", name="Image 3 of 4").check(force=True)
    page.get_by_role("button", name="Make variations of it").click()
    expect(page.get_by_role("heading", name="Attempt 2: choose an image")).to_be_visible()
    no_violations(page)
    look(page, "steer_1280")
    page.get_by_role("radio", name="Image 1 of 4").check(force=True)
    page.get_by_role("button", name="Make variations of it").click()
    expect(page.get_by_role("heading", name="Attempt 3: choose an image")).to_be_visible()
    page.get_by_role("radio", name="Image 4 of 4").check(force=True)
    page.get_by_role("button", name="Finish", exact=True).first.click()
    expect(page.get_by_role("heading", name="All done, thank you!")).to_be_visible()
    look(page, "steered_1280")

    state = server.state("ana")
    assert [a.picked.place for a in state.attempts if a.picked] == [3, 1, 4]
    assert [a.prompt.variation_of for a in state.attempts[1:]] == [a.image.image_sha256 for a in state.attempts[:2]]
    assert [a.score for a in state.attempts] == [None] * 3
