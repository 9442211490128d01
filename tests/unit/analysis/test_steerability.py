"""Steerability: against closed forms, simulation, ArtWhisperer's way written out, and chains whose time is known."""

import itertools

import numpy as np
import pandas as pd
import pytest
import truth
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.steerability import (
    READINGS,
    bins,
    chain,
    chance_of_moves,
    expected_attempts,
    in_percent,
    steerability,
    transitions,
)
from imgloop_widgets.analysis.tidy import Floats

EDGES = (0.2, 0.4, 0.6, 0.8)


def attempts(*sessions: list[float], workers: list[str] | None = None) -> pd.DataFrame:
    names = workers or [f"w{i:03}" for i in range(len(sessions))]
    rows = [(f"s{i}", names[i], "t", k, v) for i, values in enumerate(sessions) for k, v in enumerate(values, 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "target_id", "attempt", "score"])


def played(chances: Floats, reading: str, chance: np.random.Generator, runs: int) -> Floats:
    """The attempts of so many simulated sessions, without a limit."""
    size, times = chances.shape[1], np.zeros(runs)
    for run in range(runs):
        state = -1
        while state < size - 1:
            draw = int(chance.choice(size, p=chances[state + 1]))
            state = draw if reading == "chain" else max(state, draw)
            times[run] += 1
    return times


def test_the_bins_are_those_of_the_paper() -> None:
    scores = np.array([0, 20, 20.5, 21, 40, 41, 60, 61, 80, 81, 100])
    assert list(bins(scores)) == [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    with pytest.raises(ValueError, match="edges must be one or more rising numbers"):
        bins(scores, edges=(20, 20))


def test_with_two_bins_the_expected_number_is_a_closed_form() -> None:
    """First attempt good with a, later ones with b: 1 + (1 - a) / b, in both readings; with a = b it is 1 / b."""
    for a, b in ((0.3, 0.1), (0.25, 0.25), (0.0, 1.0)):
        chances = np.array([[1 - a, a], [1 - b, b], [0.5, 0.5]])
        for reading in READINGS:
            assert expected_attempts(chances, reading=reading) == pytest.approx(1 + (1 - a) / b)


def test_with_the_same_chances_from_everywhere_it_is_one_over_the_chance() -> None:
    row = np.array([0.4, 0.2, 0.2, 0.1, 0.1])
    for reading in READINGS:
        assert expected_attempts(np.tile(row, (6, 1)), reading=reading) == pytest.approx(10)


def test_with_three_bins_the_two_readings_are_the_closed_forms() -> None:
    """From the middle one falls back with c: the chain starts anew from there, the maximum stays."""
    a, b, c = 0.5, 0.3, 0.6  # low → middle, middle → top, middle → low
    chances = np.array([[1, 0, 0], [1 - a, a, 0], [c, 1 - b - c, b], [0, 0, 1]])
    assert expected_attempts(chances, reading="maximum") == pytest.approx(1 + 1 / a + 1 / b)
    middle = (1 + c / a) / b  # h_m = 1 + c h_l + (1 - b - c) h_m, h_l = 1 / a + h_m
    assert expected_attempts(chances, reading="chain") == pytest.approx(1 + 1 / a + middle)


@pytest.mark.parametrize("reading", READINGS)
def test_the_solution_is_the_mean_of_simulated_sessions(reading: str) -> None:
    chance = np.random.default_rng(1)
    chances = chance.dirichlet(np.ones(5), size=6)
    times = played(chances, reading, chance, 4000)
    expected = float(expected_attempts(chances, reading=reading))
    assert times.mean() == pytest.approx(expected, abs=4 * times.std() / 4000**0.5)


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=5, max_size=5))
@settings(max_examples=50, deadline=None)
def test_more_than_one_attempt_is_never_fewer_and_many_are_solved_as_one_by_one(rows: list[list[int]]) -> None:
    counts = np.array(rows, dtype="float64")
    both = np.stack([counts, counts[::-1]])
    for reading in READINGS:
        together = expected_attempts(chance_of_moves(both), reading=reading)
        apart = [expected_attempts(chance_of_moves(one), reading=reading) for one in both]
        assert together == pytest.approx(np.array(apart)) and (together >= 1).all()


def test_what_cannot_be_reached_takes_for_ever_and_what_is_unknown_is_unknown() -> None:
    never = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    unknown = chance_of_moves(np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]), smoothing=0)
    for reading in READINGS:
        assert expected_attempts(never, reading=reading) == np.inf
        assert np.isnan(expected_attempts(unknown, reading=reading))
    with pytest.raises(ValueError, match=r"reading must be one of 'chain' or 'maximum'; not 'best'\."):
        expected_attempts(never, reading="best")


def test_a_bin_that_was_never_left_is_uniform_or_as_the_start() -> None:
    counts = np.array([[3.0, 1.0], [0.0, 0.0], [2.0, 2.0]])
    assert chance_of_moves(counts)[1] == pytest.approx([1 / 2, 1 / 2])
    assert chance_of_moves(counts, unseen="start")[1] == pytest.approx([4 / 6, 2 / 6])
    with pytest.raises(ValueError, match="unseen must be one of"):
        chance_of_moves(counts, unseen="nothing")


