"""What passes the websocket, spoken by hand."""

import json
import random
import resource
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from websockets.exceptions import ConnectionClosed, InvalidStatus

from imgloop_widgets.serving.frames import TO_PAGE


@pytest.fixture
def channel(server: Any, page: SimpleNamespace) -> Iterator[Any]:
    """The page's socket."""
    with server.channel(page.kernel) as opened:
        yield opened


def test_a_page_gets_its_widget(channel: Any, page: SimpleNamespace) -> None:
    """The state, as the kernel has it: the link's query and the results folder have arrived."""
    state = channel.states()[page.widget]
    assert state["query"] == "worker_id=ana&id=1"
    assert state["results"].endswith("kept0")
    assert state["count"] == 0


def test_a_socket_opens_without_a_warning(server: Any, channel: Any, page: SimpleNamespace) -> None:
    """Jupyter's setting in milliseconds is not taken for Tornado's, which is in seconds."""
    assert page.widget in channel.states()
    assert "websocket_ping" not in server.read_log()


def test_a_click_comes_back_with_its_bytes(channel: Any, page: SimpleNamespace) -> None:
    """Traits and binary messages."""
    channel.custom(page.widget, {"kind": "add"})
    update = channel.answer("comm_msg")
    assert update.content["data"]["state"] == {"count": 1}
    image = channel.answer("comm_msg")
    assert image.content["data"]["content"] == {"kind": "image"}
    assert image.buffers == [b"x" * 1000]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("execute_request", {"code": "import os; os._exit(1)", "silent": False, "allow_stdin": False}),
        ("complete_request", {"code": "im", "cursor_pos": 2}),
        ("inspect_request", {"code": "os", "cursor_pos": 2}),
        ("history_request", {"hist_access_type": "tail", "n": 9, "output": True, "raw": True}),
        ("is_complete_request", {"code": "1"}),
        ("create_subshell_request", {}),
        ("shutdown_request", {"restart": False}),
        ("interrupt_request", {}),
        ("debug_request", {"type": "request", "command": "evaluate"}),
    ],
)
@pytest.mark.parametrize("on", ["shell", "control"])
def test_nothing_else_is_obeyed(channel: Any, page: SimpleNamespace, kind: str, content: Any, on: str) -> None:
    """No reply, no effect, and the socket stays."""
    request = channel.send(kind, content, channel=on)
    assert page.widget in channel.states()
    assert not [m for m in channel.messages(within_s=0.2) if m.parent.get("msg_id") == request]


def test_a_page_makes_no_widgets(channel: Any, page: SimpleNamespace) -> None:
    """A comm for a widget, for a foreign target or for none opens nothing in the kernel."""
    before = set(channel.states())
    state = {"_model_module": "@jupyter-widgets/controls", "_model_module_version": "2.0.0", "_model_name": "TextModel"}
    for target in ("jupyter.widget", "matplotlib", "jupyter.widget.version", None):
        data = {"state": state, "buffer_paths": []}
        content = {"comm_id": uuid.uuid4().hex, "target_name": target, "data": data}
        channel.send("comm_open", content, metadata={"version": "2.1.0"})
    assert set(channel.states()) == before


def test_a_stranger_at_a_comm_changes_nothing(channel: Any, page: SimpleNamespace) -> None:
    """Unknown ids, wrong shapes: the kernel stays as it was."""
    for comm in (uuid.uuid4().hex, "", "x" * 10_000):
        channel.send("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": {"kind": "add"}}})
        channel.send("comm_close", {"comm_id": comm})
    for data in ({}, {"method": "explode"}, {"method": "update"}, {"method": "custom"}):
        channel.send("comm_msg", {"comm_id": page.widget, "data": data})
    assert channel.states()[page.widget]["count"] == 0


def test_an_error_in_a_callback_stays_here(server: Any, channel: Any, page: SimpleNamespace) -> None:
    """The page hears nothing of it, not even its kind; the log has all of it under an incident number."""
    channel.custom(page.widget, {"kind": "fail"})
    assert page.widget in channel.states()
    channel.custom(page.widget, {"kind": "fail"})
    for message in channel.messages(within_s=0.5):
        assert message.kind in TO_PAGE
        assert b"a-secret-of-the-callback" not in message.raw
        assert b"Traceback" not in message.raw
    assert "a-secret-of-the-callback" in server.read_log()
    assert f"an error in kernel {page.kernel}" in server.read_log()


