"""Measures, checked against closed forms, a full enumeration, and Python's own statistics."""

import itertools
import random
import statistics
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from imgloop_widgets.analysis import bootstrap, measures
from imgloop_widgets.analysis.frames import read_frames
from imgloop_widgets.analysis.learning import learning_curve


def scores(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["worker_id", "session_id", "attempt", "score"])


def test_the_flow_counts_every_session_once_and_a_worker_once_a_row(made: ModuleType) -> None:
    logs = [
        made.session(1, worker="ana", scores=[3, 10], reason="perfect"),
        made.session(2, worker="ana", scores=[3], reason="exited"),
        made.session(3, worker="bob", reason="exited"),
        made.session(4, worker="eve", scores=[None], reason=None),
    ]
    flow = measures.flow(read_frames(logs).sessions).set_index("step")
    assert flow["sessions"].to_dict() == {
        "came": 4, "started": 3, "finished": 3, "perfect": 1, "attempts_used": 0, "stopped": 0, "exited": 2,
        "expired": 0, "withdrawn": 0, "failed": 0, "no_consent": 0, "screened_out": 0,
        "closed": 0, "returned": 0, "open": 1,
    }  # fmt: skip
    assert flow.loc["came", "workers"] == 3 and flow.loc["exited", "workers"] == 2
    assert flow.loc["exited", "share"] == 0.5


def test_in_the_flow_the_reasons_add_up(made: ModuleType) -> None:
    flow = measures.flow(read_frames(made.crowd(80)).sessions).set_index("step")["sessions"]
    assert flow[list(measures.REASONS)].sum() == flow["finished"]
    assert flow["finished"] + flow["open"] == flow["came"] == 80


def test_an_imported_session_is_neither_finished_nor_open(made: ModuleType) -> None:
    sessions = read_frames([made.session(1), made.session(2, reason=None), made.session(3)]).sessions
    sessions.loc[0, ["status", "reason"]] = ["unknown", None]
    flow = measures.flow(sessions).set_index("step")["sessions"]
    assert (flow["came"], flow["finished"], flow["open"], flow["unknown"]) == (3, 1, 1, 1)


def test_nothing_gives_empty_tables_with_their_columns(made: ModuleType) -> None:
    frames = read_frames([])
    assert list(measures.flow(frames.sessions)["sessions"]) == [0] * (len(measures.STEPS) - 1)
    assert measures.flow(frames.sessions)["share"].isna().all()
    for table in (
        learning_curve(frames.attempts, seed=1),
        measures.times_by_attempt(frames.attempts),
        measures.first_last_best(frames.sessions, seed=1),
    ):
        assert table.empty and {"workers", "sessions"} <= set(table.columns)


def test_the_mean_is_over_sessions_and_leaves_out_what_was_not_scored(made: ModuleType) -> None:
    logs = [made.session(1, scores=[2, 4]), made.session(2, scores=[5]), made.session(3, scores=[None], reason=None)]
    table = learning_curve(read_frames(logs).attempts, seed=1)
    assert list(table["attempt"]) == [1, 2]
    assert list(table["mean"]) == [3.5, 4]
    assert list(table["sessions"]) == [2, 1]


def test_one_worker_has_no_interval(made: ModuleType) -> None:
    logs = [made.session(n, worker="ana", scores=[n]) for n in (1, 5, 9)]
    table = learning_curve(read_frames(logs).attempts, seed=1)
    assert table["mean"][0] == 5 and table["low"].isna().all() and table["high"].isna().all()


def test_the_interval_is_that_of_all_possible_draws_of_the_workers() -> None:
    """Five workers can be drawn in 5⁵ ways: the quantiles over all of them are exact, sessions of a worker together."""
    theirs = {"a": [1, 2], "b": [4], "c": [9, 9, 9], "d": [3, 6], "e": [5]}
    rows = [(w, f"{w}{i}", 1, float(s)) for w, values in theirs.items() for i, s in enumerate(values)]
    draws = itertools.product(theirs.values(), repeat=5)
    means = [statistics.mean(itertools.chain.from_iterable(drawn)) for drawn in draws]
    table = measures.mean_by(scores(*rows), by="attempt", value="score", seed=1, draws=40_000)
    for end, level in (("low", 0.025), ("high", 0.975)):
        below, above = np.quantile(means, [level - 0.003, level + 0.003])  # the level's own chance in so many draws
        assert below - 1e-9 <= table[end][0] <= above + 1e-9


def test_of_many_workers_the_interval_is_that_of_the_normal_distribution() -> None:
    chance = random.Random(4)
    values = [chance.gauss(5, 2) for _ in range(2000)]
    table = measures.mean_by(
        scores(*((f"w{i}", f"s{i}", 1, v) for i, v in enumerate(values))), by="attempt", value="score", seed=1
    )
    reach = 1.96 * statistics.stdev(values) / len(values) ** 0.5
    assert table["high"][0] - table["mean"][0] == pytest.approx(reach, rel=0.08)
    assert table["mean"][0] - table["low"][0] == pytest.approx(reach, rel=0.08)


