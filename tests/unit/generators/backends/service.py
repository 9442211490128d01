"""A real HTTP server on this machine that speaks the protocols of image services, and fails in every way they do."""

import asyncio
import hashlib
import io
import json
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket
from PIL import Image

KEY = "hf_SecretSecretSecret0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server sends. raw: bytes for the open connection, which is closed after them. stalls: never answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: bytes | None = None
    stalls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


class Protocol:
    """A service's own ways. fault: sent instead of the answer with the image. image: instead of the image's file."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.arrived, self.left = threading.Event(), threading.Event()
        self.fault: Reply | None = None
        self.image: bytes | None = None
        self.sockets: list[tornado.websocket.WebSocketHandler] = []

    def reply(self, request: Request) -> Reply:
        raise NotImplementedError

    def asked(self) -> Reply | None:
        """The fault, if any, once the image was asked for."""
        self.arrived.set()
        return self.fault

    def picture(self, prompt: str, seed: Any) -> bytes:
        return png(prompt, seed) if self.image is None else self.image


def png(prompt: str, seed: Any, size: tuple[int, int] = (32, 24)) -> bytes:
    """Return a picture that follows from the prompt and the seed."""
    count = size[0] * size[1] * 3
    data = b"".join(hashlib.sha256(f"{prompt}/{seed}/{k}".encode()).digest() for k in range(count // 32 + 1))
    buffer = io.BytesIO()
    Image.frombytes("RGB", size, data[:count]).save(buffer, "PNG")
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG file that is as large as it says, once it is unfolded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def as_json(content: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status, headers={"content-type": "application/json", **named}, body=json.dumps(content).encode()
    )


class Server:
    """Serves a protocol on a free port, in a thread with an event loop of its own, until it is closed."""

    def __init__(self, protocol: Protocol) -> None:
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self._thread = threading.Thread(target=self._run, args=(protocol,), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def do(self, work: Callable[[], Any]) -> None:
        self._loop.call_soon_threadsafe(work)

    def _run(self, protocol: Protocol) -> None:
        asyncio.set_event_loop(self._loop)
        (socket,) = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self.port = socket.getsockname()[1]
        app = tornado.web.Application([("/ws", _Socket, {"protocol": protocol}), (".*", _Any, {"protocol": protocol})])
        server = tornado.httpserver.HTTPServer(app)
        server.add_sockets([socket])
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        server.stop()
        self._loop.run_until_complete(server.close_all_connections())


class _Any(tornado.web.RequestHandler):
    def initialize(self, protocol: Protocol) -> None:
        self.protocol = protocol

    async def prepare(self) -> None:
        request, protocol = self.request, self.protocol
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            body = request.body
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen = Request(method=str(request.method), path=request.path, query=request.query, headers=headers, body=body)
        protocol.requests.append(seen)
        reply = protocol.reply(seen)
        if reply.stalls:
            await asyncio.Event().wait()
        if reply.raw is not None:
            stream = self.detach()
            if reply.raw:
                await stream.write(reply.raw)
            stream.close()
            return
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        self.finish(reply.body)

    def on_connection_close(self) -> None:
        self.protocol.left.set()


class _Socket(tornado.websocket.WebSocketHandler):
    def initialize(self, protocol: Protocol) -> None:
        self.protocol = protocol

    def open(self, *args: str, **kwargs: str) -> None:
        self.protocol.sockets.append(self)

    def on_close(self) -> None:
        self.protocol.sockets.remove(self)

    def on_message(self, message: str | bytes) -> None:
        pass
