"""How the gold units of a study stand, for whoever watches it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from imgloop_widgets.assignment import Unit
from imgloop_widgets.plans import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldStanding:
    """How a gold stands: how many workers have it now, and how many have passed it, failed it and left it."""

    target_id: str
    running: int = 0
    passed: int = 0
    failed: int = 0
    returned: int = 0


def gold_standings(plan: Plan, units: Iterable[Unit]) -> list[GoldStanding]:
    """Return how each gold stands, in the order of the plan; then those that are no more in it. units: settled."""
    counts: dict[str, Counter[str]] = {target: Counter() for target in (plan.gold.targets if plan.gold else ())}
    for unit in units:
        if unit.is_gold:
            counts.setdefault(unit.target_id, Counter())[unit.state] += 1
    return [GoldStanding(target_id=target, **number) for target, number in counts.items()]
