"""Every measure gives its columns and no error for a frame with next to nothing in it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import truth

from imgloop_widgets.analysis import (
    agreement,
    arms,
    association,
    decomposition,
    distances,
    exclusions,
    gains,
    learning,
    power,
    prompts,
    steerability,
    success,
)

Measure = Callable[[pd.DataFrame], pd.DataFrame]
HOW = {"seed": 1, "draws": 10}


def full() -> pd.DataFrame:
    frame = truth.sessions(np.random.default_rng(1), workers=6, mean=50, worker=20)
    frame["prompt"] = "a bear " + frame["attempt"].astype(str)
    return frame.assign(metric=frame["score"] / 2, started=True)


def split(frame: pd.DataFrame) -> pd.DataFrame:
    place = np.arange(len(frame))
    both = frame.assign(arm=np.where(place % 2, "a", "b"), model=np.where(place // 2 % 2, "m1", "m2"))
    if len(both) < 4:
        both = both.iloc[:0]
    return decomposition.decomposition(both, arms=("a", "b"), models=("m1", "m2"), seed=1, draws=10)


MEASURES: dict[str, Measure] = {
    "learning_curve": lambda f: learning.learning_curve(f, **HOW),
    "slope": learning.slope,
    "variance_components": lambda f: learning.variance_components(f, **HOW),
    "session_ends": gains.session_ends,
    "gains": lambda f: gains.gains(f, **HOW),
    "gain_shares": lambda f: gains.gain_shares(f, **HOW),
    "best_attempts": lambda f: gains.best_attempts(f, **HOW),
    "order_luck": lambda f: gains.order_luck(f, **HOW),
    "replay_luck": lambda f: gains.replay_luck(f, pd.concat([f] * 5), **HOW),
    "first_success": lambda f: success.first_success(f, threshold=60),
    "success_within": lambda f: success.success_within(f, threshold=60, **HOW),
    "kaplan_meier": lambda f: success.kaplan_meier(f, threshold=60, **HOW),
    "log_rank": lambda f: success.log_rank(f, threshold=60),
    "prompt_dynamics": prompts.prompt_dynamics,
    "dynamics_by_attempt": lambda f: prompts.dynamics_by_attempt(f, **HOW),
    "edits": prompts.edits,
    "edits_by_band": lambda f: prompts.edits_by_band(f, **HOW),
    "edit_slopes": prompts.edit_slopes,
    "steps": distances.steps,
    "prompt_distances": lambda f: distances.prompt_distances(f, permutations=5, **HOW),
    "transitions": steerability.transitions,
    "chain": steerability.chain,
    "steerability": lambda f: steerability.steerability(f, least=1, **HOW),
    "arm_differences": lambda f: arms.arm_differences(f, baseline="a", **HOW),
    "end_differences": lambda f: arms.end_differences(f, baseline="a", **HOW),
    "arm_by_attempt": lambda f: arms.arm_by_attempt(f, baseline="a"),
    "decomposition": split,
    "association": lambda f: association.association(f, y="metric", **HOW),
    "power_curve": lambda f: power.power_curve(
        learning.variance_components(f, **HOW), effect=1, workers=[2, 5], seed=1
    ),
    "exclusion_flow": lambda f: exclusions.exclusion_flow(f, {"low": lambda s: s["attempt"] > 4}),
    "excluded_by": lambda f: exclusions.excluded_by(f, {}),
}

FRAMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "no row": lambda f: f.iloc[:0],
    "one attempt": lambda f: f.iloc[:1],
    "two attempts of two workers": lambda f: f.iloc[[0, -10]].assign(arm="a"),
    "one worker": lambda f: f.loc[f["worker_id"] == "w0000"],
    "first attempts": lambda f: f.loc[f["attempt"] == 1],
    "nothing known": lambda f: f.assign(
        score=pd.Series(pd.NA, index=f.index, dtype="Int64"), metric=np.nan, prompt=None
    ),
    "always the same": lambda f: f.assign(score=50, metric=50.0, prompt="a bear"),
    "no words": lambda f: f.assign(prompt=" "),
    "one arm": lambda f: f.assign(arm="a"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("measure", MEASURES)
def test_it_has_its_columns_and_makes_no_noise(measure: str, frame: str) -> None:
    expected = MEASURES[measure](full())
    table = MEASURES[measure](FRAMES[frame](full()))
    assert list(table.columns) == list(expected.columns)
    numbers = table.select_dtypes("number").astype("float64").to_numpy()
    assert not np.isinf(numbers).any()


@pytest.mark.parametrize("measure", sorted(set(MEASURES) - {"decomposition", "exclusion_flow", "excluded_by"}))
def test_the_order_of_the_rows_does_not_matter_and_the_frame_stays_as_it_is(measure: str) -> None:
    frame = full()
    before = frame.copy()
    table, turned = MEASURES[measure](frame), MEASURES[measure](frame.iloc[::-1])
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(table, turned)


@pytest.mark.parametrize("measure", sorted(set(MEASURES) - {"exclusion_flow", "excluded_by"}))
def test_a_missing_column_is_told_with_those_there_are(measure: str) -> None:
    with pytest.raises(ValueError, match=r"column must be one of .*; not '(worker_id|session_id)'\."):
        MEASURES[measure](full().drop(columns=["worker_id", "session_id"]))


def test_ratings_of_nothing_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"column must be one of .*; not 'item_id'\."):
        agreement.icc(full(), seed=1)
