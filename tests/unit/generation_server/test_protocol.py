"""What may be asked of the generation server, and what is answered; and that a failure means the same on both sides."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import FAILURES, Failure, GenerationError
from imgloop_widgets.generation_server.protocol import LONGEST_PROMPT, SEEDS, Wanted, Wrong, read, wrong
from imgloop_widgets.generators.backends.answers import Answer, failure_of

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
FIELDS = ["prompt", "model", "n", "size", "seed", "steps", "output_format", "response_format", "stream", "quality"]


def ask(**fields: Any) -> Wanted:
    return read(json.dumps({"prompt": "a bear", **fields}).encode(), "m", random.Random(1))


def refusal(**fields: Any) -> tuple[int, str]:
    with pytest.raises(Wrong) as raised:
        ask(**fields)
    return raised.value.reply.status, str(raised.value)


def test_a_prompt_alone_is_enough() -> None:
    wanted = ask()
    assert (wanted.prompt, wanted.options, wanted.format) == ("a bear", {}, "png")
    assert len(wanted.seeds) == 1 and 0 <= wanted.seeds[0] < SEEDS


def test_all_that_may_be_asked_for() -> None:
    wanted = ask(
        model="m", n=3, size="64x48", seed=SEEDS - 2, negative_prompt="blurry", steps=4, guidance=0.5,
        output_format="webp", response_format="b64_json", quality="low", user="u", stream=False,
    )  # fmt: skip
    assert wanted.seeds == (SEEDS - 2, SEEDS - 1, 0)
    assert wanted.options == {"width": 64, "height": 48, "negative_prompt": "blurry", "steps": 4, "guidance": 0.5}
    assert wanted.format == "webp"


def test_what_is_null_or_auto_is_left_out() -> None:
    assert ask(size="auto", seed=None, negative_prompt=None, quality=None).options == {}


@pytest.mark.parametrize(
    ("fields", "status", "what"),
    [
        ({"prompt": ""}, 400, f"prompt must be a text of 1 to {LONGEST_PROMPT} characters"),
        ({"prompt": " \n"}, 400, "prompt must be"),
        ({"prompt": ["a"]}, 400, "prompt must be"),
        ({"prompt": "x" * (LONGEST_PROMPT + 1)}, 400, "prompt must be"),
        ({"model": "other"}, 404, "the model 'other' is not served here; 'm' is"),
        ({"n": 0}, 400, "n must be a whole number from 1 to 10; not 0"),
        ({"n": True}, 400, "n must be"),
        ({"seed": -1}, 400, "seed must be a whole number from 0 to 2147483647; not -1"),
        ({"seed": 1.5}, 400, "seed must be"),
        ({"size": "64"}, 400, "size must be like '512x512'"),
        ({"size": "8x8"}, 400, "size must be"),
        ({"size": "9999x9999"}, 400, "size must be"),
        ({"size": 64}, 400, "size must be"),
        ({"stream": True}, 400, "stream is not possible here"),
        ({"response_format": "url"}, 400, "response_format must be 'b64_json'; not 'url'"),
        ({"output_format": "gif"}, 400, "output_format must be 'png' or 'webp' or 'jpeg'; not 'gif'"),
        ({"sed": 1}, 400, "'sed' is not known; did you mean 'seed'?"),
    ],
)
def test_what_can_t_be_done_is_told(fields: dict[str, Any], status: int, what: str) -> None:
    got, said = refusal(**fields)
    assert got == status
    assert what in said


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_told(body: bytes) -> None:
    with pytest.raises(Wrong, match="the body must be"):
        read(body, "m", random.Random(1))


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(), JSON, max_size=4))
def test_whatever_is_asked_is_read_or_refused(fields: dict[str, Any]) -> None:
    try:
        wanted = ask(**fields)
        assert 1 <= len(wanted.seeds) <= 10
        assert all(0 <= seed < SEEDS for seed in wanted.seeds)
    except Wrong as error:
        assert error.reply.status in (400, 404)


@pytest.mark.parametrize("failure", [f for f in FAILURES if f != "cancelled"])
def test_a_failure_of_the_generator_is_the_same_failure_for_who_asked(failure: Failure) -> None:
    waits = failure in ("rate_limited", "transient")
    reply = wrong(GenerationError("why", failure=failure, retry_after_s=7 if waits else None)).reply
    headers = {} if reply.retry_after_s is None else {"retry-after": str(reply.retry_after_s)}
    answer = Answer(status=reply.status, headers=headers, body=json.dumps(reply.body).encode())
    read_again = failure_of(answer, "the server", datetime.now(UTC))
    same = {"timeout": "transient", "bad_output": "transient"}  # of a server, both are its own failure, to try again
    assert read_again.failure == same.get(failure, failure)
    assert read_again.retry_after_s == (7 if waits else None)
    assert "why" in str(read_again)
