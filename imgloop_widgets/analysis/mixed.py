"""Random intercepts by restricted maximum likelihood (REML), in time that grows with the sessions and no faster.

    y = X β + worker + session + residual,    each of the three normal around 0 with a variance of its own

For such a model the likelihood needs only sums over each session (Woodbury's identity, first for the sessions, then for
the workers), so a million attempts are fitted in seconds; statsmodels' MixedLM loops over the groups in Python. It is
what the tests compare with. Beware of its summary: "Group Var" there is divided by the square root of the scale, and
only `cov_re` is in squared units of y. Here every variance is.

Source: Laird and Ware, Biometrics 1982; Searle, Casella and McCulloch, Variance Components, 1992, chapter 6.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize

from imgloop_widgets.analysis.bootstrap import kind_draws, kinds, worker_draws
from imgloop_widgets.analysis.tidy import Codes, Floats

HIGHEST = 1e4
"""The highest ratio of a standard deviation to that of the residual; only reached where the residual is nothing."""

PRECISION = {"ftol": 1e-12, "gtol": 1e-7, "xtol": 1e-10}
"""When the search for the most likely variances ends, as scipy's TNC has it."""

NEARLY_NOTHING = 1e-6
"""A ratio of variances below which it is asked whether the search is merely stuck there."""

