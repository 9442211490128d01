"""The desk on a port of this machine, by tornado.

Ctrl+C or SIGTERM: nothing new is taken and what waits is finished. A second time: it ends at once.
"""

import asyncio
import json
import logging
import signal
import socket
from collections.abc import Callable

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from imgloop_widgets.generation_server.desk import Desk
from imgloop_widgets.generation_server.protocol import Reply

log = logging.getLogger("imgloop")

LARGEST_BODY = 1024 * 1024
GRACE_S = 60.0
"""Seconds that a stop waits for images that are asked for already."""


def serve(desk: Desk, *, port: int, host: str, on_ready: Callable[[str], object], grace_s: float = GRACE_S) -> None:
    """Answer until a signal comes. port: 0 takes a free one. on_ready: called with the address, up to and with /v1."""
    sockets = bind_sockets(port, host)
    shown = "localhost" if host in ("", "0.0.0.0", "::") else host
    address = f"http://{shown}:{sockets[0].getsockname()[1]}/v1"
    asyncio.run(_run(desk, sockets, lambda: on_ready(address), grace_s))


def http_server(desk: Desk) -> HTTPServer:
    """Return the server; it needs sockets yet."""
    return HTTPServer(Application([(".*", Handler, {"desk": desk})], log_function=_log), max_body_size=LARGEST_BODY)


async def _run(desk: Desk, sockets: list[socket.socket], on_ready: Callable[[], object], grace_s: float) -> None:
    loop, stop, at_once = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        (at_once if stop.is_set() else stop).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled)
    server = http_server(desk)
    server.add_sockets(sockets)
    on_ready()
    await stop.wait()
    server.stop()
    ends = [asyncio.ensure_future(desk.stop(grace_s)), asyncio.ensure_future(at_once.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.1)  # the last answers are on their way
    await server.close_all_connections()


class Handler(RequestHandler):
    """Passes a request to the desk; the asker's going away cancels it."""

    def initialize(self, desk: Desk) -> None:
        """Take the desk."""
        self._desk = desk
        self._answering: asyncio.Task[Reply] | None = None

    def set_default_headers(self) -> None:
        """Tell nothing of what runs here."""
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Answer, whatever the method is."""
        request = self.request
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._desk.answer(str(request.method), request.path, headers, request.body)
        self._answering = asyncio.ensure_future(answer)
        try:
            reply = await self._answering
        except asyncio.CancelledError:
            self._finished = True  # nobody is there to be answered
            return
        self.set_status(reply.status)
        self.set_header("Content-Type", "application/json")
        if reply.retry_after_s is not None:
            self.set_header("Retry-After", str(reply.retry_after_s))
        self.finish(json.dumps(reply.body))

    def on_connection_close(self) -> None:
        """Give up what nobody waits for."""
        if self._answering is not None:
            self._answering.cancel()


def _log(handler: RequestHandler) -> None:
    """Only what went wrong, and never what was asked for: prompts are a study's data."""
    if handler.get_status() >= 500:
        log.warning("%s %s: %s", handler.request.method, handler.request.path, handler.get_status())
