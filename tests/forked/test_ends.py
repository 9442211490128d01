"""How kernels end, and what happens when their parent or their server does."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from imgloop_widgets.forked.process import UNKNOWN_CODE

SERVER = Path(__file__).parent / "data" / "server.py"


@pytest.mark.parametrize(
    ("what", "code"), [("nothing", 0), ("exit 7", 7), ("exit text", 1), ("raise", 1)], ids=["end", "7", "text", "raise"]
)
def test_its_exit_code_is_a_plain_kernels(start: Any, what: str, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert start(what).code() == code
    assert start(what, pass_fds=()).code() == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_signal_that_ends_it_is_told(start: Any, number: int) -> None:
    kernel = start()
    kernel.told()
    kernel.signal(number)
    assert kernel.code() == -number


def test_a_kernel_that_has_ended_is_no_zombie(start: Any) -> None:
    """Nobody has to wait for it."""
    kernel = start("nothing")
    kernel.code()
    assert not psutil.pid_exists(kernel.provisioner.pid)
    asyncio.run(kernel.provisioner.send_signal(signal.SIGKILL))  # late, and no error
    assert asyncio.run(kernel.provisioner.wait()) == 0
    assert not kernel.provisioner.has_process


def test_its_last_words_are_heard(start: Any, tmp_path: Path) -> None:
    """Threads are waited for, `atexit` is run, and what was printed arrives."""
    with (tmp_path / "out").open("w") as out:
        kernel = start("last words", stdout=out)
        assert kernel.code() == 0
    assert kernel.file.with_suffix(".last").exists()
    assert (tmp_path / "out").read_text() == "said to output\nfrom a thread\n"


def test_a_kernel_that_dies_at_once_is_known_at_once(start: Any) -> None:
    """Its server sees a process that has ended, not one that never answers."""
    kernel = asyncio.run(start.launch("import", "not_there"))
    assert kernel.forked
    assert kernel.code() == 1


def test_kernels_live_on_when_their_parent_dies_and_another_takes_its_place(
    start: Any, until: Callable[..., Any]
) -> None:
    one = start()
    parent = one.parent()
    parent.kill()
    until(lambda: not parent.is_running())
    two = start()
    assert two.forked
    assert two.told()["parent"] != parent.pid
    assert one.poll() is None
    one.signal(signal.SIGINT)
    until(one.file.with_suffix(".interrupted").exists)
    one.signal(signal.SIGKILL)
    assert one.code() == UNKNOWN_CODE


def test_a_parent_that_dies_while_it_is_asked_is_replaced(start: Any) -> None:
    """Many ask at once; each gets a kernel."""
    parent = start().parent()

    async def many() -> list[Any]:
        asked = [asyncio.ensure_future(start.launch("wait")) for _ in range(8)]
        parent.kill()
        return await asyncio.gather(*asked)

    kernels = asyncio.run(many())
    assert len({kernel.provisioner.pid for kernel in kernels}) == 8
    assert all(kernel.poll() is None for kernel in kernels)


def test_a_launch_that_is_broken_off_leaves_no_kernel(start: Any, until: Callable[..., Any]) -> None:
    parent = start().parent()
    before = len(parent.children())

    async def break_off() -> None:
        parent.suspend()
        asked = asyncio.ensure_future(start.launch("wait"))
        await asyncio.sleep(0.3)
        asked.cancel()
        await asyncio.wait([asked])
        parent.resume()
        await asyncio.sleep(0.3)

    asyncio.run(break_off())
    until(lambda: len(parent.children()) == before)


@contextmanager
def a_server(folder: Path, *what: str) -> Iterator[Any]:
    """A server in a process of its own, with kernels."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVER.parents[1]), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, SERVER, folder, *what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout
    try:
        process.family = json.loads(next(line for line in process.stdout if line.startswith(b"{")))  # type: ignore[attr-defined]
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nobody_outlives_the_server(tmp_path: Path, until: Callable[..., Any], number: int) -> None:
    """Neither the parent nor the kernels; one that lets no other thread run is killed by the parent."""
    with a_server(tmp_path, "wait", "hold the lock", "last words") as server:
        family = [*server.family["parents"], *server.family["kernels"][:2]]
        assert all(psutil.pid_exists(pid) for pid in family)
        server.send_signal(number)
        until(lambda: not any(psutil.pid_exists(pid) for pid in family))


def test_a_kernel_without_a_parent_does_not_outlive_the_server_either(
    tmp_path: Path, until: Callable[..., Any]
) -> None:
    with a_server(tmp_path, "wait") as server:
        [parent], [kernel] = server.family["parents"], server.family["kernels"]
        os.kill(parent, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(parent) or psutil.Process(parent).status() == psutil.STATUS_ZOMBIE)
        assert psutil.pid_exists(kernel)
        server.kill()
        until(lambda: not psutil.pid_exists(kernel))
