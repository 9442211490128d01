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

from imgloop_widgets import forms
from imgloop_widgets.widgets import Form, LookAlike
from imgloop_widgets.widgets.uploads import LARGEST_CHUNK


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
        """All that ever went over the line but the page's own code, as text."""
        sent = json.loads(json.dumps([data for data, _ in self.line.sent]))
        for data in sent:
            for name in ("_esm", "_css"):
                data.get("state", {}).pop(name, None)
        return json.dumps(sent, ensure_ascii=False)

    def put(self, data: Any, buffers: Any = ()) -> None:
        """Send anything at all, as the kernel would hand it over."""
        content = {"comm_id": self.line.comm_id, "data": data}
        self.widget._handle_msg({"content": content, "buffers": [memoryview(buffer) for buffer in buffers]})

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

    def upload(self, field: str, data: bytes, *, name: str = "cat.png", type: str = "image/png", id: str = "") -> Any:
        """Send a file in chunks, as the page does, and return the last answer."""
        upload = id or f"u-{len(self.line.sent)}"
        for offset in range(0, max(1, len(data)), LARGEST_CHUNK):
            content = {"upload": upload, "field": field, "name": name, "type": type, "size": len(data)}
            before = len(self.messages)
            self.put(
                {"method": "custom", "content": {"kind": "file", **content, "offset": offset}},
                [data[offset : offset + LARGEST_CHUNK]],
            )
        (answer,) = self.messages[before:]
        return answer

    def click(self, name: str, values: Any, *, event: str = "onClick") -> list[Any]:
        """Let a trigger happen at the element of this name, and return the messages that came back."""
        path = self.widget._sheet.find(name).path
        return self.send(kind="trigger", path=path, event=event, values=values)

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


@pytest.fixture(autouse=True)
def functions(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a form's author has written in Python, forgotten at the end."""
    from imgloop_widgets.forms.functions import _OF_PROCESS

    for kind in ("validators", "triggers"):
        monkeypatch.setattr(_OF_PROCESS, kind, {})
    for name in ("mood", "grow", "reveal", "fail", "lost", "odd"):
        forms.trigger(name)(globals()[f"_{name}"])
    for name in ("polite", "broken"):
        forms.validator(name)(globals()[f"_{name}"])


def _mood(context: Any) -> None:
    context.set("mood", 7)
    context.set("source", "by hand")


def _grow(context: Any) -> None:
    context.add_fieldset("pets", "pet", kind="cat")
    context.set("mood", 3)


def _reveal(context: Any) -> None:
    context.show("why")
    if context.values["mood"] == 1:
        context.hide("photo")


def _fail(context: Any) -> None:
    context.show("why")
    raise RuntimeError("the author's own mistake")


def _lost(context: Any) -> None:
    raise KeyError("a key that the author forgot")


def _odd(context: Any) -> None:
    context.set("source", ["half \ud83d"])


def _polite(value: str, context: Any) -> str | None:
    return None if "please" in value else f"Please say please, in {context.field}."


def _broken(value: str, context: Any) -> str | None:
    raise RuntimeError("the author's own mistake")


def _button(name: str, trigger: str) -> dict[str, Any]:
    return {"type": "button", "name": name, "label": name, "triggers": {"onClick": trigger}}


QUESTIONS: dict[str, Any] = {
    "title": "About you",
    "sections": [
        {
            "title": "First",
            "fields": [
                {"type": "number", "name": "mood", "label": "Mood", "validators": {"required": True}, "max": 10},
                {"type": "hidden", "name": "source", "value": "none"},
                {"type": "input", "name": "why", "label": "Why", "classes": "hidden"},
                {"type": "input", "name": "wish", "label": "Wish", "validators": {"polite": None}},
                {"type": "file", "name": "photo", "label": "Photo", "validators": {"fileExtension": ["png"]}},
                {"type": "date", "name": "born", "label": "Born"},
                {"type": "password", "name": "code", "label": "Code"},
                *(_button(f"{name}!", name) for name in ("mood", "grow", "reveal", "fail", "lost", "odd")),
            ],
        },
        {
            "title": "Pets",
            "name": "pets",
            "fieldsets": [
                {
                    "title": "All of them",
                    "fields": [{"type": "checkbox", "name": "any", "label": "Any", "options": ["cat"]}],
                },
                {
                    "title": "One [[kind]]",
                    "lookup_name": "pet",
                    "fields": [
                        {"type": "input", "name": "pet", "label": "Its name", "validators": {"required": True}},
                        {"type": "file", "name": "picture", "label": "Picture"},
                    ],
                },
            ],
        },
    ],
}
"""A form with a trigger of each kind, its author's validators, files and a password."""

VALUES: dict[str, Any] = {
    "mood": "",
    "source": "none",
    "why": "",
    "wish": "",
    "photo": None,
    "born": "",
    "code": "",
    "any": {"cat": False},
}
"""What its page holds at first."""


@pytest.fixture
def questions() -> dict[str, Any]:
    """The form of `QUESTIONS`, to be changed."""
    return json.loads(json.dumps(QUESTIONS))


@pytest.fixture
def values() -> dict[str, Any]:
    """What the page of `QUESTIONS` holds at first, with the one answer that must be given."""
    return {**json.loads(json.dumps(VALUES)), "mood": "5"}


@pytest.fixture
def ask() -> Callable[..., Page]:
    """Show a form alone on a page."""
    return lambda *args, **more: Page(Form(*args, **more))


@pytest.fixture
def asked_game(quick_game: Any, questions: dict[str, Any]) -> Any:
    """The small study with the sections of `QUESTIONS` before its loop."""
    (loop,) = (section for section in quick_game.form.sections if section.name == "loop")
    sections = [*questions["sections"], loop.model_dump(mode="json", exclude_unset=True)]
    quick_game.form = forms.make_form({**questions, "sections": sections})
    return quick_game


@pytest.fixture(params=["alone", "in the loop"])
def page(request: pytest.FixtureRequest, ask: Any, asked_game: Any, questions: dict[str, Any]) -> Page:
    """The form of `QUESTIONS` on a page, in each of the two widgets."""
    return ask(questions) if request.param == "alone" else Page(LookAlike(runner=asked_game.runner()))


@pytest.fixture
def show() -> Callable[..., Page]:
    """Show a runner's widget on a page."""
    return lambda runner, **more: Page(LookAlike(runner=runner, **more))
