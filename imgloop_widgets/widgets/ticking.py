"""When a page's kernel looks at the clock and at the store by itself.

| the page                                                     | the next look is after            |
| ------------------------------------------------------------ | --------------------------------- |
| waits for an image, or something happened since the last look | `TICK_S`                          |
| merely shows something                                       | `LOOK_S`, or when its time is over |

Whatever a worker does looks at the store first (`Seat`, and the `seq` of each command), so that a late look harms
nothing: it only makes a page that nobody touches follow later to what happened elsewhere. Hundreds of kernels that
each wake once a second are a processor's work.
"""

import asyncio
import contextlib
import weakref
from typing import Protocol

TICK_S = 1.0
LOOK_S = 5.0

SHORTEST_S = 0.05
"""The time may be over a moment later than was counted."""


class Ticking(Protocol):
    """A widget that looks by itself."""

    def tick(self) -> None:
        """Look at the clock and at the store."""
        ...

    def waits_s(self) -> float | None:
        """Return the seconds until something is due, ≥ 0; inf: nothing is; None: it looks no more."""
        ...

    def _record(self, error: BaseException) -> str:
        """Log an error."""
        ...


class Ticks:
    """Of one widget, which may go while they run."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def happened(self) -> None:
        """Let the next look be soon. From the loop's own thread."""
        self._news.set()

    async def run(self, reference: "weakref.ref[Ticking]") -> None:
        """Tick until the widget is gone or looks no more."""
        wait = TICK_S
        while True:
            await self._pause(wait)
            widget = reference()
            if widget is None or widget.waits_s() is None:
                return
            try:
                widget.tick()
                due = widget.waits_s()
                wait = LOOK_S if due is None else min(LOOK_S, max(SHORTEST_S, due))
            except Exception as error:
                widget._record(error)
                wait = TICK_S
            del widget

    async def _pause(self, seconds: float) -> None:
        """Wait so long, and at most `TICK_S` from when something has happened."""
        if seconds > TICK_S:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds - TICK_S)
        await asyncio.sleep(min(seconds, TICK_S))
        self._news.clear()
