"""Running a notebook's cells in a fresh kernel and keeping what they display.

Only code cells run, in order, and only what a cell *displays* is kept. Prose cells, sources, prints and warnings are
for the researcher: none of them reaches the page. The first error ends the run.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat

from imgloop_widgets.errors import ImgloopError

DISPLAYS = frozenset({"display_data", "execute_result"})


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
    """Run `sources` in `kernel` (a KernelManager) and return what they displayed.

    limit_s: seconds that the whole run may take, the kernel's start included.

    Raises:
        NotebookFailed: a cell raised, the kernel died, or the time was up.
    """
    client = kernel.client()
    client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
    run = _Run(kernel, client, deadline=time.monotonic() + limit_s)
    try:
        await run.wait_until_ready()
        return [display for source in sources for display in await run.cell(source)]
    finally:
        client.stop_channels()


@dataclass(frozen=True, slots=True)
class _Run:
    kernel: Any
    client: Any
    deadline: float

    async def wait_until_ready(self) -> None:
        """Wait for the first message of the kernel: from then on, none is missed."""
        self.client.kernel_info()
        while await self._next_message(patience_s=0.25) is None:
            self.client.kernel_info()

    async def cell(self, source: str) -> list[Display]:
        request = self.client.execute(source, store_history=False, allow_stdin=False)
        displays: list[Display] = []
        failure: str | None = None
        while True:
            message = await self._next_message(patience_s=1.0)
            if message is None or message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind in DISPLAYS:
                displays.append(Display(data=content["data"], metadata=content["metadata"]))
            elif kind == "error":
                failure = "\n".join(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                break
        if failure is not None:
            raise NotebookFailed(failure)
        return displays

    async def _next_message(self, *, patience_s: float) -> dict[str, Any] | None:
        """Return the kernel's next message; None: there was none in `patience_s` seconds, and the kernel lives."""
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise NotebookFailed("the notebook did not come to its end in time")
        try:
            message: dict[str, Any] = await self.client.get_iopub_msg(timeout=min(patience_s, left_s))
        except (Empty, TimeoutError):
            if not await self.kernel.is_alive():
                raise NotebookFailed("the kernel died") from None
            return None
        return message
