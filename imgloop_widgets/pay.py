"""What a study owes its workers: an amount for each unit, and bonuses by score or for the best share.

    sessions (folds), metrics, decisions  →  `owed`  →  one `Owed` a session  →  `by_worker`

A unit that was played to its end, or that failed or was closed through no fault of the worker's, is paid in full; one
that was left, returned or ran out of time is paid as the study says, where it has an image at all. Whoever ties with
the last of the best share is paid too: nobody with the same score gets less. A unit that a reviewer has rejected earns
nothing and has no part in the best share; a bonus that a reviewer gave is owed whatever else they decided (see
`decisions`). Amounts are decimals, never binary fractions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from imgloop_widgets.decisions import Standing, bonuses, unpaid
from imgloop_widgets.events import Reason
from imgloop_widgets.loop import State, best
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.study_tables import Bonus, Pay

IN_FULL: frozenset[Reason] = frozenset({"perfect", "attempts_used", "stopped", "failed", "closed"})
"""How a session ends whose unit is paid in full."""

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one finished session earns, in the study's currency. why: of each bonus, in words."""

    worker_id: str
    session_id: str
    unit_id: str
    reason: str
    base: Decimal
    bonus: Decimal = NOTHING
    why: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.base + self.bonus


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOwed:
    """What one worker earns. units: finished ones."""

    worker_id: str
    units: int
    base: Decimal
    bonus: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.base + self.bonus


def owed(
    pay: Pay,
    states: Iterable[State],
    metrics: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    standings: Mapping[str, Standing] | None = None,
) -> list[Owed]:
    """Return what each finished session of a person earns, in the order of the states.

    metrics: session_id → metric → values of its attempts; a session without values of a bonus's metric does not get it.
    standings: session_id → what reviewers decided about it; one that is not among them is paid.
    """
    done = [s for s in states if s.finished and s.opened and not s.opened.worker_id.startswith(SIMULATED)]
    rejected, given = unpaid(standings or {}), bonuses(standings or {})
    paid = [s for s in done if s.opened and s.opened.session_id not in rejected]
    values = [[_value(bonus, state, metrics or {}) for state in paid] for bonus in pay.bonus]
    earned = [
        {paid[k].opened.session_id for k in _earned(bonus, own)}  # type: ignore[union-attr]  # all are opened
        for bonus, own in zip(pay.bonus, values, strict=True)
    ]
    rows = []
    for state in done:
        assert state.opened and state.finished
        name = state.opened.session_id
        got = [bonus for bonus, who in zip(pay.bonus, earned, strict=True) if name in who]
        more = given.get(name, NOTHING)
        rows.append(
            Owed(
                worker_id=state.opened.worker_id,
                session_id=name,
                unit_id=state.opened.unit_id,
                reason=state.finished.reason,
                base=NOTHING if name in rejected else _base(pay, state),
                bonus=sum((amount(bonus.amount) for bonus in got), more),
                why=(
                    *(said(bonus) for bonus in got),
                    *([f"{more} by a reviewer"] if more else []),
                    *(["rejected by a reviewer"] if name in rejected else []),
                ),
            )
        )
    return rows


def by_worker(rows: Iterable[Owed]) -> list[WorkerOwed]:
    """Return one row a worker, by their id."""
    found: dict[str, list[Owed]] = {}
    for row in rows:
        found.setdefault(row.worker_id, []).append(row)
    return [
        WorkerOwed(
            worker_id=worker,
            units=len(own),
            base=sum((row.base for row in own), NOTHING),
            bonus=sum((row.bonus for row in own), NOTHING),
        )
        for worker, own in sorted(found.items())
    ]


def most(pay: Pay, units: int) -> Decimal:
    """Return what the study costs at most, without ties for the best share."""
    bonuses = (amount(b.amount) * (units if b.best_share is None else ceil(b.best_share * units)) for b in pay.bonus)
    return amount(pay.base) * units + sum(bonuses, NOTHING)


def amount(written: float) -> Decimal:
    """Return an amount as it is written in the study file."""
    return Decimal(str(written))


def said(bonus: Bonus) -> str:
    """Return what a bonus is for, in words."""
    of = f"{bonus.by} of {bonus.metric}" if bonus.metric else bonus.by.replace("_", " ")
    if bonus.at_least is not None:
        return f"{of} of at least {bonus.at_least:g}"
    assert bonus.best_share is not None
    return f"best {bonus.best_share:.0%} by {of}"


def _base(pay: Pay, state: State) -> Decimal:
    assert state.finished
    if state.finished.reason in IN_FULL:
        return amount(pay.base)
    if not state.attempts:
        return NOTHING
    return amount(pay.base if pay.incomplete is None else pay.incomplete)


def _value(bonus: Bonus, state: State, metrics: Mapping[str, Mapping[str, Sequence[float]]]) -> float | None:
    """Return what a bonus looks at in a session; None: it has none."""
    assert state.opened
    if bonus.metric:
        values = metrics.get(state.opened.session_id, {}).get(bonus.metric, ())
        return (max(values) if bonus.by == "best" else values[-1]) if values else None
    if bonus.by == "best_score":
        top = best(state)
        return top.score if top else None
    scores = [a.score for a in state.attempts if a.score is not None]
    return scores[-1] if scores else None


def _earned(bonus: Bonus, values: Sequence[float | None]) -> set[int]:
    """Return the places of the sessions that earn a bonus."""
    if bonus.at_least is not None:
        return {k for k, value in enumerate(values) if value is not None and value >= bonus.at_least}
    assert bonus.best_share is not None
    there = sorted((value for value in values if value is not None), reverse=True)
    if not there:
        return set()
    last = there[min(len(there), ceil(bonus.best_share * len(values))) - 1]
    return {k for k, value in enumerate(values) if value is not None and value >= last}