@pytest.mark.parametrize("protocol", [None, "v2.kernel.websocket.jupyter.org", "graphql-ws"])
def test_another_protocol_is_refused(server: Any, page: SimpleNamespace, protocol: str | None) -> None:
    """Over the old one, one message of the kernel makes the server's memory burst."""
    with pytest.raises(InvalidStatus) as refused, server.channel(page.kernel, protocol=protocol):
        pass
    assert refused.value.response.status_code == 400
    assert server.get("healthz").status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
)
def test_a_page_of_somebody_else_is_refused(server: Any, page: SimpleNamespace, origin: str | None) -> None:
    """And so is a client that does not say where it comes from."""
    with pytest.raises(InvalidStatus) as refused, server.channel(page.kernel, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_a_study_may_name_further_origins(start_server: Callable[..., Any]) -> None:
    """For a proxy that changes the host's name."""
    server = start_server("counter", origins=["https://study.example/"])
    page = server.open_page()
    with server.channel(page.kernel, origin="https://study.example") as channel:
        assert page.widget in channel.states()


def test_an_unknown_kernel_is_refused(server: Any) -> None:
    """As if there were nothing."""
    with pytest.raises(InvalidStatus) as refused, server.channel(str(uuid.uuid4())):
        pass
    assert refused.value.response.status_code == 404


def test_a_large_message_closes_its_own_socket_only(server: Any, channel: Any, page: SimpleNamespace) -> None:
    """Before it is in memory; the kernel and every other page go on."""
    with server.channel(page.kernel) as other:
        other.socket.send(b"x" * 2_000_000)
        with pytest.raises(ConnectionClosed):
            while True:
                other.socket.recv(timeout=10)
    assert page.widget in channel.states()
    with server.channel(page.kernel) as again:
        assert page.widget in again.states()


def test_garbage_harms_nobody(server: Any, channel: Any, page: SimpleNamespace) -> None:
    """Noise, text, frames cut short, frames that count to heaven, deep and strange JSON: all dropped, quickly."""
    dice = random.Random(7)
    parts = [
        json.dumps(part).encode() for part in ({"msg_id": "1", "msg_type": "comm_msg", "session": "s"}, {}, {}, {})
    ]
    good = serialize_msg_to_ws_v1(
        [*parts[:3], json.dumps({"comm_id": page.widget, "data": {"method": "custom", "content": {}}}).encode()],
        "shell",
    )
    deep = serialize_msg_to_ws_v1([*parts[:3], b'{"a":' * 900 + b"1" + b"}" * 900], "shell")
    frames: list[bytes | str] = [b"", b"\0" * 8, b"\xff" * 80, (2**40).to_bytes(8, "little") * 9, "{}", "\0", deep]
    frames += [dice.randbytes(dice.randrange(200)) for _ in range(200)]
    frames += [good[: dice.randrange(len(good))] for _ in range(100)]
    for _ in range(300):
        damaged = bytearray(good)
        damaged[dice.randrange(len(good))] = dice.randrange(256)
        frames.append(bytes(damaged))
    before, logged = len(server.kernels()), len(server.read_log())
    for frame in frames:
        channel.socket.send(frame)
    with server.channel(page.kernel) as again:
        assert again.states()[page.widget]["count"] == 0
    assert len(server.kernels()) == before
    assert "Uncaught exception" not in server.read_log()[logged:]  # a kernel that ends meanwhile may write anything


def test_the_old_protocol_cannot_burst_the_memory(start_server: Callable[..., Any]) -> None:
    """Measured on plain Voilà: 22.9 GB and the end of the server. Here, with 1.5 GB to live in, all goes on."""
    server = start_server("counter")
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
    page = server.open_page()
    with pytest.raises(InvalidStatus), server.channel(page.kernel, protocol=None):
        pass
    with server.channel(page.kernel) as channel:
        for count in (2**30, 2**40, 2**62):
            channel.socket.send(count.to_bytes(8, "little") + b"\xff" * 1000)
        channel.custom(page.widget, {"kind": "add"})
        assert channel.answer("comm_msg")
    assert server.get("healthz").status_code == 200


def test_what_the_kernel_says_while_the_socket_is_away_is_not_lost(server: Any, page: SimpleNamespace) -> None:
    """The same page comes back and hears it."""
    first = server.channel(page.kernel)
    with first:
        first.states()
        first.custom(page.widget, {"kind": "add"})
    with first.again() as second:
        assert second.states()[page.widget]["count"] == 1
