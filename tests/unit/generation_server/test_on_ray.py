"""The generation server on a Ray cluster, here one of this machine alone."""

import os
import signal
import subprocess
import sys
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import openai
import pytest
from live import free_port
from PIL import Image

from imgloop_widgets.generators.scenes import Scenes

ROOT = Path(__file__).parents[3]


def test_replicas_on_a_cluster_answer_at_one_address() -> None:
    pytest.importorskip("ray.serve", reason="Ray Serve is not installed; it comes with the extra ray")
    command = "from imgloop_widgets.cli import main; main()"
    arguments = ["generate-server", "--engine", "ray", "--generator", "scenes", "--option", "size=32"]
    with subprocess.Popen(
        [sys.executable, "-c", command, *arguments, "--port", str(free_port()), "--replicas", "2"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "IMGLOOP_SERVER_KEY": "sk-right", "NO_PROXY": "127.0.0.1", "RAY_USAGE_STATS_ENABLED": "0"},
    ) as server:
        assert server.stdout
        try:
            url = next(line for line in server.stdout if "is served at" in line).split()[4].rstrip(".")
            client = openai.OpenAI(base_url=url, api_key="sk-right", max_retries=0)
            answer = client.images.generate(prompt="a red bear", size="64x64", extra_body={"seed": 7})
            with pytest.raises(openai.AuthenticationError):
                openai.OpenAI(base_url=url, api_key="sk-wrong", max_retries=0).models.list()
            with pytest.raises(openai.BadRequestError, match="did you mean 'seed'"):
                client.images.generate(prompt="a red bear", extra_body={"sed": 7})
        finally:
            server.send_signal(signal.SIGTERM)
            rest = server.communicate(timeout=120)[0]
    assert (server.returncode, rest.splitlines()[-1]) == (0, "Stopped.")
    image = Image.open(BytesIO(b64decode(answer.data[0].b64_json)))
    assert image.convert("RGB").tobytes() == Scenes(size=64).draw("a red bear", 7).convert("RGB").tobytes()
