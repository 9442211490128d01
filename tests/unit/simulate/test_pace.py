"""The clock that nobody waits for."""

import random
import statistics
from datetime import UTC, datetime, timedelta

import pytest

from imgloop_widgets.simulate.pace import Clock, Pace

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_clock_stands_until_it_is_moved_on() -> None:
    clock = Clock(NOON)

    clock.advance(1.5)

    assert clock() == clock() == NOON + timedelta(seconds=1.5)


def test_a_clock_does_not_go_back() -> None:
    clock = Clock(NOON)

    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    assert clock() == NOON


def test_times_spread_around_their_median_and_are_never_negative() -> None:
    times = [Pace(spread=0.6).of(40.0, random.Random(seed)) for seed in range(2000)]

    assert min(times) > 0
    assert statistics.median(times) == pytest.approx(40, rel=0.08)
    assert statistics.mean(times) > statistics.median(times)  # a long tail, as people's times have
