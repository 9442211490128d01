"""Learning: against published means, statsmodels, numpy, and sessions whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import truth

from imgloop_widgets.analysis.learning import learning_curve, slope, variance_components


def test_the_published_means_come_out() -> None:
    curve = learning_curve(truth.steerability(), value="dreamsim", seed=1)
    assert list(curve["mean"].round(3)) == [0.663, 0.671, 0.665, 0.682, 0.690]
    assert set(curve["workers"]) == {29} and set(curve["sessions"]) == {58}


def test_the_published_intervals_are_those_of_workers_drawn_one_by_one() -> None:
    frame = truth.steerability()
    theirs = [rows.pivot_table(index="session_id", columns="attempt", values="dreamsim").to_numpy()
              for _, rows in frame.groupby("worker_id")]  # fmt: skip
    chance = np.random.default_rng(0)
    means = [np.vstack([theirs[i] for i in chance.integers(29, size=29)]).mean(axis=0) for _ in range(4000)]
    curve = learning_curve(frame, value="dreamsim", seed=1, draws=4000)
    expected = np.quantile(means, [0.025, 0.975], axis=0)
    assert pytest.approx(expected, abs=0.004) == curve[["low", "high"]].to_numpy().T


def test_the_published_slopes_are_those_of_statsmodels() -> None:
    frame = truth.steerability()
    table = slope(frame, value="dreamsim").set_index("method")
    mixed = smf.mixedlm("dreamsim ~ attempt", frame, groups="session_id").fit(reml=True)
    groups = {"groups": pd.factorize(frame["worker_id"])[0]}
    clustered = smf.ols("dreamsim ~ attempt", frame).fit(cov_type="cluster", cov_kwds=groups, use_t=True)
    for method, model in (("mixed", mixed), ("clustered", clustered)):
        low, high = model.conf_int().loc["attempt"]
        expected = [model.params["attempt"], model.bse["attempt"], low, high, model.pvalues["attempt"]]
        assert list(table.loc[method, ["estimate", "se", "low", "high", "p"]]) == pytest.approx(expected, rel=2e-3)
    assert table.loc["clustered", "estimate"] == pytest.approx(np.polyfit(frame["attempt"], frame["dreamsim"], 1)[0])


def test_errors_on_workers_are_the_sandwich_written_out() -> None:
    frame = truth.sessions(np.random.default_rng(1), workers=12, slope=0.2)
    x = np.column_stack([np.ones(len(frame)), frame["attempt"]])
    y = frame["score"].to_numpy()
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    bread = np.linalg.inv(x.T @ x)
    pulls = [x[rows].T @ (y - x @ beta)[rows] for rows in frame.groupby("worker_id").indices.values()]
    meat = sum(np.outer(pull, pull) for pull in pulls) * 12 / 11 * (len(y) - 1) / (len(y) - 2)
    expected = np.sqrt((bread @ meat @ bread)[1, 1])
    assert slope(frame).set_index("method").loc["clustered", "se"] == pytest.approx(expected)


def test_the_published_variances_are_those_of_statsmodels() -> None:
    frame = truth.steerability()
    table = variance_components(frame, value="dreamsim", seed=1, draws=100).set_index("part")
    model = smf.mixedlm(
        "dreamsim ~ attempt", frame, groups="worker_id", re_formula="1", vc_formula={"s": "0 + C(session_id)"}
    ).fit(reml=True)
    expected = [float(model.cov_re.iloc[0, 0]), float(model.vcomp[0]), model.scale]
    assert list(table["variance"]) == pytest.approx(expected, rel=1e-3)
    assert table["share"].sum() == pytest.approx(1)
    assert (table["low"] <= table["variance"]).all() and (table["variance"] <= table["high"]).all()


def test_the_true_slope_is_in_about_95_of_100_intervals_of_both_methods() -> None:
    chance, inside = np.random.default_rng(2), np.zeros(2)
    for _ in range(100):
        frame = truth.sessions(chance, workers=30, slope=0.3)
        frame = frame.loc[chance.random(len(frame)) < 0.8]
        table = slope(frame)
        inside += (table["low"] <= 0.3) & (table["high"] >= 0.3)
    assert all(truth.covers(int(hits), 100) for hits in inside), inside


def test_where_workers_learn_at_their_own_pace_only_errors_on_workers_are_wide_enough() -> None:
    """The slopes differ between workers, which a random intercept does not know of."""
    chance, inside = np.random.default_rng(3), np.zeros(2)
    for _ in range(100):
        frame = truth.sessions(chance, workers=40)
        pace = dict(zip(frame["worker_id"].unique(), chance.normal(0.3, 0.5, 40), strict=True))
        frame["score"] += frame["worker_id"].map(pace) * frame["attempt"]
        table = slope(frame)
        inside += (table["low"] <= 0.3) & (table["high"] >= 0.3)
    mixed, clustered = inside
    assert truth.covers(int(clustered), 100) and mixed < 80


def test_the_true_variances_are_in_about_95_of_100_intervals() -> None:
    chance, inside = np.random.default_rng(4), np.zeros(3)
    for run in range(30):
        frame = truth.sessions(chance, workers=40, each=3, worker=1.2, session=1, residual=0.8)
        table = variance_components(frame, seed=run, draws=40)
        inside += (table["low"] <= [1.44, 1, 0.64]) & (table["high"] >= [1.44, 1, 0.64])
    assert truth.covers(int(inside.sum()), 90) and (inside >= 25).all(), inside


def test_a_session_id_that_is_the_targets_makes_no_session_of_two_workers() -> None:
    frame = truth.steerability()
    careless = frame.assign(session_id="the target").assign(
        session_id=lambda f: "goal " + (f.index // 5 % 2).astype(str)
    )
    for measure in (slope, lambda f, value: variance_components(f, value=value, seed=1, draws=5)):
        pd.testing.assert_frame_equal(measure(careless, value="dreamsim"), measure(frame, value="dreamsim"))


def test_where_only_the_able_go_on_the_mixed_slope_is_not_fooled() -> None:
    """Nobody learns; who is bad stops: the means rise, and least squares with them."""
    chance = np.random.default_rng(5)
    frame = truth.sessions(chance, workers=300, worker=2, residual=0.5)
    bad = frame.groupby("session_id")["score"].transform("first") < 5
    table = slope(frame.loc[~bad | (frame["attempt"] <= 2)]).set_index("method")
    assert table.loc["clustered", "low"] > 0.05
    assert abs(table.loc["mixed", "estimate"]) < 0.06


def test_large_values_lose_nothing() -> None:
    frame = truth.sessions(np.random.default_rng(6), slope=0.3)
    near, far = (slope(frame.assign(score=frame["score"] + shift)) for shift in (0, 1e7))
    assert far["estimate"].to_numpy() == pytest.approx(near["estimate"].to_numpy(), rel=1e-5)
    assert far["se"].to_numpy() == pytest.approx(near["se"].to_numpy(), rel=1e-4)
