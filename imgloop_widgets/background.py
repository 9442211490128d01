"""Work in a thread, for the event loop to wait for."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any


def in_thread(work: Callable[[], Any]) -> "asyncio.Future[Any]":
    """Run in a daemon thread: a callback that hangs must not keep the kernel from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def run() -> None:
        try:
            result, error = work(), None
        except BaseException as raised:
            result, error = None, raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel has ended
            loop.call_soon_threadsafe(settle, future, result, error)

    threading.Thread(target=run, name="imgloop-generation", daemon=True).start()
    return future


def settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    """Give the future its result, or its error, unless it has one."""
    if future.done():  # nobody waits any more
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
