"""`Monitor`: the page on which a researcher watches a study and steers it.

    look at the store every few seconds  →  the trait `view`, all that the page draws
    steer, find (messages of the page)   →  `watching.steering`  →  `result`, and a look at once

Every message is taken as if a stranger had written it, and each asks first whether the link still holds: a page that
stays open for a week ends with its link.
"""

import asyncio
import contextlib
import traceback
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import anywidget
import traitlets

from imgloop_widgets.errors import Refused
from imgloop_widgets.incidents import report
from imgloop_widgets.plain import plain
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import Store
from imgloop_widgets.watching import Watch, code_of, steer_study, steer_unit, unit_of
from imgloop_widgets.widgets.bundle import page_script, page_style
from imgloop_widgets.widgets.monitor_view import monitor_json

LOOK_S = 3.0
"""Seconds between two looks at the store."""

MOST_MINUTES = 7 * 24 * 60
LONGEST_WHY = 500

OUT_OF_ORDER = "This page is out of order. Please reload it."
BROKEN = "This could not be done, and nothing was changed. (Incident {})"


class Monitor(anywidget.AnyWidget):
    """The page of one study.

    plan: of its file. title: of the page. max_cost: US dollars; None: no cap. who: is kept with all that is done here.
    clock: UTC. allowed: raises Refused once the link does not hold any more.
    """

    _esm = page_script("monitor.js")
    _css = page_style("monitor.css")
    view = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        store: Store,
        plan: Plan,
        *,
        title: str,
        who: str,
        clock: Callable[[], datetime],
        max_cost: float | None = None,
        allowed: Callable[[], object] = lambda: None,
    ) -> None:
        self._store, self._plan, self._title, self._max_cost = store, plan, title, max_cost
        self._who, self._clock, self._allowed = who, clock, allowed
        self._watch, self._found = Watch(plan=plan), ""
        super().__init__(view=self._picture())
        with contextlib.suppress(RuntimeError):  # a script: nothing ticks
            self._looking = asyncio.get_running_loop().create_task(self._look_for_ever(weakref.ref(self)))

    def look(self) -> None:
        """Look at the store and draw what is there; or say that the link does not hold any more."""
        self.view = self._picture()

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Ignore what a page sets: the trait is a picture, and only the kernel draws it."""

    def _picture(self) -> dict[str, Any]:
        try:
            self._allowed()
        except Refused as refused:
            return {"over": str(refused)}
        return monitor_json(self._title, self._watch.look(self._store, self._clock()), self._max_cost, self._found)

    @staticmethod
    async def _look_for_ever(reference: "weakref.ref[Monitor]") -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            widget = reference()
            if widget is None or widget.comm is None:
                return
            try:
                widget.look()
            except Exception:
                report("the monitor could not look", traceback.format_exc())
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
        except Exception:
            report("a message of the monitor could not be taken", traceback.format_exc())

    def _on_command(self, content: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"kind": "result", "id": str(content.get("id"))[:100], "ok": True}
        try:
            self._allowed()
            answer["message"] = self._done(content)
        except Refused as refused:
            answer |= {"ok": False, "message": str(refused)}
        except Exception:
            incident = report("the study could not be steered", traceback.format_exc())
            answer |= {"ok": False, "message": BROKEN.format(incident)}
        self.look()  # first the new picture, then what came of it
        self.send(answer)

    def _done(self, content: Mapping[str, Any]) -> str:
        """Do what a command says, and return what was done. Raises: Refused: nothing was changed."""
        why, now, name = content.get("why", ""), self._clock(), content.get("name")
        if not isinstance(why, str) or len(why) > LONGEST_WHY:
            raise Refused(OUT_OF_ORDER)
        match content:
            case {"name": "pause" | "resume" as what}:
                steer_study(self._store, self._plan.study, what, who=self._who, why=why, now=now)
                return "The study is paused." if name == "pause" else "The study goes on."
            case {"name": "find", "code": str(code)}:
                self._found = unit_of(self._store, self._plan.study, code)
                return f"Found {code_of(self._found)}."
            case {"name": "extend", "unit": str(unit), "minutes": int(minutes)} if (
                1 <= minutes <= MOST_MINUTES and minutes is not True
            ):
                more = timedelta(minutes=minutes)
                steer_unit(self._store, self._plan, unit, "extend", who=self._who, why=why, now=now, more=more)
                return f"{code_of(unit)} has {minutes} minutes more."
            case {"name": "close" | "return" as what, "unit": str(unit)}:
                steer_unit(self._store, self._plan, unit, what, who=self._who, why=why, now=now)
                return f"{code_of(unit)} is {'closed' if what == 'close' else 'returned, and due again'}."
        raise Refused(OUT_OF_ORDER)
