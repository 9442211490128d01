"""`imgloop generate-server` as a process: what it prints, how it is stopped, what it says of a mistake."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

ROOT = Path(__file__).parents[3]
SLOW = """
import sys, time
from imgloop_widgets.generators.scenes import Scenes
draw = Scenes.draw
def slowly(self, prompt, seed):
    print("drawing", flush=True)
    time.sleep(2)
    return draw(self, prompt, seed)
Scenes.draw = slowly
from imgloop_widgets.cli import main
main(sys.argv[1:])
"""


class Process:
    """A running command."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SLOW, "generate-server", "--generator", "scenes", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env={**os.environ, **environment},
        )  # fmt: skip
        self.lines: list[str] = []

    def read_until(self, start: str) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith(start):
                return line
        raise AssertionError("".join(self.lines))

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, "".join(self.lines) + out


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for one in processes:
        one.process.kill()
        one.process.wait(10)


def test_it_tells_how_to_ask_it_and_finishes_what_it_was_asked_for(started: list[Process]) -> None:
    server = Process("--port", "0", "--option", "size=32", "--batch", "1")
    started.append(server)
    url = server.read_until("scenes is served at ").split()[4].rstrip(".")
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(client.images.generate, prompt="a bear") for _ in range(2)]
        server.read_until("drawing")
        while httpx2.get(url.removesuffix("/v1") + "/healthz").json()["waiting"] != 1:
            pass
        server.process.send_signal(signal.SIGTERM)
        assert all(one.result(60).data for one in under_way), "one was drawn and one waited"
    code, out = server.end()
    assert code == 0
    assert f'options = {{ model = "scenes", base_url = "{url}", send_seed = true }}' in out
    assert out.rstrip().endswith("Stopped.")
    with pytest.raises(openai.APIConnectionError):
        client.images.generate(prompt="a bear")


def test_a_second_signal_ends_it_at_once(started: list[Process]) -> None:
    server = Process("--port", "0", "--option", "size=32")
    started.append(server)
    url = server.read_until("scenes is served at ").split()[4].rstrip(".")
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.images.generate, prompt="a bear")
        server.read_until("drawing")
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert server.end()[0] == 0


def test_an_open_address_without_a_key_is_warned_of_and_the_key_is_printed_nowhere(started: list[Process]) -> None:
    for key in ("", "sk-Secret"):
        server = Process("--port", "0", "--host", "0.0.0.0", IMGLOOP_SERVER_KEY=key)
        started.append(server)
        url = server.read_until("scenes is served at ").split()[4].rstrip(".")
        assert url.startswith("http://localhost:")
        assert ("Anybody who reaches 0.0.0.0 may ask" in "".join(server.lines)) == (key == "")
        if key:
            with pytest.raises(openai.AuthenticationError):
                openai.OpenAI(base_url=url, api_key="none", max_retries=0).models.list()
        server.process.send_signal(signal.SIGTERM)
        assert "sk-Secret" not in server.end()[1]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--generator", "scene"], "generator 'scene' is not known; did you mean 'scenes'?"),
        (["--generator", "scenes", "--option", "siz=3"], "did you mean 'size'?"),
        (["--generator", "scenes", "--option", "size"], "--option must be NAME=VALUE; not 'size'"),
        (["--generator", "scenes", "--option", "size=3"], "size must be between 16 and 2048 pixels; not 3"),
        (["--generator", "local_images"], "choose another generator"),
        (["--engine", "cloud"], "--engine must be here or ray; not 'cloud'"),
    ],
)
def test_a_mistake_is_told_before_a_port_is_opened(arguments: list[str], what: str, capsys: Any) -> None:
    from imgloop_widgets.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["generate-server", "--port", "0", *arguments])
    assert ended.value.code == 1
    assert what in capsys.readouterr().err


def test_a_model_that_is_not_there_is_told(capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("diffusers", reason="diffusers is not installed; it comes with the extra of that name")
    from imgloop_widgets.cli import main

    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["generate-server", "--port", "0", "--option", f"model={tmp_path / 'empty'}"])
    assert ended.value.code == 1
    assert "empty' can't be loaded" in capsys.readouterr().err
