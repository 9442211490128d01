"""The memory of a server's processes, from /proc by psutil: what a worker costs.

PSS: each page of memory counts once, one that several processes share by shares. So the sum is what all of them take.
"""

import random
from dataclasses import dataclass
from statistics import fmean

import psutil

PROGRAM = "imgloop_widgets.serving.kernel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """PSS in bytes. server: of the server's process. parent: of those from which kernels are forked. kernels: of each
    that was looked at, in any order; count: how many there are.
    """

    server: int
    parent: int
    kernels: tuple[int, ...]
    count: int

    @property
    def each(self) -> int | None:
        """Of a kernel, the mean; None: there is none."""
        return round(fmean(self.kernels)) if self.kernels else None

    @property
    def total(self) -> int:
        """Of all."""
        return self.server + self.parent + (self.each or 0) * self.count


def memory_of(server: psutil.Process, most: int | None = None) -> Memory | None:
    """Return the memory of the server's processes; None: they may not be looked at, or are gone.

    most: kernels to be looked at, chosen by chance (a look takes a millisecond or more); None: all.
    """
    own = parents = 0
    kernels: list[psutil.Process] = []
    try:
        for process in [server, *server.children(recursive=True)]:
            try:
                if _is_kernel(process):
                    kernels.append(process)
                elif process.pid == server.pid:
                    own = process.memory_full_info().pss
                else:
                    parents += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        chosen = kernels if most is None or len(kernels) <= most else random.sample(kernels, most)
        sizes = []
        for kernel in chosen:
            try:
                sizes.append(kernel.memory_full_info().pss)
            except psutil.NoSuchProcess:
                continue
    except (psutil.Error, AttributeError):  # not ours to look at; a system without PSS
        return None
    return Memory(server=own, parent=parents, kernels=tuple(sizes), count=len(kernels))


def _is_kernel(process: psutil.Process) -> bool:
    name = process.name()
    return name.startswith("kernel-") or (name.startswith("python") and f"-m {PROGRAM}" in " ".join(process.cmdline()))
