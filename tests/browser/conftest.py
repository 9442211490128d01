"""Pages of workers, and servers for them to talk to."""

import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live import ROOT, Server, free_port, study_text, write_study
from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of a worker's own: no cookies, nothing stored."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server for a study: `serve(loop="max_answer_loops = 1", callback="def generate(…): …")`."""
    servers: list[Server] = []

    def make(callback: str = "", **study: Any) -> Server:
        folder = tmp_path / f"study{len(servers)}"
        write_study(folder, study_text(**study), callback)
        server = Server(folder=folder, results=tmp_path / f"results{len(servers)}", port=free_port())
        server.start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with the demonstration's rules for all tests of a module; each test plays a worker of its own."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, study_text())
    server = Server(folder=folder, results=tmp_path_factory.mktemp("results"), port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A JupyterLab over a copy of the notebooks; its address."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "images").symlink_to(ROOT / "images")
    port = free_port()
    settings = [f"--port={port}", "--no-browser", "--allow-root", "--IdentityProvider.token=", "--ServerApp.password="]
    log = (tmp_path / "lab.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *settings], cwd=tmp_path / "notebooks", stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, (tmp_path / "lab.log").read_text()
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(20)
