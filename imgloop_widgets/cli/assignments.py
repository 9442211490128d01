"""What `imgloop status --assignments` shows: of each target, version of the form and arm, how many are due and done."""

from datetime import datetime
from typing import TYPE_CHECKING

from imgloop_widgets.cli.arguments import count

if TYPE_CHECKING:
    from imgloop_widgets.assignment import Standing
    from imgloop_widgets.plans import Plan
    from imgloop_widgets.store import Store

HEAD = ("target", "version", "arm", "due", "running", "done", "returned", "extra")
NUMBERS = HEAD[3:]


def assignments(store: "Store | None", plan: "Plan", now: datetime) -> str:
    """Return the table of the assignments, those of simulated workers where no person has come. store: None: empty."""
    from imgloop_widgets.assignment import standings

    units = store.units(plan, now) if store is not None else ()
    simulated = not units and store is not None and bool(units := store.units(plan, now, simulated=True))
    found = standings(plan, units)
    left = sum(max(0, s.due - s.running - s.done) for s in found)
    head = f"assignments{' (simulated workers)' if simulated else ''}: {count(left, 'unit')} left to give"
    return f"  {head}\n{_table(found)}"


def _table(standings: "list[Standing]") -> str:
    rows = [
        HEAD,
        *((s.target_id, str(s.form_version), s.arm, *(str(getattr(s, n)) for n in NUMBERS)) for s in standings),
    ]
    total = tuple(str(sum(getattr(s, name) for s in standings)) for name in NUMBERS)
    rows.append(("all", "", "", *total))
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEAD))]
    return "\n".join(
        "    " + "  ".join(_cell(row[k], widths[k], number=k >= 3 or k == 1) for k in range(len(HEAD))).rstrip()
        for row in rows
    )


def _cell(text: str, width: int, *, number: bool) -> str:
    return text.rjust(width) if number else text.ljust(width)
