"""Success: against a published trial, statsmodels, lifelines, and sessions whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import truth
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from imgloop_widgets.analysis.success import first_success, kaplan_meier, log_rank, success_within

TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
"""Weeks to relapse with 6-mercaptopurine and without (Freireich 1963; Kalbfleisch and Prentice 1.1); +: censored."""


def trial() -> pd.DataFrame:
    rows = []
    for arm, times in (("treated", TREATED), ("placebo", PLACEBO)):
        for i, time in enumerate(times.split()):
            last, reached = int(time.rstrip("+")), not time.endswith("+")
            rows += [(f"{arm}{i}", f"{arm}{i}", k, arm, float(reached and k == last)) for k in range(1, last + 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "attempt", "arm", "score"])


def test_the_published_survival_and_log_rank_come_out() -> None:
    treated = kaplan_meier(trial().query("arm == 'treated'"), threshold=1, seed=1).set_index("attempt")
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {k: round(1 - treated.loc[k, "share"], 3) for k in published} == published
    assert list(treated.loc[[6, 10, 23], "at_risk"]) == [21, 15, 6]
    test = log_rank(trial(), threshold=1).set_index("independent")
    assert test.loc["sessions", "statistic"] == pytest.approx(16.79, abs=0.005)
    assert test.loc["sessions", "df"] == 1 and test.loc["sessions", "p"] == pytest.approx(4.2e-5, rel=0.03)
    assert test.loc["workers", "statistic"] == pytest.approx(16.79, rel=0.3)  # a worker a session: nearly the same


def sessions_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Times and events, worked out by pandas alone."""
    rows = frame.assign(hit=frame["score"] >= 6.5, first=frame["attempt"].where(frame["score"] >= 6.5))
    groups = rows.groupby("session_id")
    time = groups["first"].min().fillna(groups["attempt"].max())
    return pd.DataFrame({"time": time, "hit": groups["hit"].any(), "arm": groups["arm"].first()})


def early(seed: int, **how: float) -> pd.DataFrame:
    """Sessions that stop by chance, whatever their scores, after 1 … 6 attempts."""
    chance = np.random.default_rng(seed)
    frame = truth.sessions(chance, attempts=6, **how)  # type: ignore[arg-type]
    arm = pd.Series(chance.choice(["a", "b", "c"], frame["session_id"].nunique()), index=frame["session_id"].unique())
    last = pd.Series(chance.integers(1, 9, len(arm)), index=arm.index)
    frame["arm"] = frame["session_id"].map(arm)
    return frame.loc[frame["attempt"] <= frame["session_id"].map(last)]


def test_the_estimate_and_the_test_are_those_of_statsmodels() -> None:
    frame = early(1)
    expected = sessions_of(frame)
    theirs = SurvfuncRight(expected["time"], expected["hit"].astype(int))
    ours = kaplan_meier(frame, threshold=6.5, seed=1).set_index("attempt")
    assert list(1 - ours.loc[theirs.surv_times, "share"]) == pytest.approx(list(theirs.surv_prob))
    assert list(ours.loc[theirs.surv_times, "at_risk"]) == list(theirs.n_risk)
    statistic, p = survdiff(expected["time"].to_numpy(), expected["hit"].to_numpy(), expected["arm"].to_numpy())
    test = log_rank(frame, threshold=6.5).iloc[0]
    assert (test["statistic"], test["p"], test["df"]) == (pytest.approx(statistic), pytest.approx(p), 2)


def test_the_estimate_and_the_test_are_those_of_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines", reason="lifelines refuses the pandas that is tested here")
    from lifelines.statistics import multivariate_logrank_test

    frame = early(2)
    expected = sessions_of(frame)
    theirs = lifelines.KaplanMeierFitter().fit(expected["time"], expected["hit"]).survival_function_["KM_estimate"]
    ours = kaplan_meier(frame, threshold=6.5, seed=1)
    assert list(1 - ours["share"]) == pytest.approx(list(theirs.iloc[1:]))
    test = multivariate_logrank_test(expected["time"], expected["arm"], expected["hit"])
    assert log_rank(frame, threshold=6.5)["statistic"][0] == pytest.approx(test.test_statistic)


def test_on_the_published_sessions_success_is_what_pandas_counts() -> None:
    frame = truth.steerability()
    wide = frame.pivot(index=["worker_id", "target_id"], columns="attempt", values="dreamsim")
    table = success_within(frame, value="dreamsim", threshold=0.75, seed=1)
    expected = [(wide.loc[:, :k] >= 0.75).any(axis=1).mean() for k in range(1, 6)]
    assert list(table["share"]) == pytest.approx(expected)
    assert list(kaplan_meier(frame, value="dreamsim", threshold=0.75, seed=1)["share"]) == pytest.approx(expected)
    times = (wide >= 0.75).idxmax(axis=1).where((wide >= 0.75).any(axis=1), 5)
    arm = frame.groupby(["worker_id", "target_id"])["arm"].first()
    statistic, p = survdiff(times.to_numpy(), (wide >= 0.75).any(axis=1).to_numpy(), arm.to_numpy())
    test = log_rank(frame, value="dreamsim", threshold=0.75).iloc[0]
    assert (test["statistic"], test["p"]) == (pytest.approx(statistic), pytest.approx(p))


def test_a_session_counts_from_its_first_success_and_may_stop_before() -> None:
    frame = pd.DataFrame(
        [("s1", "w", 1, 2), ("s1", "w", 2, 8), ("s1", "w", 3, 3), ("s2", "w", 1, 2), ("s2", "v", 1, 9)],
        columns=["session_id", "worker_id", "attempt", "score"],
    )
    table = first_success(frame, threshold=8)
    assert table[["worker_id", "session_id", "attempts", "reached"]].to_numpy().tolist() == [
        ["v", "s2", 1, True], ["w", "s1", 2, True], ["w", "s2", 1, False],
    ]  # fmt: skip
    assert list(success_within(frame, threshold=8, seed=1)["share"]) == pytest.approx([1 / 3, 2 / 3])


def chances(attempts: int) -> list[float]:
    """Of having reached 6.5 by attempt k = 1 …: known from very many sessions of the same kind."""
    frame = truth.sessions(np.random.default_rng(0), workers=60_000, each=1, attempts=attempts)
    highest = frame["score"].to_numpy().reshape(-1, attempts)
    return [float((highest[:, :k] >= 6.5).any(axis=1).mean()) for k in range(1, attempts + 1)]


def test_with_sessions_that_stop_early_the_truth_is_in_about_95_of_100_intervals() -> None:
    expected, inside = chances(6), np.zeros(6)
    for run in range(100):
        table = kaplan_meier(early(run + 10, workers=50), threshold=6.5, seed=run, draws=300)
        inside += ((table["share_low"] <= expected) & (table["share_high"] >= expected)).to_numpy()
    assert all(truth.covers(int(hits), 100) for hits in inside), inside


def test_where_workers_differ_a_test_that_takes_sessions_for_independent_finds_what_is_not_there() -> None:
    """Arms by worker, 8 sessions each, no difference: of 100 tests about 5 may find one."""
    chance, found = np.random.default_rng(5), np.zeros(2)
    for _ in range(100):
        frame = truth.sessions(chance, workers=40, each=8, attempts=3, worker=2, session=0.3)
        found += (log_rank(frame, threshold=6.5)["p"] < 0.05).to_numpy()
    naive, clustered = found
    assert naive > 25 and truth.covers(100 - int(clustered), 100), found
