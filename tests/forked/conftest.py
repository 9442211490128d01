"""Starting kernels by the provisioner, as a server does, without a server."""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.kernelspec import KernelSpec

from imgloop_widgets.forked import parents, provisioner
from imgloop_widgets.forked.process import ForkedProcess
from imgloop_widgets.forked.provisioner import ForkedProvisioner

MODULES = Path(__file__).parent / "data" / "modules"


def wait_until(condition: Callable[[], Any], *, within_s: float = 15.0) -> Any:
    """Return the condition's first true value; fail when there was none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {within_s:g} s")


@dataclass
class Kernel:
    """A process that runs `told.py`. file: where it writes what it is."""

    provisioner: ForkedProvisioner
    file: Path

    @property
    def forked(self) -> bool:
        return isinstance(self.provisioner.process, ForkedProcess)

    def told(self) -> dict[str, Any]:
        """What it wrote."""
        wait_until(self.file.exists)
        return dict(json.loads(self.file.read_text()))

    def parent(self) -> psutil.Process:
        """The process that it was forked from: never the tests' own."""
        assert self.forked
        return psutil.Process(self.told()["parent"])

    def poll(self) -> int | None:
        return asyncio.run(self.provisioner.poll())

    def code(self) -> int:
        """How it ended."""
        wait_until(lambda: self.poll() is not None)
        code = self.poll()
        assert code is not None
        return code

    def signal(self, number: int) -> None:
        asyncio.run(self.provisioner.send_signal(number))


@dataclass
class Start:
    """Start a kernel, and wait until it is a process of its own."""

    folder: Path
    started: list[Kernel] = field(default_factory=list)

    def __call__(self, what: str = "wait", **settings: Any) -> Kernel:
        return asyncio.run(self.launch(what, **settings))

    async def launch(
        self,
        what: str = "wait",
        *more: str,
        preload: tuple[str, ...] = (),
        merge: bool = False,
        env: dict[str, str] | None = None,
        unset: str = "",
        flags: tuple[str, ...] = (),
        **settings: Any,
    ) -> Kernel:
        number = uuid.uuid4().hex
        file = self.folder / f"{number}.json"
        argv = [sys.executable, *flags, "-m", "told", str(file), what, *more]
        spec = KernelSpec(argv=argv, env={}, language="python", display_name="told")
        config = {"preload": list(preload), "merge": merge}
        made: Any = ForkedProvisioner(kernel_id=number, kernel_spec=spec, parent=None, **config)
        path = os.pathsep.join([str(MODULES), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path, **(env or {})}
        environment.pop(unset, None)
        settings = {"cwd": str(self.folder), "env": environment, **settings}
        settings = await made.pre_launch(**settings)
        await made.launch_kernel(settings.pop("cmd"), **settings)
        self.started.append(Kernel(made, file))
        return self.started[-1]

    def end(self) -> None:
        for kernel in self.started:
            asyncio.run(kernel.provisioner.kill())


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start kernels; all are ended."""
    provisioner._said.clear()
    starting = Start(tmp_path)
    yield starting
    starting.end()


@pytest.fixture
def alone() -> Iterator[None]:
    """Begin without parents, and leave none."""
    parents.end_parents()
    yield
    parents.end_parents()


@pytest.fixture
def until() -> Callable[..., Any]:
    """`wait_until`."""
    return wait_until
