"""Random intercepts: against statsmodels' MixedLM, the analysis of variance's closed form, and numeric slopes."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import truth

from imgloop_widgets.analysis import bootstrap, mixed
from imgloop_widgets.analysis.mixed import Sums, drawn, fit, sums_of


def unbalanced(seed: int, **how: float) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    frame = truth.sessions(chance, workers=30, each=3, slope=0.4, **how)  # type: ignore[arg-type]
    return frame.loc[chance.random(len(frame)) < 0.6].reset_index(drop=True)


def sums(frame: pd.DataFrame) -> Sums:
    x = np.column_stack([np.ones(len(frame)), frame["attempt"]])
    session, worker = (pd.factorize(frame[name])[0].astype("int64") for name in ("session_id", "worker_id"))
    return sums_of(frame["score"].to_numpy(), x, session, worker)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_fit_by_session_is_that_of_statsmodels(seed: int) -> None:
    frame = unbalanced(seed)
    ours = fit(sums(frame), by_worker=False)
    theirs = smf.mixedlm("score ~ attempt", frame, groups="session_id").fit(reml=True)
    assert ours.coefficients == pytest.approx(theirs.fe_params.to_numpy(), rel=1e-4)
    assert ours.covariance == pytest.approx(theirs.cov_params().to_numpy()[:2, :2], rel=2e-3)
    assert ours.session == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-3)
    assert ours.residual == pytest.approx(theirs.scale, rel=1e-3)


def test_the_variance_is_in_squared_units_and_not_statsmodels_group_var() -> None:
    frame = unbalanced(1, residual=3.0)
    theirs = smf.mixedlm("score ~ attempt", frame, groups="session_id").fit(reml=True)
    assert theirs.params["session_id Var"] == pytest.approx(float(theirs.cov_re.iloc[0, 0]) / theirs.scale, rel=1e-6)
    assert fit(sums(frame), by_worker=False).session == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-3)


@pytest.mark.parametrize("how", [{}, {"worker": 2.0, "residual": 0.5}])
def test_the_fit_by_worker_and_session_is_that_of_statsmodels(how: dict[str, float]) -> None:
    frame = unbalanced(4, **how)
    ours = fit(sums(frame), by_worker=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of statsmodels, near the edge
        theirs = smf.mixedlm(
            "score ~ attempt", frame, groups="worker_id", re_formula="1", vc_formula={"s": "0 + C(session_id)"}
        ).fit(reml=True)
    assert ours.coefficients == pytest.approx(theirs.fe_params.to_numpy(), rel=1e-3)
    expected = [float(theirs.cov_re.iloc[0, 0]), float(theirs.vcomp[0]), theirs.scale]
    assert [ours.worker, ours.session, ours.residual] == pytest.approx(expected, rel=5e-3, abs=1e-3)


def test_near_the_edge_it_is_more_likely_than_that_of_statsmodels() -> None:
    """Where the sessions hardly differ statsmodels stops early; whose variances are better the likelihood says."""
    frame = unbalanced(4, session=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = smf.mixedlm(
            "score ~ attempt", frame, groups="worker_id", re_formula="1", vc_formula={"s": "0 + C(session_id)"}
        ).fit(reml=True)
    ours = fit(sums(frame), by_worker=True)
    at_theirs = np.array([float(theirs.cov_re.iloc[0, 0]), float(theirs.vcomp[0])]) / theirs.scale
    at_ours = np.array([ours.worker, ours.session]) / ours.residual
    assert mixed._deviance(sums(frame), at_ours)[0] <= mixed._deviance(sums(frame), at_theirs)[0] + 1e-9
    assert ours.coefficients == pytest.approx(theirs.fe_params.to_numpy(), rel=1e-2)


def test_of_balanced_data_the_variances_are_those_of_the_nested_analysis_of_variance() -> None:
    frame = truth.sessions(np.random.default_rng(5), workers=20, each=3, attempts=4)
    y = frame["score"].to_numpy().reshape(20, 3, 4)
    by_attempt = y.reshape(60, 4).mean(axis=0)
    line = np.polyval(np.polyfit(np.arange(4), by_attempt, 1), np.arange(4))
    means, tops = y.mean(axis=2), y.mean(axis=(1, 2))
    within = ((y - means[:, :, None] - line + line.mean()) ** 2).sum() / (20 * 3 * 3 - 1)
    session = 4 * ((means - tops[:, None]) ** 2).sum() / (20 * 2)
    worker = 12 * ((tops - tops.mean()) ** 2).sum() / 19
    result = fit(sums(frame), by_worker=True)
    expected = [(worker - session) / 12, (session - within) / 4, within]
    assert [result.worker, result.session, result.residual] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_a_small_variance_of_sessions_is_found_and_not_taken_for_nothing(seed: int) -> None:
    frame = truth.sessions(np.random.default_rng(seed), workers=60, each=1, attempts=4, worker=0.1, session=0.1)
    y = frame["score"].to_numpy().reshape(60, 4)
    line = y.mean(axis=0) - np.polyval(np.polyfit(np.arange(4), y.mean(axis=0), 1), np.arange(4))
    within = ((y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()) ** 2).sum() + 60 * (line**2).sum()
    expected = (4 * y.mean(axis=1).var(ddof=1) - within / (60 * 3 - 1)) / 4
    assert fit(sums(frame), by_worker=True).session == pytest.approx(max(expected, 0), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_of_two_small_variances_no_others_are_more_likely(seed: int) -> None:
    data = sums(truth.sessions(np.random.default_rng(seed), workers=20, each=3, attempts=4, worker=0.1, session=0.1))
    found = fit(data, by_worker=True)
    ratios = [0.0, *np.geomspace(1e-4, 1e2, 40)]
    best = min(mixed._deviance(data, np.array([worker, session]))[0] for worker in ratios for session in ratios)
    assert mixed._deviance(data, np.array([found.worker, found.session]) / found.residual)[0] <= best + 1e-8


def test_the_slopes_of_the_likelihood_are_those_of_differences() -> None:
    data = sums(unbalanced(6))
    for ratios in (np.array([0.7, 0.4]), np.array([0.0, 2.0]), np.array([3.0, 0.0])):
        _, slopes = mixed._deviance(data, ratios)
        for place in range(2):
            step = np.eye(2)[place] * 1e-6
            up, down = (mixed._deviance(data, ratios + side * step)[0] for side in (1, -1))
            assert slopes[place] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("ratio", [0.0, 0.3, 40.0])
def test_sessions_of_one_size_together_are_as_likely_as_one_by_one(ratio: float) -> None:
    frame = unbalanced(8)
    data = sums(frame)
    some = replace(data, times=np.random.default_rng(1).integers(0, 3, len(data.times)).astype(float))
    one_by_one, slopes = mixed._deviance(some, np.array([0.0, ratio]))
    together, slope = mixed._deviance_by_size(mixed._by_size(some), np.array([0.0, ratio]))
    assert together == pytest.approx(one_by_one)
    assert slope[1] == pytest.approx(slopes[1])


def test_workers_drawn_twice_are_two_workers() -> None:
    frame = unbalanced(7)
    codes = pd.factorize(frame["worker_id"])[0]
    chosen = np.array([3, 3, 0, 5, 9, 9, 9])
    copies = [frame.loc[codes == c].assign(worker_id=f"{i}", session_id=lambda f, i=i: f["session_id"] + f"/{i}")
              for i, c in enumerate(chosen)]  # fmt: skip
    expected = fit(sums(pd.concat(copies)), by_worker=True)
    once = sums(frame)
    result = fit(replace(once, times=np.bincount(chosen, minlength=len(once.times)).astype(float)), by_worker=True)
    assert result.coefficients == pytest.approx(expected.coefficients)
    assert [result.worker, result.session, result.residual] == pytest.approx(
        [expected.worker, expected.session, expected.residual], abs=1e-6
    )


def test_very_many_workers_of_few_kinds_are_drawn_by_kind_with_the_same_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = truth.sessions(np.random.default_rng(1), workers=800, each=1, attempts=3)
    data = sums(frame.assign(score=(frame["score"] > frame["score"].median()) * 1.0))
    one_by_one = [fit(some, by_worker=True).session for some in drawn(data, 1, 150)]
    monkeypatch.setattr(bootstrap, "MANY", 100)
    some = list(drawn(data, 1, 150))
    by_kind = [fit(one, by_worker=True).session for one in some]
    assert len(some[0].sizes) == 8 and {one.times.sum() for one in some} == {800}  # each of three is above or not
    assert np.mean(by_kind) == pytest.approx(np.mean(one_by_one), abs=4 * np.std(one_by_one) / np.sqrt(150))
    assert np.std(by_kind) == pytest.approx(np.std(one_by_one), rel=0.3)


def test_a_part_that_the_design_cannot_tell_is_unknown_and_the_next_holds_it() -> None:
    chance = np.random.default_rng(8)
    single = fit(sums(truth.sessions(chance, each=1)), by_worker=True)
    assert np.isnan(single.worker) and single.session > 0
    once = fit(sums(truth.sessions(chance, attempts=1).assign(attempt=lambda f: chance.random(len(f)))), by_worker=True)
    assert np.isnan(once.session) and once.worker > 0 and once.residual > 0


def test_where_sessions_do_not_differ_their_variance_is_nothing() -> None:
    result = fit(sums(truth.sessions(np.random.default_rng(9), worker=0, session=0, workers=15)), by_worker=True)
    assert 0 <= result.worker < 0.05 and 0 <= result.session < 0.05
