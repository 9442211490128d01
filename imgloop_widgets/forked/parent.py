"""The parent: imports, waits, forks. One thread, no event loop, nothing of Jupyter's sockets.

Started as `python -c CODE PLAN`, with the same interpreter and flags as the kernels. It ends when its server is gone,
after the kernels, and those that do not end by themselves within `GRACE_S` are killed. When it dies itself, kernels
live on, and the server starts another.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from imgloop_widgets.forked import child, wire
from imgloop_widgets.forked.preload import LeftOut, let_pages_merge, other_threads, preload, without_first_path

GRACE_S = 2.0
"""Seconds that kernels have to end by themselves when the server is gone."""


@dataclass(slots=True)
class Forks:
    """The kernels. base: the environment they begin with. starting: status pipe → (request's id, pid)."""

    control: socket.socket
    life: int
    base: dict[str, str]
    woken: int
    wake: int
    starting: dict[int, tuple[int, int]] = field(default_factory=dict)
    alive: set[int] = field(default_factory=set)

    def serve(self) -> dict[str, Any]:
        """Fork until the server is gone, then end the process. Returns in kernels alone: the request."""
        while True:
            poll = select.poll()
            for descriptor in [self.control.fileno(), self.woken, *self.starting]:
                poll.register(descriptor, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll()}
            for status in ready & set(self.starting):
                self._started(status)
            if self.woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.woken, 4096)
                self._reap()
            if self.control.fileno() in ready:
                received = wire.receive(self.control)
                if received is None:
                    self._end()
                if received[0]["kind"] == "ping":
                    self._say({"kind": "pong", "id": received[0]["id"]})
                    continue
                request = self._fork(*received)
                if request is not None:
                    return request

    def _fork(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any] | None:
        """Fork. Returns the request in the kernel, None in the parent."""
        output, errors = descriptors
        told, status = os.pipe()
        try:
            if threads := other_threads():
                raise RuntimeError(f"the parent has {threads}; a process with threads can't be forked")
            _flush()
            pid = os.fork()
        except Exception as error:
            self._say({"kind": "failed", "id": request["id"], "why": str(error)})
            pid = -1
        if pid == 0:
            child.settle(
                child.Birth(
                    request=request,
                    output=output,
                    errors=errors,
                    base=self.base,
                    life=self.life,
                    to_close=[self.control.detach(), self.woken, self.wake, told, *self.starting],
                    status=status,
                )
            )
            return request
        for descriptor in (output, errors, status):
            os.close(descriptor)
        if pid > 0:
            self.starting[told] = (request["id"], pid)
            self.alive.add(pid)
        else:
            os.close(told)
        return None

    def _started(self, status: int) -> None:
        """Tell the server that a kernel is its own now, or why it could not be."""
        number, pid = self.starting.pop(status)
        why = os.read(status, 4096).decode(errors="replace").strip()
        os.close(status)
        if why:
            self._say({"kind": "failed", "id": number, "why": why})
            return
        process = os.pidfd_open(pid)  # never another's: it is not reaped yet
        self._say({"kind": "forked", "id": number, "pid": pid}, [process])
        os.close(process)

    def _reap(self) -> None:
        for status in list(self.starting):  # its pid is told before its end
            if wire.readable(status):
                self._started(status)
        for pid in list(self.alive):
            ended, how = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.alive.discard(pid)
                self._say({"kind": "ended", "pid": pid, "code": os.waitstatus_to_exitcode(how)})

    def _say(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        with contextlib.suppress(OSError):  # the server is gone; `serve` will see it
            wire.send(self.control, message, descriptors)

    def _end(self) -> NoReturn:
        """The server is gone: wait for the kernels, which see it too, kill those that hang, and end."""
        until = time.monotonic() + GRACE_S
        while self.alive and time.monotonic() < until:
            self._reap()
            time.sleep(0.02)
        for pid in self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        os._exit(0)


def main() -> None:
    """Import, fork; in a kernel: run it."""
    base = dict(os.environ)
    plan = json.loads(sys.argv[1])
    child.leave_quickly()
    without_first_path()
    control = socket.socket(fileno=plan["control"])
    os.set_inheritable(plan["control"], False)
    os.set_inheritable(plan["life"], False)
    modules = [name for name in plan["preload"] if name not in plan["left_out"]]
    try:
        preload(modules, lambda name: wire.send(control, {"kind": "importing", "module": name}))
    except LeftOut as error:
        wire.send(control, {"kind": "left_out", "module": error.module, "why": str(error)})
        _begin_anew({**plan, "left_out": [*plan["left_out"], error.module]}, base)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    if plan["merge"]:
        let_pages_merge()
    gc.collect()
    gc.disable()  # a kernel turns it on again; what is here now, it never looks at: looking is writing
    gc.freeze()
    wire.send(control, {"kind": "ready"})
    request = Forks(control, plan["life"], base, woken, wake).serve()
    child.run(plan["start"], plan["module"], request["argv"])


def _begin_anew(plan: dict[str, Any], environment: dict[str, str]) -> None:
    """Start this program again in the same process: its threads end, its descriptors stay."""
    _flush()
    for name in ("control", "life"):
        os.set_inheritable(plan[name], True)
    os.execve(sys.executable, [*sys.orig_argv[:-1], json.dumps(plan)], environment)


def _flush() -> None:
    """What is not written yet would be written by each fork."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
