"""A real server with a study in a folder of the test's own, and how to start the browser."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil

from imgloop_widgets.events import Event
from imgloop_widgets.loop import State, fold
from imgloop_widgets.store import open_store

ROOT = Path(__file__).parents[1]
IMGLOOP = str(Path(sys.executable).with_name("imgloop"))
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def descendants(pid: int) -> list[tuple[psutil.Process, str, str]]:
    """The living processes under another, with names and command lines; one that ends meanwhile is left out."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append((process, process.name(), " ".join(process.cmdline())))
    return found


def parents(pid: int) -> list[psutil.Process]:
    """The processes of a server from which kernels are forked."""
    return [
        process
        for process, name, command in descendants(pid)
        if "imgloop_widgets.forked.parent" in command and not name.startswith("kernel-")
    ]


@dataclass
class Server:
    """A running `imgloop serve`. folder: holds the study; results: what it writes; options: more of the command."""

    folder: Path
    results: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start and wait until it answers; fails with its log if it does not."""
        log = (self.folder / "serve.log").open("ab")
        command = [IMGLOOP, "serve", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--results", str(self.results), *self.options], stdout=log, stderr=log, start_new_session=True
        )
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the server did not start:\n{self.log()}")

    def log(self) -> str:
        """All that the server has printed so far."""
        return (self.folder / "serve.log").read_text()

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """End the server alone, as an operator or a crash would."""
        if self.process.poll() is None:
            os.kill(self.process.pid, sign)
            self.process.wait(20)

    def kernels(self) -> list[int]:
        """Process ids of the kernels of this server, newest last."""
        kernels = [p for p, name, _ in descendants(self.process.pid) if name.startswith("kernel-")]
        return [p.pid for p in sorted(kernels, key=lambda p: p.create_time())]

    def link(self, worker: str, unit: int = 1) -> str:
        """A worker's link."""
        return f"http://127.0.0.1:{self.port}/?worker_id={worker}&id={unit}"

    def events(self, worker: str, unit: int = 1) -> tuple[Event, ...]:
        """What is stored of a worker's session."""
        with open_store(self.results) as store:
            session_id = store.find_session("browser", worker, str(unit))
            return store.read(session_id) if session_id else ()

    def state(self, worker: str, unit: int = 1) -> State:
        """The session of a worker as it stands in the store."""
        return fold(self.events(worker, unit))


FORM = ROOT / "notebooks" / "look_alike" / "form"
SCENES = 'generator = "scenes"\noptions = { size = 256 }'


def study_text(
    loop: str = "",
    arm: str = SCENES,
    form: Path = FORM,
    study: str = "",
    access: str = "open",
    panel: str = "",
) -> str:
    """A study file like the demonstration's, with other rules."""
    return f"""
[study]
name = "browser"
form = "{form}"
images = "{ROOT / "images"}"
{study}
access = "{access}"
[loop]
{loop}
[[loop.band]]
from_score = 1
template = "low_score_loop"
[[loop.band]]
from_score = 5
template = "high_score_loop"
[panel]
{panel}
[[arm]]
{arm}
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def write_study(folder: Path, text: str, callback: str = "") -> None:
    """Write a study and its worker's notebook; callback: source that defines `generate(prompt, context)`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(text)
    notebook = nbformat.read(ROOT / "notebooks/look_alike/worker.ipynb", as_version=4)
    if callback:
        notebook.cells[1].source += "\n" + callback
        notebook.cells[2].source = "open_page(study, generate=generate)"
    nbformat.write(notebook, folder / "worker.ipynb")
