"""The port, and what a stranger may ask of it before any of ours looks: how much at a time, and how slowly."""

import errno
import socket

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from imgloop_widgets.errors import ImgloopError

LARGEST_BODY = 64 * 1024
"""Bytes of a request's body; the page sends none that is larger than a few bytes."""

LARGEST_HEAD = 32 * 1024
"""Bytes of a request's head; a panel's link has a few hundred."""

HEAD_S = 60.0
"""Seconds that a connection has for its next request's head, and then for its body: a slow stranger holds none open."""

_WHY_NOT = {
    errno.EADDRINUSE: "is in use by another program; stop it, or choose another port",
    errno.EACCES: "needs rights that this user has not; choose a port above 1023",
    errno.EADDRNOTAVAIL: "is not an address of this machine; use 127.0.0.1 or 0.0.0.0",
}


def listen(port: int, host: str) -> list[socket.socket]:
    """Open the port. Raises: ImgloopError: it can't be had; says why and what to do."""
    try:
        return bind_sockets(port, host)
    except OSError as error:
        number = error.errno if error.errno in _WHY_NOT else errno.EADDRNOTAVAIL
        raise ImgloopError(f"port {port} of {host or 'this machine'} {_WHY_NOT[number]}") from error


def http_server(application: Application) -> HTTPServer:
    """Return what answers. Nothing is believed of what a request says of where it comes from (`X-Forwarded-…`)."""
    return HTTPServer(
        application,
        max_header_size=LARGEST_HEAD,
        max_body_size=LARGEST_BODY,
        idle_connection_timeout=HEAD_S,
        body_timeout=HEAD_S,
    )
