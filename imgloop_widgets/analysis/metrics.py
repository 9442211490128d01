"""What was measured of each attempt's picture, beside the score that its worker gave.

    attempts, metrics → measured (a row for each attempt and metric) → associations, means_by_score, means_by_attempt

A metric may be a likeness (higher is nearer the target) or a distance (lower is nearer); nothing here depends on which.
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.association import association
from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.measures import mean_by
from imgloop_widgets.analysis.tidy import Floats, each, numbers, require

BINS = 10
"""Ranges that scores are put in where there are more different ones than can be drawn one by one."""

MOST_SCORES = 12
"""Scores of a scale that are each drawn by themselves."""


def measured(attempts: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """Return each attempt's metrics with its score.

    In: attempts: session_id, worker_id, attempt, score, and others, which are kept. metrics: session_id, attempt,
    metric, value; those without a value are left out. Out: the columns of the attempts, metric, value.

    Raises: ValueError: a column is missing.
    """
    require(attempts, "session_id", "worker_id", "attempt", "score")
    require(metrics, "session_id", "attempt", "metric", "value")
    known = metrics.dropna(subset=["value"])[["session_id", "attempt", "metric", "value"]]
    return attempts.drop(columns=["metric", "value"], errors="ignore").merge(known, on=["session_id", "attempt"])


def associations(measured: pd.DataFrame, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return how each metric goes together with the score.

    In: of `measured`. Out: metric, and the columns of `association.association`.
    """
    rows = measured.loc[measured["score"].notna()]
    return each(rows, "metric", lambda part: association(part, y="value", seed=seed, draws=draws))


def means_by_score(measured: pd.DataFrame, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of each metric over the attempts with a score, or with one of a range of scores.

    In: of `measured`. Out: metric, score (that the attempts have; with more than `MOST_SCORES` steps from the lowest to
    the highest: the middle of each of `BINS` ranges, equally wide), mean, low, high (95 %, bootstrap over workers),
    workers, sessions, attempts.
    """
    rows = measured.loc[measured["score"].notna()]
    rows = rows.assign(score=_binned(numbers(rows["score"])))

    def means(part: pd.DataFrame) -> pd.DataFrame:
        sizes = part.groupby("score").size()
        table = mean_by(part, by="score", value="value", seed=seed, draws=draws)
        return table.assign(attempts=table["score"].map(sizes).astype("int64"))

    return each(rows, "metric", means)


def means_by_attempt(measured: pd.DataFrame, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of each metric by attempt.

    In: of `measured`. Out: metric, attempt (1-based), mean, low, high (95 %, bootstrap over workers), workers,
    sessions.
    """
    return each(measured, "metric", lambda part: mean_by(part, by="attempt", value="value", seed=seed, draws=draws))


def _binned(scores: Floats) -> Floats:
    if not len(scores) or np.ptp(scores) < MOST_SCORES:
        return scores
    edges = np.linspace(scores.min(), scores.max(), BINS + 1)
    place = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, BINS - 1)
    middle: Floats = (edges[:-1] + edges[1:]) / 2
    return middle[place]