def test_moves_are_counted_within_sessions_from_the_start() -> None:
    table = transitions(attempts([10, 50, 90], [10, 10], workers=["w", "w"]))
    assert table[["before", "after", "moves"]].to_numpy().tolist() == [[-1, 0, 2], [0, 0, 1], [0, 2, 1], [2, 4, 1]]


def test_on_the_published_sessions_it_is_what_the_papers_way_gives() -> None:
    """Dictionaries of moves as in the paper's program, smoothed, its running maximum solved from the top down."""
    frame = truth.steerability().assign(target_id="all", score=lambda f: f["dreamsim"])
    edge = [0, *EDGES, 2]
    name = lambda x: next(i for i in range(5) if edge[i] <= x < edge[i + 1])  # noqa: E731  # as short as it is
    moves: dict[int, list[int]] = {state: [] for state in range(-1, 5)}
    for _, rows in frame.groupby(["worker_id", "session_id"]):
        path = [-1, *map(name, rows.sort_values("attempt")["score"])]
        for before, after in itertools.pairwise(path):
            moves[before].append(after)
    for unseen in ("uniform", "start"):
        shares = {}
        for state, after in moves.items():
            after = after or (moves[-1] if unseen == "start" else [])
            shares[state] = [(after.count(i) + 1) / (len(after) + 5) for i in range(5)]
        left = {4: 0.0}
        for state in (3, 2, 1, 0, -1):
            up = {i: p for i, p in enumerate(shares[state]) if i > state}
            left[state] = (1 + sum(p * left[i] for i, p in up.items())) / sum(up.values())
        table = steerability(frame, edges=EDGES, unseen=unseen, seed=1, draws=20).set_index("reading")
        assert table.loc["maximum", "attempts"] == pytest.approx(left[-1])
        system = np.eye(5) - np.array([[*[0.0], *shares[s][:4]] for s in range(-1, 4)])
        assert table.loc["chain", "attempts"] == pytest.approx(np.linalg.solve(system, np.ones(5))[0])
        assert set(table["sessions"]) == {58} and set(table["workers"]) == {29}


def test_a_target_with_few_sessions_has_no_number() -> None:
    frame = attempts(*([[10, 90]] * 9))
    assert steerability(frame, seed=1, draws=10)["attempts"].isna().all()
    assert steerability(frame, least=9, seed=1, draws=10)["attempts"].notna().all()


def test_the_known_time_of_a_chain_is_in_about_95_of_100_intervals() -> None:
    chance = np.random.default_rng(4)
    chances = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [0.1, 0.2, 0.7]])
    expected = [float(expected_attempts(chances, reading=reading)) for reading in READINGS]
    inside = np.zeros(2)
    for run in range(80):
        paths = np.zeros((150, 5), dtype="int64")
        state = np.full(150, -1)
        for k in range(5):
            state = (chance.random(150)[:, None] > np.cumsum(chances[state + 1], axis=1)).sum(axis=1)
            paths[:, k] = state
        frame = attempts(*paths.astype(float).tolist(), workers=[f"w{i // 2:03}" for i in range(150)])
        table = steerability(frame, edges=(1, 2), seed=run, draws=200)
        inside += ((table["low"] <= expected) & (table["high"] >= expected)).to_numpy()
    assert all(truth.covers(int(hits), 80) for hits in inside), inside


def test_a_scale_becomes_0_to_100_and_its_steps_stay_in_their_bins() -> None:
    score = in_percent(attempts([1, 3, 4, 10, 12]), scale=(1, 10))["score"]
    assert list(score) == pytest.approx([0, 200 / 9, 300 / 9, 100, 100])
    assert list(bins(in_percent(attempts([*range(1, 11)]), scale=(1, 10))["score"].to_numpy())) == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
    ]  # fmt: skip
    hundredths = in_percent(attempts([k / 100 for k in range(101)]), scale=(0, 1))["score"].to_numpy()
    assert list(bins(hundredths)) == list(bins(np.arange(101.0)))  # no product is the last digit below an edge
    assert list(in_percent(attempts([0.2, 0.9]), scale=(1, 0))["score"]) == pytest.approx([80, 10])  # lower is better
    with pytest.raises(ValueError, match="scale must be two numbers; not both 1"):
        in_percent(attempts([1]), scale=(1, 1))


def test_the_one_chain_of_all_has_every_move_and_gives_the_same_expected_attempts() -> None:
    frame = truth.steerability().assign(target_id="all", score=lambda f: 100 * f["dreamsim"])
    table = chain(frame, edges=(20, 40, 60, 80))
    assert len(table) == 30 and table["moves"].sum() == 290 and set(table["sessions"]) == {58}
    assert table.groupby("before")["chance"].sum().to_numpy() == pytest.approx(1)
    chances = table["chance"].to_numpy().reshape(6, 5)
    apart = steerability(frame.assign(score=frame["dreamsim"]), edges=EDGES, seed=1, draws=10)
    for reading, expected in zip(apart["reading"], apart["attempts"], strict=True):
        assert expected_attempts(chances, reading=reading) == pytest.approx(expected)