def test_what_a_worker_does_again_does_not_make_the_interval_narrower() -> None:
    once = [(f"w{i}", f"s{i}", 1, float(i % 7)) for i in range(40)]
    often = [(w, f"{s}-{k}", a, v) for w, s, a, v in once for k in range(9)]
    narrow, wide = (measures.mean_by(scores(*rows), by="attempt", value="score", seed=1) for rows in (once, often))
    assert wide[["mean", "low", "high"]].equals(narrow[["mean", "low", "high"]])
    assert wide["sessions"][0] == 9 * narrow["sessions"][0] and wide["workers"][0] == narrow["workers"][0]


@pytest.mark.parametrize("many", [10_000, 3])
def test_columns_have_the_means_of_the_same_values_below_each_other(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MANY", many)
    chance = np.random.default_rng(2)
    sessions = pd.DataFrame(
        {"session_id": [f"s{i % 80}" for i in range(90)], "worker_id": [f"w{i % 50}" for i in range(90)]}
    )
    values = pd.DataFrame({name: chance.choice([1.0, 2.0, np.nan], 90) for name in ("b", "c", "a")}).assign(none=np.nan)
    table = measures.means_of(sessions, values, seed=1, draws=200)
    long = sessions.assign(**values).melt(["session_id", "worker_id"], list(values), "measure", "value")
    expected = measures.mean_by(long, by="measure", value="value", seed=1, draws=200)
    pd.testing.assert_frame_equal(
        table, expected.set_index("measure").loc[["b", "c", "a"]].reset_index(), check_exact=True
    )


def test_the_true_mean_is_in_about_95_of_100_intervals() -> None:
    """Workers differ by a normal amount, their sessions by another: an interval over sessions would be too narrow."""
    chance, inside = random.Random(11), 0
    for _ in range(200):
        rows = []
        for w in range(50):
            level = chance.gauss(5, 1.5)
            rows += [(f"w{w:02}", f"{w}-{k}", 1, chance.gauss(level, 1)) for k in range(3)]
        table = measures.mean_by(scores(*rows), by="attempt", value="score", seed=1, draws=300)
        inside += table["low"][0] <= 5 <= table["high"][0]
    assert 0.90 <= inside / 200 <= 0.98


def test_the_same_seed_gives_the_same_interval_and_the_order_of_the_rows_does_not_matter(made: ModuleType) -> None:
    attempts = read_frames(made.crowd(60)).attempts
    first = learning_curve(attempts, seed=1)
    pd.testing.assert_frame_equal(first, learning_curve(attempts.iloc[::-1], seed=1), check_exact=True)
    assert not first.equals(learning_curve(attempts, seed=2))


def test_drawing_in_small_portions_changes_nothing(monkeypatch: pytest.MonkeyPatch, made: ModuleType) -> None:
    attempts = read_frames(made.crowd(60)).attempts
    whole = learning_curve(attempts, seed=1)
    monkeypatch.setattr(bootstrap, "AT_ONCE", 100)
    pd.testing.assert_frame_equal(learning_curve(attempts, seed=1), whole, check_exact=True)


def test_times_are_the_quartiles_of_pythons_own_statistics(made: ModuleType) -> None:
    attempts = read_frames(made.crowd(90)).attempts
    table = measures.times_by_attempt(attempts).set_index(["part", "attempt"])
    for (part, attempt), row in table.iterrows():
        values = list(attempts.loc[attempts["attempt"] == attempt, part].dropna())
        expected = statistics.quantiles(values, n=4, method="inclusive")
        assert [row["q1"], row["median"], row["q3"]] == pytest.approx(expected)
        assert row["sessions"] == len(values)


def test_times_come_in_the_order_of_an_attempt(made: ModuleType) -> None:
    table = measures.times_by_attempt(read_frames([made.session(1, scores=[3, None], reason=None)]).attempts)
    assert list(zip(table["part"], table["attempt"], strict=True)) == [
        ("write_s", 1), ("write_s", 2), ("wait_s", 1), ("wait_s", 2), ("judge_s", 1),
    ]  # fmt: skip


def test_first_last_and_best_are_of_the_same_sessions(made: ModuleType) -> None:
    logs = [
        made.session(1, scores=[2, 8, 5]),
        made.session(2, scores=[4]),
        made.session(3, scores=[6, 3]),
        made.session(4, reason="exited"),
    ]
    table = measures.first_last_best(read_frames(logs).sessions, seed=1).set_index("measure")
    assert table["mean"].to_dict() == {
        "first": 4, "last": 4, "best": 6, "last_minus_first": 0, "best_minus_first": 2,
    }  # fmt: skip
    assert set(table["sessions"]) == {3}
    assert (table["low"] <= table["mean"]).all() and (table["mean"] <= table["high"]).all()
