"""What each worker's work looks like beside that of the others: neutral signals, and no verdict.

    sessions, attempts → worker_signals ─┐
                                         ├─▶ compared (a row for each worker and signal) → summary, outside
    telemetry.page_signals ──────────────┘

Workers are numbered in the order they came, as `frames.numbered` does; their ids are nowhere in it. Worker n is
`sessions["worker_id"].unique()[n - 1]`.

A value is outside if it is beyond Tukey's fences: more than 1.5 times the distance of the quartiles below the lower or
above the upper one (Tukey, Exploratory Data Analysis, 1977); of times, whose long tail is to the right, on the scale of
logarithms. Of normal values 0.7 % are outside by chance alone. Being outside is no fault: a worker may be quick, or the
only one who reads the instructions.
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.tidy import Floats, require

TIMES: tuple[str, ...] = ("write_s", "wait_s", "judge_s")
"""Times of attempts, in seconds."""

LOGARITHMIC: tuple[str, ...] = (*TIMES, "typing_s")
"""Signals that are times, in seconds."""

SHARES: tuple[str, ...] = ("repeated", "fast", "same", "left_early", "pasted", "deleted", "hidden")
"""Signals that are shares, 0 to 1."""

SIGNALS: tuple[str, ...] = (
    *TIMES,
    "attempts_each",
    "repeated",
    "fast",
    "same",
    "score_range",
    "deviation",
    "left_early",
)
"""The signals that workers are compared by, in the order in which they are shown."""

UNFENCED: tuple[str, ...] = ("attempts_each", "score_range", "left_early")
"""Signals without fences: they have few different values, set by the study's rules as much as by the worker."""

EARLY: tuple[str, ...] = ("exited", "expired", "withdrawn")
"""Reasons of a session that its worker has ended, or let run out."""

FAST_S = 2.0
"""Seconds below which a score is fast."""

OTHERS = 3
"""Other workers on a target from which on a worker's scores are compared with theirs."""

FEWEST = 5
"""Workers with a value from which on there are fences."""

SHORTEST_S = 0.1
"""Seconds; shorter times count as this where their logarithms are compared."""


def worker_signals(sessions: pd.DataFrame, attempts: pd.DataFrame, *, fast_s: float = FAST_S) -> pd.DataFrame:
    """Return a row for each worker, in the order they came.

    In: sessions, with reason; attempts, with prompt, score and times. fast_s: seconds. Out: worker (1, 2, …), sessions,
    finished (of them), left_early (share of the finished that ended by Exit, by the clock or by withdrawal), attempts,
    attempts_each (mean of the sessions with one), write_s, wait_s, judge_s (medians, seconds), repeated (share of the
    prompts after a session's first that are exactly one of its earlier ones), scores (how many), fast (share given in
    less than fast_s), same (share of the scores after a session's first that are the same as the one before),
    score_range (highest - lowest), deviation (see `deviations`); NaN where there is nothing to tell it from.

    Raises: ValueError: a column is missing.
    """
    require(sessions, "session_id", "worker_id", "reason")
    require(attempts, "session_id", "worker_id", "target_id", "attempt", "prompt", "score", *TIMES)
    rows = attempts.sort_values(["worker_id", "session_id", "attempt"], kind="stable")
    ids = pd.Index(sessions["worker_id"].unique(), name="worker_id")
    far = deviations(rows).to_frame()
    parts: list[pd.DataFrame] = [_sessions(sessions), _work(rows), _prompts(rows), _scores(rows, fast_s), far]
    table: pd.DataFrame = pd.concat([part.reindex(ids) for part in parts], axis=1)
    counts = ["sessions", "finished", "attempts", "scores"]
    table = table.assign(**{name: table[name].fillna(0).astype("int64") for name in counts})
    order = ["sessions", "finished", "left_early", "attempts", "attempts_each", *TIMES, "repeated", "scores", "fast",
             "same", "score_range", "deviation"]  # fmt: skip
    table = table[order].reset_index(drop=True)
    table.insert(0, "worker", np.arange(1, len(table) + 1))
    return table


def deviations(attempts: pd.DataFrame, *, others: int = OTHERS) -> pd.Series:
    """Return how far each worker's scores are from those of the others on the same targets: worker_id → units of score.

    In: worker_id, target_id, score. A target counts a worker's mean score less the mean of the other workers' means;
    the targets of a worker weigh the same; one with fewer than `others` other workers is left out. Severe or mild
    scoring shows in it, and so do bad or good pictures: it does not tell them apart.
    """
    known = attempts.dropna(subset=["score"])
    means = known.astype({"score": "float64"}).groupby(["worker_id", "target_id"])["score"].mean()
    of_target = means.groupby("target_id")
    total, size = of_target.transform("sum"), of_target.transform("size")
    apart = means - (total - means) / (size - 1).where(size > others)
    return apart.groupby("worker_id").mean().rename("deviation")


