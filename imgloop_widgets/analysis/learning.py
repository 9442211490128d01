"""Whether people get better from attempt to attempt: curve, slope, and where the differences lie.

    attempts → learning_curve, slope, variance_components;  what a session gains is in `gains`

In: attempts, a row each: session_id, worker_id, attempt (1-based), and any column of values, `score` if nothing else is
named; rows without a value are left out. Intervals are at 95 % and over workers.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtrit

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds
from imgloop_widgets.analysis.clustered import COLUMNS, clustered_ols
from imgloop_widgets.analysis.measures import mean_by
from imgloop_widgets.analysis.mixed import Fit, Sums, drawn, fit, sums_of
from imgloop_widgets.analysis.tidy import Floats, known, require

METHODS: tuple[str, ...] = ("mixed", "clustered")
"""The rows of `slope`: random intercept per session; least squares with errors clustered on workers."""

PARTS: tuple[str, ...] = ("worker", "session", "residual")
"""The rows of `variance_components`."""

REFITS = 200
"""Times the workers are drawn anew for `variance_components`, which fits the model to each."""


def learning_curve(attempts: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of each attempt.

    In: session_id, worker_id, attempt, value. Out: attempt (1-based), mean, low, high (bootstrap over workers; units
    of the value), workers, sessions. Where sessions stop early, later attempts are those of the sessions that went on.

    Raises: ValueError: a column is missing.
    """
    require(attempts, "session_id", "worker_id", "attempt", value)
    return mean_by(attempts, by="attempt", value=value, seed=seed, draws=draws)


def slope(attempts: pd.DataFrame, *, value: str = "score") -> pd.DataFrame:
    """Return what an attempt adds, in a straight line.

    In: session_id, worker_id, attempt, value. Out: method (each of `METHODS`), estimate (units of the value for an
    attempt), se, low, high, p (two-sided; normal for 'mixed', Student's t for 'clustered'), workers, sessions,
    attempts (rows). Where sessions stop early, only 'mixed' compares a session with itself.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    rows = known(attempts, value, "attempt")
    y, x = rows[value].to_numpy(), _line(rows["attempt"].to_numpy())
    table = pd.concat([_mixed_slope(rows, y, x), clustered_ols(y, x, rows["worker"].to_numpy(), ["level", "slope"])])
    table = table.loc[table["term"] == "slope"].drop(columns="term").reset_index(drop=True)
    table.insert(0, "method", pd.Series(METHODS, dtype="str"))
    return table.assign(**_counts(rows), attempts=len(rows))


def variance_components(
    attempts: pd.DataFrame, *, value: str = "score", seed: int, draws: int = REFITS
) -> pd.DataFrame:
    """Return how much of the differences lies between workers, between a worker's sessions, and within sessions.

    In: session_id, worker_id, attempt, value. Out: part (each of `PARTS`), variance (squared units of the value, ≥ 0),
    low, high, share (of the three, 0 to 1), share_low, share_high, workers, sessions. By REML, around a straight line
    in attempt. With one session a worker the worker's part can't be told from the session's, and with one attempt a
    session the session's not from the residual: it is NaN, and the next part holds both.

    The variances' intervals are Student's on the scale of cube roots, on which a variance is nearly normal (Wilson and
    Hilferty 1931), with the errors of a bootstrap over workers: its percentiles would hold the truth some 88 times in
    100. Those of the shares are percentiles, and a little short for that reason.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    rows = known(attempts, value, "attempt")
    table = pd.DataFrame({"part": pd.Series(PARTS, dtype="str")})
    counts = _counts(rows)
    names = ("variance", "low", "high", "share", "share_low", "share_high")
    if len(rows) < 3:
        return table.assign(**dict.fromkeys(names, np.nan), **counts)
    sums = _sums(rows, value)
    estimate = _variances(fit(sums, by_worker=True))
    again = np.array([_variances(fit(some, by_worker=True)) for some in drawn(sums, seed, draws)])
    again = again.reshape(-1, len(PARTS))
    low, high = _around(estimate, again, counts["workers"])
    share_low, share_high = bounds(_shares(again), workers=counts["workers"])
    columns = (estimate, low, high, _shares(estimate[None])[0], share_low, share_high)
    return table.assign(**dict(zip(names, columns, strict=True)), **counts)


def _mixed_slope(rows: pd.DataFrame, y: Floats, x: Floats) -> pd.DataFrame:
    table = pd.DataFrame({"term": ["slope"], **dict.fromkeys(COLUMNS, np.nan)})
    if len(rows) < 3:
        return table
    level = y.mean()  # taken off so that squares of large values do not drown the differences
    result = fit(sums_of(y - level, x, rows["session"].to_numpy(), rows["worker"].to_numpy()), by_worker=False)
    estimate, se = result.coefficients[1], float(np.sqrt(result.covariance[1, 1]))
    reach = float(ndtri(0.975)) * se
    p = 2 * float(ndtr(-abs(estimate) / se)) if se > 0 else np.nan
    return table.assign(estimate=estimate, se=se, low=estimate - reach, high=estimate + reach, p=p)


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many workers and sessions there are. rows: as of `known`, whose numbers leave none out."""
    return {f"{name}s": int(rows[name].max()) + 1 if len(rows) else 0 for name in ("worker", "session")}


def _line(attempt: Floats) -> Floats:
    """Return the columns of a straight line, its level that of the mean attempt: (n, 2)."""
    return np.column_stack([np.ones(len(attempt)), attempt - (attempt.mean() if len(attempt) else 0)])


def _sums(rows: pd.DataFrame, value: str) -> Sums:
    y, x = rows[value].to_numpy(), _line(rows["attempt"].to_numpy())
    x = x if np.ptp(x[:, 1]) else x[:, :1]
    return sums_of(y - y.mean(), x, rows["session"].to_numpy(), rows["worker"].to_numpy())


def _around(estimate: Floats, again: Floats, workers: int) -> tuple[Floats, Floats]:
    """Return the interval of each variance. again: (draws, parts)."""
    if workers < 2 or len(again) < 2:
        return np.full(len(estimate), np.nan), np.full(len(estimate), np.nan)
    error = np.cbrt(again).std(axis=0, ddof=1) * np.sqrt(workers / (workers - 1))  # workers are one fewer, drawn anew
    reach = float(stdtrit(workers - 1, 0.975)) * error
    middle = np.cbrt(estimate)
    return np.maximum(middle - reach, 0) ** 3, (middle + reach) ** 3


def _variances(result: Fit) -> Floats:
    return np.array([result.worker, result.session, result.residual])


def _shares(variances: Floats) -> Floats:
    whole = np.nansum(variances, axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, variances / whole, np.nan)
