"""The pilot as a researcher has it: JupyterLab, the notebook, all cells run, the task played in it."""

from playwright.sync_api import Page, expect


def test_the_pilot_notebook_shows_the_task_and_its_attempts(page: Page, lab: str) -> None:
    page.goto(f"{lab}/lab/tree/pilot.ipynb?reset")
    title = page.get_by_role("heading", name="Pilot a study with your own generator")
    expect(title).to_be_visible(timeout=60_000)
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
    title.click()
    for _ in range(8):
        page.keyboard.press("Shift+Enter")
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_visible(timeout=60_000)

    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Man")
    page.locator(".imgloop textarea").fill("a brown circle on a beige ground")
    start.click()
    expect(page.get_by_role("heading", name="Attempt 1: how close is it?")).to_be_visible()

    page.get_by_text("task.attempts").last.click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("cell", name="a brown circle on a beige ground")).to_be_visible()
