"""How kernels come and go: one for a page, and none without one."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from live import study_text, write_study
from websockets.exceptions import ConnectionClosed

from imgloop_widgets.events import ImageGenerated
from imgloop_widgets.store import open_store


def test_two_pages_two_kernels(server: Any) -> None:
    """What one worker does is nothing to the other."""
    one, two = server.open_page("?worker_id=ana"), server.open_page("?worker_id=ben")
    assert one.kernel != two.kernel
    with server.channel(one.kernel) as first, server.channel(two.kernel) as second:
        first.custom(one.widget, {"kind": "add"})
        assert first.answer("comm_msg")
        assert first.states()[one.widget]["count"] == 1
        assert second.states()[two.widget]["count"] == 0
        assert set(first.states()).isdisjoint(second.states())
        first.custom(two.widget, {"kind": "add"})
        first.states()
        assert second.states()[two.widget]["count"] == 0
    server.close_page(one.kernel)
    server.close_page(two.kernel)


@pytest.mark.parametrize("forked", [True, False])
def test_a_notebook_may_import_a_module_beside_it_which_hides_none_of_pythons(
    start_server: Callable[..., Any], forked: bool
) -> None:
    server = start_server("own_module", forked=forked)
    (server.folder / "own_model.py").write_text("COUNT = 7")
    (server.folder / "random.py").write_text("1 / 0")
    page = server.open_page()
    with server.channel(page.kernel) as channel:
        assert channel.states()[page.widget]["count"] == 7


def test_a_closed_page_frees_its_kernel_at_once(server: Any, until: Callable[..., Any]) -> None:
    """The page says so while it unloads; saying it twice, or about nothing, is no error."""
    page = server.open_page()
    start = time.monotonic()
    server.close_page(page.kernel)
    assert time.monotonic() - start < 30  # without the word of the page: a minute
    server.close_page(page.kernel)
    server.close_page("00000000-0000-0000-0000-000000000000")
    until(lambda: server.get(f"api/kernels/{page.kernel}").status_code == 404)


def test_a_page_that_does_not_wait_for_the_answer_frees_its_kernel_too(server: Any, until: Callable[..., Any]) -> None:
    """A browser that closes a tab sends, and is gone."""
    page = server.open_page()
    parts = urlsplit(server.url)
    for _ in range(5):
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as client:
            client.sendall(f"POST /voila/api/shutdown/{page.kernel} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    until(lambda: server.kernel_of(page.kernel) is None)
    assert "StreamClosedError" not in server.read_log()


def test_a_page_left_while_it_loads_leaves_no_kernel(
    start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """At any moment of its start; one that is ready already is ended as any other."""
    server = start_server("slow")
    parts = urlsplit(server.url)
    for pause_s in (0.0, 0.05, 0.2):
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(10)
            time.sleep(pause_s)
    time.sleep(1)
    until(lambda: not server.kernels())


def test_a_dead_kernel_closes_the_socket_and_is_not_started_again(server: Any, until: Callable[..., Any]) -> None:
    """The page notices within a second or two, asks whether the kernel lives, and hears that it does not."""
    page = server.open_page()
    with server.channel(page.kernel) as channel:
        channel.states()
        before = len(server.kernels())
        server.kernel_of(page.kernel).kill()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                channel.socket.recv(timeout=10)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 4404
    assert server.get(f"api/kernels/{page.kernel}").status_code == 404
    assert len(server.kernels()) == before - 1


def test_a_kernel_without_a_page_ends_and_one_with_a_page_stays(
    start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """A worker who merely reads is connected, and may read as long as they like."""
    server = start_server("counter", constants={"IDLE_S": 2, "CULL_EVERY_S": 1})
    kept = server.open_page()
    with server.channel(kept.kernel) as channel:
        left = server.open_page()
        until(lambda: server.kernel_of(left.kernel) is None)
        time.sleep(3.5)
        assert server.kernel_of(kept.kernel)
        assert kept.widget in channel.states()
    until(lambda: server.kernel_of(kept.kernel) is None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_server_leaves_nothing(start_server: Callable[..., Any], number: int) -> None:
    """Neither a process nor a socket nor a key, with pages open and one just loading."""
    server = start_server("counter")
    pages = [server.open_page() for _ in range(2)]
    kernels, folder = server.family(), server.private()
    parts = urlsplit(server.url)
    with server.channel(pages[0].kernel) as channel, socket.create_connection((parts.hostname, parts.port)) as client:
        channel.states()
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(10)
        kernels = {*kernels, *server.family()}
        assert server.stop(number) == 0
    _, alive = psutil.wait_procs(kernels, timeout=5)
    assert not alive
    assert not folder.exists()
    log = server.read_log()  # a kernel that is ended may complain of its own sockets
    assert not [complaint for complaint in ("Uncaught exception", "never retrieved", "destroyed") if complaint in log]


def test_a_killed_server_leaves_no_process(start_server: Callable[..., Any]) -> None:
    """Kernels notice; what is left of its folder goes when the next server starts."""
    server = start_server("counter")
    page = server.open_page()
    kernels, folder = server.family(), server.private()
    assert page.widget
    server.stop(signal.SIGKILL)
    _, alive = psutil.wait_procs(kernels, timeout=10)
    assert not alive
    start_server("counter")
    assert not folder.exists()


def test_nothing_of_the_users_own_jupyter_is_touched(start_server: Callable[..., Any]) -> None:
    """The kernel's folder is private, its specification ours."""
    server = start_server("counter", forked=False)
    page = server.open_page()
    kernel = server.kernel_of(page.kernel)
    environment = kernel.environ()
    assert environment["IPYTHONDIR"].startswith(os.path.dirname(kernel.cmdline()[-1]))
    assert environment["MALLOC_ARENA_MAX"] == "1"
    assert kernel.cmdline()[1:4] == ["-P", "-m", "imgloop_widgets.serving.kernel"]
    assert kernel.cwd() == str(server.folder)
    with contextlib.suppress(psutil.AccessDenied):
        assert not [c for c in kernel.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    server.close_page(page.kernel)


PAID = """
import subprocess
import time
from pathlib import Path
from PIL import Image
def generate(prompt, context):
    with open(CALLS, "a") as calls:
        calls.write("called\\n")
    time.sleep(9)
    return Image.new("RGB", (64, 64), "teal")
"""
"""Nobody says that it is free."""


def order_an_image(server: Any, calls: Path, until: Callable[..., Any]) -> Any:
    """Open a page of a study with that generator, send a prompt, wait for the call; return the page."""
    write_study(server.folder, study_text(), f"CALLS = {str(calls)!r}\n{PAID}")
    page = server.open_page("?worker_id=ana&id=1")
    prompt = {"seq": 1, "prompt": "a brown bear beside a red tent", "answers": {"age": "33", "gender": "woman"}}
    with server.channel(page.kernel) as channel:
        channel.custom(page.widget, {"kind": "command", "id": "x", "name": "submit_prompt", **prompt})
        until(calls.exists)
    return page


def test_a_page_that_is_reloaded_while_an_image_is_made_does_not_pay_for_it_twice(
    start_server: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    """The kernel of the page that is gone stays for its image; the next page finds it."""
    calls, results = tmp_path / "calls", tmp_path / "results"
    server = start_server("study", results=str(results), stays_s=30)
    page = order_an_image(server, calls, until)
    requests.post(f"{server.url}voila/api/shutdown/{page.kernel}", timeout=30)  # ends when the kernel has

    again = server.open_page("?worker_id=ana&id=1")
    with server.channel(again.kernel) as channel:
        until(lambda: channel.states()[again.widget]["view"]["phase"] == "scoring")
    server.close_page(again.kernel)
    assert calls.read_text() == "called\n"


def test_a_server_that_is_stopped_waits_for_such_an_image_and_not_if_it_is_told_twice(
    start_server: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    """Ctrl+C again: nobody must wait for minutes."""
    server = start_server("study", results=str(tmp_path / "results"), stays_s=500)
    order_an_image(server, tmp_path / "calls", until)
    server.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(3)
    assert server.stop(signal.SIGINT) == 0
    with open_store(tmp_path / "results") as store:
        (log,) = (log for _, log in store.logs())
    assert not any(isinstance(event, ImageGenerated) for event in log)
