"""Whether one arm is better than another, and whether its workers learn faster.

    attempts, or a row for each session → arm_differences;  attempts → end_differences, arm_by_attempt

Each arm is compared with the baseline alone, with errors clustered on workers (see `clustered`), so it does not matter
whether a worker stays in one arm or not. With fewer than two workers in one of the two there is no error. Every row
weighs the same: give one row a session (of `gains.session_ends`, say) where sessions should.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals
from imgloop_widgets.analysis.clustered import COLUMNS, clustered_ols
from imgloop_widgets.analysis.gains import session_ends
from imgloop_widgets.analysis.tidy import Codes, Floats, known, one_of, require, sums
from imgloop_widgets.study import Study

ENDS: tuple[str, ...] = ("first", "last", "best")
"""The rows of `end_differences`: a session's first, last and best value."""


def baseline_of(frame: pd.DataFrame, wanted: str = "", *, study: Study | None = None, arm: str = "arm") -> str:
    """Return the arm with which the others are compared; "" where there is none at all.

    wanted: "": the first that the study file has, if it is in the frame, else the first by name.

    Raises: ValueError: the frame has no such column, or no such arm.
    """
    require(frame, arm)
    arms = sorted(frame[arm].dropna().unique())
    order = [one.name for one in study.arms] if study else []
    if wanted and arms:
        one_of("baseline", wanted, arms)
        return wanted
    return next((name for name in (*order, *arms) if name in arms), "")


def end_differences(
    attempts: pd.DataFrame, *, baseline: str, value: str = "score", arm: str = "arm", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return how much the sessions of each other arm begin, end and get at best above the baseline's.

    In: session_id, worker_id, attempt (1-based), arm, value; every session weighs the same. Out: end (each of `ENDS`),
    and the columns of `arm_differences`.

    Raises: ValueError: a column is missing, a value is no number, or the baseline is none of the arms.
    """
    keys = ["worker_id", "session_id"]
    whose = known(attempts, value, keep=[*keys, arm]).drop_duplicates(keys)[[*keys, arm]]
    ends = session_ends(attempts, value=value).merge(whose, on=keys)
    tables = []
    for end in ENDS:
        how = {"baseline": baseline, "value": f"{end}_score", "arm": arm}
        table = arm_differences(ends, **how, seed=seed, draws=draws)
        table.insert(0, "end", pd.Series([end] * len(table), dtype="str"))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def arm_differences(
    frame: pd.DataFrame, *, baseline: str, value: str = "score", arm: str = "arm", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return how much the mean of each other arm is above the baseline's.

    In: session_id, worker_id, arm, value. Out: arm, baseline, difference (units of the value), se, low, high (95 %), p
    (two-sided), d (the difference over the standard deviation of a value within an arm, pooled over all arms; Cohen
    1988), d_low, d_high (bootstrap over workers), workers, sessions, rows (of the arm).

    Raises: ValueError: a column is missing, a value is no number, or the baseline is none of the arms.
    """
    rows, arms = _arms(frame, baseline, arm, value)
    pairs = [_pair(rows, i, rows[value], lambda own: own) for i in range(1, len(arms))]
    columns = {"term": "str", **dict.fromkeys(COLUMNS, "float64")}
    tested = (
        pd.concat([pair.iloc[1:] for pair in pairs]) if pairs else pd.DataFrame(columns=list(columns)).astype(columns)
    )
    table = tested.drop(columns="term").rename(columns={"estimate": "difference"}).reset_index(drop=True)
    table.insert(0, "baseline", pd.Series([baseline] * len(table), dtype=frame[arm].dtype))
    table.insert(0, arm, pd.Series(arms[1:], dtype=frame[arm].dtype))
    y = rows[value].to_numpy() - (rows[value].mean() if len(rows) else 0)
    parts = _moments(y, rows["group"].to_numpy(), rows["worker"].to_numpy(), len(arms))
    low, high = bounds(_standardised(totals(parts, seed=seed, draws=draws), len(arms)), workers=len(parts))
    d = _standardised(parts.sum(axis=0)[None], len(arms))[0]
    known_error = table["se"].notna()
    ends = {"d_low": pd.Series(low).where(known_error), "d_high": pd.Series(high).where(known_error)}
    return table.assign(d=d, **ends, **_counts(rows, range(1, len(arms))))


def arm_by_attempt(attempts: pd.DataFrame, *, baseline: str, value: str = "score", arm: str = "arm") -> pd.DataFrame:
    """Return how much more each other arm gains in an attempt than the baseline.

    In: session_id, worker_id, attempt (1-based), arm, value. Out: arm (the baseline first), start (mean of attempt 1 by
    the straight line; of the others: above the baseline's), slope (units of the value for an attempt; of the others:
    above the baseline's, the interaction), and of the slope se, low, high (95 %), p (two-sided), and workers, sessions,
    rows of the arm.

    Raises: ValueError: a column is missing, a value is no number, or the baseline is none of the arms.
    """
    rows, arms = _arms(attempts, baseline, arm, value, "attempt")
    later = rows["attempt"] - 1

    def line(own: Floats) -> Floats:
        return np.hstack([own, own * later.loc[rows["group"].isin([0, current])].to_numpy()[:, None]])

    tables = []
    for current in range(len(arms)):
        fitted = _pair(rows, current, rows[value], line)
        places = [1, 3] if current else [0, 1]  # of the start and the slope
        row = fitted.iloc[places[1:]].drop(columns="term").rename(columns={"estimate": "slope"})
        row.insert(0, "start", fitted["estimate"].iloc[places[0]])
        tables.append(row)
    names = ["start", "slope", *COLUMNS[1:]]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names, dtype="float64")
    table.insert(0, arm, pd.Series(arms, dtype=attempts[arm].dtype))
    return table.assign(**_counts(rows, range(len(arms))))


