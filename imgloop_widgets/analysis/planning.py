"""How many workers the next study needs, planned from what a pilot found.

    pilot → variance_components → scenarios → plan_study → needed → curves

The pilot's variances are uncertain themselves. So there are two scenarios: as estimated, and cautious, with every
variance at the upper end of its interval. Arms are each compared with the first one: with more than two, the level of a
test is alpha / (arms - 1), after Bonferroni.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.learning import PARTS
from imgloop_widgets.analysis.power import power_curve, workers_needed
from imgloop_widgets.analysis.tidy import known, one_of, whole
from imgloop_widgets.errors import ImgloopError

SCENARIOS: tuple[str, ...] = ("estimated", "cautious")
"""What the variances are taken to be; see above."""

LENGTH = 5
"""Attempts of a session, where neither the plan nor a pilot says."""

POINTS = 9
"""Numbers of workers on a curve."""

MOST = 2048
"""Workers in an arm at which the search ends."""

OTHERS: tuple[float, ...] = (0.75, 1.5)
"""Effects for which the workers are counted too, in parts of the plan's."""

RUNS = 1000
"""Simulated studies for each number of workers; the power is then known to ±3 percentage points at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study that is planned.

    effect: difference of two arms' means, units of the value. power: chance to find it, 0 to 1. alpha: of all tests
    together, two-sided. arms: ≥ 2. sessions: of each worker, in each of their arms. attempts: lengths of sessions.
    design: 'between' (a worker is in one arm) or 'within' (in all of them).

    Raises: ImgloopError: one of them is out of its range.
    """

    effect: float
    power: float = 0.8
    alpha: float = 0.05
    arms: int = 2
    sessions: int = 1
    attempts: Sequence[int] = (5,)
    design: str = "between"

    def __post_init__(self) -> None:
        try:
            whole("arms", self.arms, 2)
            whole("sessions", self.sessions, 1)
            one_of("design", self.design, ("between", "within"))
            for length in self.attempts:
                whole("attempts", length, 1)
        except ValueError as error:
            raise ImgloopError(str(error).rstrip(".")) from None
        for name in ("power", "alpha"):
            if not 0 < getattr(self, name) < 1:
                raise ImgloopError(f"{name} must be between 0 and 1; not {getattr(self, name)!r}")
        if not self.effect > 0:
            raise ImgloopError(f"effect must be above 0, in units of the value; not {self.effect!r}")

    @property
    def level(self) -> float:
        """Of each test."""
        return self.alpha / (self.arms - 1)

    def total(self, workers: pd.Series) -> pd.Series:
        """Return the workers in all arms together."""
        return workers * (self.arms if self.design == "between" else 1)


def scenarios(components: pd.DataFrame, *, given: Mapping[str, float] | None = None) -> dict[str, pd.DataFrame]:
    """Return scenario → its part and variance; none where nothing is known.

    components: of `learning.variance_components`. given: part → variance, in place of those that a pilot found; then
    there is one scenario.

    Raises: ImgloopError: a part is missing or unknown, or a variance is below 0.
    """
    if given:
        if set(given) != set(PARTS) or not all(value >= 0 for value in given.values()):
            raise ImgloopError(f"variances must give {', '.join(PARTS)}, each 0 or more; not {dict(given)}")
        table = pd.DataFrame({"part": list(given), "variance": list(given.values())}, dtype=object)
        return {SCENARIOS[0]: table.astype({"part": "str", "variance": "float64"})}
    if not components["variance"].sum() > 0:
        return {}
    found = {SCENARIOS[0]: components[["part", "variance"]]}
    if components["high"].notna().any():
        high = components["high"].where(components["variance"].notna())
        found[SCENARIOS[1]] = components[["part"]].assign(variance=high)
    return found


