"""Two servers of one study on one PostgreSQL, images at a URL, behind a real nginx: either may die at any time."""

import asyncio
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import proxy
import psutil
import pytest
import requests
from live import IMGLOOP, Server, free_port, study_text, write_study

from imgloop_widgets.crowd import Arrivals, Measured, Plan, play
from imgloop_widgets.events import ImageGenerated, SessionFinished
from imgloop_widgets.store import open_store

WORKERS = 6
QUICK = """
import time
from PIL import Image
def generate(prompt, context):
    time.sleep(0.2)
    return Image.new("RGB", (64, 64), (context.attempt * 20, 128, 128))
"""


class Numbered(Server):
    """One of several. number: its own."""

    number = 0

    def start(self) -> None:
        """Start without waiting: the other starts meanwhile."""
        log = (self.folder / f"serve-{self.number}.log").open("ab")
        command = [IMGLOOP, "serve", str(self.folder), "--port", str(self.port), "--number", str(self.number)]
        command += ["--results", str(self.results), "--workers", "0"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def is_up(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture
def hosts(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, until: Callable[..., Any]
) -> Iterator[SimpleNamespace]:
    """url: where workers come. servers: both. kept: where images are. Each server has a results folder of its own."""
    proxy.found()
    kept = tmp_path / "kept"
    monkeypatch.setenv("IMGLOOP_STORE", database)
    monkeypatch.setenv("IMGLOOP_FILES", f"file://{kept}")
    loop = 'max_answer_loops = 5\nduplicate_prompts = "allow"'
    write_study(tmp_path / "s", study_text(loop, "", study="units_per_assignment = 100"), QUICK)
    servers = [Numbered(tmp_path / "s", tmp_path / f"results-{number}", free_port()) for number in (0, 1)]
    for number, server in enumerate(servers):
        server.number = number
        server.start()
    folder = tmp_path / "nginx"
    folder.mkdir()
    port = free_port()
    until(lambda: all(server.is_up() for server in servers), within_s=90)
    with proxy.running(folder, port, [server.port for server in servers]):
        yield SimpleNamespace(
            url=f"http://127.0.0.1:{port}/", servers=servers, kept=kept, store=database, log=folder / "imgloop.log"
        )
    for server in servers:
        server.stop(signal.SIGTERM)


def logs(hosts: SimpleNamespace) -> list[tuple[Any, ...]]:
    with open_store(hosts.store) as store:
        return [log for _, log in store.logs()]


def all_have_an_image(hosts: SimpleNamespace) -> bool:
    stored = logs(hosts)
    return len(stored) == WORKERS and all(any(isinstance(event, ImageGenerated) for event in log) for log in stored)


def half_at_each(url: str) -> list[str]:
    """Return links of WORKERS workers, as many to the one server as to the other: which one, nginx takes by hashing."""
    found: dict[str, list[str]] = {}
    for number in range(1000):
        asked = f"?worker_id=sim-{number}"
        found.setdefault(requests.get(f"{url}healthz{asked}", timeout=20).headers["X-Server"], []).append(url + asked)
        if len(found) == 2 and min(map(len, found.values())) >= WORKERS // 2:
            return [link for links in found.values() for link in links[: WORKERS // 2]]
    raise AssertionError(f"all links go to one server: {found}")


def test_a_server_dies_and_its_workers_go_on_at_the_other_from_where_they_were(
    hosts: SimpleNamespace, until: Callable[..., Any]
) -> None:
    """Nothing is lost or doubled; a page that was at the other never notices."""
    addresses = half_at_each(hosts.url)
    told: list[Measured] = []
    plan, arrivals = Plan(think_s=1.5), Arrivals(gap_s=0.1)
    playing = threading.Thread(target=lambda: told.append(asyncio.run(play(addresses, plan, arrivals))))
    playing.start()
    until(lambda: all_have_an_image(hosts), within_s=120)
    victim = max(hosts.servers, key=lambda server: len(server.kernels()))
    assert len(victim.kernels()) < WORKERS
    before = {log[0].session_id: log for log in logs(hosts)}
    family = psutil.Process(victim.process.pid).children(recursive=True)
    for process in (victim.process, *family):  # as when the machine goes
        os.kill(process.pid, signal.SIGKILL)
    victim.process.wait(20)
    playing.join(240)

    (measured,) = told
    assert not measured.errors, measured.examples
    assert measured.reasons.total() == WORKERS
    after = {log[0].session_id: log for log in logs(hosts)}
    assert after.keys() == before.keys()
    with open_store(hosts.store, images=f"file://{hosts.kept}/images") as store:
        for name, log in before.items():
            assert after[name][: len(log)] == log
            assert isinstance(after[name][-1], SessionFinished)
            for event in after[name]:
                if isinstance(event, ImageGenerated):
                    assert store.get_image(event.image_sha256)
    for server in hosts.servers:
        assert not list((server.results / "images").rglob("*.webp"))
    assert "worker_id" not in hosts.log.read_text()


def test_a_page_belongs_to_its_server_and_a_link_to_one(hosts: SimpleNamespace) -> None:
    """By the number at the beginning of its id; without a cookie."""
    for worker in ("ana", "bob", "cyd", "dan"):
        ids = []
        for _ in range(2):
            answer = requests.get(f"{hosts.url}?worker_id={worker}", timeout=60)
            found = re.search(r'"kernel": "([0-9a-f-]+)"', answer.text)
            assert found and not answer.cookies
            ids.append(found[1])
        assert ids[0][:2] == ids[1][:2]
        number = int(ids[0][:2], 16)
        assert requests.get(f"{hosts.url}api/kernels/{ids[0]}", timeout=60).status_code == 200
        for server in hosts.servers:
            there = requests.get(f"http://127.0.0.1:{server.port}/api/kernels/{ids[0]}", timeout=60).status_code
            assert there == (200 if server.number == number else 404)
