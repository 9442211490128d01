"""Plans: against statsmodels' closed forms, and what a pilot gives to them."""

import numpy as np
import pandas as pd
import pytest
import truth
from statsmodels.stats.power import TTestIndPower

from imgloop_widgets.analysis.learning import variance_components
from imgloop_widgets.analysis.planning import LENGTH, SCENARIOS, Plan, curves, needed, plan_study, scenarios
from imgloop_widgets.errors import ImgloopError

GIVEN = {"worker": 1.0, "session": 0.5, "residual": 2.0}
NOBODY = pd.DataFrame({"session_id": [], "worker_id": [], "score": []})


def known() -> dict[str, pd.DataFrame]:
    return scenarios(pd.DataFrame(), given=GIVEN)


def test_the_workers_needed_are_those_of_the_closed_form_and_the_curve_goes_through_them() -> None:
    plan = Plan(effect=0.7, attempts=(4,))
    table = needed(known(), plan, effects=[1.4], seed=1, runs=4000).set_index("effect")
    spread = (1 + 0.5 + 2 / 4) ** 0.5
    for effect in (0.7, 1.4):
        exact = TTestIndPower().solve_power(effect / spread, power=0.8, alpha=0.05)
        assert table.loc[effect, "workers"] == pytest.approx(exact, rel=0.08)
        assert table.loc[effect, "total"] == 2 * table.loc[effect, "workers"]
        assert table.loc[effect, "standardised"] == pytest.approx(effect / 3.5**0.5)
    curve = curves(known(), plan, table.reset_index(), seed=1, runs=4000)
    for row in curve.itertuples():
        exact = TTestIndPower().power(0.7 / spread, int(row.workers), 0.05)
        assert row.power == pytest.approx(exact, abs=0.04)
    assert curve["power"].min() < 0.5 and curve["power"].max() > 0.9


def test_several_arms_share_the_level_and_are_all_counted() -> None:
    plan = Plan(effect=1.0, arms=3)
    assert plan.level == pytest.approx(0.025)
    row = needed(known(), plan, effects=[1.0], seed=1, runs=4000).iloc[0]
    exact = TTestIndPower().solve_power(1 / (1 + 0.5 + 2 / 5) ** 0.5, power=0.8, alpha=0.025)
    assert row["workers"] == pytest.approx(exact, rel=0.08)
    assert row["total"] == 3 * row["workers"]
    within = Plan(effect=1.0, arms=3, design="within")
    assert within.total(pd.Series([7])).tolist() == [7]


def test_a_pilot_gives_the_effect_and_the_lengths_that_are_not_named() -> None:
    pilot = truth.sessions(np.random.default_rng(1), workers=6, attempts=4)
    pilot.loc[0, "score"] = np.nan
    plan = plan_study(known(), pilot)
    assert plan.effect == 0.94  # half of the root of 3.5, in two digits
    assert sorted(plan.attempts) == [3] + [4] * 11
    named = plan_study(known(), pilot, effect=2.0, attempts=[7])
    assert (named.effect, named.attempts) == (2.0, (7,))
    assert plan_study({}, NOBODY).attempts == (LENGTH,)


def test_the_cautious_scenario_has_the_upper_ends_of_the_pilots_intervals() -> None:
    parts = variance_components(truth.sessions(np.random.default_rng(2)), seed=1)
    both = scenarios(parts)
    assert list(both) == list(SCENARIOS)
    assert both["estimated"]["variance"].tolist() == parts["variance"].tolist()
    assert both["cautious"]["variance"].tolist() == parts["high"].tolist()
    plan = Plan(effect=1.0)
    table = needed(both, plan, effects=[1.0], seed=1, runs=300).set_index("scenario")["workers"]
    assert table["cautious"] > table["estimated"]


def test_a_part_that_can_not_be_told_counts_for_nothing_in_both_scenarios() -> None:
    pilot = truth.sessions(np.random.default_rng(3), each=1)
    both = scenarios(variance_components(pilot, seed=1, draws=20))
    assert all(np.isnan(table["variance"].iloc[0]) for table in both.values())


@pytest.mark.filterwarnings("error")
def test_without_a_pilot_there_are_tables_without_rows() -> None:
    nothing = scenarios(variance_components(NOBODY.assign(attempt=[]), seed=1))
    assert nothing == {}
    plan = plan_study(nothing, NOBODY)
    table = needed(nothing, plan, seed=1)
    assert table.empty and curves(nothing, plan, table, seed=1).empty


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"power": 1.0}, "power must be between 0 and 1; not 1.0"),
        ({"alpha": 5}, "alpha must be between 0 and 1; not 5"),
        ({"effect": -1.0}, "effect must be above 0"),
        ({"arms": 1}, "arms must be a whole number, 2 or more; not 1"),
        ({"design": "both"}, "design must be one of 'between' or 'within'; not 'both'"),
        ({"attempts": [0]}, "attempts must be a whole number, 1 or more; not 0"),
    ],
)
def test_what_no_plan_can_have_is_told(wrong: dict[str, object], text: str) -> None:
    with pytest.raises(ImgloopError, match=text):
        Plan(**{"effect": 1.0, **wrong})  # type: ignore[arg-type]  # wrong on purpose


def test_variances_that_are_given_must_be_all_three() -> None:
    with pytest.raises(ImgloopError, match="variances must give worker, session, residual, each 0 or more"):
        scenarios(pd.DataFrame(), given={"worker": 1.0})
