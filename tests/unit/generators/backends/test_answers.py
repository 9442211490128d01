"""What an answer means, for whatever a server may send."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import FAILURES
from imgloop_widgets.generators.backends.answers import BY_STATUS, Answer, failure_of, refusal_in, retry_after

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["error", "code", "data"]), inner),
)


@given(
    st.integers(100, 599),
    st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-request-id"]), st.text()),
)
def test_every_answer_means_something(status: int, body: bytes, headers: dict[str, str]) -> None:
    error = failure_of(Answer(status=status, headers=headers, body=body), "it", NOW)
    assert error.failure in FAILURES
    assert error.failure not in ("cancelled",)
    assert str(status) in str(error)
    assert len(str(error)) < 400 + len(headers.get("x-request-id", ""))
    assert "\n" not in str(error).split("(request")[0]


@given(st.integers(500, 599))
def test_a_server_s_own_error_is_transient(status: int) -> None:
    assert failure_of(Answer(status=status), "it", NOW).failure == "transient"


@given(st.integers(400, 499).filter(lambda status: status not in BY_STATUS))
def test_any_other_error_of_the_asker_s_is_one_of_parameters(status: int) -> None:
    assert failure_of(Answer(status=status), "it", NOW).failure == "invalid_parameters"


@given(st.integers(0, 10**6))
def test_a_date_to_wait_for_is_a_time_to_wait(seconds: int) -> None:
    for told in (str(seconds), format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)):
        assert retry_after(Answer(status=429, headers={"retry-after": told}), NOW) == seconds


def test_a_word_in_a_sentence_makes_no_refusal() -> None:
    said = {"error": {"message": "The moderation endpoint is deprecated", "code": "not_found"}}
    assert failure_of(Answer(status=404, body=json.dumps(said).encode()), "it", NOW).failure == "invalid_parameters"


@pytest.mark.parametrize(
    "content",
    [
        {"error": {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
        {"error": {"code": "400", "inner_error": {"code": "ResponsibleAIPolicyViolation"}}},
        {"name": "content_moderation", "errors": ["flagged"]},
        {"detail": {"status": "Request Moderated"}},
    ],
)
def test_a_filter_is_known_by_its_code_wherever_it_stands(content: Any) -> None:
    assert refusal_in(content)
    assert failure_of(Answer(status=400, body=json.dumps(content).encode()), "it", NOW).failure == "refused"


def test_a_filter_that_let_all_pass_is_none() -> None:
    assert not refusal_in({"has_nsfw_concepts": [False, None], "status": "Ready", "code": 7})


def test_the_request_s_number_is_told_for_the_service_s_support() -> None:
    error = failure_of(Answer(status=500, headers={"x-request-id": "req-9"}, body=b"oops"), "it", NOW)
    assert str(error) == "it answered 500: oops (request req-9)"
