"""The generation server end to end: asked by the `openai` client and by our own backend, over a real port."""

import json
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image
from unit.generation_server.conftest import Held, Serve, dot, pixel

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.backends.openai_images import OpenAIImages
from imgloop_widgets.generators.contract import Context, Generated
from imgloop_widgets.generators.making import Making
from imgloop_widgets.generators.scenes import Scenes

CONTEXT = Context(attempt=1, target_id="bear", category="bears", seed=7, idempotency_key="k", timeout_s=60)


def ask(client: openai.OpenAI, prompt: str = "a bear", **more: Any) -> Any:
    return client.images.generate(model="a-model", prompt=prompt, **more)


def test_the_client_of_openai_gets_images(serve: Serve) -> None:
    client = serve(lambda **options: Scenes(**{"size": 32, **options})).client()
    answer = ask(client, "a red bear", n=2, size="64x64", extra_body={"seed": 7})
    assert [one.seed for one in answer.data] == [7, 8]
    expected = Scenes(size=64).draw("a red bear", 7)
    got = Image.open(BytesIO(b64decode(answer.data[0].b64_json)))
    assert got.convert("RGB").tobytes() == expected.convert("RGB").tobytes(), "PNG is exact"
    assert [model.id for model in client.models.list()] == ["a-model"]


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_a_file_has_the_kind_that_was_asked_for(kind: Any, serve: Serve) -> None:
    client = serve(lambda **options: Scenes(size=32)).client()
    start = b64decode(ask(client, output_format=kind).data[0].b64_json)[:12]
    assert {"png": b"\x89PNG", "webp": b"RIFF", "jpeg": b"\xff\xd8\xff"}[kind] in start


def test_a_kernel_asks_it_as_any_other_service(serve: Serve) -> None:
    running = serve(lambda **options: Scenes(**{"size": 32, **options}), model="scenes")
    generator = OpenAIImages("scenes", base_url=running.url, send_seed=True, size="64x64")
    first, again = (Making(generator, "a red bear", CONTEXT).run() for _ in range(2))
    assert first == again
    assert (first.width, first.model, first.seed) == (64, "scenes", 7)
    other = Making(OpenAIImages("scenes", base_url=running.url, send_seed=True), "a red fox", CONTEXT).run()
    assert other.width == 32


def test_what_comes_while_a_batch_is_drawn_is_drawn_together(serve: Serve) -> None:
    held = Held()
    client = serve(lambda **options: held, batch=4).client()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, client, "first")
        assert held.begun.acquire(timeout=30)
        others = [pool.submit(ask, client, "x" * k, extra_body={"seed": k}) for k in range(1, 7)]
        wait_until(lambda: waiting(client) == 6)
        for _ in range(3):
            held.let_go.release()
        assert pixel(first.result(30).data[0])[0] == 5
        for k, other in enumerate(others, 1):
            assert pixel(other.result(30).data[0]) == (k, k, 99), "each has its own prompt and its own seed"
    assert [len(batch) for batch in held.batches] == [1, 4, 2]


def test_only_what_has_the_same_options_is_drawn_together(serve: Serve) -> None:
    made: dict[str, Held] = {}

    class Sized(Held):
        def __init__(self, steps: int = 1) -> None:
            super().__init__()

    def make(**options: Any) -> Held:
        return made.setdefault(json.dumps(options), Sized(**options))

    client = serve(make, batch=4).client()
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(ask, client)
        held = made["{}"]
        assert held.begun.acquire(timeout=30)
        others = [pool.submit(ask, client, "x", extra_body={"steps": steps}) for steps in (2, 3, 2)]
        wait_until(lambda: waiting(client) == 3)
        for one in made.values():
            for _ in range(2):
                one.let_go.release()
        for each in (first, *others):
            each.result(30)
    assert {options: len(one.batches) for options, one in made.items()} == {
        "{}": 1,
        '{"steps": 2}': 1,
        '{"steps": 3}': 1,
    }


def test_a_refusal_of_one_spares_the_others_of_its_batch(serve: Serve) -> None:
    held = Held()
    client = serve(lambda **options: held, batch=3).client()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ask, client)
        assert held.begun.acquire(timeout=30)
        bad, good = pool.submit(ask, client, "bad"), pool.submit(ask, client, "good")
        wait_until(lambda: waiting(client) == 2)
        held.let_go.release()
        held.let_go.release()
        assert first.result(30) and good.result(30)
        error = bad.exception(30)
    assert isinstance(error, openai.BadRequestError)
    assert error.code == "moderation_blocked"


