"""Whether two values of an attempt go together, as a worker's score and a metric do.

    all        over all attempts
    within     each value less its worker's mean: whether a worker's higher scores have higher metrics
    between    the workers' means: whether workers who score higher have higher metrics

Pearson's r is that of these numbers, Spearman's that of their ranks (ties have their mean rank). Intervals are at 95 %,
percentiles of a bootstrap over workers in which means and ranks are made anew in each draw.
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, totals, worker_draws
from imgloop_widgets.analysis.tidy import Codes, Floats, known, one_of, sums

METHODS: tuple[str, ...] = ("pearson", "spearman")
"""The coefficients."""

LEVELS: tuple[str, ...] = ("all", "within", "between")
"""What is correlated; see above."""


def association(attempts: pd.DataFrame, *, x: str = "score", y: str, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return how x and y go together, by both coefficients and at each level.

    In: session_id, worker_id, x, y; rows without both are left out. Out: method (each of `METHODS`), level (each of
    `LEVELS`), r (-1 to 1; NaN where one of the two does not vary), low, high, workers, rows (attempts; workers for
    'between').

    Raises: ValueError: a column is missing, or a value is no number.
    """
    tables = [
        correlation(attempts, x=x, y=y, method=method, level=level, seed=seed, draws=draws)
        for method in METHODS
        for level in LEVELS
    ]
    return pd.concat(tables, ignore_index=True)


def correlation(
    attempts: pd.DataFrame,
    *,
    x: str = "score",
    y: str,
    method: str = "pearson",
    level: str = "all",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return one row of `association`. method: one of `METHODS`. level: one of `LEVELS`.

    Raises: ValueError: another method or level, a column is missing, or a value is no number.
    """
    one_of("method", method, METHODS)
    one_of("level", level, LEVELS)
    a, b, worker = _levelled(known(attempts, *dict.fromkeys([x, y])), x, y, level)
    workers = int(worker.max()) + 1 if len(worker) else 0
    measure = _pearson if method == "pearson" else _spearman
    r, again = measure(a, b, worker, workers, seed, draws)
    low, high = bounds(again, workers=workers)
    row = {"method": method, "level": level, "r": r, "low": float(low), "high": float(high)}
    return pd.DataFrame([row | {"workers": workers, "rows": len(a)}])


def _levelled(rows: pd.DataFrame, x: str, y: str, level: str) -> tuple[Floats, Floats, Codes]:
    """Return what is correlated, and whose it is."""
    a, b, worker = rows[x].to_numpy(), rows[y].to_numpy(), rows["worker"].to_numpy()
    if level == "all" or not len(rows):
        return a, b, worker
    theirs = sums(worker, int(worker.max()) + 1, a, b, np.ones(len(a)))
    means = theirs[:, :2] / theirs[:, 2:]
    if level == "between":
        return means[:, 0], means[:, 1], np.arange(len(means))
    return a - means[worker, 0], b - means[worker, 1], worker


def _pearson(a: Floats, b: Floats, worker: Codes, workers: int, seed: int, draws: int) -> tuple[float, Floats]:
    a, b = _scaled(a), _scaled(b)
    parts = sums(worker, workers, np.ones(len(a)), a, b, a * a, b * b, a * b)
    return float(_from_sums(parts.sum(axis=0))), _from_sums(totals(parts, seed=seed, draws=draws))


def _scaled(values: Floats) -> Floats:
    """Return the values around 0 in steps near 1, for which sums of squares lose nothing; all 0 if they are equal."""
    if not len(values):
        return values
    width = float(np.ptp(values))
    return (values - values.mean()) / width if width > 1e-12 * np.abs(values).max() else np.zeros(len(values))


def _from_sums(parts: Floats) -> Floats:
    """Return r. parts: (…, 6): n, Σa, Σb, Σa², Σb², Σab."""
    n, a, b, aa, bb, ab = np.moveaxis(parts, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (aa - a * a / n) * (bb - b * b / n)
        return np.where(spread > 1e-18 * n * n, (ab - a * b / n) / np.sqrt(spread), np.nan)


def _spearman(a: Floats, b: Floats, worker: Codes, workers: int, seed: int, draws: int) -> tuple[float, Floats]:
    r = _ranked(a, b, np.ones((1, len(a))))[0] if len(a) else np.nan
    rows_each = max(1, 6 * len(a) // max(workers, 1))
    again = [_ranked(a, b, t[:, worker]) for t in worker_draws(workers, seed=seed, draws=draws, wide=rows_each)]
    return float(r), np.concatenate(again) if again else np.zeros(0)


def _ranked(a: Floats, b: Floats, weights: Floats) -> Floats:
    """Return the correlation of the ranks in each draw. weights: how often each row is there, (draws, rows)."""
    total = weights.sum(axis=1, keepdims=True)
    one, other = (_ranks(values, weights) / total - 0.5 for values in (a, b))
    parts = [np.broadcast_to(np.ones_like(one), one.shape), one, other, one**2, other**2, one * other]
    return _from_sums(np.stack([(part * weights).sum(axis=1) for part in parts], axis=-1))


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Return the mean rank of each row among all copies of the rows: (draws, rows)."""
    place, _ = pd.factorize(values, sort=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(counts, axis=1) - (counts - 1) / 2
    return np.asarray(middle[:, place], dtype="float64")
