"""Jupyter's managers of kernels, with room for hundreds, and without what nobody here asks them for.

ZeroMQ allows 1023 sockets in a context, and a page has about seven: with the context that Jupyter makes (it is not the
process's own) some 150 pages fit, and all later ones break off.

Each page costs its server what it does for each message of a kernel, and at a kernel's start. Left out: the events that
Jupyter tells of each kernel (their schema is read anew for each), and the whole reading of each message, pictures
included, to know when a kernel was last at work.
"""

from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.session import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from traitlets import default

MOST_SOCKETS = 32_768
"""ZeroMQ's sockets of all kernels together."""


class PageKernelManager(ServerKernelManager):
    """Starts and ends one page's kernel."""

    def emit(self, schema_id: str, data: object) -> None:
        """Tell nobody: the server has its own log and metrics."""


class PageKernels(AsyncMappingKernelManager):
    """Knows the kernels of all pages."""

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context: Any = zmq.asyncio.Context()
        context.set(zmq.MAX_SOCKETS, MOST_SOCKETS)
        return context  # type: ignore[no-any-return]

    def start_watching_activity(self, kernel_id: str) -> None:
        """Note when a kernel was last at work, and whether it is: by this, one without a page is ended.

        Of its messages, those that say so are enough: `status`, before and after each thing that it does.
        """
        kernel: Any = self._kernels[kernel_id]
        kernel.reason, kernel.last_activity = "", utcnow()
        stream: Any = kernel.connect_iopub()
        stream.setsockopt(zmq.UNSUBSCRIBE, b"")
        stream.setsockopt(zmq.SUBSCRIBE, b"kernel.")  # what begins so is about the kernel; the others are for its page
        kernel._activity_stream = stream
        stream.on_recv(lambda frames: self._note(kernel, frames))

    def _note(self, kernel: Any, frames: list[bytes]) -> None:
        session = kernel.session
        _, (_, header, parent, _, content, *_) = session.feed_identities(frames)
        asked = session.unpack(parent).get("msg_type")
        is_tracked: Any = self.track_message_type
        counts = is_tracked(asked)
        if counts or kernel.execution_state == "busy":
            self.last_kernel_activity = kernel.last_activity = utcnow()
        if session.unpack(header)["msg_type"] == "status":
            state = session.unpack(content)["execution_state"]
            if counts:
                kernel.execution_state = state
            elif kernel.execution_state == "starting" and state != "starting":
                kernel.execution_state = "idle"
