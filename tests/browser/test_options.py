"""What an arm may change of the page: what is set beside the prompt, what stands there, what of before is seen."""

from collections.abc import Callable

from live import SCENES, Server
from playwright.sync_api import Page, expect
from test_journeys import FIRST, SECOND, fill_about_you, join, no_violations, press, see_image

MakeServer = Callable[..., Server]

ALL = f"""{SCENES}
negative_prompt = true
seed = "chosen"
seeds = [1, 2, 3]
guidance = {{ low = 1, high = 20, start = 7.5, step = 0.5 }}
keep_prompt = false
history = false
"""


def test_what_is_set_beside_the_prompt_is_stored_with_it(page: Page, serve: MakeServer) -> None:
    server = serve(arm=ALL)
    join(page, server.link("ana"))
    fill_about_you(page)
    page.locator("textarea").first.fill(FIRST)
    page.get_by_label("What the image must not show").fill("rain")
    page.get_by_role("radio", name="2", exact=True).check(force=True)
    page.get_by_role("slider", name="How closely").press("ArrowRight")
    no_violations(page)
    press(page, "Start")
    see_image(page, 1)

    (attempt,) = server.state("ana").attempts
    assert attempt.prompt.controls == {"negative_prompt": "rain", "seed": 2, "guidance": 8.0}
    assert attempt.prompt.seed == 2


def test_the_next_prompt_may_begin_with_nothing_and_what_was_before_be_gone(page: Page, serve: MakeServer) -> None:
    server = serve(arm=ALL)
    join(page, server.link("ana"))
    fill_about_you(page)
    page.locator("textarea").first.fill(FIRST)
    press(page, "Start")
    see_image(page, 1)
    expect(page.locator("textarea").first).to_have_value("")
    choose_score(page, 4)
    page.locator("textarea").first.fill(SECOND)
    press(page, "Update")
    see_image(page, 2)
    expect(page.get_by_text("Your attempts")).to_have_count(0)
    expect(page.locator(".imgloop-attempt")).to_have_count(0)
    page.reload()
    see_image(page, 2)
    expect(page.locator(".imgloop-attempt")).to_have_count(0)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_violations(page)


def choose_score(page: Page, score: int) -> None:
    """Choose a score, not a seed."""
    page.locator(f".imgloop-scale input[value='{score}']").check(force=True)
