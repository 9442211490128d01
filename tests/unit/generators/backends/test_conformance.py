"""What is asked of every backend, over a real connection to a service of its protocol."""

import base64
import io
import json
import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest
from PIL import Image
from unit.generators.backends.conftest import Ask, Asked
from unit.generators.backends.protocols import PROTOCOLS, Comfy
from unit.generators.backends.service import KEY, Reply, as_json, bomb, png

from imgloop_widgets.errors import Failure, GenerationError
from imgloop_widgets.generators.backends import calls
from imgloop_widgets.generators.backends.hugging_face import HuggingFace
from imgloop_widgets.generators.backends.openai_images import OpenAIImages


def pixels(webp: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(webp))
    image.load()
    return image


def test_it_makes_an_image_and_tells_all_that_is_needed_to_make_it_again(asked: Asked) -> None:
    made = asked.make()
    assert pixels(made.webp).size == (32, 24)
    assert made.model
    assert made.request_id == "req-1"
    assert made.cost == 0.01 == asked.backend.price
    assert made.seed == (7 if asked.protocol.seeded else None)
    assert made.flags == ()
    assert asked.backend.settings.items() <= made.parameters.items()
    assert asked.backend.name
    assert asked.backend.version
    json.dumps(asked.backend.settings)


def test_a_service_that_rewrites_the_prompt_is_told_of(asked: Asked) -> None:
    revises = hasattr(asked.backend, "_send_seed") and not asked.backend._partial_images
    assert asked.make().revised_prompt == ("a bear, in oil" if revises else None)


def test_the_same_seed_gives_the_same_image_and_another_seed_another(asked: Asked) -> None:
    first, again, other, else_ = (
        asked.make(seed=1),
        asked.make(seed=1),
        asked.make(seed=2),
        asked.make("a fox", seed=1),
    )
    assert first.webp == again.webp
    assert (first.webp != other.webp) == asked.protocol.seeded
    assert first.webp != else_.webp


@pytest.mark.parametrize(
    "prompt", ["an Ä, a 熊, a 🐻", 'quotes " and \\ and \n', "%seed% %negative% {braces} %s", "x" * 5000]
)
def test_a_prompt_arrives_as_it_was_written(prompt: str, asked: Asked) -> None:
    asked.make(prompt)
    sent = next(r.body for r in asked.protocol.requests if r.method == "POST")
    texts = json.dumps(sent, ensure_ascii=False)
    assert json.dumps(prompt, ensure_ascii=False)[1:-1] in texts


def test_it_tells_how_far_it_is(asked: Asked) -> None:
    asked.make()
    assert asked.seen
    assert all(share is None or 0 <= share <= 1 for share, _, _ in asked.seen)
    assert all(text for _, text, _ in asked.seen)


# ---------------------------------------------------------------------------------------------------------- failures

