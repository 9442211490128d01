"""Frames that a stranger may send over a page's websocket, drawn from a seed: the same seed, the same frames.

`frames(seed, known, number)` mixes all of `KINDS`. Each kind begins with what an honest page may say and breaks it in
one way; to add a way, write a function that draws a frame and put it into the table.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

CONTROL = "jupyter.widget.control"
FORBIDDEN: Mapping[str, Mapping[str, Any]] = {
    "execute_request": {
        "code": "import os; os._exit(1)",
        "silent": False,
        "store_history": True,
        "user_expressions": {"a": "1/0"},
        "allow_stdin": True,
    },
    "complete_request": {"code": "im", "cursor_pos": 2},
    "inspect_request": {"code": "os", "cursor_pos": 2, "detail_level": 1},
    "history_request": {"hist_access_type": "tail", "n": 9, "output": True, "raw": True},
    "is_complete_request": {"code": "1"},
    "input_reply": {"value": "import os"},
    "shutdown_request": {"restart": False},
    "interrupt_request": {},
    "debug_request": {"type": "request", "command": "evaluate", "seq": 1, "arguments": {"expression": "1"}},
    "create_subshell_request": {},
    "delete_subshell_request": {"subshell_id": "a"},
    "usage_request": {},
    "apply_request": {},
    "connect_request": {},
}
"""What would run code, read it, or end a kernel."""

TARGETS = ("jupyter.widget", "jupyter.widget.version", "matplotlib", "ipython.widget", "", "../x", None, 7, [])
CHANNELS = ("shell", "control", "stdin", "iopub", "hb", "", "SHELL")
WORDS = ("", "nul \0", "half \ud83d", "\u202eback", "../../etc/passwd", "{{7*7}}", "<img src=x onerror=alert(1)>", "%s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the stranger knows. own: ids of their page's widgets. others: of another worker's: widgets and a kernel."""

    own: Sequence[str]
    others: Sequence[str]


def honest(dice: random.Random, known: Known) -> tuple[str, Any, dict[str, Any], list[bytes]]:
    """A message that a page may send: kind, content, metadata, buffers. It leaves no session and gives no file."""
    said: list[Any] = [
        {"kind": "hello"},
        {"kind": "ping", "n": dice.randrange(100)},
        {"kind": "draft", "seq": dice.randrange(9), "values": {"prompt": "a bear", "age": "33"}},
        {"kind": "check", "name": "age", "values": {"age": "33"}},
        {"kind": "trigger", "path": "0.0.0.0", "event": "onClick", "values": {}},
        {"kind": "file", "upload": "u", "field": "age", "name": "a.png", "type": "image/png", "size": 3, "offset": 0},
        {"kind": "file_get", "sha256": "0" * 64},
        {"kind": "image", "id": dice.choice(["target", "0" * 64])},
        {"kind": "signals", "page": str(uuid.UUID(int=7)), "steps": []},
        {"kind": "command", "id": "1", "name": "submit_prompt", "seq": 1, "prompt": "a bear", "answers": {}},
        {"kind": "command", "id": "1", "name": "score", "seq": 4, "score": 5, "prompt": "a bear at night"},
        {"kind": "command", "id": "1", "name": "submit_step", "seq": 1, "values": {}},
        {"kind": "command", "id": "1", "name": "cancel", "seq": 3},
    ]
    comm = dice.choice(known.own)
    messages: list[tuple[str, Any, dict[str, Any], list[bytes]]] = [
        ("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": dice.choice(said)}}, {}, [b"abc"]),
        ("comm_msg", {"comm_id": comm, "data": {"method": "request_state"}}, {}, []),
        (
            "comm_msg",
            {"comm_id": comm, "data": {"method": "update", "state": {"view": {}}, "buffer_paths": []}},
            {},
            [],
        ),
        (
            "comm_open",
            {"comm_id": uuid.UUID(int=dice.getrandbits(128)).hex, "target_name": CONTROL, "data": {}},
            {},
            [],
        ),
        ("comm_info_request", {"target_name": "jupyter.widget"}, {}, []),
        ("kernel_info_request", {}, {}, []),
    ]
    return dice.choices(messages, weights=[8, 1, 1, 1, 1, 1])[0]


def frame(
    kind: Any,
    content: Any,
    metadata: Any = None,
    buffers: Sequence[bytes] = (),
    *,
    channel: str = "shell",
    header: Any = None,
) -> bytes:
    """A frame of the binary protocol. header: what else stands in the message's head."""
    head = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    parts = [json.dumps(part).encode() for part in ({**head, **(header or {})}, {}, metadata or {}, content)]
    return bytes(serialize_msg_to_ws_v1([*parts, *buffers], channel))


def valid(dice: random.Random, known: Known) -> bytes:
    return frame(*honest(dice, known))


def of_others(dice: random.Random, known: Known) -> bytes:
    """To another worker's widget, to a kernel's id, to nobody."""
    kind, content, metadata, buffers = honest(dice, known)
    comm = dice.choice([*known.others, uuid.UUID(int=dice.getrandbits(128)).hex, "", "x" * 5000, None, 7])
    content = {**content, "comm_id": comm} if isinstance(content, dict) else content
    header = {"session": dice.choice(known.others), "username": dice.choice(known.others)}
    return frame(kind, content, metadata, buffers, header=header)


def wrong_types(dice: random.Random, known: Known) -> bytes:
    """One value, anywhere, is another one."""
    kind, content, metadata, buffers = honest(dice, known)
    return frame(kind, _changed(content, dice, anything(dice)), metadata, buffers)


