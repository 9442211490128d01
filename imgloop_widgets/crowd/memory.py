"""A server on this machine: which process it is, and how busy it is; its memory is looked at as it does itself."""

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
    """How much of a processor the server's processes use. Made when it begins to count."""

    def __init__(self, server: psutil.Process) -> None:
        self._server = server
        self._begun, self._before = time.perf_counter(), self._now()

    def share(self) -> float:
        """Return the processors in use since then, 1.0 for a whole one; of processes that still run."""
        used = sum(seconds - self._before.get(pid, 0.0) for pid, seconds in self._now().items())
        return max(0.0, used / (time.perf_counter() - self._begun))

    def _now(self) -> dict[int, float]:
        found: dict[int, float] = {}
        try:
            for process in [self._server, *self._server.children(recursive=True)]:
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                found[process.pid] = times.user + times.system
        except psutil.Error:
            return found
        return found
