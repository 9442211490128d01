"""What a report counts: small functions from frame to frame.

Intervals are percentile bootstraps at 95 % over workers, for what one worker does twice is not two independent things:
workers are drawn with replacement, each with all that is theirs. The same seed gives the same interval. With fewer
than two workers there is none (NaN).
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals
from imgloop_widgets.analysis.codebook import OPEN, UNKNOWN
from imgloop_widgets.analysis.tidy import Codes, Floats, coded, numbers, sums
from imgloop_widgets.events import REASONS

STEPS: tuple[str, ...] = ("came", "started", "finished", *REASONS, OPEN, UNKNOWN)
"""The rows of `flow`, from top to bottom; the last only where there are such sessions."""

PARTS: tuple[str, ...] = ("write_s", "wait_s", "judge_s")
"""The times of an attempt, in their order."""

GAINS: tuple[str, ...] = ("first", "last", "best", "last_minus_first", "best_minus_first")
"""The rows of `first_last_best`."""


def flow(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return how many came, started and finished, for which reason, how many are still open, and of how many it is not
    known, as of those that are imported.

    In: session_id, worker_id, started, status. Out: step (each of `STEPS`), sessions, workers, share (of the sessions
    that came, 0 to 1; NaN where none came).
    """
    status = sessions["status"]
    steps = STEPS if (status == UNKNOWN).any() else STEPS[:-1]
    chosen = {
        "came": pd.Series(True, index=sessions.index),
        "started": sessions["started"],
        "finished": ~status.isin([OPEN, UNKNOWN]),
        **{reason: status == reason for reason in (*REASONS, OPEN, UNKNOWN)},
    }
    counts = pd.DataFrame(
        {
            "step": list(steps),
            "sessions": [int(chosen[step].sum()) for step in steps],
            "workers": [sessions.loc[chosen[step], "worker_id"].nunique() for step in steps],
        }
    ).astype({"step": "str", "sessions": "int64", "workers": "int64"})
    return counts.assign(share=counts["sessions"] / (len(sessions) or np.nan))


def times_by_attempt(attempts: pd.DataFrame) -> pd.DataFrame:
    """Return median and quartiles of the times of each attempt, in seconds.

    In: session_id, worker_id, attempt, write_s, wait_s, judge_s. Out: part (each of `PARTS`), attempt, median, q1, q3,
    workers, sessions; rows only where a time is known.
    """
    long = attempts.melt(["session_id", "worker_id", "attempt"], list(PARTS), "part", "seconds").dropna()
    long["part"] = pd.Categorical(long["part"], list(PARTS), ordered=True)
    groups = long.groupby(["part", "attempt"], observed=True)
    times = pd.DataFrame(
        {
            "median": groups["seconds"].median(),
            "q1": groups["seconds"].quantile(0.25),
            "q3": groups["seconds"].quantile(0.75),
            "workers": groups["worker_id"].nunique(),
            "sessions": groups["session_id"].nunique(),
        }
    )
    return times.reset_index().astype({"part": "str"})


def first_last_best(sessions: pd.DataFrame, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of the first, last and best score of a session, and what was gained over the first.

    In: session_id, worker_id, first_score, last_score, best_score; sessions without a score are left out; with one
    score all three are the same. Out: measure (each of `GAINS`), mean, low, high (95 %), workers, sessions.
    """
    first, last, best = (numbers(sessions[f"{name}_score"]) for name in ("first", "last", "best"))
    scores = dict(zip(GAINS, (first, last, best, last - first, best - first), strict=True))
    return means_of(sessions, pd.DataFrame(scores), seed=seed, draws=draws)


def means_of(
    sessions: pd.DataFrame,
    values: pd.DataFrame,
    *,
    sizes: pd.DataFrame | None = None,
    by: str = "measure",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return the mean of each column of `values`, with its 95 % interval over workers: what `mean_by` gives of the same
    values below each other.

    In: session_id, worker_id. values: in the order of these rows; NaN: not known. sizes: of how many values each is the
    sum; None: each is one. Out: by (names of columns, without those of which nothing is known), mean, low, high,
    workers, sessions.
    """
    above = values.to_numpy(dtype="float64")
    below = np.ones_like(above) if sizes is None else sizes.to_numpy(dtype="float64")
    known = ~np.isnan(above)
    rows, columns = known.any(axis=1), np.flatnonzero(known.any(axis=0))
    if not rows.all():
        sessions, above, below, known = sessions[rows], above[rows], below[rows], known[rows]
    columns = columns[np.argsort(values.columns[columns])]  # as `mean_by` has its groups: draws depend on their order
    worker, workers = coded(sessions["worker_id"])
    session, _ = pd.factorize(sessions["session_id"])
    parts = [np.zeros((workers, 0))] * 2
    if len(columns):
        parts = [sums(worker, workers, *part.T[columns]) for part in (np.where(known, above, 0), known * below)]
    table = _means(*parts, seed=seed, draws=draws)
    table.insert(0, by, values.columns[columns])
    table["sessions"] = np.array([_different(session[known[:, column]]) for column in columns], dtype="int64")
    return table.iloc[np.argsort(columns)].reset_index(drop=True)


def mean_by(frame: pd.DataFrame, *, by: str, value: str, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of `value` in each group of `by`, with its 95 % interval over workers.

    In: session_id, worker_id, and the two columns; rows without a value are left out. Out: by, mean, low, high,
    workers, sessions; in the order of `by`.
    """
    known = frame[list(dict.fromkeys(["session_id", "worker_id", by, value]))].dropna(subset=[value])
    worker, workers = coded(known["worker_id"])
    group, groups = pd.factorize(known[by], sort=True)
    cell, shape = worker * len(groups) + group, (workers, len(groups))
    values = known[value].to_numpy(dtype="float64")
    cells = workers * len(groups)
    above = np.bincount(cell, values, minlength=cells).reshape(shape).astype("float64")
    below = np.bincount(cell, minlength=cells).reshape(shape).astype("float64")
    table = _means(above, below, seed=seed, draws=draws)
    table.insert(0, by, pd.Series(groups, dtype=known[by].dtype))
    session, sessions = pd.factorize(known["session_id"])
    pairs = np.bincount((group * len(sessions) + session)[session >= 0], minlength=len(groups) * len(sessions))
    table["sessions"] = np.count_nonzero(pairs.reshape(len(groups), len(sessions)), axis=1)
    return table


def _means(above: Floats, below: Floats, *, seed: int, draws: int) -> pd.DataFrame:
    """Return mean, low, high, workers of each group. above, below: sums and sizes of each worker, (workers, groups)."""
    groups, workers = above.shape[1], len(above)
    drawn = totals(np.hstack([above, below]), seed=seed, draws=draws)
    low, high = bounds(ratio(drawn[:, :groups], drawn[:, groups:]), workers=workers)
    counts = (below > 0).sum(axis=0)
    return pd.DataFrame(
        {
            "mean": above.sum(axis=0) / below.sum(axis=0),
            "low": np.where(counts > 1, low, np.nan),
            "high": np.where(counts > 1, high, np.nan),
            "workers": counts.astype("int64"),
        }
    )


def _different(codes: Codes) -> int:
    return int(np.count_nonzero(np.bincount(codes[codes >= 0])))
