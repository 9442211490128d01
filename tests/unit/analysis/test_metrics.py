"""Metrics beside scores: against scipy, means by hand, and the published means."""

import numpy as np
import pandas as pd
import pytest
import truth
from scipy.stats import pearsonr, spearmanr

from imgloop_widgets.analysis.metrics import associations, means_by_attempt, means_by_score, measured


def pair(chance: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attempts with whole scores, and two metrics of most of them."""
    attempts = truth.sessions(chance, workers=12)
    attempts["score"] = attempts["score"].round().clip(1, 10).astype("Int64")
    attempts.loc[3, "score"] = pd.NA
    keys = attempts[["session_id", "attempt"]]
    likeness = attempts["score"].astype("float64") * 0.1 + chance.normal(0, 0.1, len(attempts))
    metrics = pd.concat(
        [keys.assign(metric="likeness", value=likeness), keys.assign(metric="distance", value=-likeness)]
    )
    metrics.iloc[7, 3] = np.nan
    return attempts, metrics


def test_each_metric_has_the_correlations_of_scipy() -> None:
    rows = measured(*pair(np.random.default_rng(1)))
    table = associations(rows, seed=1, draws=5).set_index(["metric", "method", "level"])
    for metric in ("likeness", "distance"):
        own = rows[(rows["metric"] == metric) & rows["score"].notna()]
        x, y = own["score"].astype("float64"), own["value"]
        assert table.loc[(metric, "pearson", "all"), "r"] == pytest.approx(pearsonr(x, y).statistic)
        assert table.loc[(metric, "spearman", "all"), "r"] == pytest.approx(spearmanr(x, y).statistic)
        assert table.loc[(metric, "pearson", "all"), "rows"] == len(own)


def test_the_mean_at_each_score_is_that_of_its_attempts() -> None:
    rows = measured(*pair(np.random.default_rng(2)))
    table = means_by_score(rows, seed=1, draws=20).set_index(["metric", "score"])
    own = rows[rows["score"].notna()].groupby(["metric", "score"])["value"]
    assert table["mean"].to_numpy() == pytest.approx(own.mean().to_numpy())
    assert table["attempts"].tolist() == own.size().tolist()


def test_a_scale_with_many_steps_is_cut_into_ten_ranges_that_hold_everything() -> None:
    score = np.arange(0, 101)
    frame = pd.DataFrame({"session_id": "s", "worker_id": "w", "attempt": score + 1, "score": score, "metric": "m"})
    table = means_by_score(frame.assign(value=score / 100), seed=1, draws=2)
    assert table["score"].tolist() == pytest.approx(list(range(5, 100, 10)))
    assert table["attempts"].sum() == 101 and table["attempts"].max() == 11
    assert (table["mean"] - table["score"] / 100).abs().max() < 0.01


def test_attempts_without_a_value_are_left_out_and_other_columns_stay() -> None:
    attempts, metrics = pair(np.random.default_rng(3))
    rows = measured(attempts, metrics)
    assert len(rows) == metrics["value"].notna().sum()
    assert {"arm", "target_id", "score", "metric", "value"} <= set(rows.columns)


def test_of_the_published_sessions_the_means_by_attempt_are_the_published_ones() -> None:
    frame = truth.steerability()
    metrics = frame[["session_id", "attempt"]].assign(metric="dreamsim", value=frame["dreamsim"])
    rows = measured(frame.assign(score=pd.array([pd.NA] * len(frame), dtype="Int64")), metrics)
    table = means_by_attempt(rows, seed=1)
    assert table["mean"].round(3).tolist() == [0.663, 0.671, 0.665, 0.682, 0.690]
    assert associations(rows, seed=1).empty and means_by_score(rows, seed=1).empty  # nobody has scored


def test_a_known_correlation_is_in_about_95_of_100_intervals() -> None:
    chance, inside = np.random.default_rng(4), 0
    for run in range(70):
        frame = truth.sessions(chance, workers=60)
        frame["score"] -= frame["score"].mean()
        noise = chance.normal(0, 3**0.5, len(frame))  # the variance of a score
        rows = frame.assign(metric="m", value=frame["score"] + noise)
        row = associations(rows, seed=run, draws=300).set_index(["method", "level"]).loc[("pearson", "all")]
        inside += row["low"] <= 0.5**0.5 <= row["high"]
    assert truth.covers(inside, 70), inside
