"""What is tried again: the table of the failures, and what holds for every course of them."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import FAILURES, Failure
from imgloop_widgets.generators.retrying import (
    LONGEST_S,
    MOST_CALLS,
    POLICIES,
    SHORTEST_S,
    timeout_of_call,
    wait_before_next,
)

CALLS: dict[Failure, int] = {
    "refused": 1,
    "rate_limited": 6,
    "transient": 4,
    "timeout": 2,
    "quota": 1,
    "invalid_parameters": 1,
    "bad_output": 2,
    "cancelled": 1,
}


def wait(
    *failures: Failure, retry_after_s: float | None = None, left_s: float | None = None, chance: float = 1.0
) -> Any:
    return wait_before_next(failures, retry_after_s=retry_after_s, left_s=left_s, chance=chance)


@pytest.mark.parametrize("failure", FAILURES)
def test_each_kind_of_failure_is_tried_as_often_as_the_table_says(failure: Failure) -> None:
    calls = 1
    while wait(*[failure] * calls) is not None:
        calls += 1
    assert calls == CALLS[failure]


def test_every_kind_of_failure_has_its_line() -> None:
    assert set(POLICIES) == set(FAILURES)


def test_waits_double_up_to_the_longest() -> None:
    assert [wait(*["rate_limited"] * n) for n in range(1, 6)] == [2, 4, 8, 16, 30]
    assert [wait(*["transient"] * n) for n in range(1, 4)] == [1, 2, 4]
    assert (wait("timeout"), wait("bad_output")) == (0, 0)


def test_chance_shortens_a_wait_to_half_at_most() -> None:
    assert [wait("rate_limited", chance=chance) for chance in (0.0, 0.5, 1.0)] == [1.0, 1.5, 2.0]


def test_what_the_service_says_is_honoured_and_never_shortened() -> None:
    assert wait("rate_limited", retry_after_s=8, chance=0) == 8
    assert wait("transient", retry_after_s=20) == 20
    assert wait("rate_limited", retry_after_s=0) == 2, "nobody is asked again at once"


def test_a_kind_is_counted_on_its_own() -> None:
    assert wait("timeout", "transient", "bad_output", "transient") == 2
    assert wait("timeout", "bad_output", "timeout") is None


def test_nothing_is_tried_where_too_little_time_is_left() -> None:
    assert wait("rate_limited", retry_after_s=8, left_s=8 + SHORTEST_S) == 8
    assert wait("rate_limited", retry_after_s=8, left_s=7.9 + SHORTEST_S) is None
    assert wait("timeout", left_s=0.5) is None
    assert wait("transient", left_s=-5) is None


def test_without_a_limit_of_time_nobody_waits_for_ever() -> None:
    assert wait("rate_limited", retry_after_s=LONGEST_S) == LONGEST_S
    assert wait("rate_limited", retry_after_s=LONGEST_S + 1) is None


courses = st.lists(st.sampled_from(FAILURES), min_size=1, max_size=12)
moments = st.none() | st.floats(-10, 4000)


@given(courses, st.none() | st.floats(0, 10_000), moments, st.floats(0, 1))
def test_no_wait_is_negative_shorter_than_asked_for_or_beyond_the_time(
    failures: list[Failure], retry_after_s: float | None, left_s: float | None, chance: float
) -> None:
    found = wait(*failures, retry_after_s=retry_after_s, left_s=left_s, chance=chance)
    if found is not None:
        assert 0 <= found <= LONGEST_S
        assert found >= (retry_after_s or 0)
        assert left_s is None or found + SHORTEST_S <= left_s + 1e-9


@given(courses)
def test_every_course_of_failures_comes_to_an_end(failures: list[Failure]) -> None:
    course: list[Failure] = []
    for failure in failures * 5:
        course.append(failure)
        if wait(*course) is None:
            break
    assert len(course) <= MOST_CALLS


@given(st.integers(1, 5), st.floats(0, 1))
def test_waits_never_become_shorter(count: int, chance: float) -> None:
    waits = [wait(*["rate_limited"] * n, chance=chance) for n in range(1, count + 1)]
    assert all(before <= after for before, after in pairwise(waits))


@pytest.mark.parametrize(
    ("left_s", "timeout_s"), [(None, 180.0), (500.0, 180.0), (20.0, 20.0), (0.0, None), (-1.0, None)]
)
def test_a_call_never_has_more_time_than_is_left(left_s: float | None, timeout_s: float | None) -> None:
    assert timeout_of_call(180.0, left_s) == timeout_s
