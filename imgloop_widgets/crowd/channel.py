"""The websocket of one page, as `channel.js` keeps it: cut, it comes back; what is sent meanwhile waits.

A kernel that has ended is noticed when the server says so (`has_ended`); no answer is no end: a server may be starting.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from imgloop_widgets.crowd.frames import Said, decode
from imgloop_widgets.serving.frames import PROTOCOL

RETRY_S = (0.1, 0.25, 0.5, 1.0)
"""Seconds before each next try to connect; `channel.js` has the same."""

CONNECT_S = 30.0
MOST_WAITING = 500


class Channel:
    """receive: called with each message. lost: called when a connection goes that nobody has cut. back: called with the
    seconds that one took to come back, from when it went, or from when the network was there again.
    """

    def __init__(
        self,
        address: str,
        origin: str,
        cookies: str,
        *,
        receive: Callable[[Said], None],
        lost: Callable[[], None],
        back: Callable[[float], None],
        has_ended: Callable[[], Awaitable[bool]],
    ) -> None:
        self.session = uuid4().hex
        self._address, self._origin, self._cookies = f"{address}?session_id={self.session}", origin, cookies
        self._receive, self._lost, self._back, self._has_ended = receive, lost, back, has_ended
        self._socket: WebSocketClientConnection | None = None
        self._waiting: list[bytes] = []
        self._online = asyncio.Event()
        self._online.set()
        self._since: float | None = None
        self._closed = False

    def send(self, frame: bytes) -> None:
        """Send it now, or as soon as there is a connection."""
        if self._socket is None:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(frame)
            return
        try:
            asyncio.ensure_future(self._socket.write_message(frame, binary=True)).add_done_callback(_unheard)
        except WebSocketClosedError:
            self._waiting.append(frame)

    def cut(self, seconds: float) -> None:
        """Let the network be gone for so long: no closing word, as when a cable is pulled."""
        self._online.clear()
        if self._socket is not None and self._socket.protocol is not None:
            self._socket.protocol._abort()
        asyncio.get_running_loop().call_later(seconds, self._return)

    def close(self) -> None:
        """The page goes: nothing comes back after this."""
        self._closed = True
        self._online.set()
        if self._socket is not None:
            self._socket.close()

    async def run(self) -> None:
        """Be connected until `close`, or until the kernel has ended."""
        failures = 0
        while not self._closed:
            await self._online.wait()
            if await self._connected():
                failures = 0
            if self._closed:
                return
            wait = RETRY_S[min(failures, len(RETRY_S) - 1)]
            failures += 1
            if self._online.is_set():
                if await self._has_ended():
                    return
                await asyncio.sleep(wait)

    async def _connected(self) -> bool:
        """Connect and listen until the connection is gone; False: there was none."""
        request = HTTPRequest(
            self._address, headers={"Origin": self._origin, "Cookie": self._cookies}, connect_timeout=CONNECT_S
        )
        try:
            socket = await websocket_connect(request, subprotocols=[PROTOCOL], max_message_size=2**28)
        except Exception:  # refused, or nobody there: it is tried again
            return False
        self._socket = socket
        if self._since is not None:
            self._back(time.perf_counter() - self._since)
        for waiting in self._waiting:
            self.send(waiting)
        self._waiting.clear()
        while (frame := await socket.read_message()) is not None:
            if isinstance(frame, bytes):
                self._receive(decode(frame))
        self._socket = None
        if self._online.is_set() and not self._closed:
            self._since = time.perf_counter()
            self._lost()
        return True

    def _return(self) -> None:
        self._since = time.perf_counter()
        self._online.set()


def _unheard(future: "asyncio.Future[None]") -> None:
    """A frame that was on its way when the connection went: the page's own resending sees to it."""
    if not future.cancelled():
        future.exception()
