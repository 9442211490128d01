"""What a page may say to its kernel: one frame in, one checked message out, or nothing.

The wire format is Jupyter's `v1.kernel.websocket.jupyter.org`, all numbers 64 bit, little endian:

    count | offset[0] … offset[count-1] | channel | header | parent header | metadata | content | buffers …

The offsets are where the parts begin; the last one is where the frame ends.

A page may open the comm by which it asks for its widgets' state, send to and close comms, and ask what the kernel is.
Everything else (running code above all) is dropped. A page's frame is checked here before anything of Jupyter's sees
it: Jupyter's own reader trusts the count, and one frame with a large one takes all memory.
"""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

PROTOCOL = "v1.kernel.websocket.jupyter.org"

CONTROL_TARGET = "jupyter.widget.control"

FROM_PAGE = frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"})
"""Kinds of message that a page may send."""

TO_PAGE = frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply", "status"})
"""Kinds of message that a page receives; an error with its traceback, a print and a source are not among them."""

METHODS = ("update", "request_state", "request_states", "custom")
"""What a page may say to a widget."""

LARGEST_FRAME = 256 * 1024
"""Bytes; a form with long answers has a few thousand."""

MOST_BUFFERS = 8
LONGEST_NAME = 256
_FIXED_PARTS = 5
_WORD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """kind: one of `FROM_PAGE`. parts: header, parent header, metadata, content and buffers, as they came."""

    kind: str
    parts: tuple[bytes, ...]


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
    kind = str(header["msg_type"])
    if kind not in FROM_PAGE or not _is_allowed(kind, content):
        return None
    return Message(kind=kind, parts=parts[1:])


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
    value = json.loads(part)
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def _is_allowed(kind: str, content: dict[str, Any]) -> bool:
    if not kind.startswith("comm_") or kind == "comm_info_request":
        return True
    data = content.get("data", {})
    if not isinstance(content.get("comm_id"), str) or not isinstance(data, dict):
        return False
    if kind == "comm_msg":
        return data.get("method") in METHODS
    return kind != "comm_open" or content.get("target_name") == CONTROL_TARGET
