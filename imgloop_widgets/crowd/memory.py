"""The memory of a server's processes, where the server is on this machine: from /proc, by psutil."""

import time
from urllib.parse import urlsplit

import psutil

from imgloop_widgets.crowd.measured import Memory

HERE = ("127.0.0.1", "localhost", "::1")
PROGRAM = "imgloop_widgets.serving.kernel"


def server_of(url: str) -> psutil.Process | None:
    """Return the process that listens where the URL leads; None: it is on another machine, or may not be looked at."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.hostname not in HERE:
        return None
    try:
        pids = {c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.status == "LISTEN"}
        pids.discard(None)
        return psutil.Process(min(pids)) if pids else None  # type: ignore[type-var]  # no None is in it
    except psutil.Error:
        return None


def memory_of(server: psutil.Process) -> Memory | None:
    """Return the memory of the server's processes; None: they may not be looked at, or are gone."""
    own = parents = 0
    kernels: list[int] = []
    cpu_s = 0.0
    try:
        family = [server, *server.children(recursive=True)]
    except psutil.Error:
        return None
    for process in family:
        try:
            pss, times, name = process.memory_full_info().pss, process.cpu_times(), process.name()
            command = "" if name.startswith("kernel-") else " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        except psutil.Error:
            return None
        cpu_s += times.user + times.system
        if name.startswith("kernel-") or f"-m {PROGRAM}" in command:
            kernels.append(pss)
        elif process.pid == server.pid:
            own = pss
        else:
            parents += pss
    return Memory(server=own, parent=parents, kernels=tuple(kernels), cpu_s=cpu_s)


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
