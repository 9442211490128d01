"""The entry point for Jupyter: a kernel provisioner that forks, or says why not and starts a plain kernel.

In a kernel specification (`kernel.json`), beside a command of the form `python -m module …`:

    "metadata": {"kernel_provisioner": {"provisioner_name": "forked-provisioner",
                                        "config": {"preload": ["ipywidgets", "pandas"]}}}

All that a plain kernel's provisioner does (connection file, ports, signals to the process group, the wait for an end)
is jupyter_client's own; only the process comes from elsewhere.
"""

import asyncio
import logging
import os
import subprocess
from collections.abc import Mapping
from concurrent.futures import Future
from importlib.metadata import EntryPoint
from typing import Any, TypeVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, List, Unicode

from imgloop_widgets.forked.parents import READY_S, Parent, parent_for
from imgloop_widgets.forked.process import ForkedProcess
from imgloop_widgets.forked.recipe import CannotFork, recipe_for

log = logging.getLogger("imgloop.forked")

NAME = "forked-provisioner"

FORK_S = 30.0
"""Seconds that a parent may take for one fork; one that takes longer is replaced."""

UNDERSTOOD = frozenset({"cwd", "env", "stdin", "stdout", "stderr", "kernel_id", "independent"})
"""What may be asked of a forked kernel; with anything else a plain one is started."""

_said: set[str] = set()

T = TypeVar("T")


class ForkedProvisioner(LocalProvisioner):
    """Forks kernels from a parent that has imported `preload`."""

    preload = List(Unicode(), config=True, help="Modules that the parent imports; 'module:function' also calls it.")
    start = Unicode("", config=True, help="'module:function' to call with the arguments; left out: the module is run.")

    merge = Bool(False, config=True, help="Let Linux keep equal pages of kernels' memory once, where KSM is on.")

    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        try:
            self.process = await self._fork(cmd, kwargs)
        except CannotFork as error:
            _say(str(error))
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or os.getcwd()
        return self.connection_info

    async def _fork(self, command: list[str], settings: Mapping[str, Any]) -> ForkedProcess:
        if unknown := set(settings) - UNDERSTOOD:
            raise CannotFork(f"a forked kernel can't be given {', '.join(sorted(unknown))}")
        if settings.get("independent"):
            raise CannotFork("a forked kernel ends with its server, and an independent one may not")
        environment = settings.get("env")
        environment = dict(os.environ if environment is None else environment, JPY_PARENT_PID="1")
        recipe, arguments = recipe_for(
            command,
            environment,
            preload=self.preload,
            start=self.start,
            merge=self.merge,
            named=list(self.kernel_spec.env),
        )
        for attempt in (1, 2):
            parent = parent_for(recipe)
            await _await(parent.ready, READY_S, parent, "import its modules")
            output, errors = _descriptor(settings.get("stdout"), 1), _descriptor(settings.get("stderr"), 2)
            try:
                asked = parent.fork(
                    arguments,
                    environment,
                    folder=os.path.abspath(os.path.expanduser(settings.get("cwd") or ".")),
                    name=f"kernel-{(self.kernel_id or '')[:8]}",
                    output=output,
                    errors=errors,
                )
            finally:
                os.close(output)
                os.close(errors)
            try:
                return await _await(asked, FORK_S, parent, "fork a kernel")
            except asyncio.CancelledError:
                asked.add_done_callback(_unwanted)
                raise
            except CannotFork:
                if attempt == 2 or not parent.gone:
                    raise
                log.warning("%s; another one is started, and the kernels that run live on", parent.why)
        raise AssertionError


async def warm(specification: KernelSpec, environment: Mapping[str, str]) -> None:
    """Start the parent of such kernels before the first of them is asked for, and wait until it is ready.

    environment: what kernels will get, as far as it is the same for all. Where no parent can be had, this says why.
    """
    stanza = specification.metadata.get("kernel_provisioner", {})
    if stanza.get("provisioner_name") != NAME:
        return
    try:
        recipe, _ = recipe_for(
            specification.argv, {**environment, **specification.env}, named=list(specification.env), **stanza["config"]
        )
        parent = parent_for(recipe)
        await _await(parent.ready, READY_S, parent, "import its modules")
    except CannotFork as error:
        _say(str(error))


def register() -> None:
    """Make the provisioner known to this process, where the package's entry points are not installed (yet)."""
    point = EntryPoint(NAME, f"{__name__}:{ForkedProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.provisioners.setdefault(NAME, point)


async def _await(future: "Future[T]", seconds: float, parent: Parent, what: str) -> T:
    """Wait for a parent's answer; one that does not come in time ends it."""
    waiting = asyncio.wrap_future(future)
    try:
        return await asyncio.wait_for(asyncio.shield(waiting), seconds)
    except TimeoutError:
        parent.end()
        waiting.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise CannotFork(f"its parent took more than {seconds:g} s to {what}") from None


def _unwanted(asked: "Future[ForkedProcess]") -> None:
    """End a kernel that came when nobody waited for it any more."""
    if asked.exception() is None:
        asked.result().kill()


def _descriptor(wanted: Any, own: int) -> int:
    """Return a new descriptor for a standard stream. own: the server's, where nothing is wanted."""
    if wanted is None:
        try:
            return os.dup(own)
        except OSError:  # the server has closed it
            wanted = subprocess.DEVNULL
    if wanted == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_WRONLY)
    if wanted in (subprocess.PIPE, subprocess.STDOUT):
        raise CannotFork("its standard streams can't be pipes of subprocess; give a file")
    return os.dup(wanted if isinstance(wanted, int) else wanted.fileno())


def _say(why: str) -> None:
    """Say a reason once: it is the same for every kernel."""
    level = logging.DEBUG if why in _said else logging.WARNING
    _said.add(why)
    log.log(level, "kernels are started plainly, not forked: %s", why)
