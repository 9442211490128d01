"""The split of a gain: against means by hand, the identity it is made of, and known effects."""

import numpy as np
import pandas as pd
import pytest
import truth
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.decomposition import decomposition, gain_erased

ARMS, MODELS = ("old", "new"), ("m1", "m2")


def replays(quality: dict[tuple[str, str], list[float]]) -> pd.DataFrame:
    """(model, arm) → the quality of the arm's prompts on it, one a worker."""
    rows = [
        (f"{arm}{i}", f"{arm}{i}", 1, arm, model, score)
        for (model, arm), scores in quality.items()
        for i, score in enumerate(scores)
    ]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "attempt", "arm", "model", "score"])


def split(frame: pd.DataFrame, **how: int) -> pd.DataFrame:
    options = {"seed": 1, "draws": 50} | how
    return decomposition(frame, arms=ARMS, models=MODELS, **options).set_index(["order", "effect"])  # type: ignore[arg-type]


def test_both_orders_are_the_differences_by_hand() -> None:
    frame = replays({("m1", "old"): [1, 3], ("m1", "new"): [3, 4], ("m2", "old"): [4, 6], ("m2", "new"): [9, 10]})
    table = split(frame)
    assert list(table["estimate"]) == pytest.approx([7.5, 3.0, 4.5, 7.5, 6.0, 1.5])
    assert list(table["share"]) == pytest.approx([1, 0.4, 0.6, 1, 0.8, 0.2])
    assert set(table["workers"]) == {4} and set(table["prompts"]) == {4}


def test_pictures_of_a_prompt_count_as_their_mean() -> None:
    once = replays({("m1", "old"): [2, 8], ("m1", "new"): [3, 4], ("m2", "old"): [4, 6], ("m2", "new"): [9, 10]})
    first = once.iloc[[0]]
    often = pd.concat([once.iloc[1:], first.assign(score=1.0), first.assign(score=2.0), first.assign(score=3.0)])
    assert list(split(often)["estimate"]) == pytest.approx(list(split(once)["estimate"]))


@given(st.lists(st.floats(-5, 5), min_size=8, max_size=8))
@settings(max_examples=40, deadline=None)
def test_in_each_order_the_effects_add_up_to_the_gain(values: list[float]) -> None:
    cells = [(model, arm) for model in MODELS for arm in ARMS]
    table = split(replays({cell: values[2 * i : 2 * i + 2] for i, cell in enumerate(cells)}), draws=5)
    for order in ("model first", "prompting first"):
        part = table.loc[order]["estimate"]
        assert part["model"] + part["prompting"] == pytest.approx(part["total"], abs=1e-9)
        assert part["total"] == pytest.approx(np.mean(values[6:]) - np.mean(values[:2]), abs=1e-9)


def simulated(chance: np.random.Generator, workers: int = 60) -> pd.DataFrame:
    """The new model is 1 better; people in its arm write prompts that are 0.5 better on it, and 0.2 on the old one."""
    names = np.arange(workers)
    skill = chance.normal(0, 1, workers)
    rows = []
    for attempt in range(1, 4):
        for model, better in zip(MODELS, (0.2, 0.5), strict=True):
            new = names % 2 == 1
            quality = skill + (model == "m2") * 1.0 + new * better
            for _ in range(2):
                rows.append(pd.DataFrame({
                    "session_id": names.astype(str), "worker_id": names.astype(str), "attempt": attempt,
                    "arm": np.where(new, "new", "old"), "model": model, "score": quality + chance.normal(0, 1, workers),
                }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def test_the_known_effects_are_in_about_95_of_100_intervals_of_both_orders() -> None:
    chance, inside = np.random.default_rng(1), np.zeros(6)
    known = np.array([1.5, 1.0, 0.5, 1.5, 1.3, 0.2])
    for run in range(70):
        table = split(simulated(chance), seed=run, draws=200)
        inside += ((table["low"] <= known) & (table["high"] >= known)).to_numpy()
    assert all(truth.covers(int(hits), 70) for hits in inside), inside


def test_what_a_revision_erases_is_the_share_by_hand_and_its_truth_is_in_about_95_of_100_intervals() -> None:
    frame = pd.DataFrame({"worker_id": list("abcdef"), "arm": list("xxyyzz"), "score": [1, 3, 9, 7, 5, 5]})
    row = gain_erased(frame.assign(session_id=frame["worker_id"]), arms=("x", "y", "z"), seed=1, draws=20).iloc[0]
    assert (row["gain"], row["erased"]) == (6, 0.5)
    chance, inside = np.random.default_rng(2), 0
    for run in range(70):
        frame = truth.sessions(chance, workers=90, worker=0.5, session=0.5)
        frame["arm"] = frame["worker_id"].str[-3:].astype(int).mod(3).map({0: "x", 1: "y", 2: "z"})
        frame["score"] += frame["arm"].map({"x": 0, "y": 2, "z": 2 * 0.42})
        row = gain_erased(frame, arms=("x", "y", "z"), seed=run, draws=200).iloc[0]
        inside += row["low"] <= 0.58 <= row["high"]
    assert truth.covers(inside, 70), inside


def test_an_arm_or_a_model_that_is_not_there_is_told_with_those_that_are() -> None:
    frame = replays({(model, arm): [1.0, 2.0] for model in MODELS for arm in ARMS})
    with pytest.raises(ValueError, match=r"each of arms must be one of 'new' or 'old'; not 'newer'\."):
        decomposition(frame, arms=("old", "newer"), models=MODELS, seed=1)
    with pytest.raises(ValueError, match=r"each of models must be one of 'm1' or 'm2'; not 'm3'\."):
        decomposition(frame, arms=ARMS, models=("m1", "m3"), seed=1)
