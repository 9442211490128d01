"""How a study that goes on is shown in a terminal: the same numbers as the researcher's page has."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from imgloop_widgets.cli.arguments import count, facts

if TYPE_CHECKING:
    from imgloop_widgets.store import Gate, Incident, Steered
    from imgloop_widgets.watching import Numbers, UnitNow

ARM_HEAD = ("arm", "due", "done", "running", "returned", "failed", "extra", "gold", "images")
UNIT_HEAD = ("code", "worker", "unit", "arm", "target", "is", "heard of", "left")

Row = tuple[str, object]


def numbers_rows(numbers: "Numbers") -> list[Row]:
    """Return what there is to say of sessions and images."""
    notes = [f"{numbers.simulated} simulated"] if numbers.simulated else []
    finished = sum(numbers.finished.values())
    reasons = ", ".join(f"{name} {number}" for name, number in sorted(numbers.finished.items(), key=lambda it: -it[1]))
    rows: list[Row] = [
        ("sessions", ", ".join([str(numbers.sessions), *notes])),
        ("open", f"{numbers.open} ({numbers.active} active, {numbers.overdue} overdue)"),
        ("finished", f"{finished} ({reasons})" if reasons else "0"),
        ("attempts", f"{count(numbers.images, 'image')}, {count(numbers.failures, 'failure')}"),
        ("last event", ago(numbers.at, numbers.last) if numbers.last else "none"),
    ]
    if numbers.overdue:
        rows.append(("", "overdue ones are submitted when the study is served next"))
    if numbers.astray:
        rows.append(("", f"{numbers.astray} open of arms that the study file has no more: name them so again"))
    return rows


def gate_rows(gate: "Gate", max_cost: float | None, resume: str) -> list[Row]:
    """Return what a status says of the generations: the pause, the money, the calls. resume: the command for it."""
    rows: list[Row] = []
    if gate.paused is not None:
        by = f" by {gate.paused.by}" if gate.paused.by else ""
        rows.append(
            ("paused", f"since {gate.paused.at:%Y-%m-%d %H:%M} UTC{by}: {gate.paused.why or 'no reason given'}")
        )
        rows.append(
            ("", f"everybody waits until {resume}" if by else f"nobody gets an image; mend the cause, then {resume}")
        )
    if gate.spent or max_cost is not None:
        rows.append(("spent", dollars(gate.spent) + (f" of {dollars(max_cost)}" if max_cost is not None else "")))
    if gate.active or gate.waiting:
        rows.append(("images", f"{gate.active} being made, {gate.waiting} waiting"))
    return rows


def arms_table(numbers: "Numbers") -> str:
    """Return the units of each arm and of all, with a head."""
    rows = [(arm.arm, *(str(getattr(arm, name)) for name in ARM_HEAD[1:])) for arm in numbers.arms]
    total = ("all", *(str(numbers.total(name)) for name in ARM_HEAD[1:]))
    of = " (simulated workers)" if numbers.of_simulated else ""
    head = f"  units{of}: {numbers.total('left')} left to give"
    return f"{head}\n{_table([ARM_HEAD, *rows, *([total] if len(rows) > 1 else [])], numbers_from=1)}"


def units_table(units: "Iterable[UnitNow]", now: datetime) -> str:
    """Return a line for each unit."""
    from imgloop_widgets.watching import code_of
    from imgloop_widgets.watching.numbers import AT

    rows = [
        (
            code_of(one.unit.session_id),
            one.unit.worker_id,
            str(one.unit.unit),
            one.unit.arm,
            one.unit.target_id,
            f"{one.state} ({one.tally.reason or AT.get(one.tally.phase, str(one.tally.phase))})",
            ago(now, one.heard).partition(" (")[0],
            _left(one, now),
        )
        for one in units
    ]
    return _table([UNIT_HEAD, *rows], numbers_from=len(UNIT_HEAD))


def below(incidents: "Sequence[Incident]", actions: "Sequence[Steered]") -> str:
    """Return the latest incidents, and what researchers did."""
    text = ""
    if incidents:
        latest = [(f"{i.incident}  {i.at:%Y-%m-%d %H:%M}", cause(i.text)) for i in incidents]
        text += f"\n  latest incidents\n{facts(latest, indent=4)}"
    if actions:
        done = [(f"{a.at:%Y-%m-%d %H:%M}  {a.who}", action(a)) for a in actions]
        text += f"\n  done by researchers\n{facts(done, indent=4)}"
    return text


def action(steered: "Steered") -> str:
    """Return what was done, to which unit, and why."""
    from imgloop_widgets.watching import code_of

    unit = f" {code_of(steered.session_id)}" if steered.session_id else ""
    return f"{steered.what}{unit}{f': {steered.why}' if steered.why else ''}"


def dollars(amount: float) -> str:
    """Return `$1.50`, and what is less than a cent to the last digit that counts."""
    return f"${amount:.2f}" if amount >= 0.01 or not amount else f"${amount:.2g}"


def ago(now: datetime, then: datetime) -> str:
    """Return how long ago something was, and when."""
    seconds = max(0, round((now - then).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(seconds // size, unit)} ago ({then:%Y-%m-%d %H:%M} UTC)"
    return f"{count(seconds, 'second')} ago"


def cause(text: str) -> str:
    """The last line of a traceback, which names the error, at most 100 characters."""
    lines = text.strip().splitlines() or [""]
    return re.sub(r"^(?:\w+\.)+(?=\w+: )", "", lines[-1])[:100]


def _left(one: "UnitNow", now: datetime) -> str:
    if one.tally.reason is not None or one.tally.until is None:
        return "-"
    seconds = round((one.tally.until - now).total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds > 0 else "over"


def _table(rows: "Sequence[Sequence[str]]", *, numbers_from: int) -> str:
    """Return aligned columns. numbers_from: the first column of numbers, which are aligned at their end."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "    "
        + "  ".join(
            row[k].rjust(widths[k]) if k >= numbers_from else row[k].ljust(widths[k]) for k in range(len(widths))
        ).rstrip()
        for row in rows
    )