def compared(signals: pd.DataFrame, *, of: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Return each worker's value of each signal beside the fences of all workers.

    In: worker, and the signals. of: which; None: all but the worker. Out: signal, worker, value, low, high (the fences,
    within what is possible; NaN for `UNFENCED` signals, with fewer than `FEWEST` workers, and where half of the workers
    are the same), outside; rows only where there is a value.

    Raises: ValueError: a column is missing.
    """
    chosen = list(of if of is not None else [name for name in signals.columns if name != "worker"])
    require(signals, "worker", *chosen)
    long = signals.melt("worker", chosen, "signal", "value").dropna(subset=["value"]).astype({"value": "float64"})
    long = long[["signal", "worker", "value"]].astype({"signal": "str"})
    bounds = {name: _fences(str(name), rows["value"].to_numpy()) for name, rows in long.groupby("signal")}
    for place, side in enumerate(("low", "high")):
        long[side] = [bounds[name][place] for name in long["signal"]]
    long = long.astype({"low": "float64", "high": "float64"})
    counted = long["value"].where(~long["signal"].isin(LOGARITHMIC), long["value"].clip(lower=SHORTEST_S))
    long["outside"] = (counted < long["low"]) | (counted > long["high"])
    return long.reset_index(drop=True)


def summary(compared: pd.DataFrame) -> pd.DataFrame:
    """Return what is usual for each signal, and how many are not.

    In: of `compared`. Out: signal, workers (with a value), lower, middle, upper (quartiles), fence_low, fence_high
    (missing: no fences), outside (workers); in the order of the signals.
    """
    groups = compared.groupby("signal", sort=False)
    quartiles = {"lower": 0.25, "middle": 0.5, "upper": 0.75}
    table = pd.DataFrame(
        {
            "workers": groups.size(),
            **{name: groups["value"].quantile(share) for name, share in quartiles.items()},
            "fence_low": groups["low"].first(),
            "fence_high": groups["high"].first(),
            "outside": groups["outside"].sum(),
        }
    )
    return table.reset_index().astype({"workers": "int64", "outside": "int64"})


def outside(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the values that are outside, by worker.

    In: of `compared`. Out: worker, signal, value, side ('below', 'above').
    """
    rows = compared.loc[compared["outside"]].sort_values("worker", kind="stable")
    side = np.where(rows["value"] < rows["low"], "below", "above")
    return (
        rows[["worker", "signal", "value"]]
        .assign(side=pd.Series(side, index=rows.index, dtype="str"))
        .reset_index(drop=True)
    )


def _sessions(sessions: pd.DataFrame) -> pd.DataFrame:
    over = sessions["reason"].notna()
    early = sessions["reason"].isin(EARLY).astype("float64").where(over)
    groups = sessions.assign(over=over, early=early).groupby("worker_id")
    return pd.DataFrame(
        {"sessions": groups.size(), "finished": groups["over"].sum(), "left_early": groups["early"].mean()}
    )


def _work(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby("worker_id")
    each_has = rows.groupby(["worker_id", "session_id"]).size().groupby("worker_id").mean()
    times = {name: groups[name].median() for name in TIMES}
    return pd.DataFrame({"attempts": groups.size(), "attempts_each": each_has, **times})


def _prompts(rows: pd.DataFrame) -> pd.DataFrame:
    again = rows.duplicated(["worker_id", "session_id", "prompt"]).astype("float64")
    follows = rows.duplicated(["worker_id", "session_id"])
    return pd.DataFrame({"repeated": again.where(follows).groupby(rows["worker_id"]).mean()})


def _scores(rows: pd.DataFrame, fast_s: float) -> pd.DataFrame:
    known = rows.dropna(subset=["score"]).astype({"score": "float64"})
    groups = known.groupby("worker_id")
    follows = known.duplicated(["worker_id", "session_id"])
    same = known["score"].eq(known["score"].shift()).astype("float64").where(follows)
    fast = known["judge_s"].lt(fast_s).astype("float64").where(known["judge_s"].notna())
    reach = groups["score"].max() - groups["score"].min()
    return pd.DataFrame(
        {
            "scores": groups.size(),
            "fast": fast.groupby(known["worker_id"]).mean(),
            "same": same.groupby(known["worker_id"]).mean(),
            "score_range": reach.where(groups.size() > 1),
        }
    )


def _fences(signal: str, values: Floats) -> tuple[float, float]:
    if len(values) < FEWEST or signal in UNFENCED:
        return np.nan, np.nan
    scaled = np.log(np.maximum(values, SHORTEST_S)) if signal in LOGARITHMIC else values
    lower, upper = np.quantile(scaled, [0.25, 0.75])
    if lower == upper:
        return np.nan, np.nan
    ends = lower - 1.5 * (upper - lower), upper + 1.5 * (upper - lower)
    if signal in LOGARITHMIC:
        return float(np.exp(ends[0])), float(np.exp(ends[1]))
    low = -np.inf if signal == "deviation" else 0.0
    high = 1.0 if signal in SHARES else np.inf
    return float(max(ends[0], low)), float(min(ends[1], high))
