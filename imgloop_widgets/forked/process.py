"""One forked kernel, as the server sees it: what `subprocess.Popen` is for a plain one."""

import contextlib
import os
import signal
import threading
from typing import Any, Protocol

from imgloop_widgets.forked import wire

UNKNOWN_CODE = 255
"""The exit code of a kernel that outlived its parent: nobody can ask the system for it any more."""


class Teller(Protocol):
    """Who tells how a kernel ended."""

    @property
    def gone(self) -> bool:
        """Whether nothing will be told any more."""
        ...


class ForkedProcess:
    """pid: also the id of its session and its process group. returncode: None while it runs."""

    stdin: Any = None
    stdout: Any = None
    stderr: Any = None

    def __init__(self, pid: int, descriptor: int, parent: Teller) -> None:
        """descriptor: the process, as `pidfd_open` gives it; it can be read when the process has ended."""
        self.pid = pid
        self.returncode: int | None = None
        self._descriptor, self._parent, self._lock = descriptor, parent, threading.Lock()

    def ended(self, code: int) -> None:
        """Keep how it ended."""
        with self._lock:
            if self.returncode is None:
                self.returncode = code
                os.close(self._descriptor)

    def poll(self) -> int | None:
        """Return the exit code, or minus the signal that ended it; None while it runs."""
        if self.returncode is None and self._parent.gone:
            with self._lock:
                over = self.returncode is None and wire.readable(self._descriptor)
            if over:
                self.ended(UNKNOWN_CODE)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; return how.

        Raises:
            TimeoutError: it still runs.
        """
        waiting = threading.Event()
        passed = 0.0
        while self.poll() is None:
            if timeout is not None and passed >= timeout:
                raise TimeoutError(f"process {self.pid} has not ended within {timeout:g} s")
            waiting.wait(0.05)
            passed += 0.05
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to this process alone; nothing happens when it has ended."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self.returncode is None:
                signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)
