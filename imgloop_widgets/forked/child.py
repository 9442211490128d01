"""What a forked process makes its own before it becomes a kernel, and how it ends.

Each of these a fork would share with its parent or its siblings, and a process that was started plainly would not:
session and process group, signals, file descriptors, standard streams, environment, folder, name, chance, and the
garbage collector's rest. It ends as an interpreter does (threads are waited for, what `atexit` holds is run, streams
are flushed), but for the taking apart of modules, which would write to all memory that is shared.
"""

import atexit
import contextlib
import gc
import importlib
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OWN_SIGNALS = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)
"""Signals that the parent handles; all others are as the imported modules left them."""

SERVER_GONE = 1
"""Exit code of a kernel whose server is gone; ipykernel's own for the same."""

_exit_code = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a kernel gets. request: as in `wire`. output, errors: descriptors. base: the environment before changes.

    life: the pipe that closes when the server is gone. to_close: the parent's own descriptors. status: told what fails.
    """

    request: Mapping[str, Any]
    output: int
    errors: int
    base: Mapping[str, str]
    life: int
    to_close: Sequence[int]
    status: int


def settle(birth: Birth) -> None:
    """Make the process its own. What fails is told to the parent, and ends it."""
    try:
        os.setsid()
        _signals()
        _streams(birth)
        _environment(birth)
        os.chdir(birth.request["cwd"])
        _name(birth.request["name"])
        _chance()
        gc.enable()
        threading.Thread(target=_end_with_the_server, args=(birth.life,), name="server", daemon=True).start()
    except BaseException as error:
        os.write(birth.status, "".join(traceback.format_exception_only(error)).encode()[:4000])
        os._exit(1)
    os.close(birth.status)


def run(start: str, module: str, arguments: list[str]) -> None:
    """Be the kernel; never returns. start: "module:function", called with the arguments; "": the module is run."""
    global _exit_code
    sys.argv = [module, *arguments]
    try:
        if start:
            name, _, function = start.partition(":")
            begin: Callable[[list[str]], object] = getattr(importlib.import_module(name), function)
            begin(arguments)
        else:
            if not sys.flags.safe_path:
                sys.path.insert(0, os.getcwd())  # as `python -m` does
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as exit_:
        _exit_code = _code(exit_)
    except BaseException:
        _exit_code = 1
        traceback.print_exc()
    sys.exit(_exit_code)


def leave_quickly() -> None:
    """Register what ends a kernel, before anything is imported: what `atexit` is told first, it does last."""
    parent = os.getpid()

    def leave() -> None:
        if os.getpid() != parent:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):  # it is closed, or nobody reads it
                    stream.flush()
            os._exit(_exit_code)

    atexit.register(leave)


def _code(exit_: SystemExit) -> int:
    if exit_.code is None or isinstance(exit_.code, int):
        return exit_.code or 0
    print(exit_.code, file=sys.stderr)
    return 1


def _signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in OWN_SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _streams(birth: Birth) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, birth.output, birth.errors)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    for descriptor in birth.to_close:
        os.close(descriptor)


def _environment(birth: Birth) -> None:
    wanted = {**birth.base, **birth.request["set"]}
    for name in birth.request["unset"]:
        wanted.pop(name, None)
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    time.tzset()


def _name(name: str) -> None:
    with open("/proc/self/comm", "w") as comm:
        comm.write(name)


def _chance() -> None:
    """Renew seeds that were drawn on import (`random` renews its own)."""
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def _end_with_the_server(life: int) -> None:
    """Wait until the server is gone, and end: nobody can talk to this kernel any more."""
    os.read(life, 1)
    os._exit(SERVER_GONE)
