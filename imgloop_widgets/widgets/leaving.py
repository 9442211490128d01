"""How a worker leaves: the code, and the way back to their panel, by a link or by a form that their browser posts.

`Leaving` is a page of its own, for a worker who does not come to the task (they were screened out, or said no).
`LookAlike` ends with the same parts. The page sends the worker on by itself where the session has just ended on it, and
never on a reload: the code and the link stay there for who was not sent.
"""

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from imgloop_widgets.events import Reason
from imgloop_widgets.panel_table import Outcome
from imgloop_widgets.panels import Ending
from imgloop_widgets.widgets.bundle import page_script, page_style

OUTCOME: dict[Reason, Outcome] = {
    "perfect": "completed",
    "attempts_used": "completed",
    "exited": "partial",
    "expired": "timed_out",
    "withdrawn": "no_consent",
    "no_consent": "no_consent",
    "screened_out": "screened_out",
    "failed": "failed",
    "closed": "failed",
    "returned": "failed",
}
"""What a panel is told, by the reason for which a session ended."""


def leave_json(ending: Ending, *, now: bool) -> dict[str, Any]:
    """Return how a worker leaves as the page draws it. now: whether the page sends them on by itself."""
    fields = None if ending.fields is None else dict(ending.fields)
    return {"code": ending.code, "title": ending.title, "url": ending.url, "fields": fields, "now": now}


class Leaving(anywidget.AnyWidget):
    """title, text: what the worker reads, as text. leave: the way back; empty: no panel waits for them."""

    _esm = page_script("leaving_page.js")
    _css = page_style()
    title = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    leave = traitlets.Dict().tag(sync=True)

    def __init__(self, title: str, text: str, ending: Ending | None) -> None:
        super().__init__(title=title, text=text, leave=leave_json(ending, now=True) if ending else {})

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Ignore what a page sets: the traits are a picture, and only the kernel draws it."""
