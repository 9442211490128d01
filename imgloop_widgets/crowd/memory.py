"""A server on this machine: which process it is, and how busy it is; its memory is looked at as it does itself."""

import os
import time
from urllib.parse import urlsplit

import psutil

HERE = ("127.0.0.1", "localhost", "::1")


def server_of(url: str) -> psutil.Process | None:
    """Return the process that listens where the URL leads; None: it is on another machine, or may not be looked at."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.hostname not in HERE:
        return None
    try:
        pids = {
            c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.status == "LISTEN"
        }
        pids.discard(None)
        return psutil.Process(min(pids)) if pids else None
    except psutil.Error:
        return None


class Processors:
    """How much of a processor each kind of process uses. Made when it begins to count."""

    def __init__(self, server: psutil.Process) -> None:
        self._server = server
        self._begun, self._before = time.perf_counter(), self._now()

    def shares(self) -> dict[str, float]:
        """Return the processors in use since then, 1.0 for a whole one; of processes that still run.

        server: its own process. kernels: all others of the server's. crowd: this very program.
        """
        passed = time.perf_counter() - self._begun
        used = dict.fromkeys(("server", "kernels", "crowd"), 0.0)
        for (kind, pid), seconds in self._now().items():
            used[kind] += max(0.0, seconds - self._before.get((kind, pid), 0.0))
        return {kind: seconds / passed for kind, seconds in used.items()}

    def _now(self) -> dict[tuple[str, int], float]:
        found: dict[tuple[str, int], float] = {}
        try:
            for process in [psutil.Process(), self._server, *self._server.children(recursive=True)]:
                kind = {os.getpid(): "crowd", self._server.pid: "server"}.get(process.pid, "kernels")
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                found[kind, process.pid] = times.user + times.system
        except psutil.Error:
            return found
        return found
