"""A stranger with a worker's link sends anything at all over the websocket of a real `imgloop serve`.

Whatever it is: the server lives, no other worker notices, the stranger's own session goes on from where its log stands,
and the log is one that an honest page could have made.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from fuzzing import FORBIDDEN, KINDS, Known, frames
from live import Server, free_port, study_text, write_study
from websockets.exceptions import ConnectionClosed

from imgloop_widgets.events import Event, SessionFinished
from imgloop_widgets.loop import fold
from imgloop_widgets.serving.frames import FROM_PAGE, METHODS, TO_PAGE, read_frame

PROMPT = "a brown bear beside a red tent at night"
ANSWERS = {"age": "33", "gender": "woman"}
QUICK = """
from PIL import Image
def generate(prompt, context):
    return Image.new("RGB", (32, 32), (context.attempt * 20, 128, 128))
"""
A_PAGE = Known(own=["a" * 32], others=["b" * 32, "c" * 8])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`imgloop serve` with a study of many attempts."""
    folder = tmp_path_factory.mktemp("fuzz")
    loop = 'max_answer_loops = 30\nduplicate_prompts = "allow"'
    write_study(folder, study_text(loop, "", study="units_per_assignment = 100\nsignals = true"), QUICK)
    server = Server(folder, folder / "results", free_port())
    server.start()
    yield server
    server.stop()


class Page:
    """A worker's page, opened by hand."""

    def __init__(self, served: Server, at: Callable[..., Any], worker: str) -> None:
        self.worker, self._served, self._at = worker, served, at
        self._server = at(f"http://127.0.0.1:{served.port}/", served.process)
        opened = self._server.open_page(f"?worker_id={worker}&id=1")
        self.kernel, self.widget = opened.kernel, str(opened.widget)
        self.channel = self._server.channel(self.kernel)
        self.channel.__enter__()

    def again(self) -> None:
        """Connect anew, as a page does whose socket was closed; load anew where the kernel has ended."""
        self.channel.socket.close()
        if requests.get(f"{self._server.url}api/kernels/{self.kernel}", timeout=30).status_code == 404:
            self.__init__(self._served, self._at, self.worker)  # type: ignore[misc]
        else:
            self.channel = self._server.channel(self.kernel)
            self.channel.__enter__()

    def reload(self) -> None:
        """Load the page anew, as its worker does where it does not go on."""
        self.close()
        self.__init__(self._served, self._at, self.worker)  # type: ignore[misc]

    def view(self) -> Any:
        return self.channel.states()[self.widget]["view"]

    def ask(self, **content: Any) -> Any:
        """Give a command; what the kernel answers to it."""
        self.channel.custom(self.widget, {"kind": "command", "id": "asked", **content})
        for message in self.channel.messages(within_s=20):
            said = message.content.get("data", {}).get("content", {})
            if isinstance(said, dict) and said.get("kind") == "result" and said.get("id") == "asked":
                return said
        raise AssertionError("the kernel does not answer")

    def events(self) -> tuple[Event, ...]:
        return self._served.events(self.worker)

    def close(self) -> None:
        """Say that the page is gone."""
        self.channel.socket.close()
        requests.post(f"{self._server.url}voila/api/shutdown/{self.kernel}", timeout=30)


@pytest.fixture
def begin(served: Server, at: Callable[..., Any], until: Callable[..., Any]) -> Iterator[Callable[[str], Page]]:
    """Open the page of a worker and get their first image."""
    pages: list[Page] = []

    def begin(worker: str) -> Page:
        page = Page(served, at, worker)
        pages.append(page)
        assert page.ask(name="submit_prompt", seq=1, prompt=PROMPT, answers=ANSWERS)["ok"]
        until(lambda: len(page.events()) == 4)
        return page

    yield begin
    for page in pages:
        page.close()


def pelt(page: Page, stones: Iterator[bytes]) -> list[SimpleNamespace]:
    """Send all; where the socket was closed, by a new one. Return all that came back."""
    heard: list[SimpleNamespace] = []
    for number, stone in enumerate(stones):
        try:
            page.channel.socket.send(stone)
            if number % 20 == 0:
                heard += page.channel.messages(within_s=0.02)
        except ConnectionClosed:
            page.again()
    try:
        heard += page.channel.messages(within_s=2)
    except ConnectionClosed:
        page.again()
    return heard


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_sent_the_server_lives_and_everybody_goes_on(
    served: Server, begin: Callable[[str], Page], until: Callable[..., Any], seed: int
) -> None:
    other, stranger = begin(f"other-{seed}"), begin(f"stranger-{seed}")
    others, own = other.events(), stranger.events()
    view, logged = other.view(), len(served.log())
    known = Known(own=list(stranger.channel.states()), others=[other.widget, other.kernel])

    heard = pelt(stranger, frames(seed, known, 420))

    assert requests.get(f"http://127.0.0.1:{served.port}/healthz", timeout=60).text == "ok\n"
    assert {message.kind for message in heard} <= TO_PAGE
    assert not [message for message in heard if b"Traceback" in message.raw]
    assert "Traceback" not in served.log()[logged:]  # nothing of it came to where it could fail
    assert other.events() == others
    assert other.view() == view
    assert other.ask(name="score", seq=4, score=10)["ok"]
    assert isinstance(other.events()[-1], SessionFinished)
    after = stranger.events()
    assert after[: len(own)] == own
    state = fold(after)
    assert not state.finished  # nobody has pressed Exit
    stranger.reload()
    until(lambda: stranger.view()["phase"] != "generating", within_s=30)
    answer = stranger.ask(name="exit", seq=len(stranger.events()), draft={})
    assert answer["ok"], answer
    assert isinstance(stranger.events()[-1], SessionFinished)


def test_nothing_that_would_run_code_is_answered_or_obeyed(
    served: Server, begin: Callable[[str], Page], tmp_path: Path
) -> None:
    """On no channel; the kernel is the same afterwards."""
    page = begin("code")
    kernels, asked = set(served.kernels()), set()
    code = f"open({str(tmp_path / 'made')!r}, 'w').close()"
    for kind, content in FORBIDDEN.items():
        for channel in ("shell", "control", "stdin", "iopub"):
            asked.add(
                page.channel.send(kind, {**content, "code": code} if "code" in content else content, channel=channel)
            )
    answered = [m for m in page.channel.messages(within_s=2) if m.parent.get("msg_id") in asked]
    assert not answered
    assert page.ask(name="score", seq=4, score=10)["ok"]
    assert set(served.kernels()) == kernels
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_the_door_is_what_a_page_may_say(kind: str) -> None:
    """Of thousands of frames of every kind, none raises, and none passes but those in the tables."""
    dice = random.Random(kind)
    for _ in range(400):
        message = read_frame(KINDS[kind](dice, A_PAGE))
        if message is None:
            continue
        content = json.loads(message.parts[3])
        assert message.kind in FROM_PAGE
        if message.kind == "comm_msg":
            assert content["data"]["method"] in METHODS
        if message.kind == "comm_open":
            assert content["target_name"] == "jupyter.widget.control"
