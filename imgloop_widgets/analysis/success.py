"""Whether and when sessions reach a threshold.

    attempts → first_success (a row for each session) → success_within, kaplan_meier, log_rank

A session that stopped before it reached the threshold is a failure in `success_within`, which is what a study promises
its workers; in `kaplan_meier` and `log_rank` it is censored after its last attempt, as if it might have gone on. The
truth lies between them unless those who stop early are like those who go on.
"""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals
from imgloop_widgets.analysis.tidy import Codes, Floats, known, sums

TESTS: tuple[str, ...] = ("sessions", "workers")
"""The rows of `log_rank`: what is taken to be independent."""


def first_success(
    attempts: pd.DataFrame, *, value: str = "score", threshold: float, arm: str | None = None
) -> pd.DataFrame:
    """Return for each session whether it reached the threshold, and at which attempt it did or stopped.

    In: session_id, worker_id, attempt (1-based), value, and the column `arm` if it is named; rows without a value are
    left out. Out: session_id, worker_id, attempts (the first attempt with value ≥ threshold, else the last), reached,
    arm.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    keep = ["session_id", "worker_id", *([arm] if arm else [])]
    rows = known(attempts, value, "attempt", keep=keep).sort_values(["session", "attempt"], kind="stable")
    reached = rows[value] >= threshold
    sessions = rows.groupby("session")[keep].first()
    first = rows["attempt"].where(reached).groupby(rows["session"]).min()
    last = rows.groupby("session")["attempt"].max()
    sessions.insert(2, "attempts", first.fillna(last).astype("int64"))
    sessions.insert(3, "reached", first.notna())
    return sessions.reset_index(drop=True)


def success_within(
    attempts: pd.DataFrame, *, value: str = "score", threshold: float, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the share of all sessions that reached the threshold by attempt k.

    In: as `first_success`. Out: attempt (1 to the last), share (0 to 1), share_low, share_high (bootstrap over
    workers), workers, sessions (all of them: who stopped early without success has not reached it).

    Raises: ValueError: a column is missing, or a value is no number.
    """
    sessions = first_success(attempts, value=value, threshold=threshold)
    worker, ks, hits, _ = _counts(sessions)
    hits = np.cumsum(hits, axis=1)
    sizes = sums(worker, len(hits), np.ones(len(worker)))
    drawn = totals(np.hstack([hits, sizes]), seed=seed, draws=draws)
    low, high = bounds(ratio(drawn[:, :-1], drawn[:, -1:]), workers=len(hits))
    share = ratio(hits.sum(axis=0), np.full(len(ks), float(len(worker))))
    return _table(ks, {"share": share, "share_low": low, "share_high": high}).assign(
        workers=len(hits), sessions=len(worker)
    )


