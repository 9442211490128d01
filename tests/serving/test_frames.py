"""What a page may say to its kernel."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from imgloop_widgets.serving.frames import LARGEST_FRAME, MOST_OPENED, Comms, Message, read_frame

HEADER = {"msg_id": "1", "msg_type": "comm_msg", "session": "s"}
COMM = {"comm_id": "c", "data": {"method": "custom", "content": {}}}


def frame(header: Any = HEADER, content: Any = COMM, *, channel: str = "shell") -> bytes:
    """A frame as Jupyter's own code writes it."""
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    return bytes(serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode()))


HEAD = {**HEADER, "username": "", "version": "5.3"}


def test_a_page_may_send_to_a_comm() -> None:
    """What is in it goes on as it came, under a head of our own."""
    message = read_frame(frame())
    assert message is not None
    assert (message.kind, message.comm, message.method) == ("comm_msg", "c", "custom")
    assert [json.loads(part) for part in message.parts] == [HEAD, {}, {}, COMM]


def test_a_page_may_send_buffers() -> None:
    """What follows the content belongs to the message."""
    parts = [json.dumps(part).encode() for part in (HEADER, {}, {}, COMM)]
    message = read_frame(serialize_msg_to_ws_v1([*parts, b"one", b""], "shell"))
    assert message is not None
    assert message.parts[3:] == (parts[3], b"one", b"")


@pytest.mark.parametrize(
    "kind", ["execute_request", "shutdown_request", "complete_request", "input_reply", "debug_request", "", None, 3, []]
)
def test_other_kinds_are_dropped(kind: object) -> None:
    """Nothing that runs code, and nothing that is not a kind."""
    assert read_frame(frame({**HEADER, "msg_type": kind})) is None


@pytest.mark.parametrize("channel", ["control", "stdin", "iopub", "", "Shell"])
def test_other_channels_are_dropped(channel: str) -> None:
    """A page talks on the shell channel alone."""
    assert read_frame(frame(channel=channel)) is None


@pytest.mark.parametrize("target", ["jupyter.widget", "matplotlib", "", None, 7])
def test_only_the_control_comm_may_be_opened(target: object) -> None:
    """A page makes no widgets in the kernel."""
    assert read_frame(frame({**HEADER, "msg_type": "comm_open"}, {**COMM, "target_name": target})) is None


@pytest.mark.parametrize("name", ["date", "version", "username", "subshell_id", "parent", "x"])
@pytest.mark.parametrize("value", [None, 7, "", "2", [], {"a": float("nan")}, "half \ud83d"])
def test_nothing_else_of_a_head_goes_on(name: str, value: object) -> None:
    """A kernel fails at a version, a date or a thread that is none."""
    message = read_frame(frame({**HEADER, name: value}))
    assert message is not None
    assert json.loads(message.parts[0]) == HEAD


def test_a_name_in_a_head_can_be_written() -> None:
    """The kernel sends it back."""
    message = read_frame(frame({**HEADER, "msg_id": "half \ud83d"}))
    assert message is not None
    assert json.loads(message.parts[0])["msg_id"] == "half ?"


@pytest.mark.parametrize("comm", ["", "x" * 65, "a b", "\u00e9", "nul\0", "a/b", None, 7, []])
def test_a_comm_has_an_id_that_is_one(comm: object) -> None:
    """The kernel writes it as ASCII."""
    assert read_frame(frame(content={**COMM, "comm_id": comm})) is None


@pytest.mark.parametrize(
    ("paths", "passes"),
    [
        ([["view"]], True),
        ([["new"]], True),
        ([["list", 0, "a"]], True),
        ([["list", 1]], False),
        ([["list", -1]], False),
        ([["list", True]], False),
        ([["view", "a"]], False),
        ([["none", "a"]], False),
        ([[]], False),
        ([None], False),
        ([[{}]], False),
        ([["view"], ["view"]], False),
        ("view", False),
        (None, False),
    ],
)
def test_a_buffer_has_a_place_in_the_state(paths: object, passes: bool) -> None:
    """Else the kernel fails at it, with a traceback in the log."""
    state = {"view": 1, "list": [{}]}
    content = {"comm_id": "c", "data": {"method": "update", "state": state, "buffer_paths": paths}}
    parts = [json.dumps(part).encode() for part in (HEADER, {}, {}, content)]
    assert (read_frame(serialize_msg_to_ws_v1([*parts, b"one"], "shell")) is not None) == passes


