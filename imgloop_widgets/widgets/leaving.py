"""How a worker leaves: the code, and the way back to their panel, by a link or by a form that their browser posts.

`Leaving` is a page of its own, for a worker who does not come to the task (they were screened out, or said no).
`LookAlike` ends with the same parts. The page sends the worker on by itself where the session has just ended on it, and
never on a reload: the code and the link stay there for who was not sent.
"""

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from imgloop_widgets.events import Reason
from imgloop_widgets.panel_table import OUTCOME, Outcome
from imgloop_widgets.panels import Ending
from imgloop_widgets.widgets.bundle import page_script, page_style


def leave_json(ending: Ending, *, now: bool) -> dict[str, Any]:
    """Return how a worker leaves as the page draws it. now: whether the page sends them on by itself."""
    fields = None if ending.fields is None else dict(ending.fields)
    way = {"code": ending.code, "title": ending.title, "url": ending.url, "fields": fields, "now": now}
    return {**way, "told": ending.told}


def ending_of(
    way: Callable[[Outcome], Ending | None] | None, reason: Reason, record: Callable[[BaseException], object]
) -> Ending | None:
    """Return how a worker leaves whose session ended so; None: no panel waits for them. way: as the pages take it.

    What goes wrong is recorded, and there is no way back: the worker reads their session's code instead.
    """
    if way is None:
        return None
    try:
        return way(OUTCOME[reason])
    except Exception as error:
        record(error)
        return None


def not_yet(ending: Ending) -> dict[str, Any]:
    """Return the same where more is due before their panel is told: no code, and no way back yet."""
    return {"code": "", "title": ending.title, "url": None, "fields": None, "now": False, "told": False}


class Leaving(anywidget.AnyWidget):
    """title, text: what the worker reads, as text. leave: the way back; empty: no panel waits for them.

    now: whether the page sends them on by itself.
    """

    _esm = page_script("leaving_page.js")
    _css = page_style()
    title = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    leave = traitlets.Dict().tag(sync=True)

    def __init__(self, title: str, text: str, ending: Ending | None, *, now: bool = True) -> None:
        super().__init__(title=title, text=text, leave=leave_json(ending, now=now) if ending else {})

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Ignore what a page sets: the traits are a picture, and only the kernel draws it."""
