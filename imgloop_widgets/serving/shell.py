"""The page around the study: what a worker sees before the kernel is there, and the handler that fills it.

    GET / ──► the door: may they enter?  no: a page with one sentence, and nothing is begun
              only to look?              the instruction alone, and nothing is begun
              is there room?       no: a page that waits, and enters by itself
          ──► head: title, style, "Getting your task ready…"        sent at once
              kernel starts, the notebook runs
          ──► tail: what the cells displayed                          the page's script draws it
           or failure: one neutral sentence, an incident number, Retry

A researcher's page (`/monitor`, `/review`) is made in the same way, of another notebook and behind another door. A
worker who closes the page before it is ready leaves no kernel behind.
"""

import asyncio
import contextlib
import functools
import hashlib
import time
import traceback
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import jinja2
from tornado import web
from tornado.iostream import StreamClosedError

from imgloop_widgets.access.admitted import LOOKING
from imgloop_widgets.errors import Refused
from imgloop_widgets.incidents import report
from imgloop_widgets.serving.handlers import NOT_KEPT, SORRY, Secure, content_policy
from imgloop_widgets.serving.kernels import KERNEL_NAME, kernel_environment
from imgloop_widgets.serving.metrics import Metrics
from imgloop_widgets.serving.notebook import Display, NotebookFailed, read_sources, run_cells
from imgloop_widgets.serving.waiting import BY_ITSELF, HEADER, Waiting, words

TEMPLATE = Path(__file__).parent / "template"
STATIC = TEMPLATE / "static"

START_LIMIT_S = 60.0
"""Seconds that a kernel's start and the notebook's cells may take together."""


def static_version() -> str:
    """Return a hash of all static files: it is part of their paths."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The page's text. title: the study's name. base_url: begins and ends with a slash. version: of static files.

    splash: what is read until the page is there.
    """

    title: str
    base_url: str
    version: str
    splash: str = "Getting your task ready…"

    def head(self, kernel_id: str) -> str:
        """Return the page up to where the study will be."""
        return self._render("head.html.j2", config={"base": self.base_url, "kernel": kernel_id})

    def tail(self, displays: Sequence[Display]) -> str:
        """Return what the notebook displayed and the page's end."""
        return self._render("tail.html.j2", displays=[{"data": d.data, "metadata": d.metadata} for d in displays])

    def refusal(self, text: str) -> str:
        """Return the whole page for somebody who may not enter. text: why, in words for the worker."""
        return self._render("still.html.j2", heading="This page can't be opened", text=text)

    def waiting(self, place: int | None) -> str:
        """Return the whole page for somebody who waits. place: in the line; None: the server is being stopped."""
        return self._render("waiting.html.j2", place=place or 0, text=words(place), by_itself=BY_ITSELF)

    def instruction(self, html: str) -> str:
        """Return the whole page for somebody who only looks. html: of the study's author."""
        from imgloop_widgets.widgets.bundle import style_text  # with all widgets, for which a server has no other use

        return self._render("still.html.j2", heading="", text=LOOKING, author=html, css=style_text("page.css"))

    def failure(self, incident: str) -> str:
        """Return the page's end for a page that could not be prepared."""
        return self._render("failure.html.j2", incident=incident)

    def _render(self, name: str, **values: Any) -> str:
        static = f"{self.base_url}static/{self.version}/"
        template = _templates().get_template(name)
        return template.render(title=self.title, base=self.base_url, static=static, splash=self.splash, **values)


@functools.cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATE)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


class Entering(Protocol):
    """Whom a door has let in: a worker (`access.admitted`), or a researcher (`access.researchers`)."""

    @property
    def who(self) -> str:
        """The same for all links of theirs that open the same, whatever else stands in them."""

    @property
    def only_looks(self) -> bool:
        """Whether no kernel is begun for them."""

    def environment(self) -> dict[str, str]:
        """Return the variables for a kernel's environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What every page needs. folder: the server's private one. admit, instruction: see `app.Serving`.

    waiting: who enters when. metrics: what is counted. new_kernel_id: returns a random one. preparing: id of a kernel →
    its page, which is not ready yet.
    whose: id of a kernel → whom its page is for.
    """

    shell: Shell
    notebook: Path
    results: Path | None
    folder: Path
    waiting: Waiting
    metrics: Metrics
    new_kernel_id: Callable[[], str]
    admit: Callable[[str], Entering] | None = None
    instruction: str = ""
    preparing: dict[str, asyncio.Future[list[Display]]] = field(default_factory=dict)
    whose: dict[str, str] = field(default_factory=dict)

    def opened(self, who: str, kernels: Container[str]) -> int:
        """Return how many pages of theirs are open. kernels: that run."""
        for kernel in [kernel for kernel in self.whose if kernel not in kernels and kernel not in self.preparing]:
            del self.whose[kernel]
        return sum(1 for other in self.whose.values() if other == who)

    async def break_off(self) -> None:
        """Stop preparing pages, and wait until their kernels have ended."""
        for page in self.preparing.values():
            page.cancel()
        await asyncio.gather(*self.preparing.values(), return_exceptions=True)


