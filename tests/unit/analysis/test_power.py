"""Power: against statsmodels' closed forms, and against studies that are simulated and tested row by row."""

import numpy as np
import pandas as pd
import pytest
import truth
from statsmodels.stats.power import TTestIndPower, TTestPower

from imgloop_widgets.analysis.arms import arm_differences
from imgloop_widgets.analysis.power import power_curve, workers_needed


def parts(worker: float, session: float, residual: float) -> pd.DataFrame:
    return pd.DataFrame({"part": ["worker", "session", "residual"], "variance": [worker, session, residual]})


PARTS = parts(1.0, 0.5, 2.0)


def test_between_workers_the_power_is_students() -> None:
    table = power_curve(PARTS, effect=0.5, workers=[30, 60, 120], sessions=2, attempts=[5], seed=1, runs=6000)
    spread = (1 + 0.5 / 2 + 2 / 10) ** 0.5
    for row in table.itertuples():
        exact = TTestIndPower().power(0.5 / spread, int(row.workers), 0.05)
        assert row.power == pytest.approx(exact, abs=0.03)  # a little below: t with workers - 1 degrees of freedom
        assert row.low < row.power < row.high


def test_within_workers_the_power_is_that_of_pairs_and_workers_do_not_matter() -> None:
    table = power_curve(PARTS, effect=0.4, workers=[40], sessions=1, attempts=[4], design="within", seed=1, runs=6000)
    exact = TTestPower().power(0.4 / (2 * (0.5 + 2 / 4)) ** 0.5, 40, 0.05)
    assert table["power"][0] == pytest.approx(exact, abs=0.02)
    other = power_curve(
        parts(99.0, 0.5, 2.0), effect=0.4, workers=[40], attempts=[4], design="within", seed=1, runs=6000
    )
    assert other["power"][0] == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("design", ["between", "within"])
def test_without_an_effect_one_in_twenty_finds_one(design: str) -> None:
    table = power_curve(PARTS, effect=0, workers=[40], sessions=2, attempts=[1, 9], design=design, seed=2, runs=6000)
    assert table["power"][0] == pytest.approx(0.05, abs=0.012)


def test_it_is_what_the_report_finds_in_studies_with_sessions_of_different_lengths() -> None:
    chance, found = np.random.default_rng(3), 0
    for _ in range(100):
        frame = truth.sessions(chance, workers=40, each=2, attempts=6, session=0.5**0.5, residual=2**0.5)
        last = pd.Series(chance.choice([1, 3, 6], 80), index=frame["session_id"].unique())
        frame = frame.loc[frame["attempt"] <= frame["session_id"].map(last)]
        frame["score"] += 0.9 * (frame["arm"] == "b")
        found += arm_differences(frame, baseline="a", seed=1, draws=0)["p"][0] < 0.05
    table = power_curve(PARTS, effect=0.9, workers=[20], sessions=2, attempts=[1, 3, 6], seed=1)
    assert table["power"][0] == pytest.approx(found / 100, abs=0.15)  # three standard deviations


def test_the_workers_needed_are_those_of_the_closed_form() -> None:
    row = workers_needed(PARTS, effect=0.5, power=0.8, attempts=[5], seed=1, runs=4000).iloc[0]
    spread = (1 + 0.5 + 2 / 5) ** 0.5
    exact = TTestIndPower().solve_power(0.5 / spread, power=0.8, alpha=0.05)
    assert row["workers"] == pytest.approx(exact, rel=0.06)
    assert row["power"] >= 0.8


def test_where_no_number_is_enough_it_says_so() -> None:
    row = workers_needed(PARTS, effect=0.0, most=16, seed=1, runs=200).iloc[0]
    assert row["workers"] is pd.NA and row["power"] < 0.2


def test_without_any_variance_every_effect_is_found() -> None:
    assert power_curve(parts(0, 0, 0), effect=0.1, workers=[2], seed=1, runs=50)["power"][0] == 1


def test_an_unknown_part_counts_for_nothing_and_what_cannot_be_is_told() -> None:
    unknown = power_curve(parts(np.nan, 0.5, 2.0), effect=0.5, workers=[30], seed=1)
    assert unknown.equals(power_curve(parts(0.0, 0.5, 2.0), effect=0.5, workers=[30], seed=1))
    with pytest.raises(ValueError, match=r"^design must be one of 'between' or 'within'; not 'x'\.$"):
        power_curve(PARTS, effect=1, workers=[5], design="x", seed=1)
    with pytest.raises(ValueError, match=r"workers must be a whole number, 2 or more; not 1\."):
        power_curve(PARTS, effect=1, workers=[1], seed=1)
    with pytest.raises(ValueError, match=r"part must be one of 'worker' or 'session'; not 'residual'\."):
        power_curve(PARTS.iloc[:2], effect=1, workers=[5], seed=1)
