"""Which units a reviewer looks at, and in which order. Pure.

Every filter that is set must hold; the order is stable, so that units that are alike stay as they came.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from imgloop_widgets.decisions import UNREVIEWED, VERDICTS, Standing
from imgloop_widgets.reviewing.works import Work

STANDS: tuple[str, ...] = ("unreviewed", "reviewed", *VERDICTS)
"""How a unit may have to stand to be chosen."""

SORTS: Mapping[str, tuple[Callable[[Work], Any], bool]] = {
    "oldest": (lambda work: work.finished_at, False),
    "newest": (lambda work: work.finished_at, True),
    "worker": (lambda work: work.worker_id, False),
    "target": (lambda work: work.target, False),
    "lowest": (lambda work: (work.best is None, work.best or 0), False),
    "highest": (lambda work: (work.best is not None, work.best or 0), True),
    "shortest": (lambda work: work.duration_s, False),
    "longest": (lambda work: work.duration_s, True),
    "signals": (lambda work: len(work.signals), True),
}
"""Order → by what, and whether the highest comes first. By a score: the best one; units without one come last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is looked at. "": any; None: no bound. signal: at least this one is there; "any": at least one is.

    low, high: bounds of the best score, both within. worker: their id begins with it; or it is the unit's code.
    """

    stands: str = ""
    arm: str = ""
    target: str = ""
    signal: str = ""
    low: int | None = None
    high: int | None = None
    worker: str = ""
    sort: str = "oldest"


def chosen(works: Iterable[Work], standings: Mapping[str, Standing], choice: Choice) -> list[Work]:
    """Return the units that are chosen, in their order."""
    key, falling = SORTS[choice.sort]
    found = [work for work in works if _holds(work, standings.get(work.session_id, UNREVIEWED), choice)]
    found.sort(key=lambda work: (work.finished_at, work.session_id))
    found.sort(key=key, reverse=falling)
    return found


def _holds(work: Work, standing: Standing, choice: Choice) -> bool:
    verdict = standing.verdict
    stands = {"": True, "unreviewed": verdict is None, "reviewed": verdict is not None}
    wanted = choice.worker.strip()
    return (
        stands.get(choice.stands, verdict == choice.stands)
        and choice.arm in ("", work.arm)
        and choice.target in ("", work.target)
        and (not choice.signal or choice.signal in work.signals or (choice.signal == "any" and bool(work.signals)))
        and (choice.low is None or (work.best is not None and work.best >= choice.low))
        and (choice.high is None or (work.best is not None and work.best <= choice.high))
        and (work.worker_id.startswith(wanted) or work.session_id.startswith(wanted.lower()))
    )
