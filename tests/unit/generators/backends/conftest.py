"""One backend after another, each with a service of its own to ask."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from unit.generators.backends.protocols import PROTOCOLS, Spoken
from unit.generators.backends.service import Server

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.making import Made, Making


def context(**more: Any) -> Context:
    given = {"attempt": 1, "target_id": "bear", "category": "bears", "seed": 7, "idempotency_key": "k", "timeout_s": 10}
    return Context(**{**given, **more})


@dataclass
class Asked:
    """A backend and its service. `seen`: what it told of its progress."""

    protocol: Spoken
    server: Server
    backend: Any
    seen: list[tuple[float | None, str, Any]] = field(default_factory=list)

    def make(self, prompt: str = "a bear", **more: Any) -> Made:
        return self.making(prompt, **more).run()

    def making(self, prompt: str = "a bear", **more: Any) -> Making:
        def progress(share: float | None = None, text: str = "", preview: Any = None) -> None:
            self.seen.append((share, text, preview))

        return Making(self.backend, prompt, context(progress=progress, **more))

    def failure(self, **more: Any) -> GenerationError:
        with pytest.raises(GenerationError) as raised:
            self.make(**more)
        return raised.value


Ask = Callable[[str], Asked]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Ask]:
    """A function that starts the service of a backend and returns both."""
    servers: list[Server] = []
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def start(name: str) -> Asked:
        protocol = PROTOCOLS[name]()
        servers.append(Server(protocol))
        return Asked(protocol, servers[-1], protocol.backend(servers[-1].url, monkeypatch, tmp_path))

    yield start
    for server in servers:
        server.close()
    assert not [t for t in threading.enumerate() if t.name == "imgloop-generation"]


@pytest.fixture(params=list(PROTOCOLS))
def asked(request: pytest.FixtureRequest, ask: Ask) -> Asked:
    """Every backend, with its service."""
    return ask(request.param)


@pytest.fixture(scope="session")
def pipeline() -> Any:
    """A tiny diffusers pipeline, built once."""
    pytest.importorskip("torch", reason="torch is not installed; pip install 'imgloop_widgets[diffusers]' to run these")
    pytest.importorskip("diffusers", reason="diffusers is not installed; see the extra of that name")
    from unit.generators.backends.tiny import pipeline

    return pipeline()
