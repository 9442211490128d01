"""Running a notebook's cells in a fresh kernel and keeping what they display.

Only code cells run, in order, and only what a cell *displays* is kept. Prose cells, sources, prints and warnings are
for the researcher: none of them reaches the page. The first error ends the run.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from imgloop_widgets.errors import ImgloopError

DISPLAYS = frozenset({"display_data", "execute_result"})

PATIENCE_S = 1.0
"""Seconds without a word until it is looked whether the kernel lives."""


class NotebookFailed(Exception):
    """The notebook did not come to its end; the text says why, with the traceback. For the log, never for a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """data: by MIME type. metadata: as the cell gave it."""

    data: dict[str, Any]
    metadata: dict[str, Any]


def read_sources(notebook: Path) -> tuple[str, ...]:
    """Return the sources of the notebook's code cells.

    Raises:
        ImgloopError: there is no such file, or it is not a notebook.
    """
    try:
        reader: Any = nbformat
        cells = reader.read(notebook, as_version=4).cells
    except OSError as error:
        why = f"can't be read ({error.strerror}); give the path of the worker's notebook"
        raise ImgloopError(f"{notebook}: {why}") from error
    except Exception as error:
        why = f"is not a notebook ({error}); open it in JupyterLab and save it again"
        raise ImgloopError(f"{notebook}: {why}") from error
    return tuple(cell.source for cell in cells if cell.cell_type == "code" and cell.source.strip())


async def run_cells(kernel: Any, sources: tuple[str, ...], *, limit_s: float) -> list[Display]:
    """Run `sources` in `kernel` (a KernelManager of a running loop) and return what they displayed.

    limit_s: seconds that the whole run may take, the kernel's start included.

    Raises:
        NotebookFailed: a cell raised, the kernel died, or the time was up.
    """
    run = _Run(kernel, kernel.session, kernel.connect_shell(), kernel.connect_iopub(), time.monotonic() + limit_s)
    run.iopub.on_recv(run.hear)
    try:
        await run.wait_until_heard()
        return [display for source in sources for display in await run.cell(source)]
    finally:
        run.shell.close(linger=0)
        run.iopub.close(linger=0)


@dataclass(slots=True)
class _Run:
    """shell, iopub: streams to the kernel. ends_at: as `time.monotonic`. heard: done with the kernel's first message,
    and anew for each cell with its last one. request: id of the cell's request. displays: what it has displayed so far.
    """

    kernel: Any
    session: Any
    shell: Any
    iopub: Any
    ends_at: float
    heard: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    request: str = ""
    displays: list[Display] = field(default_factory=list)

    async def wait_until_heard(self) -> None:
        """Wait for the first message of the kernel: from then on, none is missed.

        A kernel greets who begins to listen. One that does not, is asked.
        """
        while not await self._is_heard():
            self.session.send(self.shell, "kernel_info_request")

    async def cell(self, source: str) -> list[Display]:
        self.heard, self.displays = asyncio.get_running_loop().create_future(), []
        content = {
            "code": source,
            "silent": False,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.session.msg("execute_request", content)
        self.request = message["header"]["msg_id"]
        self.session.send(self.shell, message)
        while not await self._is_heard():
            pass
        return self.displays

    async def _is_heard(self) -> bool:
        """Wait for what is waited for; False: it has not come yet, and the kernel lives."""
        left_s = self.ends_at - time.monotonic()
        if left_s <= 0:
            raise NotebookFailed("the notebook did not come to its end in time")
        await asyncio.wait([self.heard], timeout=min(PATIENCE_S, left_s))
        if self.heard.done():
            self.heard.result()
            return True
        if not await self.kernel.is_alive():
            raise NotebookFailed("the kernel died")
        return False

    def hear(self, frames: list[bytes]) -> None:
        """Take a message of the kernel."""
        if self.heard.done():
            return
        try:
            self._take(frames)
        except Exception as error:
            self.heard.set_exception(error)

    def _take(self, frames: list[bytes]) -> None:
        """Take a message. Only one that matters is read as a whole: most say that the kernel is busy."""
        _, signed = self.session.feed_identities(frames)
        if not self.request:
            return self.heard.set_result(None)
        if self.session.unpack(signed[2]).get("msg_id") != self.request:
            return None
        kind = self.session.unpack(signed[1])["msg_type"]
        if kind in DISPLAYS:
            content = self.session.deserialize(signed)["content"]
            self.displays.append(Display(data=content["data"], metadata=content["metadata"]))
        elif kind == "error":
            raise NotebookFailed("\n".join(self.session.deserialize(signed)["content"]["traceback"]))
        elif kind == "status" and self.session.unpack(signed[4])["execution_state"] == "idle":
            self.heard.set_result(None)
        return None