def huge(dice: random.Random, known: Known) -> bytes:
    """Long texts, lists, numbers and names; also more than a frame may have."""
    kind, content, _, _ = honest(dice, known)
    size = dice.choice([10_000, 70_000, 200_000, 250_000, 300_000])
    value = dice.choice(["x" * size, "\U0001f43b" * (size // 12), [0] * (size // 3), 10**4000, {"k" * size: 1}])
    return frame(kind, _changed(content, dice, value), {}, [])


def deep(dice: random.Random, known: Known) -> bytes:
    """Lists in lists, and objects in objects."""
    kind, content, _, _ = honest(dice, known)
    depth = dice.choice([20, 200, 600, 900, 990, 5000, 40_000])
    text = dice.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth])
    marked = json.dumps(_changed(content, dice, "DEEP"))
    head = {"msg_id": "1", "msg_type": kind, "session": "s"}
    parts = [json.dumps(head).encode(), b"{}", b"{}", marked.replace('"DEEP"', text).encode()]
    return bytes(serialize_msg_to_ws_v1(parts, "shell"))


def binary(dice: random.Random, known: Known) -> bytes:
    """Buffers: none where some belong, too many, large, and paths that lead anywhere."""
    kind, content, _, _ = honest(dice, known)
    buffers = [dice.randbytes(dice.choice([0, 1, 1000, 100_000])) for _ in range(dice.choice([0, 1, 2, 8, 9]))]
    paths: list[Any] = [[["view"]], [["view", "a", 0]], [[]], [None], "view", [["_esm"]] * 9, [[{}]]]
    if dice.random() < 0.5:
        data = {"method": "update", "state": {"view": {}, "form": []}, "buffer_paths": dice.choice(paths)}
        kind, content = "comm_msg", {"comm_id": known.own[0], "data": data}
    return frame(kind, content, {}, buffers)


def forbidden(dice: random.Random, known: Known) -> bytes:
    """What would run code, on every channel."""
    kind = dice.choice(list(FORBIDDEN))
    return frame(kind, FORBIDDEN[kind], channel=dice.choice(CHANNELS), header={"subshell_id": dice.choice(["a", None])})


def opened(dice: random.Random, known: Known) -> bytes:
    """A comm of any target, with the id of one that there is, or without data."""
    comm = dice.choice([uuid.UUID(int=dice.getrandbits(128)).hex, *known.own])
    state = {"_model_module": "@jupyter-widgets/base", "_model_name": "LayoutModel", "_view_module": None}
    content = {"comm_id": comm, "target_name": dice.choice([*TARGETS, CONTROL]), "data": {"state": state}}
    return frame("comm_open", content, {"version": dice.choice(["2.1.0", "1.0.0", "9", None])})


def strange_head(dice: random.Random, known: Known) -> bytes:
    """The head of the message: dates, versions, names that are none, and where it comes from."""
    kind, content, metadata, buffers = honest(dice, known)
    name = dice.choice(["date", "version", "username", "session", "msg_id", "subshell_id", "msg_type", "channel"])
    return frame(kind, content, metadata, buffers, header={name: anything(dice)})


def strange_json(dice: random.Random, known: Known) -> bytes:
    """What one reader of JSON takes and another does not."""
    texts = [b"", b"null", b"NaN", b"[]", b"{", b'{"a":1,"a":2}', b'{"comm_id":NaN}', b'"\xff"', b"\xef\xbb\xbf{}"]
    texts += [b"{} {}", b'{"comm_id":"\\ud800","data":{"method":"custom","content":Infinity}}', b"9" * 5000]
    parts = [b'{"msg_id":"1","msg_type":"comm_msg","session":"s"}', b"{}", b"{}", b'{"comm_id":"c","data":{}}']
    parts[dice.randrange(4)] = dice.choice(texts)
    return bytes(serialize_msg_to_ws_v1(parts, "shell"))


def damaged(dice: random.Random, known: Known) -> bytes:
    """An honest frame with some bytes changed, cut, or put in twice."""
    good = bytearray(valid(dice, known))
    for _ in range(dice.choice([1, 1, 2, 8])):
        good[dice.randrange(len(good))] = dice.randrange(256)
    cut = dice.randrange(len(good))
    return bytes(dice.choice([good, good[:cut], good[cut:], good + good, good[:8] * 2 + good]))


def noise(dice: random.Random, known: Known) -> bytes:
    counts = [(2**power).to_bytes(8, "little") * 9 for power in (3, 16, 40, 62)]
    return dice.choice([dice.randbytes(dice.randrange(300)), *counts])


KINDS: Mapping[str, Callable[[random.Random, Known], bytes]] = {
    "valid": valid,
    "of others": of_others,
    "wrong types": wrong_types,
    "huge": huge,
    "deep": deep,
    "binary": binary,
    "forbidden": forbidden,
    "opened": opened,
    "strange head": strange_head,
    "strange JSON": strange_json,
    "damaged": damaged,
    "noise": noise,
}


def frames(seed: int, known: Known, number: int) -> Iterator[bytes]:
    """Yield so many frames of all kinds, in any order."""
    dice = random.Random(seed)
    kinds = [kind for kind in KINDS.values() for _ in range(-(-number // len(KINDS)))]
    dice.shuffle(kinds)
    for kind in kinds[:number]:
        yield kind(dice, known)


def anything(dice: random.Random) -> Any:
    """Any value of JSON."""
    return dice.choice(
        [None, True, False, 0, -1, 2**63, 1e308, float("nan"), float("inf"), [], {}, [[]], {"a": {}}, *WORDS, 10**400]
    )


def _changed(value: Any, dice: random.Random, other: Any) -> Any:
    """The value with one of its parts replaced."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        name = dice.choice(list(value))
        return {**value, name: _changed(value[name], dice, other)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        place = dice.randrange(len(value))
        return [*value[:place], _changed(value[place], dice, other), *value[place + 1 :]]
    return other
