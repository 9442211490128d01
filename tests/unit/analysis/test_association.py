"""Score and metric: against scipy, pandas, workers drawn one by one, and known correlations."""

import numpy as np
import pandas as pd
import pytest
import truth
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from imgloop_widgets.analysis.association import LEVELS, METHODS, association, correlation


def pairs(seed: int, workers: int = 20, rows: int = 6) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    frame = truth.sessions(chance, workers=workers, each=1, attempts=rows)
    frame["dreamsim"] = 0.3 * frame["score"] + chance.normal(size=len(frame))
    return frame.assign(score=frame["score"].round())


def test_on_the_published_sessions_words_and_similarity_go_together_as_scipy_says() -> None:
    frame = truth.steerability().assign(words=lambda f: f["prompt"].str.split().str.len())
    table = association(frame, x="words", y="dreamsim", seed=1, draws=50).set_index(["method", "level"])
    means = frame.groupby("worker_id")[["words", "dreamsim"]].mean()
    inner = frame[["words", "dreamsim"]] - frame.groupby("worker_id")[["words", "dreamsim"]].transform("mean")
    for level, rows in (("all", frame), ("within", inner), ("between", means)):
        assert table.loc[("pearson", level), "r"] == pytest.approx(pearsonr(rows["words"], rows["dreamsim"])[0])
        assert table.loc[("spearman", level), "r"] == pytest.approx(spearmanr(rows["words"], rows["dreamsim"])[0])
        assert table.loc[("pearson", level), "rows"] == len(rows)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(-3, 3)), min_size=3, max_size=30))
@settings(max_examples=60, deadline=None)
def test_with_any_ties_the_coefficients_are_those_of_pandas(rows: list[tuple[int, int, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["worker_id", "score", "metric"]).assign(session_id="s")
    for method in METHODS:
        ours = correlation(frame, y="metric", method=method, seed=1, draws=2)["r"][0]
        constant = frame["score"].nunique() == 1 or frame["metric"].nunique() == 1
        theirs = np.nan if constant else frame["score"].corr(frame["metric"], method=method)  # type: ignore[arg-type]
        assert ours == pytest.approx(theirs, nan_ok=True, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_is_that_of_workers_drawn_one_by_one(method: str, level: str) -> None:
    frame = pairs(1)
    row = correlation(frame, y="dreamsim", method=method, level=level, seed=1, draws=3000).iloc[0]
    values = frame[["score", "dreamsim"]].to_numpy()
    theirs = [values[rows] for rows in frame.groupby("worker_id").indices.values()]
    theirs = [rows - rows.mean(axis=0) if level == "within" else rows for rows in theirs]
    theirs = [rows.mean(axis=0, keepdims=True) if level == "between" else rows for rows in theirs]
    chance, measure = np.random.default_rng(0), pearsonr if method == "pearson" else spearmanr
    drawn = [measure(*np.concatenate([theirs[i] for i in chance.integers(20, size=20)]).T)[0] for _ in range(600)]
    assert [row["low"], row["high"]] == pytest.approx(list(np.quantile(drawn, [0.025, 0.975])), abs=0.04)


@pytest.mark.parametrize("method", METHODS)
def test_the_known_correlations_are_in_about_95_of_100_intervals(method: str) -> None:
    """Workers differ with a correlation of -0.5, and a worker's attempts with one of 0.6: all together 0.05."""
    chance, inside = np.random.default_rng(2), np.zeros(3)
    known = {"all": 0.05, "within": 0.6, "between": (-0.5 + 0.6 / 6) / (1 + 1 / 6)}
    if method == "spearman":  # of normal values: 6 / pi · arcsin(r / 2)
        known = {level: 6 / np.pi * np.arcsin(r / 2) for level, r in known.items()}
    who = np.repeat(np.arange(60), 6)
    for run in range(80):
        own = chance.multivariate_normal([0, 0], [[1, -0.5], [-0.5, 1]], 60)[who]
        values = own + chance.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], len(who))
        frame = pd.DataFrame({"worker_id": who, "session_id": who, "score": values[:, 0], "metric": values[:, 1]})
        for place, level in enumerate(LEVELS):
            row = correlation(frame, y="metric", method=method, level=level, seed=run, draws=100).iloc[0]
            inside[place] += row["low"] <= known[level] <= row["high"]
    assert all(hits >= 69 for hits in inside), inside  # percentiles of 100 draws are a little short


def test_a_value_that_does_not_vary_goes_with_nothing_and_large_ones_lose_nothing() -> None:
    frame = pairs(3)
    assert association(frame.assign(score=0.1), y="dreamsim", seed=1, draws=5)["r"].isna().all()
    near, far = (association(frame.assign(score=frame["score"] + x), y="dreamsim", seed=1, draws=5) for x in (0, 1e9))
    assert far["r"].to_numpy()[:3] == pytest.approx(near["r"].to_numpy()[:3], rel=1e-6)  # ranks within lose their ties
    assert association(frame, x="score", y="score", seed=1, draws=5)["r"].to_numpy() == pytest.approx(np.ones(6))


def test_another_method_or_level_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"^method must be one of 'pearson' or 'spearman'; not 'kendall'\.$"):
        correlation(pairs(1), y="dreamsim", method="kendall", seed=1)
    with pytest.raises(ValueError, match=r"^level must be one of 'all', 'within' or 'between'; not 'x'\.$"):
        correlation(pairs(1), y="dreamsim", level="x", seed=1)
