"""What a report counts: small functions from frame to frame.

Intervals are percentile bootstraps at 95 % over workers, for what one worker does twice is not two independent things:
workers are drawn with replacement, each with all that is theirs. The same seed gives the same interval. With fewer
than two workers there is none (NaN).
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals
from imgloop_widgets.analysis.codebook import OPEN, UNKNOWN
from imgloop_widgets.analysis.tidy import coded
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
    wide = sessions.rename(columns={f"{name}_score": name for name in ("first", "last", "best")})
    wide = wide.assign(last_minus_first=wide["last"] - wide["first"], best_minus_first=wide["best"] - wide["first"])
    long = wide.melt(["session_id", "worker_id"], list(GAINS), "measure", "score")
    means = mean_by(long, by="measure", value="score", seed=seed, draws=draws)
    return means.set_index("measure").reindex([g for g in GAINS if g in set(means["measure"])]).reset_index()


def mean_by(frame: pd.DataFrame, *, by: str, value: str, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of `value` in each group of `by`, with its 95 % interval over workers.

    In: session_id, worker_id, and the two columns; rows without a value are left out. Out: by, mean, low, high,
    workers, sessions; in the order of `by`.
    """
    known = frame.dropna(subset=[value])
    worker, workers = coded(known["worker_id"])
    group, groups = pd.factorize(known[by], sort=True)
    cell, shape = worker * len(groups) + group, (workers, len(groups))
    values = known[value].to_numpy(dtype="float64")
    cells = workers * len(groups)
    sums = np.bincount(cell, values, minlength=cells).reshape(shape).astype("float64")
    sizes = np.bincount(cell, minlength=cells).reshape(shape).astype("float64")
    drawn = totals(np.hstack([sums, sizes]), seed=seed, draws=draws)
    low, high = bounds(ratio(drawn[:, : len(groups)], drawn[:, len(groups) :]), workers=workers)
    counts = (sizes > 0).sum(axis=0)
    return pd.DataFrame(
        {
            by: pd.Series(groups, dtype=known[by].dtype),
            "mean": sums.sum(axis=0) / sizes.sum(axis=0),
            "low": np.where(counts > 1, low, np.nan),
            "high": np.where(counts > 1, high, np.nan),
            "workers": counts.astype("int64"),
            "sessions": known.groupby(group)["session_id"].nunique().to_numpy(dtype="int64"),
        }
    )
