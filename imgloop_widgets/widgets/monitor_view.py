"""The picture of a study that its researcher's page draws: plain JSON values. Moments are seconds since 1970, UTC."""

import math
from datetime import datetime
from typing import Any

from imgloop_widgets.events import Reason
from imgloop_widgets.store import Gate
from imgloop_widgets.watching import Numbers, UnitNow, code_of
from imgloop_widgets.watching.numbers import AT, COUNTS
from imgloop_widgets.watching.reading import Seen

MOST_GOING_ON = 60
MOST_OVER = 20
"""Units that the page lists of each kind; all others are found by their code."""

ENDED: dict[Reason, str] = {
    "perfect": "perfect score",
    "attempts_used": "all attempts used",
    "stopped": "finished when they wanted",
    "exited": "finished early",
    "expired": "time was over",
    "withdrawn": "withdrew",
    "failed": "no image could be made",
    "no_consent": "did not consent",
    "screened_out": "screened out",
    "closed": "closed by a researcher",
    "returned": "returned by a researcher",
}
"""Reason for which a session ended → how the page says it."""


def monitor_json(title: str, seen: Seen, max_cost: float | None, found: str = "") -> dict[str, Any]:
    """Return what the page draws. found: the session of a unit that was looked for; it stands among those listed."""
    numbers = seen.numbers
    going_on = [one for one in numbers.units if one.tally.reason is None]
    over = [one for one in numbers.units if one.tally.reason is not None]
    over.sort(key=lambda one: one.tally.finished_at or numbers.at, reverse=True)
    return {
        "title": title,
        "at": numbers.at.timestamp(),
        "of_simulated": numbers.of_simulated,
        **_study(numbers, seen.gate, max_cost),
        "arms": [
            {"arm": arm.arm, **{name: getattr(arm, name) for name in ("due", *COUNTS, "images")}}
            for arm in numbers.arms
        ],
        "going_on": [_unit(one, numbers.at) for one in _some(going_on, MOST_GOING_ON, found)],
        "more_going_on": max(0, len(going_on) - MOST_GOING_ON),
        "finished": [_unit(one, numbers.at) for one in _some(over, MOST_OVER, found)],
        "more_finished": max(0, len(over) - MOST_OVER),
        "incidents": [
            {"id": i.incident, "at": i.at.timestamp(), "unit": code_of(i.session_id or ""), "what": _cause(i.text)}
            for i in seen.incidents
        ],
        "actions": [
            {
                "at": a.at.timestamp(),
                "who": a.who,
                "what": a.what,
                "unit": code_of(a.session_id or ""),
                "why": a.why,
            }
            for a in seen.actions
        ],
    }


def _study(numbers: Numbers, gate: Gate, max_cost: float | None) -> dict[str, Any]:
    paused = gate.paused
    return {
        "paused": {"at": paused.at.timestamp(), "why": paused.why, "by": paused.by} if paused else None,
        "counts": {name: numbers.total(name) for name in ("due", "left", *COUNTS)},
        "active": numbers.active,
        "overdue": numbers.overdue,
        "astray": numbers.astray,
        "images": numbers.images,
        "failures": numbers.failures,
        "last": numbers.last.timestamp() if numbers.last else None,
        "spent": gate.spent,
        "max_cost": max_cost,
        "being_made": gate.active,
        "waiting": gate.waiting,
    }


def _some(units: list[UnitNow], most: int, found: str) -> list[UnitNow]:
    return [one for place, one in enumerate(units) if place < most or one.unit.session_id == found]


def _unit(one: UnitNow, now: datetime) -> dict[str, Any]:
    tally, unit = one.tally, one.unit
    left = None if tally.until is None else math.ceil((tally.until - now).total_seconds())
    return {
        "id": unit.session_id,
        "code": code_of(unit.session_id),
        "worker": unit.worker_id,
        "unit": unit.unit,
        "arm": unit.arm,
        "target": unit.target_id,
        "state": one.state,
        "is": ENDED[tally.reason] if tally.reason else AT.get(tally.phase, str(tally.phase)),
        "images": tally.images,
        "heard": (tally.finished_at or one.heard).timestamp(),
        "left": None if tally.reason else left,
    }


def _cause(text: str) -> str:
    """The last line of a traceback, which names the error."""
    return (text.strip().splitlines() or [""])[-1][:200]
