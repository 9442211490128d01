"""What can't be forked is said, and works all the same."""

import asyncio
import logging
import re
import sys
from typing import Any

import psutil
import pytest

from imgloop_widgets.forked import parents, provisioner, recipe


@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("threaded", "threaded .*it starts the thread 'a restless one'"),
        ("sockets", "sockets .*it starts 2 threads of a library, not Python's"),
        ("failing", "failing .*it fails: ValueError: it can't be had"),
        ("nowhere_to_be_found", "nowhere_to_be_found .*ModuleNotFoundError"),
    ],
)
def test_a_module_that_may_not_be_in_the_parent_is_left_to_the_kernels(
    start: Any, caplog: pytest.LogCaptureFixture, module: str, why: str
) -> None:
    """The log names it and the reason; the other modules are shared, before it in the list and after."""
    kernel = start(preload=("wave", module, "chunk"))
    assert kernel.forked
    told = kernel.told()
    assert {"wave", "chunk"} <= set(told["modules"])
    assert module not in told["modules"]
    assert told["threads"] == ["MainThread", "server"]
    assert re.search(why, caplog.text)
    assert len(psutil.Process(told["parent"]).threads()) == 1


def test_pandas_can_be_in_the_parent(start: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Its memory's thread sees to forks itself; numeric libraries are told to start none."""
    kernel = start(preload=("pandas", "scipy.linalg"))
    assert kernel.forked
    assert {"pandas", "scipy.linalg"} <= set(kernel.told()["modules"])
    assert caplog.text == ""


def test_a_kernel_imports_by_itself_what_was_left_out(start: Any) -> None:
    kernel = asyncio.run(start.launch("import", "threaded", preload=("threaded",)))
    assert kernel.forked
    assert "threaded" in kernel.told()["modules"]


def test_a_parent_that_has_a_thread_after_all_forks_nothing(
    start: Any, caplog: pytest.LogCaptureFixture, until: Any
) -> None:
    """It looks before each fork; the kernel is a plain one, and the log names the thread."""
    kernel = start(preload=("late:arm",))
    parent = kernel.parent()
    until(lambda: parent.num_threads() > 1)
    plain = start(preload=("late:arm",))
    assert not plain.forked
    assert plain.told()["pid"] == plain.provisioner.pid
    assert "started plainly, not forked: the parent has the thread 'a late one'" in caplog.text


def test_a_parent_that_dies_of_an_import_is_named_and_not_tried_again_at_once(
    start: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = start(preload=("deadly",))
    assert not kernel.forked
    assert kernel.told()["pid"] == kernel.provisioner.pid
    assert "its parent ended with code 3 while it imported 'deadly'" in caplog.text
    monkeypatch.setattr(parents, "Parent", None)
    assert not start(preload=("deadly",)).forked
    assert caplog.text.count("started plainly") == 1  # said once, not for every worker


def test_a_parent_that_does_not_answer_is_replaced(
    start: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel's start never hangs for longer than the limit."""
    one = start()
    parent = one.parent()
    monkeypatch.setattr(provisioner, "FORK_S", 0.5)
    parent.suspend()
    assert start().told()["pid"]
    assert "took more than 0.5 s to fork a kernel" in caplog.text
    monkeypatch.setattr(provisioner, "FORK_S", 20.0)
    assert start().forked
    assert one.poll() is None


def test_where_fork_is_not_safe_kernels_are_plain(
    start: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe.sys, "platform", "darwin")
    kernel = start()
    assert not kernel.forked
    assert "forking is not safe on this system (darwin" in caplog.text


def test_what_only_a_plain_kernel_can_be_given_makes_it_one(start: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert not start(umask=0o77).forked
    assert "can't be given umask" in caplog.text
    assert not start(independent=True).forked
    assert "an independent one may not" in caplog.text


def test_another_command_is_started_plainly(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with pytest.raises(recipe.CannotFork, match="must be `python -m module"):
        recipe.recipe_for([sys.executable, "kernel.py"], {}, preload=[])


def test_there_are_not_more_parents_than_the_limit(
    start: Any, alone: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parents, "AT_MOST", 1)
    assert start().forked
    assert not start(preload=("wave",)).forked
    assert "there are 1 parents already" in caplog.text
