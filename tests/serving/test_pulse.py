"""A page's pings: the server answers most of them, and never for a kernel that does not answer itself."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed


@pytest.fixture(scope="module")
def served(start_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that takes a kernel's word for four seconds."""
    return start_server("study", constants={"VOUCHED_S": 4}, results=str(tmp_path_factory.mktemp("pulse")))


@pytest.fixture
def task(served: Any) -> Iterator[SimpleNamespace]:
    """A page of the study that was heard by its kernel. stop, go: its kernel's process."""
    page = served.open_page("?worker_id=ana&id=1")
    process = served.kernel_of(page.kernel)
    with served.channel(page.kernel) as channel:
        channel.custom(page.widget, {"kind": "ping", "n": 0})
        assert "remaining_s" in pong(channel)
        time.sleep(0.3)  # the kernel says that it is done
        yield SimpleNamespace(page=page, channel=channel, stop=process.suspend, go=process.resume, process=process)
    if process.is_running():
        process.resume()
        served.close_page(page.kernel)


def pong(channel: Any, *, within_s: float = 10.0) -> Any:
    """The content of the next pong; None: none came."""
    for message in channel.messages(within_s=within_s):
        if message.kind == "comm_msg" and message.content["data"].get("content", {}).get("kind") == "pong":
            return message.content["data"]["content"]
    return None


def test_a_ping_does_not_wake_a_kernel_that_has_just_answered_one(task: SimpleNamespace) -> None:
    task.stop()
    for n in (1, 2, 3):
        task.channel.custom(task.page.widget, {"kind": "ping", "n": n})
        assert pong(task.channel) == {"kind": "pong", "n": n}


def test_the_kernel_answers_again_after_a_while(served: Any, task: SimpleNamespace) -> None:
    """It alone knows how much time is left."""
    time.sleep(4.2)
    task.channel.custom(task.page.widget, {"kind": "ping", "n": 1})
    assert "remaining_s" in pong(task.channel)


def test_a_kernel_that_hangs_is_noticed(task: SimpleNamespace) -> None:
    """Though nothing is asked of it but whether it is there."""
    task.stop()
    time.sleep(4.2)
    for n in (1, 2):
        task.channel.custom(task.page.widget, {"kind": "ping", "n": n})
    assert pong(task.channel, within_s=2) is None
    task.go()
    assert pong(task.channel)["n"] == 1


def test_a_kernel_that_does_not_do_what_it_was_told_is_noticed_at_once(task: SimpleNamespace) -> None:
    """Nobody vouches for it as long as a message is under way: a worker must not wait before a dead form."""
    task.stop()
    task.channel.custom(task.page.widget, {"kind": "hello"})
    task.channel.custom(task.page.widget, {"kind": "ping", "n": 1})
    assert pong(task.channel, within_s=2) is None
    task.go()
    assert "remaining_s" in pong(task.channel)


def test_nobody_answers_for_a_kernel_that_has_ended(served: Any, task: SimpleNamespace) -> None:
    task.process.send_signal(signal.SIGKILL)
    with pytest.raises(ConnectionClosed):
        while True:
            task.channel.socket.recv(timeout=10)


def test_a_widget_of_somebody_else_hears_all_that_it_is_sent(server: Any, page: SimpleNamespace) -> None:
    """Its pings are its own: the server answers only where the kernel did."""
    with server.channel(page.kernel) as channel:
        for n in (1, 2):
            channel.custom(page.widget, {"kind": "ping", "n": n})
        assert pong(channel, within_s=1) is None


def test_a_page_that_was_there_a_moment_ago_keeps_its_kernel(start_server: Callable[..., Any], tmp_path: Path) -> None:
    """What its kernel did not hear counts: its time without a page begins when the page goes."""
    server = start_server("study", constants={"IDLE_S": 5, "CULL_EVERY_S": 1}, results=str(tmp_path))
    page = server.open_page("?worker_id=ana&id=1")
    with server.channel(page.kernel) as channel:
        for n in range(14):
            channel.custom(page.widget, {"kind": "ping", "n": n})
            time.sleep(0.5)
    time.sleep(2.5)
    assert server.get(f"api/kernels/{page.kernel}").status_code == 200
    server.close_page(page.kernel)