def test_what_is_not_utf_8_is_dropped() -> None:
    """Python's reader of JSON takes UTF-16 too, the kernel's does not: what was checked must be what is read."""
    parts = [json.dumps(part).encode() for part in (HEADER, {}, {})]
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        content = json.dumps(COMM).encode(encoding)
        assert read_frame(serialize_msg_to_ws_v1([*parts, content], "shell")) is None


def opening(comm: str, kind: str = "comm_open") -> Message:
    content = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
    message = read_frame(frame({**HEADER, "msg_type": kind}, content))
    assert message is not None
    return message


def asking(comm: str, method: str) -> Message:
    message = read_frame(frame(content={"comm_id": comm, "data": {"method": method, "content": {}}}))
    assert message is not None
    return message


def test_a_comm_that_a_page_has_opened_asks_for_states_and_no_other_does() -> None:
    comms = Comms()
    assert comms.may(opening("mine"))
    assert comms.may(asking("mine", "request_states"))
    assert not comms.may(asking("mine", "custom"))
    assert comms.may(asking("widget", "custom"))
    assert not comms.may(asking("widget", "request_states"))
    assert comms.may(opening("mine", "comm_close"))
    assert not comms.may(asking("mine", "request_states"))


def test_a_page_opens_some_comms_and_no_more() -> None:
    """Each takes memory of the kernel; one that is closed makes room."""
    comms = Comms()
    assert [comms.may(opening(f"{n}")) for n in range(MOST_OPENED + 1)] == [True] * MOST_OPENED + [False]
    assert comms.may(opening("0", "comm_close"))
    assert comms.may(opening("another"))


def test_the_control_comm_may_be_opened() -> None:
    """By it a page asks for its widgets' state."""
    content = {**COMM, "target_name": "jupyter.widget.control"}
    assert read_frame(frame({**HEADER, "msg_type": "comm_open"}, content)) is not None


@pytest.mark.parametrize(
    "content",
    [
        [],
        "x",
        None,
        {"comm_id": 1},
        {},
        {"comm_id": "c", "data": []},
        {"comm_id": "c", "data": {}},
        {"comm_id": "c", "data": {"method": []}},
    ],
)
def test_contents_of_another_shape_are_dropped(content: object) -> None:
    """A comm's message has a comm and data."""
    assert read_frame(frame(content=content)) is None


@pytest.mark.parametrize("name", ["msg_id", "session", "msg_type"])
def test_long_names_are_dropped(name: str) -> None:
    """A name is a name."""
    assert read_frame(frame({**HEADER, name: "x" * 1000})) is None


def test_a_frame_that_counts_to_heaven_is_dropped_at_once() -> None:
    """Jupyter's own reader would make a list of that length."""
    assert read_frame((2**62).to_bytes(8, "little") + b"\0" * 64) is None
    assert read_frame(b"\xff" * 64) is None


def test_text_and_large_frames_are_dropped() -> None:
    """The protocol is binary, and a form is small."""
    assert read_frame(json.dumps(HEADER)) is None
    assert read_frame(frame(content={**COMM, "data": {"x": "y" * LARGEST_FRAME}})) is None


def test_deep_json_is_dropped() -> None:
    """No stack is exhausted."""
    parts = [json.dumps(HEADER).encode(), b"{}", b"{}", b'{"a":' * 50_000]
    assert read_frame(serialize_msg_to_ws_v1(parts, "shell")) is None


@given(st.binary(max_size=300))
def test_noise_is_dropped(data: bytes) -> None:
    """Nothing raises, nothing passes."""
    assert read_frame(data) is None


@given(st.data())
def test_a_damaged_frame_never_raises(data: st.DataObject) -> None:
    """One changed byte gives a checked message or nothing."""
    good = bytearray(frame())
    position = data.draw(st.integers(0, len(good) - 1))
    good[position] = data.draw(st.integers(0, 255))
    message = read_frame(bytes(good))
    assert message is None or len(message.parts) >= 4
