"""A worker's page without its pictures: the widget's state, its messages, and one command at a time.

It does what the page's scripts do: it asks for the widgets (`host.js`), says hello, fetches images until they are there
(`images.js`), pings every two seconds (`link.js`), and sends a command again after a reconnection unless it turns out
to be done (`outbox.js`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tornado.httpclient import AsyncHTTPClient

from imgloop_widgets.crowd.channel import Channel
from imgloop_widgets.crowd.frames import Said, encode
from imgloop_widgets.crowd.measured import Measured
from imgloop_widgets.crowd.tab import NotOpened, Opened, Tab, origin_of
from imgloop_widgets.simulate.files import SmallFile

TICK_S = 1.0
PING_TICKS = 2
IMAGE_TICKS = 3
RESEND_TICKS = 2
"""The page's own numbers."""

STATES_S = 60.0
ANSWER_S = 30.0
"""Seconds of silence after which a worker gives up; a page lets them press again after 15."""

AWAY_S = 600.0
"""Seconds without a connection after which nobody waits any more."""

CONTROL = "jupyter.widget.control"
TARGET = "target"


class KernelGone(Exception):
    """The kernel has ended, and the server is there: a browser loads the page anew."""


class NoAnswer(Exception):
    """Nothing came in time; the text says of what."""


@dataclass(slots=True)
class _Pending:
    """A command that is under way. refusal: why it was refused; None: it was not."""

    message: dict[str, Any]
    seq: int
    sent_at: float
    answered: bool = False
    refusal: str | None = None
    resend_in: int = 0


@dataclass(slots=True)
class _Waiting:
    """Images that were asked for and are not here: id → age in ticks. here: id → when it came."""

    ages: dict[str, int] = field(default_factory=dict)
    here: dict[str, float] = field(default_factory=dict)


