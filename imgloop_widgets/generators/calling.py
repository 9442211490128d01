"""One call of a researcher's function, sync or async, that can be cancelled from another thread.

What is async runs on one background event loop that all calls of the process share, so that a client with open
connections stays usable from call to call, and a callback that blocks does not stop the page's own loop.
"""

import asyncio
import concurrent.futures
import functools
import inspect
import os
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any

from imgloop_widgets.errors import GenerationError


class Call:
    """Made for one call. `cancel` may come from any thread, before and after it began."""

    def __init__(self) -> None:
        self.cancelled = False
        self._awaited: concurrent.futures.Future[Any] | None = None

    def cancel(self) -> None:
        """Stop waiting; what is async gets a CancelledError, what is sync is left to look at its context."""
        self.cancelled = True
        if self._awaited is not None:
            self._awaited.cancel()

    def unless_cancelled(self) -> None:
        """Raises: GenerationError: (cancelled) nobody waits any more."""
        if self.cancelled:
            raise GenerationError("cancelled", failure="cancelled")

    def waited_for(self, result: Any) -> Any:
        """Return what an awaitable comes to, and anything else as it is. Raises: whatever it raises."""
        return self.on_the_loop(_wait(result)) if inspect.isawaitable(result) else result

    def on_the_loop(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine comes to on the shared loop.

        Raises:
            GenerationError: it was cancelled; any other exception is its own.
        """
        self._awaited = asyncio.run_coroutine_threadsafe(_guarded(work), _background_loop())
        if self.cancelled:
            self._awaited.cancel()
        try:
            return self._awaited.result()
        except concurrent.futures.CancelledError:
            self.unless_cancelled()
            raise GenerationError("the generator cancelled itself", failure="transient") from None


async def _wait(result: Awaitable[Any]) -> Any:
    return await result


async def _guarded(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as error:  # they would end the loop that all share
        raise RuntimeError(f"the generator raised {error!r}") from error


_starting = threading.Lock()


def _background_loop() -> asyncio.AbstractEventLoop:
    """Start the loop at the first use, never on import, and once in each process: a kernel may be forked."""
    with _starting:
        return _loop_of(os.getpid())


@functools.cache
def _loop_of(process: int) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="imgloop-generators", daemon=True).start()
    return loop
