"""The parents of a server's kernels: started when they are first needed, and replaced when they have died.

A parent that can't get ready (it dies, or takes longer than `READY_S`) is not tried again for `AGAIN_S` seconds.
"""

import json
import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from imgloop_widgets.forked import wire
from imgloop_widgets.forked.process import ForkedProcess
from imgloop_widgets.forked.recipe import CannotFork, Recipe

log = logging.getLogger("imgloop.forked")

READY_S = 90.0
"""Seconds that a parent may take for its imports."""

AGAIN_S = 30.0
"""Seconds until a parent that could not get ready is tried again."""

AT_MOST = 8
"""Parents of one server; each holds its imports in memory."""

CODE = """import sys; sys.path.insert(0, {folder!r})
from imgloop_widgets.forked.parent import main
sys.path.remove({folder!r}); main()"""

_parents: dict[Recipe, "Parent"] = {}
_lock = threading.Lock()
_life: tuple[int, int, int] = (0, -1, -1)
"""Of which process; the end that kernels read; the end that closes when that process is gone."""


def parent_for(recipe: Recipe) -> "Parent":
    """Return the parent, started if there is none that lives.

    Raises:
        CannotFork: it could not get ready a moment ago, or there are too many.
    """
    with _lock:
        parent = _parents.get(recipe)
        if parent is not None and parent.server != os.getpid():
            _parents.clear()  # this server was forked itself: they are its parent's
            parent = None
        if parent is not None and parent.failed_at is not None and time.monotonic() < parent.failed_at + AGAIN_S:
            raise CannotFork(parent.why)
        if parent is None or parent.gone:
            if parent is None and sum(not other.gone for other in _parents.values()) >= AT_MOST:
                raise CannotFork(f"there are {AT_MOST} parents already, one for each kind of kernel")
            parent = _parents[recipe] = Parent(recipe)
        return parent


def running_parents() -> "list[Parent]":
    """Return this process's parents as they are, those too that have died and were not replaced; none is started."""
    with _lock:
        return [parent for parent in _parents.values() if parent.server == os.getpid()]


def end_parents() -> None:
    """End all parents of this process; kernels that still run live on. For who stops a server and goes on."""
    with _lock:
        ending = [parent for parent in _parents.values() if parent.server == os.getpid()]
        _parents.clear()
    for parent in ending:
        parent.end()


class Parent:
    """A parent, as the server sees it. ready: done when it can fork. gone: it has died.

    failed_at, why: when it died before it was ready, and of what.
    """

    def __init__(self, recipe: Recipe) -> None:
        """Start it."""
        self.server = os.getpid()
        self.ready: Future[None] = Future()
        self.gone = False
        self.failed_at: float | None = None
        self.why = ""
        self._importing = ""
        self._asked: dict[int, Future[Any]] = {}
        self._kernels: dict[int, ForkedProcess] = {}
        self._lock = threading.Lock()
        self._number = 0
        self._base = recipe.environment()
        self._control, theirs = socket.socketpair()
        life = _life_of_this_process()
        plan = {"control": theirs.fileno(), "life": life, "left_out": []}
        plan |= {"preload": recipe.preload, "module": recipe.module, "start": recipe.start, "merge": recipe.merge}
        code = CODE.format(folder=str(Path(__file__).parents[2]))
        try:
            self._process = subprocess.Popen(
                [*recipe.python, "-c", code, json.dumps(plan)],
                stdin=subprocess.DEVNULL,
                env=self._base,
                pass_fds=(theirs.fileno(), life),
                start_new_session=True,
            )
        except OSError as error:
            raise CannotFork(f"its interpreter can't be started ({error})") from error
        finally:
            theirs.close()
        threading.Thread(target=self._listen, name=f"parent {self._process.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def fork(
        self, arguments: list[str], environment: Mapping[str, str], *, folder: str, name: str, output: int, errors: int
    ) -> "Future[ForkedProcess]":
        """Ask for a kernel. name: what `ps` shows, 15 bytes. output, errors: descriptors of its standard streams.

        The future fails with CannotFork: the parent is gone, or says why it can't.
        """
        asked: Future[ForkedProcess] = Future()
        with self._lock:
            self._number += 1
            request = {"kind": "fork", "id": self._number, "argv": arguments, "cwd": folder, "name": name}
            request["set"] = {key: value for key, value in environment.items() if self._base.get(key) != value}
            request["unset"] = [key for key in self._base if key not in environment]
            self._asked[self._number] = asked
            try:
                wire.send(self._control, request, [output, errors])
            except OSError as error:
                asked.set_exception(CannotFork(f"its parent is gone ({error})"))
                self._asked.pop(self._number, None)
        return asked

    def ping(self) -> "Future[None]":
        """Ask whether it answers. The future fails with CannotFork: it is gone."""
        asked: Future[Any] = Future()
        with self._lock:
            self._number += 1
            self._asked[self._number] = asked
            try:
                wire.send(self._control, {"kind": "ping", "id": self._number})
            except OSError as error:
                asked.set_exception(CannotFork(f"its parent is gone ({error})"))
                self._asked.pop(self._number, None)
        return asked

    def end(self) -> None:
        """End it at once; its kernels live on."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        try:
            while (received := wire.receive(self._control)) is not None:
                self._hear(*received)
        finally:
            self._has_died()

    def _has_died(self) -> None:
        self._process.kill()  # it closed its socket: whatever it does, it is of no use any more
        code = self._process.wait()
        self._control.close()
        importing = f" while it imported {self._importing!r}" if self._importing else ""
        with self._lock:
            self.why = f"its parent ended with code {code}{importing}"
            self.gone = True
            asked, self._asked = list(self._asked.values()), {}
        if not self.ready.done():
            self.failed_at = time.monotonic()
            self.ready.set_exception(CannotFork(self.why))
        for future in asked:
            future.set_exception(CannotFork(self.why))

    def _hear(self, message: dict[str, Any], descriptors: list[int]) -> None:
        match message["kind"]:
            case "importing":
                self._importing = message["module"]
            case "left_out":
                text = "%s is not imported before kernels are forked: %s. Each kernel imports it by itself."
                log.warning(text, message["module"], message["why"])
            case "ready":
                self._importing = ""
                self.ready.set_result(None)
            case "forked":
                forked = ForkedProcess(message["pid"], descriptors[0], self)
                self._kernels[forked.pid] = forked
                self._answer(message["id"]).set_result(forked)
            case "pong":
                self._answer(message["id"]).set_result(None)
            case "failed":
                self._answer(message["id"]).set_exception(CannotFork(message["why"]))
            case "ended":
                if kernel := self._kernels.pop(message["pid"], None):  # None: it failed before it was a kernel
                    kernel.ended(message["code"])

    def _answer(self, number: int) -> "Future[Any]":
        with self._lock:
            return self._asked.pop(number)


def _life_of_this_process() -> int:
    global _life
    if _life[0] != os.getpid():
        _life = (os.getpid(), *os.pipe())
    return _life[1]
