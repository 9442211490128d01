"""Every state a worker can meet: no accessibility fault, nothing to scroll sideways, in both modes and widths.

With IMGLOOP_SCREENSHOTS set to a folder, a picture of each is left there to be looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHOTS = os.environ.get("IMGLOOP_SCREENSHOTS")
SIZES = [(1280, 720), (360, 640)]
SIDEWAYS = """[...document.querySelectorAll("html, .imgloop, .imgloop *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && (e.tagName === "HTML" || getComputedStyle(e).overflowX === "auto"))
  .map(e => e.className || e.tagName)"""


def typed(task: Any) -> None:
    task.page.get_by_role("textbox", name="Age").fill("34")
    task.page.get_by_label("Describe the target").fill("A red house")


def refused(task: Any) -> None:
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
    "start refused": ("start", refused),
    "generating": ("generating", None),
    "generating with progress": ("generating", reported),
    "failed": ("failed", None),
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
}


def settle(page: Any) -> None:
    """Wait until all images are there and nothing fades any more."""
    page.wait_for_function("[...document.images].every(i => i.classList.contains('imgloop-here'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # the layout follows
    page.evaluate(
        "document.getAnimations().filter(a => a.effect.getTiming().iterations === 1).forEach(a => a.finish())"
    )


def faults(page: Any) -> list[str]:
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {node['html'][:120]} {node['failureSummary']}" for v in found for node in v["nodes"]]


def shoot(page: Any, state: str, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{state.replace(' ', '_')}_{name}.png"), full_page=True)


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

    found, sideways = {}, []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for mode in ("light", "dark"):
            page.emulate_media(color_scheme=mode)
            settle(page)
            shoot(page, state, f"{width}_{mode}")
            found[width, mode] = faults(page)
        sideways.append(page.evaluate(SIDEWAYS))
    page.add_style_tag(content="html { font-size: 200%; }")  # still as narrow as a phone
    settle(page)
    shoot(page, state, "twice")
    sideways.append(page.evaluate(SIDEWAYS))

    assert not any(found.values()), found
    assert sideways == [[]] * 3


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
