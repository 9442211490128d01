"""`Monitor`: the page on which a researcher watches a study and steers it.

    steer, find (messages of the page)  →  `watching.steering`  →  `result`

What it shares with the reviewer's page stands in `researcher`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import Store
from imgloop_widgets.watching import Watch, code_of, steer_study, steer_unit, unit_of
from imgloop_widgets.widgets.bundle import page_script, page_style
from imgloop_widgets.widgets.monitor_view import monitor_json
from imgloop_widgets.widgets.researcher import LONGEST_WHY, OUT_OF_ORDER, ResearcherPage

MOST_MINUTES = 7 * 24 * 60


class Monitor(ResearcherPage):
    """The page of one study.

    plan: of its file. title: of the page. max_cost: US dollars; None: no cap. who: is kept with all that is done here.
    clock: UTC. allowed: raises Refused once the link does not hold any more.
    """

    _esm = page_script("monitor.js")
    _css = page_style("monitor.css")

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
        self._watch, self._found = Watch(plan=plan), ""
        super().__init__(who=who, clock=clock, allowed=allowed)

    def _picture(self) -> dict[str, Any]:
        return monitor_json(self._title, self._watch.look(self._store, self._clock()), self._max_cost, self._found)

    def _done(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"message": self._told(content)}

    def _told(self, content: Mapping[str, Any]) -> str:
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
