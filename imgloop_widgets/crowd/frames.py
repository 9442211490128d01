"""Messages of a page and its kernel as frames of the websocket; `serving.frames` has the format, and reads a page's.

This is the page's own end of it, as in `channel.js`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any
from uuid import uuid4

_WORD = 8
_FIXED_PARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a kernel said. kind: comm_open, comm_msg, …; content: as sent; buffers: the bytes that came along."""

    kind: str
    content: Mapping[str, Any]
    buffers: tuple[bytes, ...]


def encode(
    kind: str,
    content: Mapping[str, Any],
    *,
    session: str,
    metadata: Mapping[str, Any] | None = None,
    buffers: Sequence[bytes] = (),
) -> bytes:
    """Return a page's message to its kernel as a frame. session: the page's, the same for all its messages."""
    header = {
        "msg_id": uuid4().hex,
        "msg_type": kind,
        "session": session,
        "username": "",
        "version": "5.3",
        "date": datetime.now(UTC).isoformat(),
    }
    texts = [json.dumps(part).encode() for part in (header, {}, metadata or {}, content)]
    parts = [b"shell", *texts, *buffers]
    offsets = accumulate(map(len, parts), initial=_WORD * (len(parts) + 2))
    numbers = [len(parts) + 1, *offsets]
    return b"".join([*(number.to_bytes(_WORD, "little") for number in numbers), *parts])


def decode(frame: bytes) -> Said:
    """Return what a kernel's frame says. Raises: ValueError: it is none."""

    def number(place: int) -> int:
        return int.from_bytes(frame[_WORD * place : _WORD * (place + 1)], "little")

    count = number(0)
    if not _FIXED_PARTS < count < len(frame) // _WORD:
        raise ValueError(f"a frame with {count} parts in {len(frame)} bytes")
    parts = [frame[a:b] for a, b in pairwise(number(k + 1) for k in range(count))]
    header, content = json.loads(parts[1]), json.loads(parts[4])
    return Said(kind=header["msg_type"], content=content, buffers=tuple(parts[_FIXED_PARTS:]))
