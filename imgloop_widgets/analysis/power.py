"""How many workers a study needs: simulated studies with the variances that were found in a pilot.

    learning.variance_components → power_curve, workers_needed

Each simulated study draws workers, their sessions and their attempts, and is tested as the report will test it: the
difference of the two arms' means with errors clustered on workers, and Student's t (see `clustered`). Sessions may be
of different lengths, as they are where people may stop early.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from imgloop_widgets.analysis.bootstrap import AT_ONCE
from imgloop_widgets.analysis.tidy import Floats, one_of, require, whole

DESIGNS: tuple[str, ...] = ("between", "within")
"""Whether a worker is in one arm, or has sessions in both."""

RUNS = 2000
"""Simulated studies for each number of workers."""


def power_curve(
    components: pd.DataFrame,
    *,
    effect: float,
    workers: Sequence[int],
    sessions: int = 1,
    attempts: Sequence[int] = (5,),
    design: str = "between",
    level: float = 0.05,
    seed: int,
    runs: int = RUNS,
) -> pd.DataFrame:
    """Return the share of simulated studies that find the effect.

    In: part ('worker', 'session', 'residual'), variance (squared units of the value; NaN counts as 0, for the next part
    holds it). effect: difference of the arms' means, units of the value. workers: numbers of workers to try, in each
    arm for 'between', in all for 'within'; ≥ 2. sessions: of each worker, in each of their arms. attempts: lengths of
    sessions, of which each session draws one. design: one of `DESIGNS`. level: of the test, two-sided. Out: workers,
    power (0 to 1), low, high (95 %, of the simulation only; Wilson 1927), runs.

    Raises: ValueError: another design, a number of workers below 2, or a part is missing.
    """
    one_of("design", design, DESIGNS)
    study = _Study(_variances(components), effect, sessions, attempts, design, level)
    rows = []
    for number in workers:
        whole("workers", number, 2)
        found = study.found(number, seed, runs)
        rows.append(
            {"workers": number, "power": found / runs if runs else np.nan, **_wilson(found, runs), "runs": runs}
        )
    return pd.DataFrame(rows, columns=["workers", "power", "low", "high", "runs"])


def workers_needed(
    components: pd.DataFrame, *, effect: float, power: float = 0.8, most: int = 4096, seed: int, **design: Any
) -> pd.DataFrame:
    """Return the smallest number of workers with which the effect is found often enough.

    In: as `power_curve`, with its other arguments. power: wanted, 0 to 1. most: where the search ends. Out: a row of
    `power_curve`; workers is missing, and the row that of `most`, if even that is too few.

    Raises: ValueError: as `power_curve`.
    """
    tried: dict[int, pd.DataFrame] = {}

    def enough(number: int) -> bool:
        tried[number] = power_curve(components, effect=effect, workers=[number], seed=seed, **design)
        return bool(tried[number]["power"].iloc[0] >= power)

    low, high = 1, 2
    while not enough(high):
        if high >= most:
            return tried[high].assign(workers=pd.array([pd.NA], dtype="Int64"))
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return tried[high].astype({"workers": "Int64"})


class _Study:
    """A study to be simulated. variances: of worker, session and residual."""

    def __init__(
        self, variances: Floats, effect: float, sessions: int, attempts: Sequence[int], design: str, level: float
    ) -> None:
        self.variances, self.effect, self.level = variances, effect, level
        self.sessions, self.attempts, self.design = sessions, np.asarray(attempts, dtype="int64"), design
        whole("sessions", sessions, 1)
        for length in attempts:
            whole("attempts", int(length), 1)

    def found(self, workers: int, seed: int, runs: int) -> int:
        """Return in how many of the runs the test finds the effect."""
        clusters = workers * (2 if self.design == "between" else 1)
        limit = -float(stdtrit(workers - 1, self.level / 2))
        return sum(int((np.abs(t) > limit).sum()) for t in self._tested(workers, clusters, seed, runs))

    def _tested(self, workers: int, clusters: int, seed: int, runs: int) -> Iterator[Floats]:
        """Yield t of the difference, a few runs at a time; as `clustered_ols` has it.

        Of each worker in each arm only the sum of all values is drawn. Of a session of n attempts it is normal, with
        the variance n² (of the session) + n (of the residual), and independent sessions' variances add up.
        """
        chance = np.random.default_rng(seed)
        step = max(1, AT_ONCE // (2 * workers * self.sessions))
        between, session, residual = self.variances
        for start in range(0, runs, step):
            shape = (min(step, runs - start), 2, workers)
            lengths = self._lengths(chance, (*shape, self.sessions))
            sizes = lengths.sum(axis=-1)
            spread = session * (lengths**2).sum(axis=-1) + residual * sizes
            if self.design == "between":
                values = chance.normal(size=shape) * np.sqrt(spread + between * sizes**2)
            else:
                own = chance.normal(size=(shape[0], 1, workers)) * np.sqrt(between)
                values = chance.normal(size=shape) * np.sqrt(spread) + sizes * own
            values += sizes * np.array([0, self.effect])[:, None]
            rows = sizes.sum(axis=2)
            means = values.sum(axis=2) / rows
            pulls = (values - sizes * means[:, :, None]) / rows[:, :, None]
            pulls = pulls if self.design == "between" else pulls[:, 1] - pulls[:, 0]
            total = rows.sum(axis=1)
            around = (pulls.reshape(shape[0], -1) ** 2).sum(axis=1) * clusters / (clusters - 1)
            with np.errstate(divide="ignore", invalid="ignore"):  # no variance at all: any effect is found
                yield (means[:, 1] - means[:, 0]) / np.sqrt(around * (total - 1) / (total - 2))

    def _lengths(self, chance: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Return the attempts of each session; of one length without drawing."""
        if len(np.unique(self.attempts)) == 1:
            return np.broadcast_to(np.float64(self.attempts[0]), shape)
        return self.attempts[chance.integers(len(self.attempts), size=shape)].astype("float64")


def _variances(components: pd.DataFrame) -> Floats:
    require(components, "part", "variance")
    given = dict(zip(components["part"], components["variance"], strict=True))
    for part in ("worker", "session", "residual"):
        one_of("part", part, given)
    variances: Floats = np.nan_to_num([float(given[part]) for part in ("worker", "session", "residual")])
    return variances


def _wilson(found: int, runs: int) -> dict[str, float]:
    """Return the 95 % interval of a share, after Wilson."""
    if not runs:
        return {"low": np.nan, "high": np.nan}
    z, share = 1.959963984540054, found / runs
    middle = (share + z**2 / (2 * runs)) / (1 + z**2 / runs)
    reach = z * np.sqrt(share * (1 - share) / runs + z**2 / (4 * runs**2)) / (1 + z**2 / runs)
    return {"low": float(middle - reach), "high": float(middle + reach)}