def plan_study(
    scenarios: Mapping[str, pd.DataFrame],
    pilot: pd.DataFrame,
    *,
    value: str = "score",
    effect: float = 0.0,
    attempts: Sequence[int] = (),
    **how: Any,
) -> Plan:
    """Return a plan, with what is not given taken from the pilot.

    scenarios: of `scenarios`. In: pilot: session_id, worker_id, value. effect: 0: half of the standard deviation of one
    attempt, in two digits (1 where nothing is known). attempts: none: as many with a value as the pilot's sessions have
    (`LENGTH` without any). how: what else a `Plan` has.

    Raises: ImgloopError: as `Plan`.
    """
    if not effect:
        effect = float(f"{_deviation(scenarios[SCENARIOS[0]]) / 2:.2g}") if scenarios else 1.0
    sizes = known(pilot, value).groupby("session").size()
    return Plan(effect=effect, attempts=tuple(attempts) or tuple(map(int, sizes)) or (LENGTH,), **how)


def needed(
    scenarios: Mapping[str, pd.DataFrame], plan: Plan, *, effects: Sequence[float] = (), seed: int, runs: int = RUNS
) -> pd.DataFrame:
    """Return the workers that are needed for the plan's effect, and for others.

    effects: the others; none: `OTHERS` times the plan's. Out: scenario, effect (units of the value), standardised (in
    standard deviations of one attempt: the root of the variances' sum), workers (in an arm for 'between', in all for
    'within'; missing: more than `MOST`), total (in all arms), power, power_low, power_high (95 %, of the simulation).
    """
    rows = []
    for name, components in scenarios.items():
        for effect in sorted({plan.effect, *(effects or (times * plan.effect for times in OTHERS))}):
            row = workers_needed(
                components, effect=effect, power=plan.power, most=MOST, seed=seed, runs=runs, **_how(plan)
            )
            rows.append(row.assign(scenario=name, effect=effect, standardised=effect / _deviation(components)))
    columns = ["scenario", "effect", "standardised", "workers", "total", *_POWER]
    if not rows:
        return pd.DataFrame(columns=columns)
    table = pd.concat(rows, ignore_index=True).astype({"workers": "Int64"}).rename(columns=_ENDS)
    return table.assign(total=plan.total(table["workers"]))[columns]


def curves(
    scenarios: Mapping[str, pd.DataFrame], plan: Plan, needed: pd.DataFrame, *, seed: int, runs: int = RUNS
) -> pd.DataFrame:
    """Return the power with fewer and with more workers than are needed.

    needed: of `needed`. Out: scenario, workers, total, power, power_low, power_high (95 %, of the simulation),
    runs.
    """
    rows = [
        power_curve(components, effect=plan.effect, workers=_numbers(needed, plan), seed=seed, runs=runs, **_how(plan))
        .assign(scenario=name)
        for name, components in scenarios.items()
    ]  # fmt: skip
    columns = ["scenario", "workers", "total", *_POWER, "runs"]
    if not rows:
        return pd.DataFrame(columns=columns)
    table = pd.concat(rows, ignore_index=True).rename(columns=_ENDS)
    return table.assign(total=plan.total(table["workers"]))[columns]


_ENDS = {"low": "power_low", "high": "power_high"}
_POWER = ("power", *_ENDS.values())


def _numbers(needed: pd.DataFrame, plan: Plan) -> list[int]:
    """Return numbers of workers from far too few to more than enough, further apart the more they are."""
    own = needed.loc[needed["effect"] == plan.effect, "workers"].fillna(MOST)
    least, most = max(2, int(own.min() // 4)), max(8, min(MOST, int(own.max() * 1.5)))
    return sorted(set(np.geomspace(least, most, POINTS).round().astype(int).tolist()))


def _deviation(components: pd.DataFrame) -> float:
    return float(np.sqrt(components["variance"].sum()))


def _how(plan: Plan) -> dict[str, Any]:
    return {"sessions": plan.sessions, "attempts": plan.attempts, "design": plan.design, "level": plan.level}
