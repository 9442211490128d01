"""The websocket between a page and its kernel: Voilà's own, with the door made narrow.

- Only the binary protocol (`frames.PROTOCOL`); a socket that does not offer it is refused.
- Only from our own pages: the `Origin` must be there and must be this server, or one of the study's `origins`.
- Only frames that `frames.read_frame` lets through reach the kernel, and only `frames.TO_PAGE` leaves it. An error in
  a callback is logged under an incident number; the page never sees it.
- A page asks every two seconds whether its kernel is there; mostly the server answers for it (`pulse.py`).
- A page that asked so, and then says nothing any more, is at its end (its session is finished, at the latest when its
  unit's time is over) or asleep. Its kernel is ended after `SILENT_S`; a page that wakes up and is not at its end loads
  itself anew. A page that never asks has a widget that is not ours, and stays.
- When the kernel dies the socket is closed, so that the page notices within a second.
- A page has `SOCKETS` of them at most: each costs sockets of ZeroMQ, of which all pages together have a limit.
- Who sends too fast is read more slowly (`pace.py`); who does not read what they ask for is cut off at `MOST_UNSENT`.
"""

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.utils import ensure_async
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado import web
from tornado.iostream import StreamBufferFullError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from imgloop_widgets.incidents import report
from imgloop_widgets.serving.frames import PROTOCOL, TO_PAGE, Comms, pong, read_frame
from imgloop_widgets.serving.handlers import Secure
from imgloop_widgets.serving.pace import Pace
from imgloop_widgets.serving.pulse import Pulse

_serialize: Any = serialize_msg_to_ws_v1

log = logging.getLogger("imgloop")

KERNEL_GONE = 4404
"""The websocket's closing code when the kernel behind it has ended."""


SILENT_S = 600.0
"""Seconds of silence after which the kernel of a page that used to ping is ended; a hidden tab pings once a minute."""

LOOKED_EVERY_S = 10.0

SOCKETS = 4
"""Connections of one page at the same time; it has one, and for moments the one before that is not closed yet."""

MOST_UNSENT = 32 * 2**20
"""Bytes that wait for a page to read them; a page with several large images on a slow line has a few million."""

TOO_MANY = 429
"""HTTP's status for them."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,100}")

_PONG = (b'"kind": "pong"', b'"kind":"pong"')


class PageChannel(ZMQChannelsWebsocketConnection):
    """One page's connection to its kernel."""

    heard_at = 0.0
    """When the page said something."""

    pings = False
    """Whether it has said that it is there."""

    _sent_at: float | None = None
    """When the oldest message was sent that the kernel has not done yet; a page mostly has one under way."""

    def __init__(self, **settings: Any) -> None:
        """settings: as Jupyter gives them."""
        super().__init__(**settings)
        self._pulse = Pulse()

    def handle_incoming_message(self, incoming_msg: object) -> None:
        """Pass a page's frame on to the kernel, if it is one that a page may send, or answer it (`pulse.py`)."""
        message = read_frame(incoming_msg)
        self.heard_at = time.perf_counter()
        stream = self.channels.get("shell")
        if message is None or stream is None or stream.closed():
            return
        comms = self.websocket_handler.settings["imgloop_comms"].get(self.kernel_id)
        if comms is None or not comms.may(message):  # None: the kernel has ended
            return
        self.pings = self.pings or message.is_ping
        if message.is_ping and self._pulse.vouches(message.comm, self.heard_at):
            self.write_message(_serialize(pong(message), "iopub"), binary=True)
            return
        self._sent_at = self._sent_at or self.heard_at
        self._pulse.passed_on(message)
        self.session.send_raw(stream, list(message.parts))

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[bytes]) -> None:
        """Pass a kernel's message on to the page, if it is one that a page needs."""
        _, signed = self.session.feed_identities(outgoing_msg)
        parts: Any = signed[1:]
        header = self.session.unpack(parts[0])
        if header["msg_type"] == "error":
            self._log_error(self.session.unpack(parts[3]))
        elif header["msg_type"] == "status":
            self._hear_status(parts)
        if header["msg_type"] not in TO_PAGE:
            return
        if any(pong in parts[3] for pong in _PONG):
            self._hear_pong(parts)
        channel = stream if isinstance(stream, str) else stream.channel
        self.write_message(_serialize(parts, channel), binary=True)

    def disconnect(self) -> Any:
        """Let go of the kernel. It was in use until the page said its last word, whoever has answered that."""
        kernel = self.kernel_manager
        if self.heard_at and self.kernel_id in self.multi_kernel_manager:
            heard = utcnow() - timedelta(seconds=time.perf_counter() - self.heard_at)
            kernel.last_activity = max(kernel.last_activity, heard)
        disconnect: Any = super().disconnect
        return disconnect()

    def on_restart_failed(self) -> None:
        """Close the socket: there is no kernel behind it any more."""
        log.warning("the kernel %s died", self.kernel_id)
        self.websocket_handler.settings["imgloop_metrics"].died.inc()
        self.websocket_handler.close(KERNEL_GONE, "the kernel has ended")

    def _hear_status(self, parts: list[bytes]) -> None:
        """Note that the kernel has done what it was sent."""
        if self.session.unpack(parts[3])["execution_state"] != "idle":
            return
        self._pulse.done(str(self.session.unpack(parts[1]).get("msg_id")))
        if self._sent_at:
            self.websocket_handler.settings["imgloop_metrics"].message_s.observe(time.perf_counter() - self._sent_at)
            self._sent_at = None

    def _hear_pong(self, parts: list[bytes]) -> None:
        """Note what may be a widget's answer to a ping."""
        match self.session.unpack(parts[3]):
            case {"comm_id": str(comm), "data": {"content": {"kind": "pong"}}}:
                self._pulse.ponged(comm, str(self.session.unpack(parts[1]).get("msg_id")), time.perf_counter())

    def _log_error(self, content: dict[str, Any]) -> None:
        text = "\n".join(content.get("traceback") or [str(content.get("evalue"))])
        report(f"an error in kernel {self.kernel_id}", text)


