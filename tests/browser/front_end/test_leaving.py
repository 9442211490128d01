"""The last page of a worker who does not come to the task: why, their code, and the way back."""

from collections.abc import Callable
from typing import Any

import pytest
from browser.front_end.looks import look_everywhere
from playwright.sync_api import expect

BACK = {"code": "QK7T2M9XPA", "title": "Prolific", "url": "https://panel.example/done", "fields": None, "now": False}
TOLD = "Prolific hears from us that you are done"


@pytest.mark.parametrize(
    "leave",
    [BACK, {**BACK, "now": True}, {**BACK, "url": None, "told": True}, {}],
    ids=["back", "sent", "told", "none"],
)
def test_who_does_not_come_to_the_task_reads_why_with_their_code(leave: Any, new_task: Callable[..., Any]) -> None:
    task = new_task(widget="leaving_page", reduced_motion="reduce")
    page = task.page
    page.route("https://panel.example/**", lambda route: route.abort())
    page.goto("http://page.test/harness.html?widget=leaving_page")
    page.wait_for_function("window.ready")
    page.evaluate("([t, x, l]) => { model.put('title', t); model.put('text', x); model.put('leave', l); draw(); }",
                  ["Thank you for coming", "Every task is taken at the moment.", leave])  # fmt: skip
    expect(page.get_by_role("heading", name="Thank you for coming")).to_be_focused()
    expect(page.get_by_text("QK7T2M9XPA")).to_have_count(1 if leave else 0)
    expect(page.get_by_role("link", name="Go back to Prolific")).to_have_count(1 if leave.get("url") else 0)
    expect(page.get_by_role("button", name="Stay on this page")).to_have_count(1 if leave.get("now") else 0)
    expect(page.get_by_text(TOLD)).to_have_count(1 if leave.get("told") else 0)
    if not leave.get("now"):
        look_everywhere(page, f"leaving {'told' if leave.get('told') else 'back' if leave else 'alone'}")
