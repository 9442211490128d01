"""Least squares with errors clustered on workers: what every difference and slope of a report is tested with.

Errors are the sandwich of Liang and Zeger (Biometrika 1986) with the usual correction for few clusters,
G / (G - 1) · (N - 1) / (N - K), and Student's t with G - 1 degrees of freedom (Cameron and Miller, Journal of Human
Resources 2015). Where it is one group of workers against another, the degrees of freedom are those of the smaller one:
with three workers in an arm there are two, however many the other has (MacKinnon and Webb 2018).
"""

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from imgloop_widgets.analysis.tidy import Codes, Floats, sums

COLUMNS: tuple[str, ...] = ("estimate", "se", "low", "high", "p")
"""estimate and se in units of y; low, high: 95 %; p: two-sided, 0 to 1."""


def clustered_ols(y: Floats, x: Floats, worker: Codes, terms: list[str], *, groups: int | None = None) -> pd.DataFrame:
    """Return the coefficients of y on x with errors clustered on workers.

    y: (n,). x: (n, terms), with a column of ones if an intercept is wanted. worker: codes, (n,). groups: clusters on
    which the degrees of freedom rest, if not all workers. Out: term, and `COLUMNS`; all NaN where the columns of x
    can't be told apart; only the estimate where there are fewer than two clusters; no p where nothing varies.
    """
    table = pd.DataFrame({"term": pd.Series(terms, dtype="str"), **dict.fromkeys(COLUMNS, np.nan)})
    rows, columns = x.shape
    if rows < columns or np.linalg.matrix_rank(x) < columns:
        return table
    bread = np.linalg.inv(x.T @ x)
    estimate = bread @ (x.T @ y)
    workers = np.count_nonzero(np.bincount(worker))
    clusters = workers if groups is None else groups
    if min(clusters, workers) < 2 or rows <= columns:
        return table.assign(estimate=estimate)
    pulls = sums(worker, int(worker.max()) + 1, *(x * (y - x @ estimate)[:, None]).T)
    few = workers / (workers - 1) * (rows - 1) / (rows - columns)
    variance = np.diag(bread @ (pulls.T @ pulls) @ bread) * few
    se = np.sqrt(variance) if np.ptp(y) > 0 else np.zeros(columns)
    reach = stdtrit(clusters - 1, 0.975) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(se > 0, 2 * stdtr(clusters - 1, -np.abs(estimate) / se), np.nan)
    return table.assign(estimate=estimate, se=se, low=estimate - reach, high=estimate + reach, p=p)
