"""Random intercepts by restricted maximum likelihood (REML), in time that grows with the sessions and no faster.

    y = X β + worker + session + residual,    each of the three normal around 0 with a variance of its own

For such a model the likelihood needs only sums over each session (Woodbury's identity, first for the sessions, then for
the workers), so a million attempts are fitted in seconds; statsmodels' MixedLM loops over the groups in Python. It is
what the tests compare with. Beware of its summary: "Group Var" there is divided by the square root of the scale, and
only `cov_re` is in squared units of y. Here every variance is.

Source: Laird and Ware, Biometrics 1982; Searle, Casella and McCulloch, Variance Components, 1992, chapter 6.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from imgloop_widgets.analysis.tidy import Codes, Floats

HIGHEST = 1e4
"""The highest ratio of a standard deviation to that of the residual; only reached where the residual is nothing."""

PRECISION = {"ftol": 1e-12, "gtol": 1e-7, "xtol": 1e-10}
"""When the search for the most likely variances ends, as scipy's TNC has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """coefficients: (p,). covariance: of the coefficients, (p, p). worker, session, residual: variances, ≥ 0, in
    squared units of y; NaN where the design can't tell it from the next one in that order, which then holds both.
    """

    coefficients: Floats
    covariance: Floats
    worker: float
    session: float
    residual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """All that the likelihood needs. columns: those of X, then y.

    rows: their number. sizes: rows of each session, (sessions,). each: sums over each session, (sessions, columns).
    theirs: products of the columns, of each worker, (workers, columns, columns). products: over all, (columns,
    columns). worker: of each session. workers: their number.
    """

    rows: int
    sizes: Floats
    each: Floats
    theirs: Floats
    products: Floats
    worker: Codes
    workers: int


def sums_of(y: Floats, x: Floats, session: Codes, worker: Codes) -> Sums:
    """Return the sums. y: (n,). x: (n, p). session, worker: codes 0, 1, …, (n,); a session has one worker."""
    columns = np.column_stack([x, y])
    sessions, workers = int(session.max()) + 1, int(worker.max()) + 1
    whose = np.zeros(sessions, dtype="int64")
    whose[session] = worker
    theirs = np.array([[np.bincount(worker, a * b, minlength=workers) for a in columns.T] for b in columns.T])
    return Sums(
        rows=len(y),
        sizes=np.bincount(session, minlength=sessions).astype("float64"),
        each=_by(columns, session, sessions),
        theirs=theirs.transpose(2, 0, 1),
        products=columns.T @ columns,
        worker=whose,
        workers=workers,
    )


def drawn(sums: Sums, chosen: Codes) -> Sums:
    """Return the sums of the chosen workers, each as often as `chosen` (codes of workers) names them."""
    order = np.argsort(sums.worker, kind="stable")
    counts = np.bincount(sums.worker, minlength=sums.workers)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sizes = counts[chosen]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = order[np.repeat(starts[chosen], sizes) + within]
    return Sums(
        rows=int(sums.sizes[rows].sum()),
        sizes=sums.sizes[rows],
        each=sums.each[rows],
        theirs=sums.theirs[chosen],
        products=sums.theirs[chosen].sum(axis=0),
        worker=np.repeat(np.arange(len(chosen)), sizes),
        workers=len(chosen),
    )


def fit(sums: Sums, *, by_worker: bool, start: tuple[float, float] = (0.5, 0.5)) -> Fit:
    """Return the REML fit.

    by_worker: whether workers have an intercept too, beside the sessions'. start: where the search for the two ratios
    of variances (worker, session) to the residual's begins, > 0.
    """
    p = len(sums.products) - 1
    free = np.array([by_worker and 1 < sums.workers < len(sums.worker), bool((sums.sizes > 1).any())])
    if sums.rows <= p or np.linalg.matrix_rank(sums.products[:p, :p]) < p:
        unknown = np.full((p, p), np.nan)
        return Fit(coefficients=unknown[0], covariance=unknown, worker=np.nan, session=np.nan, residual=np.nan)
    ratios = np.zeros(2)
    flat = _solved(sums, ratios)[2] * (sums.rows - p) <= 1e-12 * sums.products[p, p]
    if free.any() and not flat:
        ratios[free] = _best(sums, free, np.array(start))
    beta, covariance, residual = _solved(sums, ratios)
    worker, session = (float(v) if ok else np.nan for v, ok in zip(residual * ratios, free, strict=True))
    return Fit(coefficients=beta, covariance=covariance * residual, worker=worker, session=session, residual=residual)


def _best(sums: Sums, free: NDArray[np.bool_], start: Floats) -> Floats:
    """Return the most likely ratios of those that are free; they are searched by their square roots.

    TNC and not L-BFGS-B: for two numbers the latter starts all of the machine's threads, and waits for them.
    """

    def loss(roots: Floats) -> tuple[float, Floats]:
        ratios = np.zeros(2)
        ratios[free] = roots**2
        deviance, slopes = _deviance(sums, ratios)
        return deviance, 2 * roots * slopes[free]

    limits = [(0, HIGHEST)] * int(free.sum())
    found = minimize(loss, np.sqrt(start[free]), method="TNC", jac=True, bounds=limits, options=PRECISION)
    return np.asarray(found.x, dtype="float64") ** 2


def _deviance(sums: Sums, ratios: Floats) -> tuple[float, Floats]:
    """Return -2 times the restricted log-likelihood, up to a constant, and its slopes in the two ratios.

    With the residual variance that is best for the ratios it is, for n rows, p columns of X and M = (X, y),
    (n - p) log |M' V⁻¹ M| - (n - p - 1) log |X' V⁻¹ X| + log |V|.
    """
    p, n = len(sums.products) - 1, sums.rows
    worker, session = ratios
    parts = _weighted(sums, ratios)
    inner, weights, shares = parts.inner, parts.weights, parts.shares
    ends = parts.between * shares[:, None]  # 1' V⁻¹ M of each worker
    middles = parts.part - (weights * worker)[:, None] * ends[sums.worker]  # and of each session
    logs = float(np.log1p(sums.sizes * session).sum() - np.log(shares).sum())
    slopes = []
    for sides, trace in (
        (ends, float((parts.within * shares).sum())),
        (middles, float((weights - weights**2 * worker * shares[sums.worker]).sum())),
    ):
        change = -(sides.T @ sides)
        whole = np.trace(np.linalg.solve(inner, change))
        fixed = np.trace(np.linalg.solve(inner[:p, :p], change[:p, :p]))
        slopes.append(float((n - p) * whole - (n - p - 1) * fixed + trace))
    whole, fixed = np.linalg.slogdet(inner)[1], np.linalg.slogdet(inner[:p, :p])[1]
    return float((n - p) * whole - (n - p - 1) * fixed + logs), np.array(slopes)


def _solved(sums: Sums, ratios: Floats) -> tuple[Floats, Floats, float]:
    """Return the coefficients, their covariance over the residual variance, and the residual variance."""
    p = len(sums.products) - 1
    inner = _weighted(sums, ratios).inner
    inverse = np.linalg.inv(inner[:p, :p])
    beta: Floats = inverse @ inner[:p, p]
    return (
        beta,
        np.asarray(inverse, dtype="float64"),
        float(max(inner[p, p] - inner[p, :p] @ beta, 0) / (sums.rows - p)),
    )


class _Weighted(NamedTuple):
    """inner: M' V⁻¹ M. weights: 1' D⁻¹ 1 of each session, D: V without the workers. part: 1' D⁻¹ M of each session.

    within, between: the same two of each worker. shares: 1 / (1 + ratio · within), of each worker.
    """

    inner: Floats
    weights: Floats
    part: Floats
    within: Floats
    between: Floats
    shares: Floats


def _weighted(sums: Sums, ratios: Floats) -> _Weighted:
    """Return the products that are needed, over the residual variance."""
    worker, session = ratios
    shrunk = 1 + sums.sizes * session
    part, weights = sums.each / shrunk[:, None], sums.sizes / shrunk
    within = np.bincount(sums.worker, weights, minlength=sums.workers).astype("float64")
    between = _by(part, sums.worker, sums.workers)
    shares = 1 / (1 + worker * within)
    inner = sums.products - session * (sums.each.T @ part) - between.T @ (between * (worker * shares)[:, None])
    return _Weighted(inner, weights, part, within, between, shares)


def _by(columns: Floats, codes: Codes, size: int) -> Floats:
    return np.column_stack([np.bincount(codes, column, minlength=size) for column in columns.T]).astype("float64")
