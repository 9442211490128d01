"""The blind baseline: against numbers by hand, and only what belongs to each group is in it."""

import math
from collections.abc import Callable

import pandas as pd
import pytest

from imgloop_widgets.analysis import figures
from imgloop_widgets.analysis.blind import ENDS, blind_gains, blind_share, is_machine, read_groups
from imgloop_widgets.analysis.data import Data


def attempts(*sessions: list[float], worker: str = "w{}") -> pd.DataFrame:
    rows = [(f"s{i}", worker.format(i), k, v) for i, values in enumerate(sessions) for k, v in enumerate(values, 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "attempt", "score"]).astype({"score": "float64"})


PEOPLE = attempts([1, 5, 4], [2, 3, 7])  # last - first: 3, 5; best - first: 4, 5
MACHINES = attempts([2, 4, 2], [3, 5, 5], worker="sim-blind-{}")  # 0, 2; 2, 2


def test_the_share_is_the_machines_mean_gain_over_the_peoples() -> None:
    table = blind_share(PEOPLE, MACHINES, seed=1).set_index("measure")
    assert table.loc["last_minus_first", "share"] == pytest.approx(1 / 4)
    assert table.loc["best_minus_first", "share"] == pytest.approx(2 / 4.5)
    assert (table["share_low"] <= table["share"]).all() and (table["share"] <= table["share_high"]).all()
    assert table.loc["last_minus_first", ["share_low", "share_high"]].tolist() == pytest.approx([0, 2 / 3])
    assert table[["people", "machines"]].to_numpy().tolist() == [[2, 2], [2, 2]]


def test_who_has_several_sessions_counts_with_all_of_them() -> None:
    one = PEOPLE.assign(worker_id=["a"] * 6)
    assert (
        blind_share(one, MACHINES, seed=1)["share"].tolist() == blind_share(PEOPLE, MACHINES, seed=1)["share"].tolist()
    )
    assert blind_share(one, MACHINES, seed=1)["share_low"].isna().all(), "one worker says nothing of others"


def test_the_gains_of_both_stand_side_by_side_and_are_drawn() -> None:
    table = blind_gains(PEOPLE, MACHINES, seed=1)
    assert [tuple(row) for row in table[["who", "measure"]].to_numpy()] == [
        (who, end) for who in ("people", "blind") for end in ENDS
    ]
    assert table["mean"].tolist() == [4, 4.5, 1, 2]
    for narrow in (False, True):
        text = str(figures.blind_gains(table, narrow=narrow).get_label())
        assert "people, by the best attempt: 4.50" in text and "blind, by the last attempt: 1.00" in text


@pytest.mark.filterwarnings("error")
def test_without_one_of_the_groups_nothing_is_said_and_nothing_fails() -> None:
    for people, machines in ((PEOPLE, MACHINES.iloc[:0]), (PEOPLE.iloc[:0], MACHINES), (PEOPLE.iloc[:0],) * 2):
        assert blind_share(people, machines, seed=1)["share"].map(math.isnan).all()
        assert "needs attempts" in str(figures.blind_gains(blind_gains(people, machines, seed=1)).get_label())


def test_a_machine_is_known_by_its_id() -> None:
    ids = pd.Series(["ana", "sim-0001", "sim-blind-0001", "sim-script-0001", "blind-1"])
    assert is_machine(ids).tolist() == [False, False, True, False, False]
    assert is_machine(ids, "script").tolist() == [False, False, False, True, False]


def test_of_a_study_without_machines_there_are_people_alone(study: Callable[[int], Data]) -> None:
    groups = read_groups(study(6))
    assert len(groups.people) > 0 and groups.machines.empty
    assert set(groups.together["who"]) == {"people"}