async def end_silent(kernels: Any) -> None:
    """End the kernels of pages that have fallen silent, for ever. kernels: the server's kernel manager."""
    while True:
        await asyncio.sleep(LOOKED_EVERY_S)
        now = time.perf_counter()
        everyone: Any = PageChannel._open_sockets
        for page in [page for page in everyone if page.pings and page.heard_at < now - SILENT_S]:
            page.pings = False
            if page.kernel_id in kernels:
                await ensure_async(kernels.shutdown_kernel(page.kernel_id))
            page.websocket_handler.close(KERNEL_GONE, "the page has fallen silent")


class ChannelHandler(Secure, VoilaKernelWebsocketHandler):  # type: ignore[misc]  # voila is not typed
    """`/api/kernels/<id>/channels`."""

    async def get(self, kernel_id: str) -> None:
        """Open the socket.

        Raises:
            HTTPError: 400 for another protocol or a session's id that is none, 403 for a page of somebody else, 404 for
                an unknown kernel, 429 where the page has too many sockets.
        """
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [name.strip() for name in offered.split(",")]:
            raise web.HTTPError(400)
        if not _SESSION.fullmatch(self.get_query_argument("session_id", "")):  # it becomes the name of a socket
            raise web.HTTPError(400)
        if not self.check_origin():
            raise web.HTTPError(403)
        if kernel_id not in self.kernel_manager:
            raise web.HTTPError(404)
        open_sockets: Counter[str] = self.settings["imgloop_sockets"]
        if open_sockets[kernel_id] >= SOCKETS:
            raise web.HTTPError(TOO_MANY)
        comms: dict[str, Comms] = self.settings["imgloop_comms"]
        for ended in [kernel for kernel in comms if kernel not in self.kernel_manager]:
            del comms[ended]
        comms.setdefault(kernel_id, Comms())
        open_sockets[kernel_id] += 1
        try:
            opening: Any = super().get(kernel_id)
            await opening  # until the socket is closed
        finally:
            open_sockets[kernel_id] -= 1
            if not open_sockets[kernel_id]:
                del open_sockets[kernel_id]

    async def open(self, kernel_id: str) -> None:
        """Connect to the kernel."""
        self._pace = Pace()
        self._stream().max_write_buffer_size = MOST_UNSENT
        opening: Any = super().open(kernel_id)
        await opening

    def on_message(self, ws_message: object) -> Awaitable[None] | None:
        """Pass a frame on. The next one is read when what is returned is over."""
        if self.connection is None:  # closed meanwhile
            return None
        self.connection.handle_incoming_message(ws_message)
        size = len(ws_message) if isinstance(ws_message, bytes | str) else 0
        wait = self._pace.wait(time.monotonic(), size)
        return asyncio.sleep(wait) if wait > 0 else None

    def get_websocket_protocol(self) -> Any:
        """Return the protocol without Tornado's own pings: it would take Jupyter's milliseconds for seconds."""
        protocol = super().get_websocket_protocol()
        if protocol is not None:
            protocol.params.ping_interval = None
        return protocol

    def check_origin(self, origin: str | None = None) -> bool:
        """Say whether a page from `origin` may connect; none at all may not."""
        origin = (origin or self.request.headers.get("Origin") or "").lower().rstrip("/")
        if not origin:
            return False
        if origin in self.settings["imgloop_origins"]:
            return True
        return urlsplit(origin).netloc == self.request.headers.get("Host", "").lower()

    def write_message(self, message: bytes | str | dict[str, Any], binary: bool = False) -> Any:
        """Send a frame; what was on its way when the page went is dropped."""
        if self.ws_connection is None or self.ws_connection.is_closing():
            return None
        try:
            return super(VoilaKernelWebsocketHandler, self).write_message(message, binary)
        except StreamBufferFullError:
            log.warning("a page of kernel %s does not read what it is sent, and was cut off", self.kernel_id)
            self._stream().close()
            return None

    def _stream(self) -> Any:
        """The connection's bytes."""
        return self.ws_connection.stream
