"""How much a stranger may take of a server: connections, sockets, messages, answers that nobody reads, pages of a link.

Each is taken to its limit here, and all others go on as if nothing was.
"""

import errno
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from live import Server, free_port, study_text, write_study
from websockets.exceptions import ConnectionClosed, InvalidStatus

from imgloop_widgets.cli.serve import OPEN_PER_LINK
from imgloop_widgets.serving.channel import SOCKETS


def test_a_page_has_a_few_sockets_and_no_more(server: Any, page: Any, until: Callable[..., Any]) -> None:
    """Each takes some of ZeroMQ's, of which all pages together have a limit; one that is closed makes room."""
    other = server.open_page("?worker_id=bob&id=1")
    with ExitStack() as stack:
        for _ in range(SOCKETS):
            last = stack.enter_context(server.channel(page.kernel))
        with pytest.raises(InvalidStatus) as refused, server.channel(page.kernel):
            pass
        assert refused.value.response.status_code == 429
        assert page.widget in last.states()
        with server.channel(other.kernel) as channel:
            assert other.widget in channel.states()

    def again() -> bool:
        try:
            with server.channel(page.kernel) as channel:
                return page.widget in channel.states()
        except InvalidStatus:
            return False

    until(again)
    server.close_page(other.kernel)


@pytest.mark.parametrize("session", ["", "x" * 101, "a b", "%00", "\u00e9"])
def test_a_socket_has_a_name_that_is_one(server: Any, page: Any, session: str) -> None:
    """It becomes the name of a socket to the kernel, which takes no others; refused before anything is opened."""
    path = f"{server.url}api/kernels/{page.kernel}/channels?session_id={session}"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "v1.kernel.websocket.jupyter.org",
        "Origin": server.url.rstrip("/"),
    }
    assert requests.get(path, headers=upgrade, timeout=30).status_code == 400


def test_a_page_that_talks_too_fast_is_heard_more_slowly_and_loses_nothing(
    start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Another socket is not held back."""
    server = start_server("counter", constants={"FIRST_MESSAGES": 20, "MESSAGES": 0.4})
    page = server.open_page()
    with server.channel(page.kernel) as fast, server.channel(page.kernel) as other:
        for _ in range(30):
            fast.custom(page.widget, {"kind": "add"})
        first = other.states()[page.widget]["count"]
        assert first < 30
        with server.channel(page.kernel) as third:
            until(lambda: third.states()[page.widget]["count"] >= 21, within_s=30)
        with server.channel(page.kernel) as third:

            def all_heard() -> bool:
                time.sleep(5)
                return bool(third.states()[page.widget]["count"] == 30)

            until(all_heard, within_s=60)


def test_who_does_not_read_what_they_ask_for_is_cut_off(
    start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """What waits for them is the server's memory; the page may come back, and others hear nothing of it."""
    server = start_server("counter", constants={"MOST_UNSENT": 1_000_000, "FIRST_MESSAGES": 1e6})
    page = server.open_page()
    with server.channel(page.kernel) as deaf:
        state = {"query": "x" * 100_000}
        data = {"method": "update", "state": state, "buffer_paths": []}
        deaf.send("comm_msg", {"comm_id": page.widget, "data": data})
        content = {"comm_id": "1" * 32, "target_name": "jupyter.widget.control", "data": {}}
        deaf.send("comm_open", content, metadata={"version": "1.0.0"})
        try:
            for _ in range(400):
                deaf.send("comm_msg", {"comm_id": "1" * 32, "data": {"method": "request_states"}})
        except ConnectionClosed:
            pass
        until(lambda: "does not read what it is sent" in server.read_log(), within_s=60)
        with pytest.raises(ConnectionClosed):
            while True:
                deaf.socket.recv(timeout=20)
    with server.channel(page.kernel) as again:
        assert again.states()[page.widget]["query"] == state["query"]


def connection(server: Any) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def test_a_slow_stranger_holds_no_connection_open(start_server: Callable[..., Any]) -> None:
    """Half a head, or a body that never comes: closed after a while, and no kernel is begun."""
    server = start_server("counter", constants={"HEAD_S": 1})
    for beginning in (b"", b"GET / HTTP/1.1\r\nHost: a", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12"):
        with connection(server) as slow:
            slow.sendall(beginning)
            while slow.recv(4096):
                pass
    assert not server.kernels()
    assert server.get("healthz").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /?t=" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: 1\r\n" * 20_000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 100_000,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"fffff\r\n" + b"x" * 0xFFFFF,
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n",
    ],
    ids=["path", "header", "headers", "body", "chunks", "version", "tls", "nothing"],
)
def test_a_request_that_is_too_large_or_none_begins_nothing(server: Any, request_: bytes) -> None:
    """It is refused with a short word, or none."""
    before = len(server.kernels())
    with connection(server) as stranger:
        answer = b""
        try:
            stranger.sendall(request_)
            stranger.shutdown(socket.SHUT_WR)
            while part := stranger.recv(4096):
                answer += part
        except ConnectionError:
            pass
        except OSError as error:  # closed before we were done
            assert error.errno == errno.ENOTCONN
    assert not answer or answer.split()[1][:1] == b"4"
    assert len(answer) < 1000
    assert b"Traceback" not in answer
    assert len(server.kernels()) == before
    assert server.get("healthz").status_code == 200


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    """`imgloop serve`, with its limits."""
    write_study(tmp_path / "s", study_text("", study="units_per_assignment = 100"))
    server = Server(tmp_path / "s", tmp_path / "results", free_port())
    server.start()
    yield server
    server.stop()


def test_a_link_opens_some_pages_and_no_more_whatever_is_added_to_it(served: Server) -> None:
    """Each page has a kernel: one link may not take the room of all others."""

    def opened(query: str) -> bool:
        return '"kernel": "' in requests.get(f"http://127.0.0.1:{served.port}/{query}", timeout=60).text

    assert all(opened(f"?worker_id=ana&x={n}") for n in range(OPEN_PER_LINK))
    assert not opened("?worker_id=ana")
    assert not opened("?worker_id=ana&x=more")
    assert len(served.kernels()) == OPEN_PER_LINK
    assert opened("?worker_id=bob")
