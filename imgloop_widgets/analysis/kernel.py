"""A kernel of this very interpreter for a report's notebook.

The name of a kernel ("python3") may stand for another Python on this machine, in a folder of its user. So the name is
not looked up: the kernel runs `sys.executable`, imports the same package as the caller, and keeps its connection file
and IPython's own files in a folder that goes away with it. Nothing is registered, and no start-up file is run.
"""

import os
from pathlib import Path
from typing import Any

import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import default


def own_kernel(folder: Path, cwd: Path) -> type[AsyncKernelManager]:
    """Return a manager of kernels of this interpreter.

    folder: for their own files; it must stay while they run. cwd: their working directory. Left to papermill, it would
    be this process's meanwhile, and so that of all its threads: two reports at once then leave it changed for good.
    """
    spec = KernelSpec(**get_kernel_dict())
    spec.env = {
        **spec.env,
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": _path(),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or a debugger that nobody uses prints a warning
    }

    class OwnKernel(AsyncKernelManager):
        """Runs `spec` in `cwd`, whatever the name of the kernel is."""

        async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]  # a variable there, that holds one
            await super().start_kernel(**{**kwargs, "cwd": str(cwd)})

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        @default("transport_encryption")
        def _encrypted_where_possible(self) -> str:
            return "auto" if zmq.has("curve") else "disabled"

        def _connection_file_default(self) -> str:
            return str(folder / f"kernel-{self.kernel_id}.json")

    return OwnKernel


def _path() -> str:
    """Return the caller's way to this package, then what PYTHONPATH holds."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