class PageHandler(Secure):
    """`/`: a worker's page."""

    _told: Mapping[str, str] = {}
    _who = ""
    _gone = False
    _work: asyncio.Future[list[Display]] | None = None

    def initialize(self, pages: Pages) -> None:
        """Keep what every page needs."""
        self._pages = pages

    def head(self) -> None:
        """Answer without a kernel."""
        self._page_headers()

    async def get(self) -> None:
        """Send the head, start a kernel, run the notebook, send what it displayed."""
        if "prefetch" in self.request.headers.get("Sec-Purpose", self.request.headers.get("Purpose", "")):
            raise web.HTTPError(503)  # a browser that guesses must not open a session
        if HEADER in self.request.headers:
            return self._tell_place()
        begun = time.perf_counter()
        if not await self._may_enter() or self._gone or not await self._has_room():
            return
        kernel_id = self._pages.new_kernel_id()
        self._page_headers()
        self.write(self._pages.shell.head(kernel_id))
        with contextlib.suppress(StreamClosedError):
            await self.flush()
        self._work = asyncio.ensure_future(self._prepare(kernel_id))
        self._pages.preparing[kernel_id] = self._work
        self._pages.whose[kernel_id] = self._who
        self._work.add_done_callback(lambda done: self._pages.preparing.pop(kernel_id))
        try:
            end = self._pages.shell.tail(await self._work)
            self._count("ready")
            self._pages.metrics.page_s.observe(time.perf_counter() - begun)
        except asyncio.CancelledError:
            self._count("left")
            return
        except Exception as error:
            end = self._pages.shell.failure(_logged(error))
            self._count("failed")
        await self._answer(end)

    def _tell_place(self) -> None:
        """Answer a page that waits."""
        place = self._pages.waiting.place_of_waiting(self.request.query)
        self.set_header("Cache-Control", NOT_KEPT)
        self.finish({"place": place, "text": words(place)})

    async def _has_room(self) -> bool:
        """Whether the worker enters now; who does not is answered here, and waits."""
        pages = self._pages
        opened = pages.opened(self._who, self.settings["kernel_manager"])
        place = pages.waiting.place(self.request.query, self._who, opened)
        if place == 0:
            return True
        self._count("waiting")
        self._page_headers()
        await self._answer(pages.shell.waiting(place))
        return False

    def _count(self, result: str) -> None:
        self._pages.metrics.pages.labels(result).inc()

    async def _may_enter(self) -> bool:
        """Ask the door; whoever may not enter, or only looks, is answered here and now."""
        pages, query = self._pages, self.request.query
        if pages.admit is None:
            self._told, self._who = {"QUERY_STRING": query}, query
            return True
        self._page_headers()
        try:
            admitted = await asyncio.get_running_loop().run_in_executor(None, pages.admit, query)
        except Refused as refused:
            self._count("refused")
            self.set_status(403)
            await self._answer(pages.shell.refusal(str(refused)))
            return False
        except Exception as error:
            self.set_status(500)
            await self._answer(pages.shell.refusal(SORRY.format(_logged(error)).strip()))
            return False
        if admitted.only_looks:
            await self._answer(pages.shell.instruction(pages.instruction))
            return False
        self._told, self._who = admitted.environment(), admitted.who
        return True

    async def _answer(self, page: str) -> None:
        with contextlib.suppress(StreamClosedError):
            await self.finish(page)

    def on_connection_close(self) -> None:
        """Stop preparing a page that nobody waits for."""
        self._gone = True
        if self._work is not None:
            self._work.cancel()

    def _page_headers(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", NOT_KEPT)

    async def _prepare(self, kernel_id: str) -> list[Display]:
        """Start a kernel and run the notebook; whatever goes wrong, no kernel is left."""
        pages, kernels = self._pages, self.settings["kernel_manager"]
        sources = read_sources(pages.notebook)
        start = asyncio.ensure_future(
            kernels.start_kernel(
                kernel_name=KERNEL_NAME,
                kernel_id=kernel_id,
                cwd=str(pages.notebook.parent),
                env=kernel_environment(self._told, results=pages.results, folder=pages.folder),
            )
        )
        try:
            await asyncio.shield(start)  # never broken off halfway: its process would be nobody's
            return await run_cells(kernels.get_kernel(kernel_id), sources, limit_s=START_LIMIT_S)
        except BaseException:
            await asyncio.wait([start])
            if kernel_id in kernels:
                await kernels.shutdown_kernel(kernel_id, now=True)
            raise


class DeskHandler(PageHandler):
    """`/monitor` and `/review`: a researcher's page, which no panel shows in a frame."""

    def set_default_headers(self) -> None:
        """Set the headers, without a panel's leave."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", content_policy(self.request.host, ()))


def _logged(error: Exception) -> str:
    text = str(error) if isinstance(error, NotebookFailed) else "".join(traceback.format_exception(error))
    return report("a page could not be prepared", text)
