"""How fast a page may talk, as laws over any order of messages."""

from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.serving.pace import FIRST_BYTES, FIRST_MESSAGES, MESSAGES, Bucket, Pace

GAPS = st.lists(st.tuples(st.floats(0, 2), st.integers(0, 300)), max_size=80)


@given(gaps=GAPS, rate=st.floats(0.5, 20), size=st.floats(1, 50))
def test_who_waits_as_told_never_gets_more_than_the_pace(
    gaps: list[tuple[float, int]], rate: float, size: float
) -> None:
    """In any stretch of time from the beginning: the burst, what came back, and one message more."""
    bucket, now, taken = Bucket(rate=rate, size=size), 0.0, 0.0
    for gap, amount in gaps:
        now += gap
        assert taken <= size + rate * now + 1e-6
        taken += amount
        now += bucket.take(now, amount)


@given(gaps=st.lists(st.floats(1 / MESSAGES, 5), max_size=200))
def test_a_page_at_work_never_waits(gaps: list[float]) -> None:
    pace, now = Pace(), 0.0
    for gap in gaps:
        now += gap
        assert pace.wait(now, 4096) == 0


def test_a_page_that_comes_back_sends_at_once_what_it_kept() -> None:
    """Five hundred messages, or a file of the largest size in its window."""
    pace = Pace()
    assert [pace.wait(0.0, 1000) for _ in range(int(FIRST_MESSAGES))] == [0.0] * int(FIRST_MESSAGES)
    assert pace.wait(0.0, 1000) > 0
    assert Pace().wait(0.0, int(FIRST_BYTES)) == 0
    assert Pace().wait(0.0, int(FIRST_BYTES) + 1) > 0
