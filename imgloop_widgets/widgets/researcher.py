"""What the pages of a researcher share: `Monitor` and `Review`.

    look at the store every few seconds  →  the trait `view`, all that the page draws
    commands (messages of the page)      →  `_done`  →  `result`, and a look at once

Every message is taken as if a stranger had written it, and each asks first whether the link still holds: a page that
stays open for a week ends with its link.
"""

import asyncio
import contextlib
import traceback
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import anywidget
import traitlets

from imgloop_widgets.errors import Refused
from imgloop_widgets.incidents import report
from imgloop_widgets.plain import plain

LOOK_S = 3.0
"""Seconds between two looks at the store."""

LONGEST_WHY = 500
"""Characters of what a researcher writes beside what they do."""

OUT_OF_ORDER = "This page is out of order. Please reload it."
BROKEN = "This could not be done, and nothing was changed. (Incident {})"


class ResearcherPage(anywidget.AnyWidget):
    """A page for one researcher.

    who: is kept with all that is done here. clock: UTC. allowed: raises Refused once the link does not hold any more.
    """

    view = traitlets.Dict().tag(sync=True)

    def __init__(self, *, who: str, clock: Callable[[], datetime], allowed: Callable[[], object]) -> None:
        self._who, self._clock, self._allowed = who, clock, allowed
        super().__init__(view=self._seen())
        with contextlib.suppress(RuntimeError):  # a script: nothing ticks
            self._looking = asyncio.get_running_loop().create_task(self._look_for_ever(weakref.ref(self)))

    def look(self) -> None:
        """Look at the store and draw what is there; or say that the link does not hold any more."""
        self.view = self._seen()

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Ignore what a page sets: the traits are pictures, and only the kernel draws them."""

    def _picture(self) -> dict[str, Any]:
        """Return what the page draws, as JSON values."""
        raise NotImplementedError

    def _done(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a command says; return what the page is told: `message`, and more. Raises: Refused."""
        raise NotImplementedError

    def _asked(self, content: Mapping[str, Any]) -> None:
        """Take a message that is neither a ping nor a command; there is none here."""

    def _seen(self) -> dict[str, Any]:
        try:
            self._allowed()
        except Refused as refused:
            return {"over": str(refused)}
        return self._picture()

    @staticmethod
    async def _look_for_ever(reference: "weakref.ref[ResearcherPage]") -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            widget = reference()
            if widget is None or widget.comm is None:
                return
            try:
                widget.look()
            except Exception:
                report("a researcher's page could not look", traceback.format_exc())
            del widget

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        """Take a message of the page. Replaces ipywidgets' own, which would send a traceback to the page."""
        try:
            match msg:
                case {"content": {"data": {"method": "request_state"}}}:
                    self.send_state()
                case {"content": {"data": {"method": "custom", "content": {"kind": "ping", "n": int(number)}}}}:
                    self.send({"kind": "pong", "n": number})
                case {"content": {"data": {"method": "custom", "content": {"kind": "command", **rest}}}}:
                    self._on_command(plain(rest))
                case {"content": {"data": {"method": "custom", "content": {"kind": str()} as content}}}:
                    self._allowed()
                    self._asked(plain(content))
        except Refused:
            pass  # the next look says so
        except Exception:
            report("a message of a researcher's page could not be taken", traceback.format_exc())

    def _on_command(self, content: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"kind": "result", "id": str(content.get("id"))[:100], "ok": True}
        try:
            self._allowed()
            answer |= self._done(content)
        except Refused as refused:
            answer |= {"ok": False, "message": str(refused)}
        except Exception:
            incident = report("what a researcher asked for could not be done", traceback.format_exc())
            answer |= {"ok": False, "message": BROKEN.format(incident)}
        self.look()  # first the new picture, then what came of it
        self.send(answer)
