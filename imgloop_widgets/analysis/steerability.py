"""Steerability: how many attempts it takes, on average, until the score is in the highest bin.

    start → bin of attempt 1 → bin of attempt 2 → …        a Markov chain whose moves are counted over sessions

As in ArtWhisperer (Vodrahalli and Zou, ICML 2024): five bins of a score of 0 to 100, every count + 1 (Laplace). They
simulate 100 runs of at most 100 attempts; here the expected number is solved exactly, and without that limit, in both
readings of the chain:

- **chain**: the next score depends on the last one, as it was counted. With h(s) the attempts still to come from s,
  h(s) = 1 + Σ P(s, t) h(t) over all bins t below the last.
- **maximum**: the state is the best bin so far, which a lower draw does not change; that is what their program draws.
  h(s) = 1 + Σ P(s, t) h(max(s, t)).

A bin that no session ever left has no counts. By the paper's words its draws are then all equally likely ('uniform',
the default); their program uses the start's moves instead ('start').
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, totals
from imgloop_widgets.analysis.tidy import Floats, known, numbers, one_of, require, sums

EDGES: tuple[float, ...] = (21, 41, 61, 81)
"""The lowest score of every bin but the first: 0-20, 21-40, 41-60, 61-80, 81-100."""

READINGS: tuple[str, ...] = ("chain", "maximum")
"""The two readings; see above."""

UNSEEN: tuple[str, ...] = ("uniform", "start")
"""What a bin's moves are that no session ever left."""


def bins(values: Floats, *, edges: tuple[float, ...] = EDGES) -> NDArray[np.intp]:
    """Return the bin of each value: 0 below the first edge, len(edges) from the last on. edges: rising."""
    if list(edges) != sorted(set(edges)) or not edges:
        raise ValueError(f"edges must be one or more rising numbers; not {edges!r}.")
    return np.searchsorted(np.asarray(edges, dtype="float64"), values, side="right")


def transitions(
    attempts: pd.DataFrame, *, value: str = "score", edges: tuple[float, ...] = EDGES, by: str = "target_id"
) -> pd.DataFrame:
    """Return how often a session moved from one bin to another.

    In: session_id, worker_id, attempt, value, by; rows without a value are left out, so that a move is from the last
    that is known. Out: by, worker_id, before (bin of the attempt before, 0 …; -1: the start), after (bin), moves (≥ 1).

    Raises: ValueError: a column is missing, a value is no number, or the edges do not rise.
    """
    rows = known(attempts, value, "attempt", keep=["worker_id", by]).sort_values(["session", "attempt"], kind="stable")
    after = pd.Series(bins(rows[value].to_numpy(), edges=edges), index=rows.index).astype("int64")
    follows = rows["session"].eq(rows["session"].shift())
    moves = rows[[by, "worker_id"]].assign(before=after.shift().where(follows, -1).astype("int64"), after=after)
    return moves.groupby([by, "worker_id", "before", "after"], observed=True).size().rename("moves").reset_index()


def in_percent(attempts: pd.DataFrame, *, value: str = "score", scale: tuple[float, float]) -> pd.DataFrame:
    """Return the attempts with `value` from 0 to 100, as the bins have it.

    In: value. scale: what becomes 0 and what becomes 100; a value beyond an end is at the end. Where lower is better
    the larger number is named first.

    Raises: ValueError: a column is missing, a value is no number, or the scale has no two ends.
    """
    require(attempts, value)
    bottom, top = scale
    if bottom == top:
        raise ValueError(f"scale must be two numbers; not both {top:g}.")
    share = (numbers(attempts[value]) - bottom) / (top - bottom)
    return attempts.assign(**{value: np.clip(100 * share, 0, 100).round(9)})  # so that 100 · 0.41 is not below 41


def chain(
    attempts: pd.DataFrame,
    *,
    value: str = "score",
    edges: tuple[float, ...] = EDGES,
    smoothing: float = 1,
    unseen: str = "uniform",
) -> pd.DataFrame:
    """Return the one chain of all attempts: every move, how often it was made, and its chance.

    In: session_id, worker_id, attempt, value. Out: before (-1: the start, 0 …: the bin of the attempt before), after
    (bin), moves, chance (0 to 1, with the smoothing), workers, sessions (all of them); a row for every possible move.

    Raises: ValueError: a column is missing, a value is no number, or another option is none of those above.
    """
    size = len(edges) + 1
    moves = transitions(attempts.assign(_all=0), value=value, edges=edges, by="_all")
    cell = (moves["before"].to_numpy() + 1) * size + moves["after"].to_numpy()
    counts = sums(cell, (size + 1) * size, moves["moves"].to_numpy(dtype="float64")).reshape(size + 1, size)
    before, after = np.indices(counts.shape)
    chances = chance_of_moves(counts, smoothing=smoothing, unseen=unseen)
    table = pd.DataFrame({"before": before.ravel() - 1, "after": after.ravel()}).astype("int64")
    table = table.assign(moves=counts.ravel().astype("int64"), chance=chances.ravel())
    return table.assign(workers=moves["worker_id"].nunique(), sessions=int(counts[0].sum()))


