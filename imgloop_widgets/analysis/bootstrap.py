"""Workers drawn anew, with replacement, each with all that is theirs: the interval of every measure.

What one worker does twice is not two independent things, so workers are drawn and never sessions or attempts. A
measure that can be computed from sums over workers needs its workers' sums only (`totals`); any other gets the number
of times that each worker was drawn (`worker_draws`). The same seed and the same number of workers give the same draws.
"""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.tidy import Codes, Floats

DRAWS = 2000
"""Times the workers are drawn anew for an interval."""

LEVEL = (0.025, 0.975)
"""The quantiles between which an interval lies: 95 %."""

AT_ONCE = 4_000_000
"""Numbers in memory while drawing."""

MANY = 10_000
"""Workers from which on those with equal sums are drawn together."""


def worker_draws(workers: int, *, seed: int, draws: int, wide: int = 1) -> Iterator[Floats]:
    """Yield how often each worker was drawn, a few draws at a time: (some, workers); `draws` rows in all.

    wide: numbers that the caller needs in memory for each worker of a draw. Without a worker nothing is yielded.
    """
    if not workers:
        return
    chance = np.random.default_rng(seed)
    step = max(1, AT_ONCE // (workers * max(wide, 1)))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        chosen = chance.integers(workers, size=(size, workers)) + workers * np.arange(size)[:, None]
        yield np.bincount(chosen.ravel(), minlength=size * workers).reshape(size, workers).astype("float64")


def totals(parts: Floats, *, seed: int, draws: int) -> Floats:
    """Return the sums over the workers that were drawn. parts: (workers, columns). Out: (draws, columns)."""
    found = kinds(parts)
    if found is not None:
        of, counts = found
        return np.concatenate([some @ parts[of] for some in kind_draws(counts, seed=seed, draws=draws)])
    drawn = [times @ parts for times in worker_draws(len(parts), seed=seed, draws=draws)]
    return np.concatenate(drawn) if drawn else np.full((draws, parts.shape[1]), np.nan)


def kinds(parts: Floats) -> tuple[Codes, Codes] | None:
    """Return a worker of each kind, and how many there are of it; None: there are few workers, or many kinds.

    parts: (workers, columns), all that is asked of a worker. Of very many workers (`MANY`), many are the same, with
    scores on a scale: then it is drawn how many of each kind there are (`kind_draws`), which is the same chance (sums
    of a multinomial over groups are multinomial) in a fraction of the time.
    """
    if len(parts) <= MANY:
        return None
    columns = list(range(parts.shape[1]))
    rows = pd.DataFrame(parts).assign(worker=np.arange(len(parts)))
    groups = rows.groupby(columns, dropna=False)["worker"]
    first = np.asarray(groups.first(), dtype="int64")
    return (first, np.asarray(groups.size(), dtype="int64")) if len(first) < len(parts) / 10 else None


def kind_draws(counts: Codes, *, seed: int, draws: int) -> Iterator[Floats]:
    """Yield how often each kind was drawn, a few draws at a time: (some, kinds). counts: workers of each kind."""
    chance, workers = np.random.default_rng(seed), int(counts.sum())
    step = max(1, AT_ONCE // len(counts))
    for start in range(0, draws, step):
        yield chance.multinomial(workers, counts / workers, size=min(step, draws - start)).astype("float64")


def bounds(drawn: Floats, *, workers: int) -> tuple[Floats, Floats]:
    """Return the 95 % percentile interval of each column of (draws, …); NaN with fewer than two workers.

    A draw in which the measure can't be computed (NaN) is passed over.
    """
    if workers < 2 or not drawn.size:
        nothing = np.full(drawn.shape[1:], np.nan)
        return nothing, nothing.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column of which no draw is known: NaN, as it should be
        low, high = np.nanquantile(drawn, LEVEL, axis=0)
    return low, high


def ratio(above: Floats, below: Floats) -> Floats:
    """Return above / below; NaN where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, above / below)
