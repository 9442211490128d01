"""A real server in a process of its own, a client that speaks to a kernel as a page does, and a browser."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import requests
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from live import descendants, parents, study_text, write_study
from websockets.sync.client import connect

DATA = Path(__file__).parent / "data"
PACKAGE = Path(__file__).parent.parent.parent
PROTOCOL = "v1.kernel.websocket.jupyter.org"


def wait_until(condition: Callable[[], Any], *, within_s: float = 15.0) -> Any:
    """Return the condition's first true value; fail when there was none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {within_s:g} s")


@dataclass
class Server:
    """A running server. folder: the study's folder, with files that no worker may read."""

    url: str
    folder: Path
    log: Path
    process: subprocess.Popen[str]

    def get(self, path: str = "", **values: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=60, **values)

    def open_page(self, query: str = "") -> SimpleNamespace:
        """Load a page as a browser does; its kernel's id and the id of the widget it shows (None: it shows none)."""
        text = self.get(query).text
        widget = re.search(r'"model_id": "(\w+)"', text)
        kernel = re.search(r'"kernel": "([0-9a-f-]+)"', text)
        assert kernel
        return SimpleNamespace(text=text, kernel=kernel[1], widget=widget and widget[1])

    def close_page(self, kernel: str) -> None:
        """Say that the page is gone, as its script does, and wait for its kernel's end."""
        requests.post(f"{self.url}voila/api/shutdown/{kernel}", timeout=30)
        wait_until(lambda: not self.kernel_of(kernel))

    def kernel_of(self, page: str) -> psutil.Process | None:
        """The process behind a page: a plain one has the page in its command, a forked one in its name."""
        for process, name, command in descendants(self.process.pid):
            if page in command or name == f"kernel-{page[:8]}":
                return process
        return None

    def kernels(self) -> list[psutil.Process]:
        """The processes of all kernels."""
        return [process for process in self.family() if process not in self.parents()]

    def parents(self) -> list[psutil.Process]:
        """The processes from which kernels are forked."""
        return parents(self.process.pid)

    def family(self) -> list[psutil.Process]:
        """All processes that the server started."""
        return [process for process, _, _ in descendants(self.process.pid)]

    def private(self) -> Path:
        """The server's private folder."""
        [folder] = Path(tempfile.gettempdir()).glob(f"imgloop-{self.process.pid}-*")
        return folder

    def channel(self, kernel: str, **settings: Any) -> "Channel":
        """The websocket of a page; settings: protocol, origin."""
        return Channel(self, kernel, **settings)

    def read_log(self) -> str:
        return self.log.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


class Channel:
    """A page's websocket, spoken by hand."""

    def __init__(
        self,
        server: Server,
        kernel: str,
        *,
        protocol: str | None = PROTOCOL,
        origin: str | None = "own",
        session: str | None = None,
    ) -> None:
        self._server, self._kernel, self._session = server, kernel, session or uuid.uuid4().hex
        address = f"{server.url.replace('http', 'ws')}api/kernels/{kernel}/channels?session_id={self._session}"
        self._opening = connect(
            address,
            subprotocols=[protocol] if protocol else None,  # type: ignore[list-item]
            origin=server.url.rstrip("/") if origin == "own" else origin,  # type: ignore[arg-type]
            open_timeout=20,
            close_timeout=1,
            max_size=None,
            proxy=None,
        )

    def again(self) -> "Channel":
        """The same page's next socket."""
        return Channel(self._server, self._kernel, session=self._session)

    def __enter__(self) -> "Channel":
        self.socket = self._opening.__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        self._opening.__exit__(*details)

    def send(self, kind: str, content: Any, *, channel: str = "shell", metadata: Any = None) -> str:
        message_id = uuid.uuid4().hex
        header = {"msg_id": message_id, "msg_type": kind, "session": "test", "username": "", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": metadata or {}, "content": content}
        self.socket.send(serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode()))
        return message_id

    def messages(self, *, within_s: float) -> Iterator[SimpleNamespace]:
        """All messages that arrive until nothing came for `within_s` seconds."""
        while True:
            try:
                frame = self.socket.recv(timeout=within_s)
            except TimeoutError:
                return
            assert isinstance(frame, bytes)
            channel, parts = deserialize_msg_from_ws_v1(frame)
            header, parent, _, content = (json.loads(part) for part in parts[:4])
            yield SimpleNamespace(
                channel=channel, kind=header["msg_type"], parent=parent, content=content, buffers=parts[4:], raw=frame
            )

    def answer(self, kind: str, *, within_s: float = 10.0) -> SimpleNamespace:
        """The next message of that kind."""
        for message in self.messages(within_s=within_s):
            if message.kind == kind:
                return message
        raise AssertionError(f"no {kind} within {within_s:g} s")

    def states(self) -> dict[str, dict[str, Any]]:
        """The state of every widget in the kernel, by its id, asked for as a page does."""
        comm = uuid.uuid4().hex
        content = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        self.send("comm_open", content, metadata={"version": "1.0.0"})
        self.send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        for message in self.messages(within_s=10):
            if message.kind == "comm_msg" and message.content["comm_id"] == comm:
                self.send("comm_close", {"comm_id": comm})
                return {key: value["state"] for key, value in message.content["data"]["states"].items()}
        raise AssertionError("the kernel did not tell its widgets")

    def custom(self, widget: str, content: Any) -> None:
        self.send("comm_msg", {"comm_id": widget, "data": {"method": "custom", "content": content}})


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers: `start_server("counter", port=0, …)` or `("study")`; all are stopped at the end."""
    servers: list[Server] = []

    def start(notebook: str = "counter", **settings: Any) -> Server:
        folder = tmp_path_factory.mktemp("study")
        if notebook == "study":
            write_study(folder, study_text())
        else:
            shutil.copy(DATA / f"{notebook}.ipynb", folder / "worker.ipynb")
        for name in ("study.toml", "images/target.png", "results/imgloop.db", "secret.svg", ".hidden"):
            if not (folder / name).exists():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text("a-secret-of-the-project")
        log = folder / "server.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, DATA / "launch.py", folder / "worker.ipynb", json.dumps({"port": 0, **settings})],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "PYTHONPATH": str(PACKAGE), "COVERAGE_PROCESS_START": ""},
            )
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], 60)
        line = process.stdout.readline() if ready else ""
        if not line.startswith("{"):
            process.kill()
            pytest.fail(f"the server did not start:\n{log.read_text()}")
        servers.append(Server(url=json.loads(line)["url"], folder=folder, log=log, process=process))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """One server for the tests that leave it as it was."""
    return start_server("counter", title="The <study> & co", results=str(tmp_path_factory.mktemp("kept")))


@pytest.fixture(scope="session")
def at() -> Callable[..., Server]:
    """A server that somebody else has started, by its address and process."""

    def at(url: str, process: Any) -> Server:
        return Server(url=url, folder=Path(), log=Path(), process=process)

    return at


@pytest.fixture
def page(server: Server) -> Iterator[SimpleNamespace]:
    """A loaded page, closed at the end."""
    opened = server.open_page("?worker_id=ana&id=1")
    yield opened
    server.close_page(opened.kernel)


@pytest.fixture
def until() -> Callable[..., Any]:
    """`wait_until`."""
    return wait_until


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A fresh tab in a context of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()
