"""What a worker does on the page of the loop, for every test that plays."""

from playwright.sync_api import Page, expect


def see_image(page: Page, attempt: int) -> None:
    """Wait for the image of an attempt to be on screen, decoded."""
    expect(page.get_by_role("heading", name=f"Attempt {attempt}: how close is it?")).to_be_visible()
    page.wait_for_function(
        "n => [...document.querySelectorAll('img')].some(i => i.alt.startsWith(`Image ${n},`) && i.naturalWidth > 0)",
        arg=attempt,
    )


def play_once(page: Page, prompt: str) -> None:
    """Answer the form, write a prompt, score its image, and finish: a unit of one attempt."""
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")
    page.locator("textarea").fill(prompt)
    page.get_by_role("button", name="Start", exact=True).click()
    see_image(page, 1)
    page.get_by_role("radio", name="4", exact=True).check(force=True)
    page.get_by_role("button", name="Finish", exact=True).click()
