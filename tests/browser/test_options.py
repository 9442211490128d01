"""What an arm may change of the page: what is set beside the prompt, what stands there, what of before is seen."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from live import SCENES, Server
from playwright.sync_api import Page, expect

MakeServer = Callable[..., Server]

ALL = f"""{SCENES}
negative_prompt = true
seed = "chosen"
seeds = [1, 2, 3]
guidance = {{ low = 1, high = 20, start = 7.5, step = 0.5 }}
keep_prompt = false
history = false
"""


def ask(page: Page, link: str) -> None:
    """Open the link and fill in the form and the first prompt."""
    page.goto(link)
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    page.locator("textarea").first.fill("a big brown bear sitting in a meadow at night")


def see_image(page: Page, attempt: int) -> None:
    """Wait for the image of an attempt."""
    expect(page.get_by_role("heading", name=f"Attempt {attempt}: how close is it?")).to_be_visible()


def no_violations(page: Page) -> None:
    """Axe finds nothing."""
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert not [f"{v['id']}: {n['html']}" for v in results.response["violations"] for n in v["nodes"]]


def test_what_is_set_beside_the_prompt_is_stored_with_it(page: Page, serve: MakeServer) -> None:
    server = serve(arm=ALL)
    ask(page, server.link("ana"))
    page.get_by_label("What the image must not show").fill("rain")
    page.get_by_role("radio", name="2", exact=True).check(force=True)
    page.get_by_role("slider", name="How closely").press("ArrowRight")
    no_violations(page)
    page.get_by_role("button", name="Start", exact=True).click()
    see_image(page, 1)

    (attempt,) = server.state("ana").attempts
    assert attempt.prompt.controls == {"negative_prompt": "rain", "seed": 2, "guidance": 8.0}
    assert attempt.prompt.seed == 2


def test_the_next_prompt_may_begin_with_nothing_and_what_was_before_be_gone(page: Page, serve: MakeServer) -> None:
    server = serve(arm=ALL)
    ask(page, server.link("ana"))
    page.get_by_role("button", name="Start", exact=True).click()
    see_image(page, 1)
    expect(page.locator("textarea").first).to_have_value("")
    page.locator(".imgloop-scale input[value='4']").check(force=True)  # not a seed
    page.locator("textarea").first.fill("a big brown bear beside a red tent at night")
    page.get_by_role("button", name="Update", exact=True).click()
    see_image(page, 2)
    expect(page.locator(".imgloop-attempt")).to_have_count(0)
    page.reload()
    see_image(page, 2)
    expect(page.locator(".imgloop-attempt")).to_have_count(0)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_violations(page)