def test_who_comes_when_the_queue_is_full_is_told_when_to_come_again(serve: Serve) -> None:
    held = Held()
    client = serve(lambda **options: held, batch=1, longest=2).client()
    with ThreadPoolExecutor(3) as pool:
        under_way = [pool.submit(ask, client)]
        assert held.begun.acquire(timeout=30)
        under_way += [pool.submit(ask, client) for _ in range(2)]
        wait_until(lambda: waiting(client) == 2)
        with pytest.raises(openai.RateLimitError) as raised:
            ask(client)
        assert int(raised.value.response.headers["retry-after"]) >= 1
        with pytest.raises(GenerationError) as ours:
            Making(OpenAIImages("a-model", base_url=str(client.base_url)), "x", CONTEXT).run()
        assert ours.value.failure == "rate_limited"
        assert ours.value.retry_after_s and ours.value.retry_after_s >= 1
        for _ in range(3):
            held.let_go.release()
        assert all(one.result(30) for one in under_way)


def test_who_goes_is_taken_out_of_the_queue_and_out_of_the_batch(serve: Serve) -> None:
    held = Held()
    running = serve(lambda **options: held, batch=1)
    client, hasty = running.client(), running.client(timeout=1)
    with ThreadPoolExecutor(3) as pool:
        drawn = pool.submit(ask, hasty)
        assert held.begun.acquire(timeout=30)
        waits = pool.submit(ask, hasty)
        assert isinstance(drawn.exception(30), openai.APITimeoutError)
        assert isinstance(waits.exception(30), openai.APITimeoutError)
        wait_until(lambda: held.contexts[0].cancelled() and waiting(client) == 0)
        held.let_go.release()
        held.let_go.release()
        stays = pool.submit(ask, client, "stays")
        assert stays.result(30)
    assert [batch for batch in held.batches if batch != ["stays"]] == [["a bear"]], "who had gone was not drawn"


def test_other_generators_are_drawn_one_beside_the_other(serve: Serve) -> None:
    held = Held()

    def alone(prompt: str, context: Context) -> Any:
        return held.many([prompt], [context])[0].image  # type: ignore[union-attr]

    client = serve(lambda **options: alone, batch=3).client()
    with ThreadPoolExecutor(3) as pool:
        under_way = [pool.submit(ask, client) for _ in range(3)]
        for _ in range(3):
            assert held.begun.acquire(timeout=30)
        for _ in range(3):
            held.let_go.release()
        assert all(one.result(30) for one in under_way)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("refused", openai.BadRequestError),
        ("rate_limited", openai.RateLimitError),
        ("transient", openai.InternalServerError),
        ("quota", openai.PermissionDeniedError),
        ("invalid_parameters", openai.BadRequestError),
    ],
)
def test_a_failure_has_its_class_on_the_other_side(failure: Any, kind: type[Exception], serve: Serve) -> None:
    def fails(prompt: str, context: Context) -> Any:
        raise GenerationError("why", failure=failure)

    running = serve(lambda **options: fails)
    with pytest.raises(kind, match="why"):
        ask(running.client())
    with pytest.raises(GenerationError) as raised:
        Making(OpenAIImages("a-model", base_url=running.url), "x", CONTEXT).run()
    assert raised.value.failure == failure


