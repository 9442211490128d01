"""The study server's kernels, forked from one parent."""

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import psutil
import pytest
import requests


def test_kernels_are_forked_from_one_parent_with_one_thread(server: Any) -> None:
    """It stands ready before the first worker comes."""
    [parent] = server.parents()
    assert parent.num_threads() == 1
    pages = [server.open_page(), server.open_page()]
    kernels = [server.kernel_of(page.kernel) for page in pages]
    assert {kernel.ppid() for kernel in kernels} == {parent.pid}
    assert server.parents() == [parent]
    for page in pages:
        server.close_page(page.kernel)


def test_plain_kernels_can_be_had(start_server: Callable[..., Any]) -> None:
    server = start_server("counter", forked=False)
    page = server.open_page()
    assert page.widget
    assert server.parents() == []
    assert server.kernel_of(page.kernel).ppid() == server.process.pid


def test_no_link_is_in_the_parent_or_in_a_sibling(server: Any) -> None:
    one, two = server.open_page("?worker_id=ana"), server.open_page("?worker_id=ben")
    with server.channel(one.kernel) as first, server.channel(two.kernel) as second:
        assert first.states()[one.widget]["query"] == "worker_id=ana"
        assert second.states()[two.widget]["query"] == "worker_id=ben"
    assert "QUERY_STRING" not in server.parents()[0].environ()
    for page in (one, two):
        assert "worker_id" not in json.dumps(server.kernel_of(page.kernel).environ())
        server.close_page(page.kernel)


def test_pages_go_on_and_come_when_the_parent_was_killed(
    start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    server = start_server("counter")
    page = server.open_page()
    kernel = server.kernel_of(page.kernel)
    [parent] = server.parents()
    with server.channel(page.kernel) as channel:
        channel.states()
        parent.kill()
        until(lambda: not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE)
        channel.custom(page.widget, {"kind": "add"})
        assert channel.answer("comm_msg")
        another = server.open_page()
        assert another.widget
        assert server.kernel_of(another.kernel).ppid() == server.parents()[0].pid != parent.pid
        assert channel.states()[page.widget]["count"] == 1
    requests.post(f"{server.url}voila/api/shutdown/{page.kernel}", timeout=30)
    until(lambda: not kernel.is_running())
    page = server.open_page()
    orphan = server.kernel_of(page.kernel)
    server.parents()[0].kill()
    server.stop(signal.SIGKILL)
    _, alive = psutil.wait_procs([orphan], timeout=10)
    assert not alive


def test_a_kernel_that_dies_while_its_page_is_made_is_a_sentence_and_not_a_hang(
    start_server: Callable[..., Any],
) -> None:
    server = start_server("deadly")
    text = server.get().text
    assert "model_id" not in text
    assert "shell-retry" in text
    assert "the kernel died" in server.read_log()


AFTER = """
import json, sys
from imgloop_widgets.serving import kernel
kernel.prepare()
import imgloop_widgets.generators.scenes.generator
before = set(sys.modules)
import asyncio, os
from imgloop_widgets.serving.page import open_page
os.environ["QUERY_STRING"] = "worker_id=ana&id=1"
class Nobody:
    def send_multipart(self, *parts, **settings): pass
made = kernel._prepared().kernel
from jupyter_client.session import Session
made.session, made.iopub_socket = Session(key=b""), Nobody()
page = open_page({folder!r})
assert type(page).__name__ == "LookAlike", page
print(json.dumps([sorted(set(sys.modules) - before), [type(t).__name__ for t in __import__("threading").enumerate()]]))
"""


def test_an_opened_page_imports_nothing_that_the_parent_had_not(tmp_path: Any) -> None:
    """What a kernel imports by itself costs every worker its time and memory."""
    from live import study_text, write_study

    write_study(tmp_path, study_text())
    code = textwrap.dedent(AFTER).format(folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    modules, threads = json.loads(done.stdout.splitlines()[-1])
    assert modules == []
    assert threads == ["_MainThread"]


def test_what_the_parent_could_not_import_is_said_and_each_kernel_does_it(start_server: Callable[..., Any]) -> None:
    server = start_server("counter", preload=["not_a_module"])
    assert server.open_page().widget
    assert "not_a_module is not imported before kernels are forked" in server.read_log()
    assert server.parents()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_parent_outlives_its_server(start_server: Callable[..., Any], number: int) -> None:
    server = start_server("counter")
    family = server.parents()
    assert family
    server.stop(number)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
