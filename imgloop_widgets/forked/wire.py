"""The messages between a server and a parent: JSON with its length before it, and file descriptors beside it.

to the parent     fork: id, argv, cwd, name, set (environment), unset; descriptors: standard output, standard error
                  ping: id
to the server     importing: module            left_out: module, why            ready
                  forked: id, pid; descriptor: the process            failed: id, why            ended: pid, code
                  pong: id
"""

import array
import json
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any

LENGTH = struct.Struct("!I")
DESCRIPTORS_AT_MOST = 2


def send(connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send a message; the other side gets copies of the descriptors.

    Raises:
        OSError: the other side is gone.
    """
    body = json.dumps(message).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    connection.sendmsg([LENGTH.pack(len(body))], rights)
    connection.sendall(body)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Wait for a message; return it and its descriptors. None: the other side is gone."""
    try:
        head, descriptors, _, _ = socket.recv_fds(
            connection, LENGTH.size, DESCRIPTORS_AT_MOST, socket.MSG_CMSG_CLOEXEC | socket.MSG_WAITALL
        )
        body = _exactly(connection, LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""
    except OSError:
        return None
    return (json.loads(body), descriptors) if body else None


def readable(descriptor: int) -> bool:
    """Whether something can be read there now, or it was closed; `select` can't look at descriptors above 1023."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _exactly(connection: socket.socket, size: int) -> bytes:
    body = bytearray()
    while len(body) < size:
        part = connection.recv(size - len(body))
        if not part:
            return b""
        body += part
    return bytes(body)