def kaplan_meier(
    attempts: pd.DataFrame, *, value: str = "score", threshold: float, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the chance of having reached the threshold by attempt k, had nobody stopped early.

    In: as `first_success`. Out: attempt (1 to the last), share (1 - Kaplan and Meier's survival, 0 to 1), share_low,
    share_high (bootstrap over workers: Greenwood's formula would take a worker's sessions for independent), at_risk
    (sessions), reached (at this attempt), censored (that stopped after this attempt), workers, sessions (all of them).

    Source: Kaplan and Meier, JASA 1958. Raises: ValueError: a column is missing, or a value is no number.
    """
    sessions = first_success(attempts, value=value, threshold=threshold)
    worker, ks, hits, stops = _counts(sessions)
    leaving = hits + stops
    risk = leaving.sum(axis=1, keepdims=True) - np.cumsum(leaving, axis=1) + leaving
    drawn = totals(np.hstack([hits, risk]), seed=seed, draws=draws)
    low, high = bounds(1 - _survival(drawn[:, : len(ks)], drawn[:, len(ks) :]), workers=len(hits))
    share = 1 - _survival(hits.sum(axis=0)[None], risk.sum(axis=0)[None])[0]
    counts = {"at_risk": risk, "reached": hits, "censored": stops}
    table = _table(ks, {"share": share, "share_low": low, "share_high": high})
    table = table.assign(**{name: count.sum(axis=0).astype("int64") for name, count in counts.items()})
    return table.assign(workers=len(hits), sessions=len(worker))


def log_rank(attempts: pd.DataFrame, *, value: str = "score", threshold: float, arm: str = "arm") -> pd.DataFrame:
    """Return whether sessions of different arms reach the threshold at different times.

    In: as `first_success`, with the arm. Out: independent (each of `TESTS`), statistic (χ²), df (arms - 1), p, arms,
    workers, sessions. The test 'sessions' is the usual one (hypergeometric variance); it takes a worker's sessions for
    independent. 'workers' has the same observed - expected with the variance of its sums over workers, and holds
    whether workers stay in one arm or change; it needs some 20 workers or more.

    Source: Mantel 1966; Lee, Wei and Amato 1992 (the variance over clusters). Raises: ValueError: a column is missing.
    """
    sessions = first_success(attempts, value=value, threshold=threshold, arm=arm)
    group, arms = pd.factorize(sessions[arm], sort=True)
    worker, _ = pd.factorize(sessions["worker_id"], sort=True)
    table = pd.DataFrame({"independent": pd.Series(TESTS, dtype="str"), "statistic": np.nan})
    if len(arms) > 1:
        scores, variance = _scores(sessions, group, len(arms))
        apart = sums(worker, int(worker.max()) + 1, *scores.T)
        spread = apart.T @ apart * (len(apart) / (len(apart) - 1) if len(apart) > 1 else np.nan)
        table["statistic"] = [_chi2(scores.sum(axis=0), variance), _chi2(scores.sum(axis=0), spread)]
    table["df"] = max(len(arms) - 1, 0)
    table["p"] = chdtrc(table["df"], table["statistic"]) if len(arms) > 1 else np.nan
    return table.assign(arms=len(arms), workers=sessions["worker_id"].nunique(), sessions=len(sessions))


def _counts(sessions: pd.DataFrame) -> tuple[Codes, Codes, Floats, Floats]:
    """Return each session's worker, the attempts 1 … last, and per worker and attempt: reached, stopped without."""
    worker, ids = pd.factorize(sessions["worker_id"], sort=True)
    last = int(sessions["attempts"].max()) if len(sessions) else 0
    cell, shape = worker * last + sessions["attempts"].to_numpy() - 1, (len(ids), last)
    reached = sessions["reached"].to_numpy(dtype="float64")
    counts = sums(cell, len(ids) * last, reached, 1 - reached)
    return worker, np.arange(1, last + 1), counts[:, 0].reshape(shape), counts[:, 1].reshape(shape)


def _survival(hits: Floats, risk: Floats) -> Floats:
    """Return the share that has not reached it after each attempt; NaN from where nobody is left. Both: (draws, k)."""
    return np.asarray(np.cumprod(1 - ratio(hits, risk), axis=1), dtype="float64")


def _table(ks: Codes, columns: dict[str, Floats]) -> pd.DataFrame:
    return pd.DataFrame({"attempt": ks.astype("int64"), **columns})


def _scores(sessions: pd.DataFrame, group: Codes, arms: int) -> tuple[Floats, Floats]:
    """Return each session's observed - expected (sessions, arms), and their usual variance (arms, arms)."""
    k, reached = sessions["attempts"].to_numpy(), sessions["reached"].to_numpy(dtype="float64")
    last = int(k.max())
    leaving = sums(group * last + k - 1, arms * last, np.ones(len(k)))[:, 0].reshape(arms, last)
    risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
    all_risk, hits = risk.sum(axis=0), sums(k - 1, last, reached)[:, 0]
    share = ratio(risk, all_risk[None])
    hazard = ratio(hits, all_risk)
    own = np.eye(arms)[group]
    expected = own * np.cumsum(hazard)[k - 1][:, None] - np.cumsum(share * hazard, axis=1).T[k - 1]
    scores = reached[:, None] * (own - share.T[k - 1]) - expected
    weight = hits * ratio(all_risk - hits, np.where(all_risk > 1, all_risk - 1, np.inf))
    variance = np.diag(share @ weight) - (share * weight) @ share.T
    return scores, variance


def _chi2(score: Floats, variance: Floats) -> float:
    """Return score' V⁺ score over all arms but the last, whose score follows from the others'."""
    inner = variance[:-1, :-1]
    if not np.isfinite(inner).all() or np.linalg.matrix_rank(inner) < len(inner):
        return float("nan")
    return float(score[:-1] @ np.linalg.solve(inner, score[:-1]))
