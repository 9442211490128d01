"""`/metrics` in Prometheus' format, at an address of its own: what the server does, and what comes of it.

It is no path of the study's own port. A stranger can't ask for it, no proxy has to be told to hide it, and nothing has
to be believed that a proxy says of who asks. By default that port is open to this machine alone.

| metric                               | meaning                                                                   |
| ------------------------------------ | ------------------------------------------------------------------------- |
| `imgloop_sessions`                   | pages with a kernel, those that are being prepared too                     |
| `imgloop_preparing`                  | pages that are being prepared                                             |
| `imgloop_waiting`                    | workers who wait in line                                                  |
| `imgloop_room`                       | sessions that fit beside those that there are                             |
| `imgloop_pages_total{result}`        | pages by what came of them: ready, failed, left, refused, waiting          |
| `imgloop_page_seconds`               | from a link to a page with its form, a histogram                          |
| `imgloop_message_seconds`            | from a page's message to the kernel's word that it is done, a histogram    |
| `imgloop_kernels_died_total`         | kernels that ended by themselves                                          |
| `imgloop_events_total{kind}`         | events in the store: images, failures of the generator, ends, …            |
| `imgloop_memory_bytes{of}`           | of the server, the parent of kernels, and all kernels (PSS)                |
| `imgloop_memory_available_bytes`     | what new processes may use                                                |

Memory is that of at most `LOOKED_AT` kernels, taken for all; events and memory are at most `FRESH_S` seconds old.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from tornado.web import Application, RequestHandler

from imgloop_widgets.serving.machine import available_memory
from imgloop_widgets.serving.memory import memory_of

log = logging.getLogger("imgloop")

LOOKED_AT = 30
FRESH_S = 10.0
PAGE_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
MESSAGE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Now:
    """How a number is found when it is asked for."""

    sessions: Callable[[], int]
    preparing: Callable[[], int]
    waiting: Callable[[], int]
    room: Callable[[], int]


class Metrics:
    """What is counted. A registry of its own: Jupyter's numbers are not in it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        one = self.registry
        self.pages = Counter("imgloop_pages", "Pages by what came of them", ["result"], registry=one)
        self.page_s = Histogram("imgloop_page_seconds", "Link to page", buckets=PAGE_BUCKETS, registry=one)
        self.message_s = Histogram("imgloop_message_seconds", "Message to done", buckets=MESSAGE_BUCKETS, registry=one)
        self.died = Counter("imgloop_kernels_died", "Kernels that ended by themselves", registry=one)
        self._events = Gauge("imgloop_events_total", "Events in the store", ["kind"], registry=one)
        self._memory = Gauge("imgloop_memory_bytes", "PSS of processes", ["of"], registry=one)
        self._available = Gauge("imgloop_memory_available_bytes", "What new processes may use", registry=one)
        self._looked_at = float("-inf")

    def follow(self, now: Now) -> None:
        """Ask these whenever the numbers are read."""
        about = {
            "sessions": "Pages with a kernel",
            "preparing": "Pages that are being prepared",
            "waiting": "Workers in line",
            "room": "Sessions that fit beside those that there are",
        }
        for name, meaning in about.items():
            gauge = Gauge(f"imgloop_{name}", meaning, registry=self.registry)
            gauge.set_function(getattr(now, name))

    def look(self, events: Callable[[], Mapping[str, int]] | None) -> None:
        """Look at memory and the store, unless that was done a moment ago. In a thread: it takes a while.

        events: returns kind → how many the store has; None: there is no store.
        """
        if time.monotonic() < self._looked_at + FRESH_S:
            return
        self._looked_at = time.monotonic()
        if (memory := memory_of(psutil.Process(), LOOKED_AT)) is not None:
            kernels = memory.total - memory.server - memory.parent
            for name, size in (("server", memory.server), ("parent", memory.parent), ("kernels", kernels)):
                self._memory.labels(name).set(size)
        if (free := available_memory()) is not None:
            self._available.set(free)
        for kind, number in (events() if events else {}).items():
            self._events.labels(kind).set(number)


def metrics_application(metrics: Metrics, events: Callable[[], Mapping[str, int]] | None) -> Application:
    """Return what answers at the address of the metrics."""
    return Application([("/metrics", _Handler, {"metrics": metrics, "events": events})])


class _Handler(RequestHandler):
    def initialize(self, metrics: Metrics, events: Callable[[], Mapping[str, int]] | None) -> None:
        self._metrics, self._events = metrics, events

    async def get(self) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._metrics.look, self._events)
        except Exception:  # the store may be away: the other numbers are needed all the more
            log.exception("the numbers of the store could not be read")
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self._metrics.registry))
