"""Where a page's kernel comes from, and how it ends.

- One kernel specification, ours, run by the interpreter that runs the server. Nothing is installed into anybody's
  Jupyter folders, and nothing in them can change what a worker's kernel is.
- Kernels are forked from a parent that has imported what a page needs (`imgloop_widgets.forked`), or, where that can't
  be or is not wanted, started plainly.
- Kernels talk over sockets in a private folder (`ipc`), not over ports: no collisions, nobody else on the machine.
- A kernel that dies is not started again empty; its page opens anew and goes on from the store.
- A kernel without a page is ended after `IDLE_S` seconds. One with a page is not, however long a worker reads, unless
  the page itself has fallen silent (`channel.end_silent`).
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from traitlets import Bool, List, Unicode
from traitlets.config import Config

import imgloop_widgets
from imgloop_widgets.access import admitted, researchers
from imgloop_widgets.forked.provisioner import NAME, register
from imgloop_widgets.serving.managing import PageKernelManager, PageKernels
from imgloop_widgets.serving.reading import STUDY

KERNEL_NAME = "imgloop"

PROGRAM = "imgloop_widgets.serving.kernel"
"""The module that a kernel runs."""

IDLE_S = 40
"""Seconds that a kernel lives without a page connected to it: a closed tab's ends within a minute."""

CULL_EVERY_S = 10
"""Seconds between two looks for kernels without a page."""

LONGEST_SOCKET = len("/kernel-00000000-0000-0000-0000-000000000000.json-ipc-99")
SOCKET_PATH_LIMIT = 100
"""Bytes; the system's own limit is 104 (macOS) or 108 (Linux)."""

ENDS_S = 10.0
"""Seconds that a kernel has for its end, where it waits for nothing; a signal comes after half of them."""

OF_ONE_PAGE = frozenset({admitted.VARIABLE, researchers.VARIABLE, "QUERY_STRING"})
"""Variables that a kernel has from its own page alone, never from the server's environment."""

_PREFIX = "imgloop-"


class OurKernel(KernelSpecManager):
    """Knows one kernel, whatever name a notebook asks for."""

    forked = Bool(True, config=True, help="Fork kernels; False: start each plainly.")
    preload = List(Unicode(), config=True, help="Modules that are imported before kernels are forked.")
    study = Unicode("", config=True, help="A study file that is read before kernels are forked.")

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the one name; there is no folder behind it."""
        return {KERNEL_NAME: ""}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return our specification."""
        return KernelSpec(
            argv=[sys.executable, "-P", "-m", PROGRAM, "-f", "{connection_file}"],
            env={"MALLOC_ARENA_MAX": "1", "PYTHONUNBUFFERED": "1", STUDY: self.study},
            display_name="A worker's page",
            language="python",
            metadata={"kernel_provisioner": self._provisioner()} if self.forked else {},
        )

    def _provisioner(self) -> dict[str, Any]:
        register()
        return {
            "provisioner_name": NAME,
            "config": {"preload": [f"{PROGRAM}:prepare", *self.preload], "start": f"{PROGRAM}:main", "merge": True},
        }


def kernel_configuration(
    stays_s: float = 0.0, *, forked: bool = True, preload: Sequence[str] = (), study: Path | None = None
) -> Config:
    """Return the configuration of kernels for a Voilà server.

    stays_s: seconds that a kernel may stay for an image that was paid for, so that it can be stored. Jupyter waits half
    of the time before its signal, so it is given twice as long; a kernel that waits for nothing ends at once. forked:
    whether kernels are forked. preload: what is imported before, besides what every page needs. study: a study file
    that is read before, if any.
    """
    return Config(
        OurKernel={"forked": forked, "preload": list(preload), "study": str(study or "")},
        KernelManager={
            "transport": "tcp" if sys.platform == "win32" else "ipc",
            "shutdown_wait_time": max(ENDS_S, 2 * stays_s),
        },
        KernelRestarter={"restart_limit": 0, "time_to_dead": 1.0},
        MappingKernelManager={
            "cull_idle_timeout": IDLE_S,
            "cull_interval": CULL_EVERY_S,
            "cull_connected": False,
            "allow_tracebacks": False,
            "kernel_manager_class": f"{PageKernelManager.__module__}.{PageKernelManager.__name__}",
        },
        VoilaConfiguration={"kernel_spec_manager_class": OurKernel, "multi_kernel_manager_class": PageKernels},
    )


def kernel_environment(told: Mapping[str, str], *, results: Path | None, folder: Path) -> dict[str, str]:
    """Return the environment of one page's kernel: the server's own, what it is told and the results folder.

    told: who was let in, or what follows the `?` of the link where there is no door. folder: the server's private
    folder, so that nothing of `~/.ipython` is read or written; pages of forms keep there what they need after a reload.
    """
    environment = {name: value for name, value in os.environ.items() if name not in OF_ONE_PAGE}
    environment |= {**told, "IPYTHONDIR": str(folder / "ipython")}
    environment["IMGLOOP_KEPT"] = str(folder / "kept")
    if results is not None:
        environment["IMGLOOP_RESULTS"] = str(results.resolve())
    package = str(Path(imgloop_widgets.__file__).resolve().parent.parent)
    if "site-packages" not in package:
        paths = [package, *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder for sockets and keys that only this user can read; removed at the end.

    Folders of servers that were killed are removed too: the name carries the server's process id.
    """
    root = _short_root()
    for left_over in root.glob(f"{_PREFIX}*-*"):
        owner = left_over.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not _is_running(int(owner)):
            shutil.rmtree(left_over, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))
    (folder / "ipython").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short_root() -> Path:
    """A path of a socket may have about 100 bytes; a temporary folder deep below a home folder leaves too few."""
    name = len(f"/{_PREFIX}{os.getpid()}-12345678")
    for root in (Path(tempfile.gettempdir()), Path("/tmp")):
        if root.is_dir() and len(os.fsencode(root)) + name + LONGEST_SOCKET <= SOCKET_PATH_LIMIT:
            return root
    return Path(tempfile.gettempdir())


def _is_running(process: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
