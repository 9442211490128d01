"""Gains: against counts by hand, plain pandas on the published sessions, full enumerations, and known luck."""

import itertools
import statistics

import numpy as np
import pandas as pd
import pytest
import truth
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis import gains as gains_module
from imgloop_widgets.analysis.gains import (
    best_attempts,
    gain_shares,
    gains,
    order_luck,
    replay_luck,
    session_ends,
)
from imgloop_widgets.analysis.tidy import keyed


def attempts(*sessions: list[float | None], worker: str = "w{}") -> pd.DataFrame:
    rows = [(f"s{i}", worker.format(i), k, v) for i, values in enumerate(sessions) for k, v in enumerate(values, 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "attempt", "score"]).astype({"score": "float64"})


def test_a_session_has_its_first_last_and_best_whatever_the_order_of_the_rows() -> None:
    frame = attempts([3, 8, 8, 2], [None, 5], [4, None, 6]).sample(frac=1, random_state=1)
    ends = session_ends(frame).set_index("session_id")
    assert ends.loc["s0"].to_dict() == {
        "worker_id": "w0", "attempts": 4, "first_score": 3, "last_score": 2, "best_score": 8, "best_attempt": 2,
        "mean_score": 5.25, "improved": 1,
    }  # fmt: skip
    assert list(ends.loc["s1", ["attempts", "first_score", "best_attempt"]]) == [1, 5, 2]
    assert list(ends.loc["s2", ["attempts", "first_score", "last_score", "improved"]]) == [2, 4, 6, 1]


def test_the_published_gains_are_those_of_a_table_with_a_column_for_each_attempt() -> None:
    frame = truth.steerability()
    wide = frame.pivot(index=["worker_id", "target_id"], columns="attempt", values="dreamsim")
    table = gains(frame, value="dreamsim", seed=1).set_index("measure")["mean"]
    expected = [wide[1], wide[5], wide.max(axis=1), wide[5] - wide[1], wide.max(axis=1) - wide[1]]
    assert list(table) == pytest.approx([column.mean() for column in expected])
    shares = gain_shares(frame, value="dreamsim", seed=1).set_index("measure")["mean"]
    edits = wide.diff(axis=1).iloc[:, 1:].to_numpy()
    expected_shares = [(wide[5] > wide[1]).mean(), (wide.max(axis=1) > wide[1]).mean(), (edits > 0).mean()]
    assert list(shares) == pytest.approx(expected_shares)
    best = best_attempts(frame, value="dreamsim", seed=1)["mean"]
    assert list(best) == pytest.approx([(wide.idxmax(axis=1) == k).mean() for k in range(1, 6)])


def test_shares_leave_out_sessions_of_one_and_weigh_every_edit_the_same() -> None:
    shares = gain_shares(attempts([1, 2, 3, 2], [5, 4], [7]), seed=1).set_index("measure")
    assert list(shares["mean"]) == pytest.approx([1 / 2, 1 / 2, 2 / 4])
    assert set(shares["sessions"]) == {2}


def test_of_equal_attempts_the_earliest_is_the_best_and_the_shares_add_up() -> None:
    table = best_attempts(attempts([5, 5, 5], [1, 2, 2], [1, 1, 3]), seed=1)
    assert list(table["mean"]) == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert list(table["attempt"]) == [1, 2, 3] and set(table["sessions"]) == {3}


