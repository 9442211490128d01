"""What a page may say to its kernel: one frame in, one checked message out, or nothing.

The wire format is Jupyter's `v1.kernel.websocket.jupyter.org`, all numbers 64 bit, little endian:

    count | offset[0] … offset[count-1] | channel | header | parent header | metadata | content | buffers …

The offsets are where the parts begin; the last one is where the frame ends.

A page may open the comm by which it asks for its widgets' state, send to and close comms, and ask what the kernel is.
Everything else (running code above all) is dropped. A page's frame is checked here before anything of Jupyter's sees
it: Jupyter's own reader trusts the count, and one frame with a large one takes all memory.

Of a message's head nothing goes on but its kind and two names; the rest of it is written here. A kernel that is told
another version, date or thread than it expects fails in code of its own, and fills the log with it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

PROTOCOL = "v1.kernel.websocket.jupyter.org"

VERSION = "5.3"
"""Of the messages' protocol, as the page's script has it."""

CONTROL_TARGET = "jupyter.widget.control"
CONTROL_VERSION = "1.0.0"
STATES = "request_states"

FROM_PAGE = frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"})
"""Kinds of message that a page may send."""

TO_PAGE = frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply"})
"""Kinds of message that a page receives; an error with its traceback, a print and a source are not among them, nor that
a kernel is busy and idle again: two messages for each of a page's, which no page looks at."""

METHODS = ("update", "request_state", STATES, "custom")
"""What a page may say to a widget."""

LARGEST_FRAME = 256 * 1024
"""Bytes; a form with long answers has a few thousand."""

MOST_BUFFERS = 8
LONGEST_NAME = 256
MOST_OPENED = 100
"""Comms that pages of a kernel have opened and not closed; a page opens one."""

_COMM = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIXED_PARTS = 5
_WORD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """id: as the page has named it. kind: one of `FROM_PAGE`. comm: the id of the comm that it is about, or "". method:
    of a `comm_msg`, else "". content: what a `custom` one says to the widget, else {}.

    parts: header, parent header, metadata (all three written here), content and buffers (as they came).
    """

    id: str
    kind: str
    comm: str
    method: str
    content: Mapping[str, Any]
    parts: tuple[bytes, ...]

    @property
    def is_ping(self) -> bool:
        """Whether a page asks a widget if it is there."""
        return self.content.get("kind") == "ping"


def read_frame(frame: object) -> Message | None:
    """Return the message in a page's frame; None: it is not one that a page may send."""
    if not isinstance(frame, bytes) or len(frame) > LARGEST_FRAME:
        return None
    parts = _split(frame)
    if parts is None or parts[0] != b"shell":
        return None
    try:
        header, _, _, content = (_mapping(part) for part in parts[1:_FIXED_PARTS])
    except (ValueError, RecursionError):
        return None
    names = [header.get(name) for name in ("msg_type", "msg_id", "session")]
    if not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in names):
        return None
    kind, message, session = map(str, names)
    if kind not in FROM_PAGE or not _is_allowed(kind, content, len(parts) - _FIXED_PARTS):
        return None
    head = {"msg_id": message, "msg_type": kind, "session": session, "username": "", "version": VERSION}
    metadata = {"version": CONTROL_VERSION} if kind == "comm_open" else {}
    head = _plain(head)
    written = [json.dumps(part).encode() for part in (head, {}, metadata)]
    method = str(content["data"]["method"]) if kind == "comm_msg" else ""
    said = content["data"].get("content") if method == "custom" else None
    return Message(
        id=head["msg_id"],
        kind=kind,
        comm=str(content.get("comm_id", "")),
        method=method,
        content=said if isinstance(said, dict) else {},
        parts=(*written, *parts[4:]),
    )


def pong(ping: Message) -> list[bytes]:
    """Return the answer to a ping, as its widget sends it, but for the time that is left: the kernel alone knows it."""
    number = ping.content.get("n")
    said = {"kind": "pong", "n": number if isinstance(number, int) else None}
    head = {"msg_id": uuid4().hex, "msg_type": "comm_msg", "session": "", "username": "", "version": VERSION}
    content = {"comm_id": ping.comm, "data": {"method": "custom", "content": said}}
    return [json.dumps(head).encode(), ping.parts[0], b"{}", json.dumps(content).encode()]


class Comms:
    """The comms that a kernel's pages have opened: each of them may ask for states, and do nothing else."""

    def __init__(self) -> None:
        self._opened: set[str] = set()

    def may(self, message: Message) -> bool:
        """Say whether the message goes on; one that opens or closes a comm is remembered."""
        if message.kind == "comm_open":
            if len(self._opened) >= MOST_OPENED:
                return False
            self._opened.add(message.comm)
        elif message.kind == "comm_close":
            self._opened.discard(message.comm)
        elif message.kind == "comm_msg":
            return (message.comm in self._opened) == (message.method == STATES)
        return True


def _split(frame: bytes) -> tuple[bytes, ...] | None:
    def number(position: int) -> int:
        return int.from_bytes(frame[position : position + _WORD], "little")

    count = number(0)
    start = _WORD * (count + 1)
    if not _FIXED_PARTS < count <= _FIXED_PARTS + MOST_BUFFERS + 1 or len(frame) < start:
        return None
    offsets = [number(_WORD * (i + 1)) for i in range(count)]
    if offsets[0] != start or offsets[-1] != len(frame) or offsets != sorted(offsets):
        return None
    return tuple(frame[a:b] for a, b in pairwise(offsets))


def _mapping(part: bytes) -> dict[str, Any]:
    value = json.loads(part.decode())  # not as bytes: those are taken for UTF-16 and UTF-32 too, and not by the kernel
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def _is_allowed(kind: str, content: dict[str, Any], buffers: int) -> bool:
    if not kind.startswith("comm_") or kind == "comm_info_request":
        return True
    comm, data = content.get("comm_id"), content.get("data", {})
    if not isinstance(comm, str) or not _COMM.fullmatch(comm) or not isinstance(data, dict):
        return False
    if kind == "comm_msg":
        return data.get("method") in METHODS and (data["method"] != "update" or _is_update(data, buffers))
    return kind != "comm_open" or content.get("target_name") == CONTROL_TARGET


def _is_update(data: dict[str, Any], buffers: int) -> bool:
    """Whether there is a state, and a place in it for each buffer."""
    state, paths = data.get("state"), data.get("buffer_paths", [])
    return (
        isinstance(state, dict)
        and isinstance(paths, list)
        and len(paths) <= buffers
        and all(_has_place(state, path) for path in paths)
    )


def _has_place(state: Any, path: object) -> bool:
    if not isinstance(path, list) or not path:
        return False
    for number, step in enumerate(path):
        last = number == len(path) - 1
        match state, step:
            case dict(), str() if last or step in state:
                state = state.get(step)
            case list(), int() if not isinstance(step, bool) and 0 <= step < len(state):
                state = state[step]
            case _:
                return False
    return True


def _plain(names: dict[str, str]) -> dict[str, str]:
    """Return the names without what can't be written in UTF-8: half a pair of surrogates."""
    return {name: value.encode(errors="replace").decode() for name, value in names.items()}