AGAIN = 4
"""How often a search is begun at most."""


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

    sizes: rows of each session, (sessions,). each: sums over each session, (sessions, columns). theirs: products of the
    columns, of each worker, (workers, columns, columns). worker: of each session. times: how many workers each one
    stands for, (workers,): one who was drawn twice is two workers.
    """

    sizes: Floats
    each: Floats
    theirs: Floats
    worker: Codes
    times: Floats

    @property
    def often(self) -> Floats:
        """How many sessions each one stands for, (sessions,)."""
        return self.times[self.worker]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return round(float(self.sizes @ self.often))

    @property
    def products(self) -> Floats:
        """Products of the columns over all rows, (columns, columns)."""
        return np.tensordot(self.times, self.theirs, 1)


def sums_of(y: Floats, x: Floats, session: Codes, worker: Codes) -> Sums:
    """Return the sums. y: (n,). x: (n, p). session, worker: codes 0, 1, …, (n,); a session has one worker."""
    columns = np.column_stack([x, y])
    sessions, workers = int(session.max()) + 1, int(worker.max()) + 1
    whose = np.zeros(sessions, dtype="int64")
    whose[session] = worker
    theirs = np.array([[np.bincount(worker, a * b, minlength=workers) for a in columns.T] for b in columns.T])
    return Sums(
        sizes=np.bincount(session, minlength=sessions).astype("float64"),
        each=_by(columns, session, sessions),
        theirs=theirs.transpose(2, 0, 1),
        worker=whose,
        times=np.ones(workers),
    )


def drawn(sums: Sums, seed: int, draws: int) -> Iterator[Sums]:
    """Yield the sums of workers drawn anew, as often as there are workers. sums: of workers who count once each."""
    workers, sessions = len(sums.times), len(sums.sizes)
    found = None
    if workers == sessions:  # one session each: what there is of a worker is one row
        order = np.argsort(sums.worker)
        own = np.column_stack([sums.sizes[order], sums.each[order], sums.theirs.reshape(workers, -1)])
        found = kinds(own)
    if found is None:
        for some in worker_draws(workers, seed=seed, draws=draws):
            yield from (replace(sums, times=times) for times in some)
        return
    of, counts = found
    few = replace(sums, sizes=sums.sizes[order][of], each=sums.each[order][of], theirs=sums.theirs[of],
                  worker=np.arange(len(of)), times=counts.astype("float64"))  # fmt: skip
    for some in kind_draws(counts, seed=seed, draws=draws):
        yield from (replace(few, times=times) for times in some)


def fit(sums: Sums, *, by_worker: bool, start: tuple[float, float] = (0.5, 0.5)) -> Fit:
    """Return the REML fit.

    by_worker: whether workers have an intercept too, beside the sessions'. start: where the search for the two ratios
    of variances (worker, session) to the residual's begins, > 0.
    """
    products, rows = sums.products, sums.rows
    p = len(products) - 1
    several = sums.often > 0
    both = by_worker and bool(1 < sums.times.sum() < sums.often.sum())
    free = np.array([both, bool((sums.sizes[several] > 1).any())])
    if rows <= p or np.linalg.matrix_rank(products[:p, :p]) < p:
        unknown = np.full((p, p), np.nan)
        return Fit(coefficients=unknown[0], covariance=unknown, worker=np.nan, session=np.nan, residual=np.nan)
    model: Sums | _BySize = sums if both else _by_size(sums)
    ratios = np.zeros(2)
    flat = _solved(model, ratios)[2] * (rows - p) <= 1e-12 * products[p, p]
    if free.any() and not flat:
        ratios[free] = _best(model, free, np.array(start))
    beta, covariance, residual = _solved(model, ratios)
    worker, session = (float(v) if ok else np.nan for v, ok in zip(residual * ratios, free, strict=True))
    return Fit(coefficients=beta, covariance=covariance * residual, worker=worker, session=session, residual=residual)


def _best(model: "Sums | _BySize", free: NDArray[np.bool_], start: Floats) -> Floats:
    """Return the most likely ratios of those that are free; two are searched by their square roots.

    TNC and not L-BFGS-B: for two numbers the latter starts all of the machine's threads, and waits for them. At a root
    of 0 the slope is 0 always, so a search that ends there is begun anew from where that ratio alone is best.
    """

    def deviance(some: Floats | float) -> tuple[float, Floats]:
        ratios = np.zeros(2)
        ratios[free] = some
        value, slopes = _deviance(model, ratios) if isinstance(model, Sums) else _deviance_by_size(model, ratios)
        return value, slopes[free]

    if free.sum() == 1:
        return np.array([_lowest(lambda ratio: float(deviance(ratio)[1][0]), float(start[free][0]))])

    def loss(roots: Floats) -> tuple[float, Floats]:
        value, slopes = deviance(roots**2)
        return value, 2 * roots * slopes

    limits, ratios = [(0, HIGHEST)] * 2, start
    for _ in range(AGAIN):
        found = minimize(loss, np.sqrt(ratios), method="TNC", jac=True, bounds=limits, options=PRECISION)
        ratios = np.asarray(found.x, dtype="float64") ** 2
        stuck = np.flatnonzero((ratios < NEARLY_NOTHING) & (deviance(ratios)[1] < 0))
        if not len(stuck):
            break
        ratios = _raised(lambda some: deviance(some)[1], ratios, int(stuck[0]), start)
    return ratios


def _raised(slopes: Callable[[Floats], Floats], ratios: Floats, place: int, start: Floats) -> Floats:
    """Return the ratios with the one at this place as it is best while the other stays."""

    def with_it(ratio: float) -> Floats:
        return np.where(np.arange(2) == place, ratio, ratios)

    return with_it(_lowest(lambda ratio: float(slopes(with_it(ratio))[place]), float(start[place])))


def _lowest(slope: Callable[[float], float], start: float) -> float:
    """Return where the deviance is lowest, near `start`. slope: of the deviance at a ratio."""
    low, high = 0.0, start
    while slope(high) < 0:
        if high >= HIGHEST**2:
            return HIGHEST**2
        low, high = high, 4 * high
    if low == 0 and slope(low) >= 0:
        return 0.0
    return float(brentq(slope, low, high, xtol=1e-14, rtol=1e-13))


def _deviance(sums: Sums, ratios: Floats) -> tuple[float, Floats]:
    """Return -2 times the restricted log-likelihood, up to a constant, and its slopes in the two ratios.

    With the residual variance that is best for the ratios it is, for n rows, p columns of X and M = (X, y),
    (n - p) log |M' V⁻¹ M| - (n - p - 1) log |X' V⁻¹ X| + log |V|.
    """
    n, often, times = sums.rows, sums.often, sums.times
    worker, session = ratios
    parts = _weighted(sums, ratios)
    inner, weights, shares = parts.inner, parts.weights, parts.shares
    ends = parts.between * shares[:, None]  # 1' V⁻¹ M of each worker
    middles = parts.part - (weights * worker)[:, None] * ends[sums.worker]  # and of each session
    logs = float(often @ np.log1p(sums.sizes * session) - times @ np.log(shares))
    traces = [
        float(times @ (parts.within * shares)),
        float(often @ (weights - weights**2 * worker * shares[sums.worker])),
    ]
    changes = [-(sides.T @ (sides * count[:, None])) for sides, count in ((ends, times), (middles, often))]
    return _likely(n, inner, logs, changes, traces)


def _likely(n: int, inner: Floats, logs: float, changes: list[Floats], traces: list[float]) -> tuple[float, Floats]:
    """Return the deviance and its slopes. logs: log |V|. changes: of `inner`, with each ratio; traces: of log |V|."""
    p = len(inner) - 1
    whole, fixed = np.linalg.slogdet(inner)[1], np.linalg.slogdet(inner[:p, :p])[1]
    slopes = []
    for change, trace in zip(changes, traces, strict=True):
        of_whole = np.trace(np.linalg.solve(inner, change))
        of_fixed = np.trace(np.linalg.solve(inner[:p, :p], change[:p, :p]))
        slopes.append(float((n - p) * of_whole - (n - p - 1) * of_fixed + trace))
    return float((n - p) * whole - (n - p - 1) * fixed + logs), np.array(slopes)


def _solved(model: "Sums | _BySize", ratios: Floats) -> tuple[Floats, Floats, float]:
    """Return the coefficients, their covariance over the residual variance, and the residual variance."""
    inner = _weighted(model, ratios).inner if isinstance(model, Sums) else _inner_by_size(model, ratios)
    p = len(inner) - 1
    inverse = np.linalg.inv(inner[:p, :p])
    beta: Floats = inverse @ inner[:p, p]
    return (
        beta,
        np.asarray(inverse, dtype="float64"),
        float(max(inner[p, p] - inner[p, :p] @ beta, 0) / (model.rows - p)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _BySize:
    """What the likelihood needs where only sessions have an intercept: those of one size have the same weight.

    So hundreds of thousands of sessions are a few sizes, whatever the values are. sizes: rows of a session, (sizes,).
    many: sessions of each size. squares: products of `Sums.each`, over the sessions of each size, (sizes, columns,
    columns).
    """

    rows: int
    products: Floats
    sizes: Floats
    many: Floats
    squares: Floats


def _by_size(sums: Sums) -> _BySize:
    size, often = sums.sizes.astype("int64"), sums.often
    many = np.bincount(size, often).astype("float64")
    squares = np.array([[np.bincount(size, a * b) for a in sums.each.T] for b in (sums.each * often[:, None]).T])
    sizes = np.flatnonzero(many)
    return _BySize(
        rows=sums.rows,
        products=sums.products,
        sizes=sizes.astype("float64"),
        many=many[sizes],
        squares=squares.transpose(2, 0, 1)[sizes],
    )


def _inner_by_size(model: _BySize, ratios: Floats) -> Floats:
    """Return M' V⁻¹ M, as `_weighted` does."""
    session = ratios[1]
    return model.products - np.tensordot(session / (1 + model.sizes * session), model.squares, 1)


def _deviance_by_size(model: _BySize, ratios: Floats) -> tuple[float, Floats]:
    """Return what `_deviance` does; the ratio of the workers is 0, and its slope not asked for."""
    session = ratios[1]
    shrunk = 1 + model.sizes * session
    logs = float(model.many @ np.log(shrunk))
    change = -np.tensordot(1 / shrunk**2, model.squares, 1)
    trace = float(model.many @ (model.sizes / shrunk))
    deviance, slope = _likely(model.rows, _inner_by_size(model, ratios), logs, [change], [trace])
    return deviance, np.array([0.0, slope[0]])


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
    within = np.bincount(sums.worker, weights, minlength=len(sums.times)).astype("float64")
    between = _by(part, sums.worker, len(sums.times))
    shares = 1 / (1 + worker * within)
    inner = sums.products - session * (sums.each.T @ (part * sums.often[:, None]))
    inner -= between.T @ (between * (worker * shares * sums.times)[:, None])
    return _Weighted(inner, weights, part, within, between, shares)


def _by(columns: Floats, codes: Codes, size: int) -> Floats:
    return np.column_stack([np.bincount(codes, column, minlength=size) for column in columns.T]).astype("float64")
