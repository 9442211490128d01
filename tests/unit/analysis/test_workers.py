"""Signals of workers' work: by hand, and the fences against matplotlib's box plots."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.cbook import boxplot_stats

from imgloop_widgets.analysis.frames import read_frames
from imgloop_widgets.analysis.workers import (
    SIGNALS,
    compared,
    deviations,
    outside,
    summary,
    worker_signals,
)

ROWS = [  # worker, session, attempt, prompt, score, write_s, wait_s, judge_s
    ("ann", "a1", 1, "bear", 4, 10.0, 2.0, 9.0),
    ("ann", "a1", 2, "big bear", 4, 20.0, 4.0, 1.0),
    ("ann", "a1", 3, "bear", 7, 60.0, 6.0, 8.0),
    ("ann", "a2", 1, "bear", 7, 20.0, 4.0, None),
    ("bob", "b1", 1, "bear", 5, 5.0, 3.0, 0.5),
    ("cid", "c1", 1, "bear", None, 7.0, 3.0, None),
]


def attempts() -> pd.DataFrame:
    columns = ["worker_id", "session_id", "attempt", "prompt", "score", "write_s", "wait_s", "judge_s"]
    frame = pd.DataFrame(ROWS, columns=columns).assign(target_id="t1")
    return frame.astype({"score": "Int64", "write_s": "float64", "wait_s": "float64", "judge_s": "float64"})


def sessions() -> pd.DataFrame:
    rows = [("bob", "b1", "exited"), ("ann", "a1", "attempts_used"), ("cid", "c1", None), ("ann", "a2", "expired"),
            ("dan", "d1", "withdrawn")]  # fmt: skip
    return pd.DataFrame(rows, columns=["worker_id", "session_id", "reason"])


def signals() -> pd.DataFrame:
    return worker_signals(sessions(), attempts(), fast_s=2.0).set_index("worker")


def test_workers_are_numbered_in_the_order_they_came_and_their_ids_are_nowhere() -> None:
    table = signals()
    assert list(table.index) == [1, 2, 3, 4]  # bob, ann, cid, dan
    assert list(table["attempts"]) == [1, 4, 1, 0]
    assert not any(name in table.to_csv() for name in ("ann", "bob", "cid", "dan"))


def test_each_signal_is_what_it_is_by_hand() -> None:
    ann = signals().loc[2]
    assert (ann["sessions"], ann["finished"], ann["attempts"], ann["attempts_each"], ann["scores"]) == (2, 2, 4, 2, 4)
    assert ann["left_early"] == 0.5  # one of two expired
    assert (ann["write_s"], ann["wait_s"], ann["judge_s"]) == (20, 4, 8)  # medians
    assert ann["repeated"] == 0.5  # of "big bear" and "bear"; a session's first can't repeat anything
    assert ann["fast"] == pytest.approx(1 / 3)  # of the three whose time is known
    assert ann["same"] == 0.5  # 4 → 4, 4 → 7; not from one session to the next
    assert ann["score_range"] == 3


def test_what_can_not_be_told_is_missing_and_no_zero() -> None:
    table = signals()
    assert table.loc[1, ["repeated", "same", "score_range", "deviation"]].isna().all()  # one attempt, too few others
    assert table.loc[3, ["judge_s", "fast", "left_early"]].isna().all()  # no score, not finished
    assert table.loc[4, ["write_s", "attempts_each", "repeated"]].isna().all() and table.loc[4, "left_early"] == 1


def test_a_deviation_is_from_the_mean_of_the_others_means() -> None:
    rows = [("ann", "t1", 9), ("ann", "t1", 7), ("bob", "t1", 5), ("cid", "t1", 4), ("dan", "t1", 3),
            ("ann", "t2", 1), ("bob", "t2", 9)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["worker_id", "target_id", "score"])
    found = deviations(frame)
    assert found["ann"] == pytest.approx(8 - (5 + 4 + 3) / 3)  # t2 has too few others
    assert found["bob"] == pytest.approx(5 - (8 + 4 + 3) / 3)
    assert deviations(frame, others=1)["ann"] == pytest.approx((8 - 4 + (1 - 9)) / 2)


@given(st.lists(st.floats(0, 1000), min_size=5, max_size=40), st.sampled_from(["characters", "write_s"]))
@settings(max_examples=60, deadline=None)
def test_outside_are_those_that_a_box_plot_draws_as_points(values: list[float], signal: str) -> None:
    frame = pd.DataFrame({"worker": range(1, len(values) + 1), signal: values})
    found = compared(frame)
    scaled = np.log(np.maximum(values, 0.1)) if signal == "write_s" else np.array(values)
    lower, upper = np.quantile(scaled, [0.25, 0.75])
    (box,) = boxplot_stats(scaled)
    if lower == upper:
        assert not found["outside"].any() and found["low"].isna().all()
    else:
        edge = 1e-9 * (1 + np.abs(scaled).max())
        clear = np.abs(np.abs(scaled - (lower + upper) / 2) - 2 * (upper - lower)) > edge
        assert list(found["outside"][clear]) == list(np.isin(scaled, box["fliers"])[clear])


def test_of_normal_values_seven_in_a_thousand_are_outside() -> None:
    values = np.random.default_rng(1).normal(10, 1, 100_000)
    frame = pd.DataFrame({"worker": np.arange(100_000), "characters": values})
    assert compared(frame)["outside"].mean() == pytest.approx(0.007, abs=0.001)


def test_there_are_no_fences_with_few_workers_and_for_what_the_rules_of_a_study_decide() -> None:
    frame = pd.DataFrame({"worker": [1, 2, 3, 4], "write_s": [1.0, 2.0, 3.0, 999.0]})
    assert compared(frame)["low"].isna().all()
    frame = pd.DataFrame({"worker": range(8), "score_range": [0, 1, 2, 3, 4, 5, 6, 99.0]})
    assert not compared(frame)["outside"].any()


def test_fences_stay_within_what_is_possible() -> None:
    shares = np.linspace(0.0, 1.0, 9)
    found = compared(pd.DataFrame({"worker": range(9), "fast": shares, "characters": shares, "deviation": shares}))
    rows = found.drop_duplicates("signal").set_index("signal")
    assert tuple(rows.loc["fast", ["low", "high"]]) == (0, 1)
    assert rows.loc["characters", "low"] == 0 and rows.loc["characters", "high"] == pytest.approx(1.5)
    assert rows.loc["deviation", "low"] == pytest.approx(-0.5)


def test_the_summary_and_the_list_say_who_is_outside_and_on_which_side() -> None:
    frame = pd.DataFrame({"worker": range(1, 12), "write_s": [30.0] * 4 + [25.0, 35.0, 28.0, 33.0, 29.0, 1.0, 900.0]})
    found = compared(frame)
    row = summary(found).iloc[0]
    assert (row["signal"], row["workers"], row["middle"], row["outside"]) == ("write_s", 11, 30.0, 2)
    assert outside(found)[["worker", "side"]].to_numpy().tolist() == [[10, "below"], [11, "above"]]


@pytest.mark.filterwarnings("error")
def test_of_nobody_and_of_one_worker_there_are_tables_too(made: object) -> None:
    for logs in ([], [made.session(1, scores=[None], reason=None)]):  # type: ignore[attr-defined]  # loaded by path
        frames = read_frames(logs)
        table = worker_signals(frames.sessions, frames.attempts)
        assert len(table) == len(frames.sessions)
        found = compared(table, of=SIGNALS)
        assert list(summary(found)["workers"]) == [1] * found["signal"].nunique()
        assert outside(found).empty
