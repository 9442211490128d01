"""How a page looks in every mode and width: pictures to be looked at, and what axe and the ruler say of it.

With IMGLOOP_SCREENSHOTS set to a folder, a picture of each state is left there.
"""

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHOTS = os.environ.get("IMGLOOP_SCREENSHOTS")
SIZES = [(1280, 720), (360, 640)]
SIDEWAYS = """[...document.querySelectorAll("html, .imgloop, .imgloop *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && (e.tagName === "HTML" || getComputedStyle(e).overflowX === "auto"))
  .map(e => e.className || e.tagName)"""


def settle(page: Any) -> None:
    """Wait until all images are there and nothing fades any more."""
    page.wait_for_function("[...document.images].every(i => i.classList.contains('imgloop-here'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # the layout follows
    page.evaluate(
        "document.getAnimations().filter(a => a.effect.getTiming().iterations === 1).forEach(a => a.finish())"
    )


def faults(page: Any) -> list[str]:
    """What axe finds wrong."""
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {node['html'][:120]} {node['failureSummary']}" for v in found for node in v["nodes"]]


def shoot(page: Any, state: str, name: str) -> None:
    """Leave a picture, if pictures are wanted."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{state.replace(' ', '_')}_{name}.png"), full_page=True)


def look_everywhere(page: Any, state: str) -> None:
    """Fail where a state has an accessibility fault in some mode and width, or something to scroll sideways."""
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
