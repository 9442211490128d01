"""Gold units: whether a worker is given one before their next unit, and which. Pure, as all of allocation.

    golds passed - golds failed     below `first`: a gold for sure;  then `chance`, times `fall` for each further one,
                                    but never below `least`

All chance is a hash of the study, the worker and the position of their next unit: to ask again changes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from imgloop_widgets.plans import Golds, Plan, draw

FINE = 1 << 64
"""Steps of a chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a worker has done. had: targets that they were given. given: golds among these. position: of the next unit.

    passed, failed: golds that were judged.
    """

    worker_id: str
    position: int = 1
    had: Collection[str] = ()
    given: int = 0
    passed: int = 0
    failed: int = 0


def chance_of(golds: Golds, record: Record) -> float:
    """Return how likely the worker's next unit is a gold, 0 to 1, as long as there is one for them."""
    ahead = record.passed - record.failed - golds.first
    return 1.0 if ahead < 0 else max(golds.least, golds.chance * golds.fall**ahead)


def next_gold(plan: Plan, record: Record) -> int | None:
    """Return the place (from 0) of the gold that the worker is given before their next unit; None: none is."""
    golds = plan.gold
    if golds is None or record.given >= golds.most:
        return None
    left = [place for place, target in enumerate(golds.targets) if target not in record.had]
    about = (plan.seed, plan.study, "gold", record.worker_id, record.position)
    if not left or draw(FINE, *about) >= chance_of(golds, record) * FINE:
        return None
    return left[draw(len(left), *about, "which")]
