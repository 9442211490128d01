"""When a widget looks by itself: seldom while nothing happens, soon once something does, and when something is due."""

import asyncio
import weakref

import pytest

from imgloop_widgets.widgets import ticking
from imgloop_widgets.widgets.ticking import Ticks


class Widget:
    """Looks as often as it is told, and counts."""

    def __init__(self, due: float | None = float("inf"), *, fails: bool = False) -> None:
        self.due, self.looks, self.fails, self.errors = due, 0, fails, 0

    def tick(self) -> None:
        self.looks += 1
        if self.fails:
            raise RuntimeError

    def waits_s(self) -> float | None:
        return self.due

    def _record(self, error: BaseException) -> str:
        self.errors += 1
        return "1"


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment, and for ever."""
    for name, seconds in (("TICK_S", 0.01), ("LOOK_S", 1000.0), ("SHORTEST_S", 0.001)):
        monkeypatch.setattr(ticking, name, seconds)


async def looked(widget: Widget, times: int) -> None:
    while widget.looks < times:
        await asyncio.sleep(0.005)


def test_a_widget_that_nobody_touches_looks_once_and_rests() -> None:
    async def play() -> None:
        widget, ticks = Widget(), Ticks()
        running = asyncio.ensure_future(ticks.run(weakref.ref(widget)))
        await looked(widget, 1)
        await asyncio.sleep(0.1)
        assert widget.looks == 1
        ticks.happened()
        await asyncio.wait_for(looked(widget, 2), 10)
        running.cancel()

    asyncio.run(play())


def test_it_looks_when_something_is_due() -> None:
    async def play() -> None:
        widget = Widget(0.0)
        running = asyncio.ensure_future(Ticks().run(weakref.ref(widget)))
        await asyncio.wait_for(looked(widget, 3), 10)
        running.cancel()

    asyncio.run(play())


def test_a_look_that_fails_is_logged_and_tried_again_soon() -> None:
    async def play() -> None:
        widget = Widget(fails=True)
        running = asyncio.ensure_future(Ticks().run(weakref.ref(widget)))
        await asyncio.wait_for(looked(widget, 3), 10)
        assert widget.errors >= 2
        running.cancel()

    asyncio.run(play())


def test_a_widget_that_is_gone_or_looks_no_more_ends_it() -> None:
    async def play() -> None:
        widget = Widget(None)
        await asyncio.wait_for(Ticks().run(weakref.ref(widget)), 10)
        reference = weakref.ref(Widget())
        await asyncio.wait_for(Ticks().run(reference), 10)
        assert widget.looks == 0

    asyncio.run(play())
