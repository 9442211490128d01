"""What a session gains: from the first attempt to the last and the best, and how much of it is luck.

    attempts → session_ends → first_last_best, gain_shares, best_attempts
    attempts → order_luck;  attempts and replays of the first prompts → replay_luck

The best of k pictures is better than the first even if nobody learns anything. There are two measures of that luck:

- **By order** (`order_luck`): the same values in an order that says nothing. Then the first is worth the session's
  mean on average: best - mean is luck, mean - first is beyond it. It asks whether *later* is better, so that a session
  that was good from its second attempt on keeps a part of its gain as luck.
- **By replay** (`replay_luck`): the first prompt drawn k times, of which the best is taken. It asks whether other
  prompts were better than more pictures of the first one. It needs pictures that were drawn for that.

In: attempts: session_id, worker_id, attempt (1-based), and the values; rows without a value are left out.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr

from imgloop_widgets.analysis.bootstrap import AT_ONCE, DRAWS, MANY
from imgloop_widgets.analysis.measures import first_last_best, means_of
from imgloop_widgets.analysis.tidy import Codes, Floats, known, sums

BY_ORDER: tuple[str, ...] = ("last_minus_first", "best_minus_first")
"""The rows of `order_luck`."""

NUMBERS = 1 << 20
"""Numbers of attempts below it are sorted together with their session, as one key."""

BY_REPLAY: tuple[str, ...] = ("best", "luck", "beyond_luck")
"""The rows of `replay_luck`."""

SHARES: tuple[str, ...] = ("last_above_first", "best_above_first", "edits_that_improve")
"""The rows of `gain_shares`."""


def session_ends(attempts: pd.DataFrame, *, value: str = "score") -> pd.DataFrame:
    """Return first, last and best of each session.

    In: session_id, worker_id, attempt, value. Out: session_id, worker_id, attempts (with a value), first_score,
    last_score, best_score (all in units of the value), best_attempt (the earliest of several), mean_score, improved
    (attempts that are above the one before). A session_id that two workers share is two sessions.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    return _ends(_in_order(attempts, value), value)


