"""Every state a worker can meet in the loop: no accessibility fault, nothing to scroll sideways, in every mode."""

from collections.abc import Callable
from typing import Any

import pytest
from browser.front_end.looks import look_everywhere, settle


def typed(task: Any) -> None:
    task.page.get_by_role("textbox", name="Age").fill("34")
    task.page.get_by_label("Describe the target").fill("A red house")


def incomplete(task: Any) -> None:
    task.page.get_by_role("button", name="Start").click()
    task.page.get_by_text("Please look at 3 answers").wait_for()
    assert task.sent("command") == []


def refused(task: Any) -> None:
    task.page.get_by_role("textbox", name="Age").fill("34")
    task.page.get_by_role("combobox", name="Gender").select_option("Female")
    task.page.get_by_label("Describe the target").fill("A red house on a green hill")
    task.page.get_by_role("button", name="Start").click()
    problems = {
        "age": "Please answer with a number.",
        "gender": "Please choose one.",
        "prompt": "At least 20 characters.",
    }
    task.refuse("Please look at the form.", problems)
    task.page.get_by_text("Please look at 3 answers").wait_for()


def perfect(task: Any) -> None:
    task.page.get_by_role("radio", name="10").check()
    task.page.get_by_role("button", name="Finish").wait_for()


def sending(task: Any) -> None:
    task.page.get_by_role("radio", name="6").check()
    task.page.get_by_role("button", name="Update").click()
    task.page.get_by_role("button", name="Sending").wait_for()


def reported(task: Any) -> None:
    report = {"seq": task.view["seq"], "share": 0.4, "text": "Step 12 of 30"}
    task.page.evaluate("report => model.put('progress', report)", report)
    task.page.get_by_text("Step 12 of 30").wait_for()


def queued(task: Any) -> None:
    report = {"seq": task.view["seq"], "share": None, "text": "Waiting for a free place: 2 before you"}
    task.page.evaluate("report => model.put('progress', report)", report)
    task.page.get_by_text("2 before you").wait_for()


def previewed(task: Any) -> None:
    task.preview(task.view["seq"])
    task.page.get_by_role("img", name="Your image so far").wait_for()


def enlarged(task: Any) -> None:
    task.page.get_by_role("button", name="Image 2").first.click()
    task.page.get_by_role("dialog").wait_for()


def leaving(task: Any) -> None:
    task.page.get_by_role("button", name="Exit").click()
    task.page.get_by_role("dialog").wait_for()


def offline(task: Any) -> None:
    task.served = False
    task.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    task.page.get_by_text("Connection lost").wait_for()


STATES: dict[str, tuple[str, Callable[[Any], None] | None]] = {
    "start": ("start", None),
    "start typed": ("start", typed),
    "start incomplete": ("start", incomplete),
    "start refused": ("start", refused),
    "generating": ("generating", None),
    "generating with progress": ("generating", reported),
    "generating in a queue": ("generating", queued),
    "generating with a preview": ("generating_next", previewed),
    "failed": ("failed", None),
    "failed for now": ("failed for now", None),
    "scoring": ("scoring", None),
    "scoring perfect": ("scoring", perfect),
    "sending": ("scoring", sending),
    "generating next": ("generating_next", None),
    "scoring next": ("scoring_next", None),
    "enlarged": ("scoring_next", enlarged),
    "leaving": ("scoring_next", leaving),
    "failed next": ("failed_next", None),
    "offline": ("scoring_next", offline),
    "last": ("last", None),
    "finished": ("finished", None),
    "back to a panel": ("back to a panel", None),
    "more before the panel": ("more before the panel", None),
    "a panel that hears of it": ("a panel that hears of it", None),
    "away": ("away", None),
    "away at a step": ("away at a step", None),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_no_accessibility_fault_and_no_sideways_scroll(
    state: str, new_task: Callable[..., Any], views: dict[str, Any]
) -> None:
    task = new_task(reduced_motion="reduce")
    page, (name, act) = task.page, STATES[state]
    task.open(views[name], health="health")
    settle(page)
    if act:
        act(task)
    look_everywhere(page, state)


@pytest.mark.parametrize(("system", "lab"), [("light", "false"), ("dark", "true")])
def test_in_jupyterlab_its_own_theme_decides_and_not_the_systems(
    system: str, lab: str, new_task: Callable[..., Any], views: dict[str, Any]
) -> None:
    styles = "(({ color, backgroundColor, colorScheme }) => [color, backgroundColor, colorScheme])"
    styles += "(getComputedStyle(document.querySelector('.imgloop')))"
    variables = "[...document.styleSheets[0].cssRules].flatMap(r => [...(r.cssRules ?? []), r])"
    variables += ".filter(r => /color-scheme: dark/.test(r.style?.cssText ?? '')).map(r => r.style.cssText)"
    other = {"light": "dark", "dark": "light"}[system]

    task = new_task(color_scheme=system).open(views["start"])
    task.page.evaluate("lab => document.body.dataset.jpThemeLight = lab", lab)
    expected = new_task(color_scheme=other).open(views["start"])

    assert task.page.evaluate(styles) == expected.page.evaluate(styles)
    dark, again = task.page.evaluate(variables)
    assert dark == again