class Page:
    """One load of a link. `state`: the widget's traits."""

    def __init__(self, client: AsyncHTTPClient, measured: Measured) -> None:
        self.state: dict[str, Any] = {}
        self._measured = measured
        self._tab = Tab(client)
        self._opened: Opened | None = None
        self._channel: Channel | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._asked = uuid4().hex
        self._news = asyncio.Event()
        self._images = _Waiting()
        self._files: dict[str, str | None] = {}
        self._pings: dict[int, float] = {}
        self._pending: _Pending | None = None
        self._lost = self._gone = False

    @property
    def view(self) -> dict[str, Any]:
        """The session as the page shows it."""
        view: dict[str, Any] = self.state["view"]
        return view

    async def open(self, link: str, kind: str = "usable") -> None:
        """Load the page until its form can be used. kind: under which the time is noted.

        Raises:
            NotOpened: there is no page to be played.
            KernelGone, NoAnswer: its kernel does not tell the widgets.
        """
        begun = time.perf_counter()
        opened = self._opened = await self._tab.open(link)
        self._measured.time("first byte", opened.first_s)
        address = f"{opened.base.replace('http', 'ws', 1)}api/kernels/{opened.kernel}/channels"
        self._channel = Channel(
            address,
            origin_of(opened.base),
            self._tab.cookies,
            receive=self._receive,
            lost=self._interrupted,
            back=self._back,
            has_ended=lambda: self._tab.has_ended(opened),
        )
        self._start(self._connection())
        self._post("comm_open", {"comm_id": self._asked, "target_name": CONTROL, "data": {}}, {"version": "1.0.0"})
        self._post("comm_msg", {"comm_id": self._asked, "data": {"method": "request_states"}})
        await self.until(lambda: bool(self.state), STATES_S, "its widgets")
        if "view" not in self.state or "phase" not in self.state["view"]:
            raise NotOpened("no task", f"the page shows no look-alike task, but: {self._notice()}")
        self._measured.time(kind, time.perf_counter() - begun)
        self.tell({"kind": "hello"})
        self._want_images()
        self._start(self._tick_for_ever())
        if TARGET in self._images.ages:
            await self.until(lambda: TARGET in self._images.here, ANSWER_S, "the target's image")
            self._measured.time("target", time.perf_counter() - begun)

    def _notice(self) -> str:
        """What a page without a task says."""
        return str(self.state.get("text") or self.state.get("_anywidget_id") or "nothing")

    async def close(self) -> None:
        """Close the page as a worker does."""
        if self._channel is not None:
            self._channel.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._opened is not None and not self._gone:
            await self._tab.close(self._opened)

    def cut(self, seconds: float) -> None:
        """Let the network be gone for so long; the browser notices."""
        assert self._channel is not None
        self._lost = True
        self._measured.drops += 1
        self._channel.cut(seconds)

    async def command(self, name: str, *, drop_s: float | None = None, **payload: Any) -> str | None:
        """Send a command and wait until it was taken; return why it was refused, or None.

        drop_s: the network goes for so long just when it was sent.

        Raises:
            KernelGone, NoAnswer: what came of it, the next page says.
        """
        seq = self.view["seq"]
        message = {"kind": "command", "id": uuid4().hex, "name": name, "seq": seq, **payload}
        pending = self._pending = _Pending(message, seq, time.perf_counter())
        self.tell(message)
        if drop_s is not None:
            self.cut(drop_s)
        limit = ANSWER_S + (drop_s or 0)
        await self.until(lambda: pending.answered or self.view["seq"] != seq, limit, f"what came of {name}")
        if drop_s is None:
            self._measured.time("accepted", time.perf_counter() - pending.sent_at)
        if pending.refusal is None:
            await self.until(lambda: self.view["seq"] != seq, limit, f"the page after {name}")
        self._pending = None
        return pending.refusal

    async def image(self, name: str, limit_s: float) -> float:
        """Wait for an image that the view names; return when it came (as `time.perf_counter`)."""
        self._want(name)
        await self.until(lambda: name in self._images.here, limit_s, "an image")
        return self._images.here[name]

    async def upload(self, name: str, file: SmallFile) -> str | None:
        """Send a file for a field; return why it was refused, or None."""
        upload = uuid4().hex
        about = {"name": file.name, "type": file.type, "size": len(file.data), "offset": 0}
        self.tell({"kind": "file", "upload": upload, "field": name, **about}, file.data)
        await self.until(lambda: upload in self._files, ANSWER_S, "what came of a file")
        return self._files[upload]

    def tell(self, content: Mapping[str, Any], *buffers: bytes) -> None:
        """Say something to the widget."""
        assert self._opened is not None
        data = {"method": "custom", "content": content}
        self._post("comm_msg", {"comm_id": self._opened.widget, "data": data}, buffers=buffers)

    async def until(self, condition: Callable[[], bool], limit_s: float, what: str) -> None:
        """Wait until it holds; time without a connection does not count. what: is waited for.

        Raises:
            KernelGone, NoAnswer: it does not come to that.
        """
        begun = time.perf_counter()
        deadline = begun + limit_s
        while not condition():
            if self._gone:
                raise KernelGone
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.0, deadline - time.perf_counter()))
            except TimeoutError:
                if self._lost and time.perf_counter() < begun + AWAY_S:
                    deadline = time.perf_counter() + limit_s
                elif not condition():
                    raise NoAnswer(f"nothing of {what} within {limit_s:.0f} s") from None

    # ------------------------------------------------------------ what the page does by itself

    async def _connection(self) -> None:
        assert self._channel is not None
        await self._channel.run()
        self._gone = True
        self._news.set()

    def _interrupted(self) -> None:
        self._lost = True
        self._measured.interruptions += 1

    def _back(self, seconds: float) -> None:
        self._measured.time("back", seconds)
        self._ping(0)

    async def _tick_for_ever(self) -> None:
        tick = 0
        while not self.view.get("finished"):
            await asyncio.sleep(TICK_S)
            tick += 1
            if self._lost:
                continue
            if tick % PING_TICKS == 0:
                self._ping(tick)
            for name in list(self._images.ages):
                self._images.ages[name] += 1
                if self._images.ages[name] % IMAGE_TICKS == 0:
                    self.tell({"kind": "image", "id": name})
            pending = self._pending
            if pending is not None and pending.resend_in:
                pending.resend_in -= 1
                if not pending.resend_in and not pending.answered:
                    self.tell(pending.message)

    def _ping(self, number: int) -> None:
        self._pings[number] = time.perf_counter()
        self.tell({"kind": "ping", "n": number})

    def _want_images(self) -> None:
        self._want(self.view["target"]["image"])
        for attempt in self.view["attempts"]:
            if "image" in attempt:
                self._want(attempt["image"]["image"])

    def _want(self, name: str) -> None:
        if name not in self._images.here and name not in self._images.ages:
            self._images.ages[name] = 0
            self.tell({"kind": "image", "id": name})

    # ------------------------------------------------------------ messages

    def _post(
        self,
        kind: str,
        content: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        buffers: tuple[bytes, ...] = (),
    ) -> None:
        assert self._channel is not None
        self._channel.send(encode(kind, content, session=self._channel.session, metadata=metadata, buffers=buffers))

    def _receive(self, said: Said) -> None:
        assert self._opened is not None
        if said.kind != "comm_msg":
            return
        comm, data = said.content["comm_id"], said.content["data"]
        if comm == self._asked and data.get("method") == "update_states":
            self.state = dict(data["states"][self._opened.widget]["state"])
        elif comm == self._opened.widget and data.get("method") == "update":
            self.state.update(data["state"])
        elif comm == self._opened.widget and data.get("method") == "custom":
            self._hear(data["content"], said.buffers)
        self._news.set()

    def _hear(self, content: Mapping[str, Any], buffers: tuple[bytes, ...]) -> None:
        match content:
            case {"kind": "pong", "n": number}:
                if (sent := self._pings.pop(number, None)) is not None and not self._lost:
                    self._measured.time("ping", time.perf_counter() - sent)
                if self._lost:
                    self._lost = False
                    self.tell({"kind": "hello"})
                    if self._pending is not None:
                        self._pending.resend_in = RESEND_TICKS
            case {"kind": "image", "id": name} if buffers:
                self._images.here.setdefault(name, time.perf_counter())
                self._images.ages.pop(name, None)
            case {"kind": "file", "upload": upload, **rest} if rest.get("value") or rest.get("message"):
                self._files[upload] = rest.get("message")
            case {"kind": "result", "id": name, "ok": ok} if self._pending and self._pending.message["id"] == name:
                self._pending.answered = True
                self._pending.refusal = None if ok else _why(content)

    def _start(self, work: Any) -> None:
        self._tasks.append(asyncio.ensure_future(work))


def _why(content: Mapping[str, Any]) -> str:
    problems = content.get("problems") or {}
    return "; ".join([str(content.get("message") or ""), *(f"{k}: {v}" for k, v in problems.items())]).strip("; ")