def _ends(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return the same of rows as `_in_order` returns them."""
    values, sessions = rows[value].to_numpy(), rows["session"].to_numpy()
    starts = _starts(sessions)
    own = np.argsort(sessions[starts])
    sizes = np.diff(starts, append=len(rows))
    best = _of_each(np.maximum, values, starts)
    at_best = np.where(values == np.repeat(best, sizes), np.arange(len(rows)), len(rows))
    above = np.append(False, (np.diff(values) > 0) & (np.diff(sessions) == 0))[: len(rows)]
    ends = pd.DataFrame(
        {
            "attempts": sizes.astype("int64"),
            "first_score": values[starts],
            "last_score": values[starts + sizes - 1],
            "best_score": best,
            "best_attempt": rows["attempt"].to_numpy()[_of_each(np.minimum, at_best, starts)].astype("int64"),
            "mean_score": _of_each(np.add, values, starts) / sizes,
            "improved": _of_each(np.add, above.astype("int64"), starts),
        }
    ).iloc[own]
    ids = rows[["session_id", "worker_id"]].iloc[starts[own]]
    return pd.concat([ids.reset_index(drop=True), ends.reset_index(drop=True)], axis=1)


def gains(attempts: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return first, last, best, and what was gained over the first.

    In: session_id, worker_id, attempt, value. Out: measure, mean (units of the value), low, high (95 %, bootstrap over
    workers), workers, sessions; as `measures.first_last_best`.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    return first_last_best(session_ends(attempts, value=value), seed=seed, draws=draws)


def gain_shares(attempts: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the share of sessions that end above their first, or were ever above it, and of edits that improve.

    In: session_id, worker_id, attempt, value. Out: measure (each of `SHARES`), mean (0 to 1), low, high (bootstrap over
    workers), workers, sessions. Sessions with one value are left out. An edit is an attempt that is not the first; it
    improves if it is above the one before it, and every edit weighs the same.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    ends = session_ends(attempts, value=value)
    ends = ends.loc[ends["attempts"] > 1]
    last, best = (ends[f"{name}_score"] > ends["first_score"] for name in ("last", "best"))
    values = pd.DataFrame(dict(zip(SHARES, (last, best, ends["improved"]), strict=True)), dtype="float64")
    sizes = pd.DataFrame(dict(zip(SHARES, (1.0, 1.0, ends["attempts"] - 1.0), strict=True)))
    return means_of(ends, values, sizes=sizes, seed=seed, draws=draws)


def best_attempts(attempts: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return which attempt is the session's best, as shares of all sessions.

    In: session_id, worker_id, attempt, value. Out: attempt (1 to the last that anyone made), mean (share, 0 to 1), low,
    high (bootstrap over workers), workers, sessions (all of them). Of several equal ones the earliest is the best.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    rows = _in_order(attempts, value)
    ends = _ends(rows, value)
    numbers = pd.RangeIndex(1, int(rows["attempt"].max()) + 1 if len(rows) else 1)
    best = ends["best_attempt"].to_numpy()[:, None] == numbers.to_numpy()
    return means_of(ends, pd.DataFrame(best, columns=numbers), by="attempt", seed=seed, draws=draws)


def order_luck(attempts: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return how much of the gain over the first attempt is there in any order of a session's attempts.

    In: session_id, worker_id, attempt, value. Out: measure (each of `BY_ORDER`), gain, luck (its mean over all orders
    of every session, exact), beyond (gain - luck), low, high (of beyond; bootstrap over workers), p (two-sided, over
    random orders within sessions; at least 1 / (draws + 1), or from the normal distribution with very many sessions),
    workers, sessions. Units of the value.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    rows = _in_order(attempts, value)
    ends = _ends(rows, value)
    beyond = (ends[f"{name}_score"] - ends["first_score"] for name in ("last", "mean"))
    table = means_of(ends, pd.DataFrame(dict(zip(BY_ORDER, beyond, strict=True))), seed=seed, draws=draws).set_index(
        "measure"
    )
    table = table.reindex(list(BY_ORDER)).rename_axis("measure").reset_index().rename(columns={"mean": "beyond"})
    luck = np.array([0.0, (ends["best_score"] - ends["mean_score"]).mean()])
    table.insert(1, "luck", luck if len(ends) else np.nan)
    table.insert(1, "gain", table["beyond"] + table["luck"])
    table.insert(6, "p", _order_p(rows, value, table["beyond"].to_numpy(), seed, draws))
    return table.assign(**{name: table[name].fillna(0).astype("int64") for name in ("workers", "sessions")})


def replay_luck(
    attempts: pd.DataFrame, replays: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the best of a session's k attempts beside the best of k pictures of its first prompt.

    In: attempts, as above. replays: session_id, worker_id, attempt, value: pictures that were drawn anew from a
    session's prompts, of which those of its first attempt are used. Out: measure (each of `BY_REPLAY`), mean, low, high
    (bootstrap over workers; units of the value), workers, sessions. The luck of a session is the exact mean of the best
    of k out of its first picture and its replays, drawn without putting back; a session with fewer than k of those is
    left out.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    ends = session_ends(attempts, value=value)
    first = _in_order(attempts, value).drop_duplicates("session")[["worker_id", "session_id", "attempt", value]]
    drawn = replays.merge(first.drop(columns=value), on=["worker_id", "session_id", "attempt"])
    pool = known(pd.concat([first, drawn[first.columns]]), value, keep=["session_id", "worker_id"])
    lucky = pool.merge(ends[["worker_id", "session_id", "attempts"]], on=["worker_id", "session_id"])
    lucky = lucky.sort_values(["session", value])
    best = (lucky[value] * _best_of(lucky)).groupby(lucky["session"]).sum(min_count=1).dropna()
    names = lucky.drop_duplicates("session").set_index("session")[["worker_id", "session_id"]]
    wide = ends.merge(names.assign(luck=best).dropna(), on=["worker_id", "session_id"])
    values = wide.assign(best=wide["best_score"], beyond_luck=wide["best_score"] - wide["luck"])[list(BY_REPLAY)]
    return means_of(wide, values, seed=seed, draws=draws)


def _in_order(attempts: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return the rows with a value, those of a session together and in order; the sessions as they come, if so already.

    Out: as of `known`.
    """
    rows = known(attempts, value, "attempt", keep=["session_id", "worker_id"])
    sessions, numbers = rows["session"].to_numpy(), rows["attempt"].to_numpy()
    other = np.diff(sessions) != 0
    together = len(rows) == 0 or np.count_nonzero(other) == sessions.max()
    if together and (other | (np.diff(numbers) >= 0)).all():
        return rows  # sorting a million takes as long as all else
    return rows.iloc[_order(sessions, numbers)]


def _starts(sessions: Codes) -> Codes:
    """Return where the rows of each session begin, in the order of the rows."""
    return np.flatnonzero(np.diff(sessions, prepend=-1))


def _of_each(how: np.ufunc, values: NDArray[Any], starts: Codes) -> NDArray[Any]:
    """Return what `how` makes of all values of each session."""
    return how.reduceat(values, starts) if len(values) else values


def _order(sessions: Codes, numbers: Floats) -> Codes:
    """Return the order by session and number of the attempt; of equal ones the first stays the first."""
    if len(numbers) and numbers.min() >= 0 and numbers.max() < NUMBERS and (numbers == np.floor(numbers)).all():
        keys = sessions * NUMBERS + numbers.astype("int64")
        order = np.argsort(keys)  # one key: a fifth of the time of two
        if (np.diff(keys[order]) > 0).all():
            return order
    return np.lexsort((numbers, sessions))


def _best_of(pool: pd.DataFrame) -> Floats:
    """Return the chance that a picture is the best of k, for a pool of m in rising order: C(i - 1, k - 1) / C(m, k)."""
    rank = pool.groupby("session").cumcount().to_numpy() + 1.0
    m = pool.groupby("session")["session"].transform("size").to_numpy(dtype="float64")
    k = pool["attempts"].to_numpy(dtype="float64")
    enough, far = m >= k, rank >= k
    i, n = np.where(far, rank, k), np.where(enough, m, k)
    above = gammaln(i) - gammaln(k) - gammaln(i - k + 1)
    below = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.where(enough, np.where(far, np.exp(above - below), 0.0), np.nan)


def _order_p(rows: pd.DataFrame, value: str, beyond: Floats, seed: int, draws: int) -> Floats:
    """Return the share of random orders whose gains are as far from luck as the real ones: (2,), as `BY_ORDER`.

    rows: as `_in_order` returns them.

    Of very many sessions (`MANY`) the means over random orders are normal, and their variances are known: nothing is
    drawn then.
    """
    if rows.empty or not draws:
        return np.full(2, np.nan)
    values, sessions = rows[value].to_numpy(), rows["session"].to_numpy()
    sizes = np.bincount(sessions)
    if len(sizes) > MANY:
        return _normal_p(values, sessions, sizes, beyond)
    starts = _starts(sessions)
    starts = starts[np.argsort(sessions[starts])]
    means = (sums(sessions, len(sizes), values)[:, 0] / sizes).mean()
    chance, step, far = np.random.default_rng(seed), max(1, AT_ONCE // len(sizes)), np.zeros(2)
    limit = np.abs(beyond) - 1e-9 * (np.ptp(values) or 1)  # equal but for rounding is as far
    for start in range(0, draws, step):
        shape = (min(step, draws - start), len(sizes))
        one = (chance.random(shape) * sizes).astype("int64")
        other = (one + 1 + (chance.random(shape) * np.maximum(sizes - 1, 1)).astype("int64")) % sizes
        firsts, lasts = values[starts + one], values[starts + other]
        far += (
            (np.abs((lasts - firsts).mean(axis=1)) >= limit[0]).sum(),
            (np.abs(means - firsts.mean(axis=1)) >= limit[1]).sum(),
        )
    return (1 + far) / (1 + draws)


def _normal_p(values: Floats, sessions: Codes, sizes: Codes, beyond: Floats) -> Floats:
    """Return the same from the normal distribution: (2,).

    In a random order of a session's k values with variance s² (over k) the first has that variance, and the difference
    of two of them 2 s² k / (k - 1): they are drawn without putting back.
    """
    means = sums(sessions, len(sizes), values)[:, 0] / sizes
    variance = sums(sessions, len(sizes), (values - means[sessions]) ** 2)[:, 0] / sizes
    difference = (2 * variance * sizes / np.maximum(sizes - 1, 1)).sum()
    error = np.sqrt([difference, variance.sum()]) / len(sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, 2 * ndtr(-np.abs(beyond) / error), 1.0)
