"""How a server tells that it is well, what it counts, how it stops, and who has to wait: on real servers."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from live import Server, free_port, parents, study_text, write_study
from websockets.exceptions import ConnectionClosed


class Served(Server):
    """`imgloop serve`, asked over HTTP."""

    def get(self, path: str = "", **values: Any) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}/{path}", timeout=60, **values)

    def kernel(self, query: str) -> str | None:
        """Open a page; its kernel's id, or None where it has to wait."""
        found = re.search(r'"kernel": "([0-9a-f-]+)"', self.get(query).text)
        return found and found[1]

    def close(self, kernel: str) -> None:
        requests.post(f"http://127.0.0.1:{self.port}/voila/api/shutdown/{kernel}", timeout=60)

    def place(self, query: str) -> Any:
        """What a page is told that waits."""
        return self.get(query, headers={"X-Imgloop-Waiting": "1"}).json()["place"]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start `imgloop serve` with these options."""
    servers: list[Served] = []

    def start(*options: str, callback: str = "") -> Served:
        write_study(tmp_path / "s", study_text("", study="units_per_assignment = 100"), callback)
        server = Served(tmp_path / "s", tmp_path / "results", free_port(), options)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop(signal.SIGKILL)


def test_a_server_whose_kernels_have_no_parent_says_so_and_mends_it(
    serve: Callable[..., Served], until: Callable[..., Any]
) -> None:
    """And it starts nothing to find out."""
    server = serve()
    assert server.get("healthz").text == "ok\n"
    assert not server.kernels()
    server.kernel("?worker_id=ana")  # the parent has imported all
    (parent,) = parents(server.process.pid)
    parent.suspend()
    until(lambda: server.get("healthz").status_code == 503, within_s=30)
    assert server.get("healthz").text == "kernels\n"
    parent.kill()
    until(lambda: server.get("healthz").status_code == 200, within_s=60)


def test_metrics_are_told_at_an_address_of_their_own_and_nowhere_else(serve: Callable[..., Served]) -> None:
    port = free_port()
    server = serve("--metrics", f"{port}")
    kernel = server.kernel("?worker_id=ana")
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text

    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values["imgloop_sessions"]) == 1
    assert float(values['imgloop_pages_total{result="ready"}']) == 1
    assert float(values["imgloop_page_seconds_count"]) == 1
    assert float(values['imgloop_events_total{kind="SessionOpened"}']) == 1
    assert float(values['imgloop_memory_bytes{of="kernels"}']) > 1e6
    assert float(values["imgloop_room"]) >= 0
    assert server.get("metrics").status_code == 404
    assert kernel and kernel not in text
    assert "ana" not in text


def test_each_line_of_a_json_log_is_an_object_and_an_incident_has_its_number_in_it(
    serve: Callable[..., Served], until: Callable[..., Any]
) -> None:
    server = serve("--log", "json")
    (server.folder / "worker.ipynb").write_text("no notebook")
    said = server.get("?worker_id=ana").text
    incident = re.search(r"<strong>(\w+)</strong>", said)
    assert incident
    lines = [json.loads(line) for line in until(lambda: [x for x in server.log().splitlines() if x.startswith("{")])]
    assert incident[1] in [line.get("incident") for line in lines]
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)


def test_who_comes_while_all_places_are_taken_waits_and_enters_when_one_is_free(
    serve: Callable[..., Served], until: Callable[..., Any]
) -> None:
    server = serve("--sessions", "1")
    first = server.kernel("?worker_id=ana")
    assert first
    assert server.kernel("?worker_id=bob") is None
    assert server.kernel("?worker_id=cyd") is None
    assert len(server.kernels()) == 1
    assert [server.place("?worker_id=bob"), server.place("?worker_id=cyd")] == [1, 2]
    server.close(first)
    until(lambda: server.place("?worker_id=bob") == 0)
    assert server.place("?worker_id=cyd") == 1
    assert server.kernel("?worker_id=bob")
    assert server.place("?worker_id=cyd") == 1
    with_nothing = server.get("?worker_id=nobody", headers={"X-Imgloop-Waiting": "1"}).json()
    assert with_nothing["place"] == 0  # it asks at the door; nothing was kept for it
    assert server.place("?worker_id=cyd") == 1


def test_a_server_that_is_stopped_lets_nobody_in_and_those_who_are_there_go_on(
    serve: Callable[..., Served], until: Callable[..., Any]
) -> None:
    server = serve("--drain", "10m")
    kernel = server.kernel("?worker_id=ana")
    assert kernel
    os.kill(server.process.pid, signal.SIGTERM)
    until(lambda: server.get("healthz").status_code == 503)
    assert "We are making a short pause" in server.get("?worker_id=bob").text
    assert server.place("?worker_id=bob") is None
    assert server.get(f"api/kernels/{kernel}").status_code == 200
    server.close(kernel)
    server.process.wait(30)
    assert server.process.returncode == 0


def test_a_second_signal_ends_the_waiting(serve: Callable[..., Served]) -> None:
    server = serve("--drain", "10m")
    assert server.kernel("?worker_id=ana")
    os.kill(server.process.pid, signal.SIGTERM)
    time.sleep(1)
    assert server.process.poll() is None
    os.kill(server.process.pid, signal.SIGTERM)
    server.process.wait(40)


def test_a_waiting_worker_reads_their_place_and_the_task_opens_by_itself(
    serve: Callable[..., Served], browser: Any, tmp_path: Path
) -> None:
    """On a narrow window; it is announced, and nothing has to be pressed."""
    from axe_playwright_python.sync_playwright import Axe

    server = serve("--sessions", "1")
    first = server.kernel("?worker_id=ana")
    assert first
    context = browser.new_context(viewport={"width": 360, "height": 640})
    tab = context.new_page()
    tab.goto(f"http://127.0.0.1:{server.port}/?worker_id=bob")
    status = tab.get_by_role("status")
    assert "You are next." in status.inner_text()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert Axe().run(tab).violations_count == 0
    if pictures := os.environ.get("PICTURES"):
        tab.screenshot(path=f"{pictures}/waiting-360.png")
    server.close(first)
    tab.get_by_role("button", name="Start", exact=True).wait_for(timeout=40_000)
    context.close()


def test_a_kernel_that_has_a_last_word_at_its_end_ends_all_the_same(start_server: Callable[..., Any]) -> None:
    """ipykernel closes the way of that word before it is said, and then waits for it for ever."""
    server = start_server("lateword", stays_s=100)
    page = server.open_page()
    assert server.kernel_of(page.kernel)
    begun = time.monotonic()
    requests.post(f"{server.url}voila/api/shutdown/{page.kernel}", timeout=60)
    assert time.monotonic() - begun < 40  # the signal would come after a hundred seconds
    assert not server.kernel_of(page.kernel)
    assert "Socket operation on non-socket" not in server.read_log()


def test_a_page_that_has_fallen_silent_frees_its_kernel_and_one_that_reads_does_not(
    start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """A page at its end says nothing any more; one that a worker reads says every two seconds that it is there."""
    server = start_server("study", constants={"SILENT_S": 4, "LOOKED_EVERY_S": 0.5})
    pages = {name: server.open_page(f"?worker_id={name}&id=1") for name in ("reads", "silent", "never")}
    with (
        server.channel(pages["reads"].kernel) as reads,
        server.channel(pages["silent"].kernel) as silent,
        server.channel(pages["never"].kernel),
    ):
        silent.custom(pages["silent"].widget, {"kind": "ping", "n": 1})

        def gone() -> bool:
            reads.custom(pages["reads"].widget, {"kind": "ping", "n": 1})
            return server.get(f"api/kernels/{pages['silent'].kernel}").status_code == 404

        until(gone, within_s=60)
        with pytest.raises(ConnectionClosed):
            while True:
                silent.socket.recv(timeout=10)
        for name in ("reads", "never"):
            assert server.get(f"api/kernels/{pages[name].kernel}").status_code == 200
    for page in pages.values():
        server.close_page(page.kernel)