def test_a_generator_that_breaks_is_an_incident_and_the_server_goes_on(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(prompt: str, context: Context) -> Any:
        if prompt == "exit":
            raise SystemExit(3)
        if prompt == "text":
            return "no image"
        raise ZeroDivisionError("the secret cause") if prompt == "break" else ValueError(prompt)

    client = serve(lambda **options: breaks).client()
    for prompt in ("break", "exit"):
        with pytest.raises(openai.InternalServerError, match=r"the generator failed \(incident [0-9a-f]{8}") as raised:
            ask(client, prompt)
        assert "secret" not in str(raised.value)
    assert "the secret cause" in caplog.text
    with pytest.raises(openai.InternalServerError, match="no image"):
        ask(client, "text")
    assert [model.id for model in client.models.list()] == ["a-model"]


def test_a_rewritten_prompt_and_a_filter_s_flags_reach_who_asked(serve: Serve) -> None:
    def rewrites(prompt: str, context: Context) -> Generated:
        return Generated(image=dot(prompt, context.seed), revised_prompt=f"{prompt}, in oil", flags=("nsfw",))

    generator = OpenAIImages("a-model", base_url=serve(lambda **options: rewrites).url, send_seed=True)
    made = Making(generator, "a bear", CONTEXT).run()
    assert (made.revised_prompt, made.flags) == ("a bear, in oil", ("nsfw",))


def test_who_has_the_key_may_ask_and_nobody_else(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    running = serve(lambda **options: Scenes(size=32), key="sk-right")
    assert ask(running.client("sk-right"))
    for key in ("sk-wrong", "sk-right2", "sk-righ"):
        for call in (lambda client: ask(client), lambda client: client.models.list()):
            with pytest.raises(openai.AuthenticationError, match="the key is missing or wrong"):
                call(running.client(key))
    bare = httpx2.post(f"{running.url}/images/generations", json={"prompt": "x"})
    assert (bare.status_code, bare.json()["error"]["code"]) == (401, "invalid_api_key")
    monkeypatch.setenv("STUDY_KEY", "sk-right")
    assert Making(OpenAIImages("a-model", base_url=running.url, key_env="STUDY_KEY"), "x", CONTEXT).run().webp


def test_other_places_and_other_methods_are_not_there(serve: Serve) -> None:
    running = serve(lambda **options: Scenes(size=32))
    root = running.url.removesuffix("/v1")
    health = httpx2.get(f"{root}/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert "server" not in health.headers
    for method, path in [
        ("GET", "/"),
        ("GET", "/v1/images/generations"),
        ("DELETE", "/v1/models"),
        ("POST", "/v1/edits"),
    ]:
        assert httpx2.request(method, root + path).status_code == 404


def test_an_option_that_the_model_does_not_take_is_told(serve: Serve) -> None:
    client = serve(lambda **options: Scenes(**{"size": 32, **options})).client()
    for fields, what in [
        ({"steps": 3}, "steps is not possible with this model"),
        ({"negative_prompt": "x"}, "negative_prompt is not possible"),
    ]:
        with pytest.raises(openai.BadRequestError, match=what):
            ask(client, extra_body=fields)
    with pytest.raises(openai.BadRequestError, match="size must be a square"):
        ask(client, size="64x32")
    with pytest.raises(openai.BadRequestError, match="size must be between 16 and 2048"):
        ask(client, size="4096x4096")


def test_a_pipeline_draws_a_batch_of_kernels_requests(pipeline: Any, serve: Serve) -> None:
    from imgloop_widgets.generators.backends.diffusers_local import DiffusersLocal

    sizes: list[int] = []
    gate = Held()

    class Counting:
        def __call__(self, prompts: list[str], **more: Any) -> Any:
            sizes.append(len(prompts))
            if len(sizes) == 1:
                gate.begun.release()
                assert gate.let_go.acquire(timeout=60)
            return pipeline(prompts, **more)

    running = serve(lambda **options: DiffusersLocal(Counting(), **{"steps": 2, **options}), batch=4, model="tiny")
    client = running.client()
    generator = OpenAIImages("tiny", base_url=running.url, send_seed=True)

    def make(seed: int) -> bytes:
        context = Context(attempt=1, target_id="b", category="b", seed=seed, idempotency_key="k", timeout_s=120)
        return Making(generator, "a bear", context).run().webp

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(make, 0)
        assert gate.begun.acquire(timeout=60)
        others = [pool.submit(make, seed) for seed in range(1, 5)]
        wait_until(lambda: waiting(client) == 4)
        gate.let_go.release()
        images = [first.result(120), *(other.result(120) for other in others)]
    assert sizes == [1, 4]
    assert len(set(images)) == 5


def waiting(client: openai.OpenAI) -> int:
    """How many wait at the server."""
    return int(httpx2.get(str(client.base_url).removesuffix("/v1/") + "/healthz").json()["waiting"])


def wait_until(true: Any, seconds: float = 30) -> None:
    """Look until something is true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come true"
        time.sleep(0.01)
