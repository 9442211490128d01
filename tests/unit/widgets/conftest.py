"""A page without a browser: it gets what the kernel really packs, and sends what a browser could send."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm
from jupyter_client.session import json_packer

from imgloop_widgets.widgets import LookAlike


class Line(BaseComm):
    """The line from a widget to its page. sent: (data, buffers) of each message, as a browser would read it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.sent: list[tuple[Any, list[bytes]]] = []
        self.down = False
        super().__init__(*args, **more)

    def publish_msg(self, msg_type: str, data: Any = None, buffers: Any = None, **more: Any) -> None:
        if not self.down:
            packed = json_packer({"data": data or {}, "metadata": more.get("metadata")})
            self.sent.append((json.loads(packed)["data"], [bytes(buffer) for buffer in buffers or []]))


class Page:
    """What a browser has of one widget: its copy of the traits, and the messages that came."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.line: Line = widget.comm

    @property
    def traits(self) -> dict[str, Any]:
        traits: dict[str, Any] = {}
        for data, _ in self.line.sent:
            traits |= data.get("state", {})
        return traits

    @property
    def view(self) -> Any:
        return self.traits["view"]

    @property
    def messages(self) -> list[Any]:
        return [data["content"] for data, _ in self.line.sent if data.get("method") == "custom"]

    @property
    def buffers(self) -> list[bytes]:
        return [buffer for _, buffers in self.line.sent for buffer in buffers]

    @property
    def everything(self) -> str:
        """All that ever went over the line, as text."""
        return json.dumps([data for data, _ in self.line.sent], ensure_ascii=False)

    def put(self, data: Any) -> None:
        """Send anything at all, as the kernel would hand it over."""
        self.widget._handle_msg({"content": {"comm_id": self.line.comm_id, "data": data}, "buffers": []})

    def send(self, **content: Any) -> list[Any]:
        """Send a custom message and return the messages that came back."""
        before = len(self.messages)
        self.put({"method": "custom", "content": content})
        return self.messages[before:]

    def command(self, name: str, **values: Any) -> Any:
        """Send a command for the state that the page shows, and return the result's message."""
        values = {"seq": self.view["seq"], "id": "c-1", **values}
        (result,) = self.send(kind="command", name=name, **values)
        return result

    async def until(self, phase: str, seconds: float = 5.0) -> Any:
        """Wait for a view of this phase."""
        for _ in range(int(seconds / 0.005)):
            if self.view["phase"] == phase:
                return self.view
            await asyncio.sleep(0.005)
        raise AssertionError(f"the page still shows {self.view['phase']}")


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give every widget a line that is listened to, and close all at the end."""
    monkeypatch.setattr(comm, "create_comm", Line)
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def show() -> Callable[..., Page]:
    """Show a runner's widget on a page."""
    return lambda runner: Page(LookAlike(runner=runner))