@given(st.lists(st.lists(st.integers(0, 10), min_size=1, max_size=5), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_luck_by_order_is_the_mean_over_all_orders(sessions: list[list[float]]) -> None:
    table = order_luck(attempts(*sessions), seed=1, draws=20).set_index("measure")
    gain = statistics.mean(max(values) - values[0] for values in sessions)
    orders = [list(itertools.permutations(values)) for values in sessions]
    luck = statistics.mean(statistics.mean(max(order) - order[0] for order in some) for some in orders)
    assert table.loc["best_minus_first", "gain"] == pytest.approx(gain)
    assert table.loc["best_minus_first", "luck"] == pytest.approx(luck)
    assert table.loc["best_minus_first", "beyond"] == pytest.approx(gain - luck)
    assert table.loc["last_minus_first", "luck"] == 0
    assert table.loc["last_minus_first", "gain"] == pytest.approx(statistics.mean(v[-1] - v[0] for v in sessions))


def test_p_is_the_share_of_all_orders_that_are_as_far_from_luck() -> None:
    sessions = [[1.0, 4.0, 6.0], [2.0, 3.0, 3.5], [0.0, 5.0]]
    table = order_luck(attempts(*sessions), seed=1, draws=20_000).set_index("measure")
    orders = list(itertools.product(*(itertools.permutations(values) for values in sessions)))
    lasts = [statistics.mean(order[-1] - order[0] for order in some) for some in orders]
    bests = [statistics.mean(statistics.mean(order) - order[0] for order in some) for some in orders]
    for measure, values in (("last_minus_first", lasts), ("best_minus_first", bests)):
        real = values[0]
        exact = sum(abs(v) >= abs(real) - 1e-9 for v in values) / len(values)
        assert table.loc[measure, "p"] == pytest.approx(exact, abs=0.01)


def test_who_does_not_learn_is_found_to_learn_five_times_in_a_hundred() -> None:
    chance, found = np.random.default_rng(1), np.zeros(2)
    for run in range(80):
        frame = truth.sessions(chance, workers=15)
        found += (order_luck(frame, seed=run, draws=99)["p"] <= 0.05).to_numpy()
    assert all(truth.covers(80 - int(times), 80) for times in found), found


def test_what_is_gained_beyond_luck_is_in_about_95_of_100_intervals() -> None:
    """With a slope of 0.5 over 5 attempts the mean is 1 above the first, and the last 2."""
    chance, inside = np.random.default_rng(2), np.zeros(2)
    for run in range(70):
        table = order_luck(truth.sessions(chance, slope=0.5), seed=run, draws=300)
        inside += ((table["low"] <= [2, 1]) & (table["high"] >= [2, 1])).to_numpy()
    assert all(truth.covers(int(hits), 70) for hits in inside), inside


def test_luck_by_replay_is_the_mean_over_all_choices_of_k_pictures() -> None:
    frame = attempts([3, 9, 4], [5, 6], [7, 8, 9, 1])
    replays = pd.DataFrame(
        [("s0", "w0", 1, v) for v in (2, 6, 6, 1)] + [("s1", "w1", 1, 8.0), ("s1", "w1", 2, 99.0)]
        + [("s2", "w2", 1, v) for v in (1, 2)] + [("s0", "another", 1, 50.0)],
        columns=["session_id", "worker_id", "attempt", "score"],
    )  # fmt: skip
    table = replay_luck(frame, replays, seed=1).set_index("measure")
    one = statistics.mean(map(max, itertools.combinations([3, 2, 6, 6, 1], 3)))
    other = max(5, 8)  # two of two; the third session has too few pictures
    assert table.loc["luck", "mean"] == pytest.approx((one + other) / 2)
    assert table.loc["best", "mean"] == pytest.approx((9 + 6) / 2)
    assert table.loc["beyond_luck", "mean"] == pytest.approx((9 + 6 - one - other) / 2)
    assert set(table["sessions"]) == {2}


def test_people_who_send_the_same_prompt_again_gain_nothing_beyond_luck() -> None:
    """Best of five normal values is 1.163 above the mean: all of it luck, and that is what is found."""
    chance, inside, luck = np.random.default_rng(3), 0, []
    for run in range(70):
        frame = truth.sessions(chance, workers=25, worker=0, residual=0)  # a level for each session
        pictures = frame.assign(score=frame["score"] + chance.normal(size=len(frame)))
        again = frame.loc[frame["attempt"] == 1]
        again = again.loc[again.index.repeat(9)]
        replays = again.assign(score=again["score"] + chance.normal(size=len(again)))
        table = replay_luck(pictures, replays, seed=run, draws=300).set_index("measure")
        inside += table.loc["beyond_luck", "low"] <= 0 <= table.loc["beyond_luck", "high"]
        luck.append(table.loc["luck", "mean"] - frame["score"].mean())
    assert truth.covers(inside, 70), inside
    assert np.mean(luck) == pytest.approx(1.163, abs=0.04)


def test_with_very_many_sessions_the_p_of_random_orders_is_that_of_the_normal_distribution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = np.random.default_rng(3)
    frame = truth.sessions(chance, workers=150, each=2, attempts=4, slope=0.05)
    frame = frame.loc[chance.random(len(frame)) < 0.8]  # sessions of all lengths
    drawn = order_luck(frame, seed=1, draws=4000)
    monkeypatch.setattr(gains_module, "MANY", 100)
    normal = order_luck(frame, seed=1, draws=4000)
    assert (drawn["p"] > 0.01).all()
    assert normal["p"].to_numpy() == pytest.approx(drawn["p"].to_numpy(), abs=0.03)


def test_ids_as_categories_change_no_number() -> None:
    frame = truth.sessions(np.random.default_rng(4), workers=30, each=2)
    for measure in (gains, gain_shares, best_attempts, order_luck):
        pd.testing.assert_frame_equal(measure(keyed(frame), seed=1), measure(frame, seed=1))
