"""Workers drawn anew: against the multinomial distribution, whose moments are known."""

import numpy as np
import pytest

from imgloop_widgets.analysis import bootstrap
from imgloop_widgets.analysis.bootstrap import bounds, ratio, totals, worker_draws


def test_every_draw_has_as_many_workers_as_there_are() -> None:
    times = np.concatenate(list(worker_draws(7, seed=1, draws=500)))
    assert times.shape == (500, 7)
    assert (times.sum(axis=1) == 7).all()


def test_the_draws_have_the_moments_of_the_multinomial_distribution() -> None:
    times = np.concatenate(list(worker_draws(4, seed=1, draws=100_000)))
    assert times.mean(axis=0) == pytest.approx(np.ones(4), abs=0.012)
    expected = np.eye(4) - 1 / 4  # n (diag(p) - p p'), n = 4, p = 1/4
    assert np.cov(times.T) == pytest.approx(expected, abs=0.015)


def test_totals_are_the_sums_over_those_drawn_in_portions_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    whole = totals(parts, seed=3, draws=100)
    assert (whole[:, 1] == 10 * whole[:, 0]).all() and whole.min() >= 3
    monkeypatch.setattr(bootstrap, "AT_ONCE", 7)
    assert (totals(parts, seed=3, draws=100) == whole).all()


def test_the_interval_passes_over_draws_without_a_value_and_needs_two_workers() -> None:
    drawn = np.column_stack([np.arange(1001.0), np.full(1001, np.nan)])
    low, high = bounds(np.vstack([drawn, [[np.nan, np.nan]]]), workers=2)
    assert (low[0], high[0]) == (25, 975) and np.isnan([low[1], high[1]]).all()
    assert np.isnan(bounds(drawn, workers=1)).all()
    assert np.shape(bounds(np.zeros((5, 0)), workers=9)) == (2, 0)
    assert np.isnan(totals(np.zeros((0, 2)), seed=1, draws=3)).all()


def test_a_ratio_to_nothing_is_unknown() -> None:
    assert np.isnan(ratio(np.array([0.0, 3.0]), np.array([0.0, 0.0]))).all()


def test_very_many_workers_of_few_kinds_are_drawn_by_kind_with_the_same_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mean and covariance of the totals are those of n draws with replacement: n times those of one worker."""
    chance = np.random.default_rng(5)
    parts = chance.integers(1, 4, size=(500, 2)).astype("float64")
    monkeypatch.setattr(bootstrap, "MANY", 400)
    monkeypatch.setattr(bootstrap, "worker_draws", lambda *_, **__: pytest.fail("they were drawn one by one"))

    drawn = bootstrap.totals(parts, seed=1, draws=40_000)

    assert drawn.shape == (40_000, 2)
    assert drawn.mean(axis=0) == pytest.approx(parts.sum(axis=0), rel=0.002)
    assert np.cov(drawn.T) == pytest.approx(500 * np.cov(parts.T, ddof=0), rel=0.05, abs=3)
    assert np.array_equal(drawn, bootstrap.totals(parts, seed=1, draws=40_000))
