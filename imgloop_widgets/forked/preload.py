"""Importing what kernels will need, and leaving out what can't be forked.

A fork has one thread, whatever its parent had: the others, and the locks they held, are gone in the middle of their
work. So the parent may have none. A module that starts one on import, or that can't be imported, is left out: the
parent begins anew without it (a thread can't be ended from outside, and half a module is worse than none), and each
kernel imports it by itself, as a plain one does.
"""

import contextlib
import importlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable

TASKS = "/proc/self/task"

HARMLESS = frozenset({"jemalloc_bg_thd"})
"""Threads of libraries that see to a fork themselves (`pthread_atfork`): jemalloc's, in pyarrow, and so in pandas."""

NAMED_S = 0.2
"""Seconds that a new thread may take to name itself."""

PR_SET_MEMORY_MERGE = 67
"""From Linux' `prctl.h`."""


class LeftOut(Exception):
    """A module that can't be imported before a fork. module: its name. The text: why."""

    def __init__(self, module: str, why: str) -> None:
        """Keep both."""
        super().__init__(why)
        self.module = module


def preload(modules: Iterable[str], say: Callable[[str], object]) -> None:
    """Import the modules in order. "module:function" also calls a function of it. say: told of each before it begins.

    Raises:
        LeftOut: one of them fails, or leaves a thread.
    """
    for name in modules:
        say(name)
        module, _, function = name.partition(":")
        try:
            imported = importlib.import_module(module)
            if function:
                getattr(imported, function)()
        except BaseException as error:
            raise LeftOut(name, f"it fails: {''.join(traceback.format_exception_only(error)).strip()}") from error
        if threads := other_threads():
            raise LeftOut(name, f"it starts {threads}")


def other_threads() -> str:
    """Name the threads of this process besides its first one, but for `HARMLESS` ones. "": there are none."""
    names = [f"the thread {thread.name!r}" for thread in threading.enumerate() if thread.native_id != os.getpid()]
    until = time.monotonic() + NAMED_S
    while (others := _of_libraries()) and time.monotonic() < until:
        time.sleep(0.01)
    if others:
        names.append(f"{others} thread{'s' if others > 1 else ''} of a library, not Python's")
    return " and ".join(names)


def _of_libraries() -> int:
    ours = {thread.native_id for thread in threading.enumerate()} | {os.getpid()}
    names = []
    for task in os.listdir(TASKS):
        if int(task) not in ours:
            with contextlib.suppress(OSError), open(f"{TASKS}/{task}/comm") as comm:  # it may just have ended
                names.append(comm.read().strip())
    return sum(name not in HARMLESS for name in names)


def let_pages_merge() -> None:
    """Let Linux keep equal pages of memory once (KSM), in this process and its forks.

    It does so where the operator has switched that on, in Linux 6.4 or newer; elsewhere nothing happens. Kernels that
    did the same have written the same to most of their pages.
    """
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0)


def without_first_path() -> None:
    """Take the current folder from the front of `sys.path`: it is the server's here, and no kernel's."""
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