def _pair(rows: pd.DataFrame, group: int, values: pd.Series, columns: Callable[[Floats], Floats]) -> pd.DataFrame:
    """Return the fit of the baseline's rows and the group's; of the baseline's alone for group 0.

    columns: ones, and whether a row is of the group → the columns of the design.
    """
    chosen = rows["group"].isin([0, group])
    mine = rows.loc[chosen]
    own = np.ones((len(mine), 1))
    if group:
        own = np.column_stack([own, mine["group"] == group])
    smaller = min(mine.loc[mine["group"] == each, "worker"].nunique() for each in {0, group})
    x = columns(own.astype("float64"))
    terms = [str(place) for place in range(x.shape[1])]
    return clustered_ols(values.loc[chosen].to_numpy(), x, mine["worker"].to_numpy(), terms, groups=smaller)


def _arms(frame: pd.DataFrame, baseline: str, arm: str, *values: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the known rows with `group` (0: the baseline), and the arms in that order."""
    rows = known(frame, *values, keep=[arm])
    if frame.empty:
        return rows.assign(group=np.zeros(0, dtype="int64")), []
    one_of("baseline", baseline, sorted(frame[arm].dropna().unique()))
    arms = [baseline, *sorted(set(rows[arm]) - {baseline})]
    return rows.assign(group=rows[arm].map({name: i for i, name in enumerate(arms)}).astype("int64")), arms


def _moments(y: Floats, group: Codes, worker: Codes, arms: int) -> Floats:
    """Return n, Σ y, Σ y² of each worker in each arm: (workers, 3 · arms)."""
    workers = int(worker.max()) + 1 if len(worker) else 0
    cells = sums(worker * arms + group, workers * arms, np.ones(len(y)), y, y**2)
    return cells.reshape(workers, arms, 3).transpose(0, 2, 1).reshape(workers, 3 * arms)


def _standardised(drawn: Floats, arms: int) -> Floats:
    """Return d of each arm but the baseline: (draws, arms - 1). drawn: (draws, 3 · arms), of `_moments`."""
    n, total, squares = np.split(drawn, 3, axis=1)
    means = ratio(total, n)
    within = (squares - np.where(n > 0, total * means, 0)).sum(axis=1, keepdims=True)
    freedom = n.sum(axis=1, keepdims=True) - (n > 0).sum(axis=1, keepdims=True)
    spread = np.sqrt(np.maximum(ratio(within, np.maximum(freedom, 0)), 0))
    return ratio(means[:, 1:] - means[:, :1], spread)


def _counts(rows: pd.DataFrame, groups: range) -> dict[str, list[int]]:
    of = [rows.loc[rows["group"] == i] for i in groups]
    return {
        "workers": [part["worker"].nunique() for part in of],
        "sessions": [part["session"].nunique() for part in of],
        "rows": [len(part) for part in of],
    }