IN_AN_HOUR = "in an hour"
CUT = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"data": ['
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n0123"
HTML = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Log in</body></html>"

Row = tuple[str, Any, Failure, float | None]

BY_STATUS: list[Row] = [
    ("400 moderation_blocked", (400, "blocked by our safety system", "moderation_blocked"), "refused", None),
    ("400 content_policy_violation", (400, "rejected", "content_policy_violation"), "refused", None),
    ("400 content_filter", (400, "rejected", "content_filter"), "refused", None),
    ("400 safety system without a code", (400, "Your request was rejected by our safety system.", ""), "refused", None),
    ("403 content_moderation", (403, "flagged", "content_moderation"), "refused", None),
    ("400 otherwise", (400, "size must be a multiple of 16", "invalid_value"), "invalid_parameters", None),
    ("404", (404, "no such model", "model_not_found"), "invalid_parameters", None),
    ("422", (422, "steps must be below 50", "invalid"), "invalid_parameters", None),
    ("401", (401, "Invalid token", "invalid_api_key"), "quota", None),
    ("402", (402, "pay first", ""), "quota", None),
    ("403", (403, "not allowed", ""), "quota", None),
    ("429 empty account", (429, "You exceeded your quota", "insufficient_quota"), "quota", None),
    ("400 billing", (400, "limit reached", "billing_hard_limit_reached"), "quota", None),
    ("408", (408, "too slow", ""), "timeout", None),
    ("500", (500, "oops", "server_error"), "transient", None),
    ("502", (502, "bad gateway", ""), "transient", None),
    ("504", (504, "gateway timeout", ""), "transient", None),
]


@pytest.mark.parametrize(("name", "given", "failure", "wait"), BY_STATUS, ids=[row[0] for row in BY_STATUS])
def test_an_error_of_the_service_has_its_class(
    name: str, given: Any, failure: Failure, wait: float | None, asked: Asked
) -> None:
    asked.protocol.fault = asked.protocol.error(*given)
    error = asked.failure()
    assert (error.failure, error.retry_after_s) == (failure, wait)
    assert str(given[0]) in str(error)
    assert given[1] in str(error), "the study's author must see the cause"
    posts = [r.path for r in asked.protocol.requests if r.method == "POST" and r.path not in ("/queue", "/interrupt")]
    assert len(posts) == 1, "no retry"


@pytest.mark.parametrize(
    ("status", "headers", "failure", "wait"),
    [
        (429, {"retry_after": "8"}, "rate_limited", 8),
        (429, {"retry_after": "0.5"}, "rate_limited", 0.5),
        (429, {"retry_after_ms": "1500", "retry_after": "2"}, "rate_limited", 1.5),
        (429, {"retry_after": IN_AN_HOUR}, "rate_limited", 3600),
        (429, {"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, "rate_limited", 0),
        (429, {"retry_after": "-5"}, "rate_limited", 0),
        (429, {"retry_after": "soon"}, "rate_limited", None),
        (429, {"retry_after": "inf"}, "rate_limited", None),
        (429, {}, "rate_limited", None),
        (503, {"retry_after": "20"}, "transient", 20),
        (401, {"retry_after": "20"}, "quota", None),
    ],
)
def test_the_time_to_wait_is_taken_from_the_service(
    status: int, headers: dict[str, str], failure: Failure, wait: float | None, asked: Asked
) -> None:
    if headers.get("retry_after") == IN_AN_HOUR:
        headers = {"retry_after": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}
    asked.protocol.fault = asked.protocol.error(status, "later", "", **headers)
    error = asked.failure()
    assert error.failure == failure
    assert error.retry_after_s == (None if wait is None else pytest.approx(wait, abs=600 if wait == 3600 else 0.001))


def test_a_cold_start_says_how_long_it_takes(asked: Asked) -> None:
    asked.protocol.fault = as_json({"error": "Model a/model is currently loading", "estimated_time": 42.5}, 503)
    error = asked.failure()
    assert (error.failure, error.retry_after_s) == ("transient", 42.5)


BROKEN: list[tuple[str, Reply, Failure]] = [
    ("dropped", Reply(raw=b""), "transient"),
    ("dropped in the middle of the head", Reply(raw=b"HTTP/1.1 200 OK\r\nContent-"), "transient"),
    ("dropped in the middle of the body", Reply(raw=CUT), "transient"),
    ("dropped in the middle of a chunk", Reply(raw=CHUNKED), "transient"),
    ("no HTTP at all", Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), "transient"),
    ("HTML with 200", Reply(headers={"content-type": "text/html"}, body=HTML), "bad_output"),
    ("HTML with 502", Reply(status=502, headers={"content-type": "text/html"}, body=HTML), "transient"),
    ("HTML with 403", Reply(status=403, headers={"content-type": "text/html"}, body=HTML), "quota"),
    ("other JSON", as_json({"hello": "world"}), "bad_output"),
    ("a list", as_json([1, 2]), "bad_output"),
    ("JSON that is cut", Reply(headers={"content-type": "application/json"}, body=b'{"data": [{"b64_'), "bad_output"),
    ("deep JSON", Reply(headers={"content-type": "application/json"}, body=b"[" * 100_000), "bad_output"),
    ("an error with 200", as_json({"error": {"message": "no worker", "code": "x"}}), "bad_output"),
]


@pytest.mark.parametrize(("name", "fault", "failure"), BROKEN, ids=[row[0] for row in BROKEN])
def test_an_answer_that_is_none_has_its_class(name: str, fault: Reply, failure: Failure, asked: Asked) -> None:
    asked.protocol.fault = fault
    error = asked.failure()
    assert error.failure == failure, str(error)
    assert "<html" not in str(error)


def test_nobody_listens_there(asked: Asked) -> None:
    asked.server.close()
    assert asked.failure().failure == "transient"


def test_a_stall_is_given_up_in_time_and_the_connection_closed(asked: Asked) -> None:
    asked.make()  # the connection stands: what runs out is the time of the service, on a machine that is busy too
    asked.protocol.fault = Reply(stalls=True)
    assert asked.failure(timeout_s=1).failure == "timeout"
    assert asked.protocol.left.wait(10), "the service must see that nobody waits any more"


def test_cancelling_ends_the_request_at_the_service(asked: Asked) -> None:
    asked.protocol.fault = Reply(stalls=True)
    making = asked.making(timeout_s=60)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(making.run)
        assert asked.protocol.arrived.wait(10)
        making.cancel()
        error = running.exception(10)
    assert isinstance(error, GenerationError)
    assert error.failure == "cancelled"
    assert asked.protocol.left.wait(10)


LARGE = png("a bear", 7, (64, 64))
IMAGES: list[tuple[str, bytes]] = [
    ("half an image", LARGE[: len(LARGE) // 2]),
    ("a bomb of 60 megapixels", bomb(10_000, 6_000)),
    ("a bomb of 400 megapixels", bomb(20_000, 20_000)),
    ("a size that is not that of its data", LARGE[:16] + (4000).to_bytes(4, "big") * 2 + LARGE[24:]),
    ("no image", b"this is no image"),
    ("HTML as the image", HTML),
]


@pytest.mark.parametrize(("name", "image"), IMAGES, ids=[row[0] for row in IMAGES])
def test_an_image_that_is_none_is_a_bad_output(name: str, image: bytes, asked: Asked) -> None:
    asked.protocol.image = image
    assert asked.failure().failure == "bad_output"


def test_an_answer_that_is_too_large_for_any_image_is_cut_off(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_BYTES", 20_000)
    asked.make()
    asked.protocol.image = b"\x89PNG" + bytes(30_000)
    error = asked.failure()
    assert error.failure == "bad_output"
    assert "20000 bytes" in str(error)


def test_an_answer_that_declares_less_than_it_sends_is_a_bad_output(ask: Ask) -> None:
    asked = ask("hugging_face")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % (len(LARGE) // 2)
    asked.protocol.fault = Reply(raw=head + LARGE)
    assert asked.failure().failure == "bad_output"


def test_an_answer_that_declares_more_than_any_image_is_not_waited_for(ask: Ask) -> None:
    asked = ask("hugging_face")
    asked.protocol.fault = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n\x89PNG")
    error = asked.failure()
    assert error.failure == "bad_output"
    assert "bytes" in str(error)


@pytest.mark.parametrize("name", [name for name, kind in PROTOCOLS.items() if kind is not Comfy])
@pytest.mark.parametrize(
    "fault",
    [
        as_json({"status": "Request Moderated", "id": "1"}),
        as_json({"status": "Content Moderated", "result": None}),
        as_json({"created": 1, "data": []}),
        as_json({"created": 1, "data": None}),
        as_json({"created": 1, "data": [{"b64_json": None, "url": None}]}),
        as_json({"images": []}),
        Reply(headers={"content-type": "application/json"}, body=b""),
    ],
    ids=lambda fault: fault.body.decode()[:40],
)
def test_an_answer_without_an_image_is_a_refusal(name: str, fault: Reply, ask: Ask) -> None:
    asked = ask(name)
    asked.protocol.fault = fault
    assert asked.failure().failure == "refused"


def test_an_image_with_a_flag_is_a_refusal(ask: Ask) -> None:
    asked = ask("hugging_face-provider")
    black = io.BytesIO()
    Image.new("RGB", (32, 24)).save(black, "PNG")
    data = [{"b64_json": base64.b64encode(black.getvalue()).decode()}]
    asked.protocol.fault = as_json({"data": data, "has_nsfw_concepts": [True]})
    assert asked.failure().failure == "refused"


@pytest.mark.parametrize(
    ("code", "failure"), [("moderation_blocked", "refused"), ("server_error", "transient"), ("other", "bad_output")]
)
def test_an_error_in_the_middle_of_a_stream_has_its_class(code: str, failure: Failure, ask: Ask) -> None:
    asked = ask("openai-streamed")
    event = {"type": "error", "error": {"type": "image_generation_error", "code": code, "message": "stopped"}}
    body = f"event: error\ndata: {json.dumps(event)}\n\n".encode()
    asked.protocol.fault = Reply(headers={"content-type": "text/event-stream"}, body=body)
    assert asked.failure().failure == failure


# ------------------------------------------------------------------------------------------------------- keys, loops


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_the_key_is_sent_and_shown_nowhere(status: int, asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    if status > 200:  # as services do: they repeat a key that is wrong
        asked.protocol.fault = asked.protocol.error(status, f"Incorrect key provided: {KEY}.", "")
        error: BaseException | None = asked.failure()
    else:
        error, made = None, asked.make()
        assert KEY not in json.dumps(dict(made.parameters)) + str(made.model) + str(made.request_id)
    assert KEY in asked.protocol.sent_key
    shown = [repr(asked.backend), str(asked.backend), json.dumps(asked.backend.settings), repr(vars(asked.backend))]
    while error is not None:
        shown += [str(error), repr(error), "".join(traceback.format_exception(error)), repr(error.args)]
        error = error.__cause__ or error.__context__
    shown += [record.getMessage() + repr(record.args) for record in caplog.records] + [caplog.text]
    assert not [text for text in shown if KEY in text]
    assert status == 200 or "[key]" in shown[4]


def test_many_at_once_share_one_event_loop_and_none_gets_another_one_s_image(asked: Asked) -> None:
    prompts = [f"bear {k}" for k in range(12)] if not isinstance(asked.protocol, Comfy) else ["bear"] * 12
    if hasattr(asked.protocol, "url"):
        prompts = ["bear"] * 12
    alone = [asked.make(prompt).webp for prompt in prompts]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda prompt: asked.make(prompt).webp, prompts))
    assert together == alone
    assert sum(t.name == "imgloop-generators" for t in threading.enumerate()) == 1


def test_a_failure_does_not_spoil_the_next_call(asked: Asked) -> None:
    for fault in (Reply(raw=b""), Reply(status=500), Reply(raw=CUT)):
        asked.protocol.fault = fault
        asked.failure()
        asked.protocol.fault = None
        assert asked.make().webp


def test_a_key_of_a_large_service_is_not_sent_to_an_address_of_one_s_own(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither from the environment nor as `hf auth login` has saved it, unless the study says so."""
    for name in ("OPENAI_API_KEY", "HF_TOKEN"):
        monkeypatch.setenv(name, KEY)
    asked = ask("hugging_face")
    asked.backend = HuggingFace(asked.server.url, negative_prompt="blurry", width=32, height=24, steps=3, guidance=2.5)
    asked.make()
    other = ask("openai")
    other.backend = OpenAIImages("a-model", base_url=f"{other.server.url}/v1", size="32x24", quality="low")
    other.make()
    assert KEY not in repr([asked.protocol.requests, other.protocol.requests])


def test_a_key_is_hidden_before_a_long_text_is_cut(ask: Ask) -> None:
    asked = ask("openai")
    for length in range(270, 301, 3):
        asked.protocol.fault = asked.protocol.error(401, "x" * length + KEY, "")
        assert KEY[:6] not in str(asked.failure())


def test_base64_may_come_as_a_data_url(ask: Ask) -> None:
    asked = ask("openai")
    image = "data:image/png;base64," + base64.b64encode(png("a bear", 7)).decode()
    asked.protocol.fault = as_json({"data": [{"b64_json": image}]})
    assert asked.make().width == 32


def test_a_server_that_does_not_stream_sends_only_the_last(ask: Ask) -> None:
    asked = ask("openai-streamed")
    asked.protocol.fault = as_json({"data": [{"b64_json": base64.b64encode(png("a bear", 7)).decode()}]})
    assert asked.make().width == 32


def test_what_the_hub_says_of_a_model_has_its_class(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which provider has a model is asked of the hub, by a client of the library's own, beside the event loop."""
    from huggingface_hub.errors import RepositoryNotFoundError
    from huggingface_hub.inference._providers import _common

    asked = ask("hugging_face-provider")
    asked.backend = HuggingFace("no/model", provider="together")
    threads = []

    def looked_up(model: str) -> Any:
        threads.append(threading.current_thread().name)
        response = httpx2.Response(404, request=httpx2.Request("GET", "https://hub"), json={"error": "no such model"})
        raise RepositoryNotFoundError("not found", response=response)

    monkeypatch.setattr(_common, "_fetch_inference_provider_mapping", looked_up)
    error = asked.failure()
    assert (error.failure, "no such model" in str(error)) == ("invalid_parameters", True)
    assert threads and "imgloop-generators" not in threads
