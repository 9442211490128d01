"""What `imgloop status --assignments` shows: of each target, version of the form and arm, how many are due and done."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from imgloop_widgets.cli.arguments import count

if TYPE_CHECKING:
    from imgloop_widgets.assignment import Standing, Unit
    from imgloop_widgets.plans import Plan
    from imgloop_widgets.store import Store

GOLDS = ("running", "passed", "failed", "returned")
HEAD = ("target", "version", "arm", "due", "running", "done", "returned", "extra")
NUMBERS = HEAD[3:]
WORKERS = 5
"""Of those who had too many golds wrong, so many are named."""


def assignments(store: "Store | None", plan: "Plan", now: datetime) -> str:
    """Return the table of the assignments, those of simulated workers where no person has come. store: None: empty."""
    from imgloop_widgets.assignment import standings

    units = store.units(plan, now) if store is not None else ()
    simulated = not units and store is not None and bool(units := store.units(plan, now, simulated=True))
    found = standings(plan, units)
    left = sum(max(0, s.due - s.running - s.done) for s in found)
    head = f"assignments{' (simulated workers)' if simulated else ''}: {count(left, 'unit')} left to give"
    text = f"  {head}\n{_table(found)}"
    return f"{text}\n{_golds(plan, units)}" if plan.gold else text


def _table(standings: "list[Standing]") -> str:
    rows = [
        HEAD,
        *((s.target_id, str(s.form_version), s.arm, *(str(getattr(s, n)) for n in NUMBERS)) for s in standings),
    ]
    total = tuple(str(sum(getattr(s, name) for s in standings)) for name in NUMBERS)
    rows.append(("all", "", "", *total))
    return _lines(rows, {1, *range(3, len(HEAD))})


def _golds(plan: "Plan", units: "Sequence[Unit]") -> str:
    """Return the golds, and who has had too many wrong, as far as their units say so."""
    from imgloop_widgets.gold_standing import gold_standings

    assert plan.gold is not None
    standings, strikes = gold_standings(plan, units), plan.gold.strikes
    wrong = Counter(unit.worker_id for unit in units if unit.state == "failed")
    out = [worker for worker, number in wrong.items() if strikes is not None and number >= strikes]
    rule = f"{count(strikes, 'wrong one')} end{'s' if strikes == 1 else ''} it" if strikes else "wrong ones end nothing"
    text = f"  golds: {rule}; {count(len(out), 'worker')} so far{': ' if out else ''}{', '.join(out[:WORKERS])}"
    text += f" and {len(out) - WORKERS} more" if len(out) > WORKERS else ""
    rows = [("gold", *GOLDS), *((s.target_id, *(str(getattr(s, name)) for name in GOLDS)) for s in standings)]
    return f"{text}\n{_lines(rows, set(range(1, len(GOLDS) + 1)))}"


def _lines(rows: "Sequence[tuple[str, ...]]", numbers: set[int]) -> str:
    """Return the rows in columns. numbers: the places of those that stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "    " + "  ".join(_cell(row[k], width, number=k in numbers) for k, width in enumerate(widths)).rstrip()
        for row in rows
    )


def _cell(text: str, width: int, *, number: bool) -> str:
    return text.rjust(width) if number else text.ljust(width)