def chance_of_moves(counts: Floats, *, smoothing: float = 1, unseen: str = "uniform") -> Floats:
    """Return the chances of the moves. counts: (…, 1 + bins, bins), first the start's. Out: the same, rows sum to 1.

    smoothing: is added to every count. unseen: one of `UNSEEN`. Without smoothing a row of no counts is NaN.

    Raises: ValueError: `unseen` is something else.
    """
    one_of("unseen", unseen, UNSEEN)
    if unseen == "start":
        counts = np.where(counts.sum(axis=-1, keepdims=True) > 0, counts, counts[..., :1, :])
    added = counts + smoothing
    with np.errstate(invalid="ignore"):
        shares: Floats = added / added.sum(axis=-1, keepdims=True)
    return shares


def expected_attempts(chances: Floats, *, reading: str) -> Floats:
    """Return the expected number of attempts until the last bin is reached, solved exactly.

    chances: of `chance_of_moves`, (…, 1 + bins, bins). reading: one of `READINGS`. Out: (…), ≥ 1; infinite where the
    last bin can't be reached, NaN where a chance is.

    Source: Kemeny and Snell, Finite Markov Chains, 1960, theorem 3.2.4. Raises: ValueError: another reading.
    """
    one_of("reading", reading, READINGS)
    inner = np.array(chances[..., 1:-1, :-1])  # from each bin but the last to each
    if reading == "maximum":
        below = np.tril(np.ones(inner.shape[-2:]), -1)
        stay = (inner * below).sum(axis=-1)
        inner = inner * (1 - below) + stay[..., None] * np.eye(inner.shape[-1])
    bad = np.asarray(~np.isfinite(chances).all(axis=(-2, -1)))
    system = np.where(bad[..., None, None], 0, np.eye(inner.shape[-1]) - inner)
    stuck = ~bad & (np.linalg.matrix_rank(system) < inner.shape[-1])
    system = np.where((bad | stuck)[..., None, None], np.eye(inner.shape[-1]), system)
    to_come = np.linalg.solve(system, np.ones((*inner.shape[:-1], 1)))[..., 0]
    expected = 1 + (chances[..., 0, :-1] * to_come).sum(axis=-1)
    return np.where(bad, np.nan, np.where(stuck, np.inf, expected))


def steerability(
    attempts: pd.DataFrame,
    *,
    value: str = "score",
    edges: tuple[float, ...] = EDGES,
    by: str = "target_id",
    least: int = 10,
    smoothing: float = 1,
    unseen: str = "uniform",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return the expected number of attempts to the last bin, for each target, in both readings.

    In: session_id, worker_id, attempt, value, by. by: 'target_id', or any other column, as 'arm'. least: sessions that
    a target must have; with fewer its numbers are NaN. Out: by, reading (each of `READINGS`), attempts (expected, ≥ 1),
    low, high (95 %, bootstrap over the target's workers), workers, sessions.

    Raises: ValueError: a column is missing, a value is no number, or another option is none of those above.
    """
    one_of("unseen", unseen, UNSEEN)
    moves = transitions(attempts, value=value, edges=edges, by=by)
    tables = []
    for key, rows in moves.groupby(by, sort=True, observed=True):
        counts = _by_worker(rows, len(edges) + 1)
        sessions = int(counts[:, 0].sum())
        again = totals(counts.reshape(len(counts), -1), seed=seed, draws=draws).reshape(draws, *counts.shape[1:])
        how: dict[str, Any] = {"smoothing": smoothing, "unseen": unseen}
        pair = [_solved(counts.sum(axis=0), again, reading, len(counts), how) for reading in READINGS]
        pair = pair if sessions >= least else [(np.nan,) * 3] * 2
        table = pd.DataFrame(pair, columns=["attempts", "low", "high"], dtype="float64")
        table.insert(0, "reading", pd.Series(READINGS, dtype="str"))
        table.insert(0, by, key)
        tables.append(table.assign(workers=len(counts), sessions=sessions))
    columns = [by, "reading", "attempts", "low", "high", "workers", "sessions"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _by_worker(moves: pd.DataFrame, size: int) -> Floats:
    """Return the moves of each worker: (workers, 1 + bins, bins)."""
    worker, ids = pd.factorize(moves["worker_id"], sort=True)
    cell = (worker * (size + 1) + moves["before"].to_numpy() + 1) * size + moves["after"].to_numpy()
    counts = sums(cell, len(ids) * (size + 1) * size, moves["moves"].to_numpy(dtype="float64"))
    return counts.reshape(len(ids), size + 1, size)


def _solved(counts: Floats, again: Floats, reading: str, workers: int, how: dict[str, Any]) -> tuple[float, ...]:
    expected = expected_attempts(chance_of_moves(counts, **how), reading=reading)
    low, high = bounds(expected_attempts(chance_of_moves(again, **how), reading=reading), workers=workers)
    return float(expected), float(low), float(high)
