"""Arms: against statsmodels, pingouin's effect size, and known differences."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import truth
from scipy.stats import ttest_ind

from imgloop_widgets.analysis.arms import arm_by_attempt, arm_differences, baseline_of, end_differences
from imgloop_widgets.analysis.gains import session_ends


def test_the_published_differences_are_those_of_statsmodels() -> None:
    frame = truth.steerability()
    table = arm_differences(frame, baseline="sd3-large", value="dreamsim", seed=1, draws=50).set_index("arm")
    for arm in ("flux-1.1-pro-ultra", "sd3.5-large-turbo"):
        pair = frame.loc[frame["arm"].isin([arm, "sd3-large"])].assign(own=lambda f, arm=arm: (f["arm"] == arm) * 1.0)
        groups = {"groups": pd.factorize(pair["worker_id"])[0]}
        model = smf.ols("dreamsim ~ own", pair).fit(cov_type="cluster", cov_kwds=groups)
        assert table.loc[arm, "difference"] == pytest.approx(model.params["own"])
        assert table.loc[arm, "se"] == pytest.approx(model.bse["own"])
        spread = smf.ols("dreamsim ~ C(arm)", frame).fit().mse_resid ** 0.5
        assert table.loc[arm, "d"] == pytest.approx(model.params["own"] / spread)
    assert list(table.index) == sorted(set(frame["arm"]) - {"sd3-large"})
    assert np.isnan(table.loc["flux-dev", "se"]) and table.loc["flux-dev", "workers"] == 1  # one worker tells no error


def test_the_published_interaction_is_that_of_statsmodels() -> None:
    frame = truth.steerability().assign(later=lambda f: f["attempt"] - 1)
    table = arm_by_attempt(frame, baseline="sd3-large", value="dreamsim").set_index("arm")
    arm = "sd3.5-large-turbo"
    pair = frame.loc[frame["arm"].isin([arm, "sd3-large"])].assign(own=lambda f: (f["arm"] == arm) * 1.0)
    groups = {"groups": pd.factorize(pair["worker_id"])[0]}
    model = smf.ols("dreamsim ~ own * later", pair).fit(cov_type="cluster", cov_kwds=groups)
    assert table.loc[arm, "start"] == pytest.approx(model.params["own"])
    assert table.loc[arm, "slope"] == pytest.approx(model.params["own:later"])
    assert table.loc[arm, "se"] == pytest.approx(model.bse["own:later"])
    alone = frame.query("arm == 'sd3-large'")
    assert list(table.loc["sd3-large", ["slope", "start"]]) == pytest.approx(
        np.polyfit(alone["later"], alone["dreamsim"], 1)
    )


def test_with_a_row_a_worker_it_is_nearly_students_test_and_cohens_d() -> None:
    pingouin = pytest.importorskip("pingouin")
    frame = truth.sessions(np.random.default_rng(1), workers=200, each=1, attempts=1, slope=0)
    a, b = (frame.loc[frame["arm"] == arm, "score"] for arm in ("a", "b"))
    row = arm_differences(frame, baseline="a", seed=1).iloc[0]
    assert row["d"] == pytest.approx(pingouin.compute_effsize(b, a, eftype="cohen"))
    test = ttest_ind(b, a, equal_var=False)
    assert row["difference"] / row["se"] == pytest.approx(test.statistic, rel=0.01)
    assert row["p"] == pytest.approx(test.pvalue, rel=0.05)
    low, high = pingouin.compute_esci(stat=row["d"], nx=100, ny=100, eftype="cohen")
    assert (row["d_low"], row["d_high"]) == (pytest.approx(low, abs=0.05), pytest.approx(high, abs=0.05))


@pytest.mark.parametrize("design", ["each worker in one arm", "each worker in both", "six workers against thirty"])
def test_the_known_difference_is_in_about_95_of_100_intervals(design: str) -> None:
    chance, inside, inside_d = np.random.default_rng(2), 0, 0
    spread = (1.5**2 + 1 + 1) ** 0.5
    for run in range(80):
        frame = truth.sessions(chance, workers=36, worker=1.5)
        if design == "each worker in both":
            frame["arm"] = frame["target_id"].map({"t0": "a", "t1": "b"})
        elif design != "each worker in one arm":
            frame["arm"] = np.where(frame["worker_id"] < "w0006", "b", "a")
        frame["score"] += 0.8 * (frame["arm"] == "b")
        row = arm_differences(frame, baseline="a", seed=run, draws=200).iloc[0]
        inside += row["low"] <= 0.8 <= row["high"]
        inside_d += row["d_low"] <= 0.8 / spread <= row["d_high"]
    assert truth.covers(inside, 80), inside
    assert inside_d >= (66 if "six" in design else 70), inside_d  # a bootstrap over six workers is short


def test_the_known_difference_in_learning_is_in_about_95_of_100_intervals() -> None:
    chance, inside = np.random.default_rng(3), 0
    for _ in range(70):
        frame = truth.sessions(chance, workers=40, slope=0.2)
        frame["score"] += 0.3 * (frame["arm"] == "b") * (frame["attempt"] - 1)
        row = arm_by_attempt(frame, baseline="a").set_index("arm").loc["b"]
        inside += row["low"] <= 0.3 <= row["high"]
    assert truth.covers(inside, 70), inside


def test_sessions_may_be_the_rows() -> None:
    frame = truth.sessions(np.random.default_rng(4))
    ends = session_ends(frame).merge(frame[["session_id", "arm"]].drop_duplicates())
    row = arm_differences(ends, baseline="a", value="best_score", seed=1, draws=10).iloc[0]
    best = frame.groupby(["arm", "session_id"])["score"].max()
    assert row["difference"] == pytest.approx(best["b"].mean() - best["a"].mean()) and row["rows"] == 40


def test_an_unknown_baseline_is_told_with_the_arms() -> None:
    frame = truth.sessions(np.random.default_rng(5))
    with pytest.raises(ValueError, match=r"^baseline must be one of 'a' or 'b'; not 'c'\.$"):
        arm_differences(frame, baseline="c", seed=1)


def test_the_ends_of_sessions_are_compared_with_the_baseline_one_by_one() -> None:
    frame = truth.sessions(np.random.default_rng(6), slope=0.3)
    table = end_differences(frame, baseline="a", seed=1, draws=10).set_index("end")
    groups = frame.sort_values("attempt").groupby(["arm", "session_id"])["score"]
    for end, values in (("first", groups.first()), ("last", groups.last()), ("best", groups.max())):
        assert table.loc[end, "difference"] == pytest.approx(values["b"].mean() - values["a"].mean())
    assert list(table.index) == ["first", "last", "best"] and set(table["rows"]) == {40}


def test_the_baseline_is_the_one_named_or_the_first() -> None:
    frame = pd.DataFrame({"arm": ["b", "a", None, "c"]})
    assert baseline_of(frame) == "a" and baseline_of(frame, "c") == "c" and baseline_of(frame.iloc[:0], "c") == ""
    with pytest.raises(ValueError, match=r"baseline must be one of 'a', 'b' or 'c'; not 'd'\."):
        baseline_of(frame, "d")
