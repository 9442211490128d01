"""When workers come."""

import pytest

from imgloop_widgets.crowd.arrivals import ramp, rate, seconds
from imgloop_widgets.errors import ImgloopError


@pytest.mark.parametrize(("text", "gap_s"), [("50/s", 0.02), ("2/s", 0.5), ("30/min", 2.0), ("90/h", 40.0)])
def test_a_rate_says_how_far_apart_workers_come(text: str, gap_s: float) -> None:
    arrivals = rate(text)
    assert [arrivals.at(number) for number in range(3)] == pytest.approx([0, gap_s, 2 * gap_s])


def test_a_ramp_spreads_all_of_them_over_a_time() -> None:
    assert ramp("60s", 30).gap_s == 2.0
    assert ramp("1m", 0).gap_s == 60.0


@pytest.mark.parametrize(("text", "value"), [("90s", 90), ("5m", 300), ("1h", 3600), ("20", 20), ("0.5s", 0.5)])
def test_a_time_may_have_a_unit(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["0/s", "50", "s", "-1/s", "1/day", ""])
def test_what_is_no_rate_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ImgloopError, match="must be a number of workers in a time"):
        rate(text)
