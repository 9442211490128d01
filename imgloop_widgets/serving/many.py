"""The server's kernels, hundreds of them: Jupyter's own keeper, with room for their sockets and less work for each.

- ZeroMQ allows 1023 sockets in a context, and a page has about seven: with Jupyter's context, which is not the
  process's own (`zmq.Context.instance()`), some 150 pages fit, and all later ones break off.
- Jupyter takes every message of a kernel apart a second time, dates too, to know when it did something last.
"""

from typing import Any

import zmq
import zmq.asyncio
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import default

MOST_SOCKETS = 32_768
"""ZeroMQ's sockets of all kernels together."""

_STATUS = (b'"msg_type": "status"', b'"msg_type":"status"')


class ManyKernels(AsyncMappingKernelManager):
    """Keeps the kernels of all pages."""

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context: Any = zmq.asyncio.Context()
        context.set(zmq.MAX_SOCKETS, MOST_SOCKETS)
        return context  # type: ignore[no-any-return]

    def start_watching_activity(self, kernel_id: str) -> None:
        """Keep when a kernel said something last, and whether it is busy."""
        kernel: Any = self._kernels[kernel_id]
        kernel.reason = ""
        kernel.last_activity = utcnow()
        kernel._activity_stream = kernel.connect_iopub()

        def said(frames: list[bytes]) -> None:
            self.last_kernel_activity = kernel.last_activity = utcnow()
            _, signed = kernel.session.feed_identities(frames)
            if any(status in signed[1] for status in _STATUS):
                state = kernel.session.unpack(signed[4])["execution_state"]
                kernel.execution_state = "idle" if state == "starting" else state

        kernel._activity_stream.on_recv(said)
