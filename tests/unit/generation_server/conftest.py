"""A desk on a real port, and generators that are held back until a test lets them go."""

import asyncio
import base64
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import openai
import pytest
import tornado.netutil
from PIL import Image

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generation_server.desk import Desk
from imgloop_widgets.generation_server.server import http_server
from imgloop_widgets.generation_server.workshop import Workshop
from imgloop_widgets.generators.contract import Context, Generated


class Held:
    """A generator that draws several prompts together, once it is let go. `batches`: the prompts of each."""

    name, version = "held", "1"

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.contexts: list[Context] = []
        self.begun, self.let_go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, prompt: str, context: Context) -> Any:
        raise AssertionError("it draws several together")

    def many(self, prompts: Sequence[str], contexts: Sequence[Context]) -> list[Generated | GenerationError]:
        self.batches.append(list(prompts))
        self.contexts += contexts
        self.begun.release()
        assert self.let_go.acquire(timeout=30)
        return [
            GenerationError("not this", failure="refused") if p == "bad" else Generated(image=dot(p, c.seed))
            for p, c in zip(prompts, contexts, strict=True)
        ]


def dot(prompt: str, seed: int) -> Image.Image:
    """A picture of one pixel that tells the prompt and the seed."""
    return Image.new("RGB", (1, 1), (len(prompt) % 256, seed % 256, 99))


def pixel(image: Any) -> Any:
    """The pixel of an image of the answer."""
    return Image.open(io.BytesIO(base64.b64decode(image.b64_json))).convert("RGB").getpixel((0, 0))


class Running:
    """A desk on a free port, in a thread with an event loop of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.port, self._ready = desk, 0, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def client(self, key: str = "none", **more: Any) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.url, api_key=key, max_retries=0, **more)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        (socket,) = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self.port = socket.getsockname()[1]
        server = http_server(self.desk)
        server.add_sockets([socket])
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        server.stop()
        self._loop.run_until_complete(server.close_all_connections())


Serve = Callable[..., Running]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A function that serves a generator."""
    running: list[Running] = []
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def start(make: Callable[..., Any], **more: Any) -> Running:
        running.append(Running(Desk(Workshop(make), **{"model": "a-model", **more})))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture(scope="session")
def pipeline() -> Any:
    """A tiny diffusers pipeline, built once."""
    pytest.importorskip("torch", reason="torch is not installed; pip install 'imgloop_widgets[diffusers]' to run these")
    pytest.importorskip("diffusers", reason="diffusers is not installed; see the extra of that name")
    from unit.generators.backends.tiny import pipeline

    return pipeline()
