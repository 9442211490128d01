"""What is told of a crowd."""

import json

from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.crowd.measured import Measured, as_json, as_text, spread
from imgloop_widgets.serving.memory import Memory

TIMES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200)


@given(times=TIMES)
def test_no_more_than_one_in_twenty_took_longer_than_the_95th_percentile(times: list[float]) -> None:
    told = spread(times)
    assert sum(time > told.p95 for time in times) * 20 <= len(times)
    assert told.median <= told.p95 <= told.max == max(times)
    assert told.n == len(times)


def test_the_generators_time_is_taken_off_and_no_time_is_less_than_none() -> None:
    measured = Measured(images=[("a", 1.5), ("b", 0.5), ("c", 2.0)])
    measured.less_the_generators({"a": 1.0, "b": 0.75})
    assert measured.times["image"] == [0.5, 0.0, 2.0]


def test_text_and_json_tell_the_same_numbers() -> None:
    measured = Measured(
        workers=3, sessions=2, most_at_once=2, memory=Memory(server=10, parent=5, kernels=(20, 30), count=2)
    )
    measured.time("usable", 0.5)
    measured.time("usable", 1.5)
    measured.error("no image", "The image took too long.")
    measured.error("no image", "another")

    told, text = json.loads(json.dumps(as_json(measured))), as_text(measured)

    assert told["times_s"]["usable"] == {"n": 2, "median": 1.0, "p95": 1.5, "max": 1.5}
    assert told["errors"] == {"no image": {"n": 2, "first": "The image took too long."}}
    assert told["memory_bytes"]["total"] == 65
    assert "2 of 3 workers" in text
    assert "usable" in text and "1.000" in text
    assert "2 no image: The image took too long." in text


def test_a_crowd_that_met_with_nothing_can_be_told_too() -> None:
    assert "0 of 0 workers" in as_text(Measured())
    assert as_json(Measured())["memory_bytes"] is None
