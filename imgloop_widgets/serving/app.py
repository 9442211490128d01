"""`serve`: a study's notebook for a crowd of workers, one kernel each.

Voilà gives every page a kernel; this is Voilà in single-notebook mode, configured and subclassed (nothing installed is
changed), with its own page and with every door shut that a study does not need. What is open is listed in
`handlers.py`, what may pass the websocket in `frames.py`, how kernels live and end in `kernels.py`.
"""

import asyncio
import logging
import signal
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import Application, RequestHandler
from traitlets.config import Config
from voila.app import Voila

from imgloop_widgets.access.admitted import Admitted
from imgloop_widgets.forked.answering import silent_parents
from imgloop_widgets.forked.parents import end_parents, running_parents
from imgloop_widgets.forked.provisioner import warm
from imgloop_widgets.incidents import report
from imgloop_widgets.serving.admission import Line
from imgloop_widgets.serving.channel import ChannelHandler, PageChannel, end_silent
from imgloop_widgets.serving.frames import LARGEST_FRAME, Comms
from imgloop_widgets.serving.handlers import KERNEL_ID, KernelState, NotFound, PageClosed, Static
from imgloop_widgets.serving.health import LIMIT_S, Health, HealthHandler
from imgloop_widgets.serving.kernels import (
    ENDS_S,
    KERNEL_NAME,
    kernel_configuration,
    kernel_environment,
    private_folder,
)
from imgloop_widgets.serving.listening import http_server, listen
from imgloop_widgets.serving.machine import raise_the_limit_of_files
from imgloop_widgets.serving.metrics import Metrics, Now, metrics_application
from imgloop_widgets.serving.notebook import read_sources
from imgloop_widgets.serving.operation import Operation
from imgloop_widgets.serving.preloading import imports_of
from imgloop_widgets.serving.room import MEASURED_EVERY_S, Room
from imgloop_widgets.serving.shell import (
    STATIC,
    DeskHandler,
    Entering,
    PageHandler,
    Pages,
    Shell,
    static_version,
)
from imgloop_widgets.serving.waiting import Waiting

log = logging.getLogger("imgloop")

PING_MS = 15_000
"""Milliseconds between two pings of a page; a page that does not answer is gone, and its kernel ends later."""

TENDED_EVERY_S = 5.0
"""Seconds between two looks whether the parent of kernels lives."""

Desk = tuple[Path, Callable[[str], Entering]]

LOOKING_UP = "Looking at the study…"
"""What a researcher reads while their page is made ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served, where, and by whose leave.

    notebook: the worker's notebook. results: the folder that kernels find in IMGLOOP_RESULTS; None: the study's own.
    desks: path → the notebook of a researcher's page there, and the door to it. title: the study's name, the page's
    title. base_url: the path below which all is served; ends with a slash.
    admit: the door, called in a thread with what follows the `?` of a link, before anything is begun; it returns who
    enters or raises Refused. None: there is no door, and the kernel is told the query. instruction: HTML that somebody
    sees who is let in to look alone. every: pairs of seconds and a callable that is called so often, in a thread, one
    call at a time. frame_ancestors: origins that may show the page in a frame (a panel's). form_targets: origins to
    which the page may post a form (a panel's). origins: origins, besides the server's own,
    whose pages may open the websocket (a proxy that changes the Host header). stays_s: seconds that a kernel may stay
    after its page for an image that was paid for. forked: whether kernels are forked from a parent, where that can be.
    preload: modules that the parent imports, besides what the notebook does. study: a study file that it reads.
    operation: see there.
    """

    notebook: Path
    desks: Mapping[str, Desk] = field(default_factory=dict)
    results: Path | None = None
    title: str = "Study"
    base_url: str = "/"
    admit: Callable[[str], Admitted] | None = None
    instruction: str = ""
    every: Sequence[tuple[float, Callable[[], object]]] = ()
    frame_ancestors: tuple[str, ...] = ()
    form_targets: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    stays_s: float = 0.0
    forked: bool = True
    preload: tuple[str, ...] = ()
    study: Path | None = None
    operation: Operation = field(default_factory=Operation)


def serve(
    notebook: Path,
    *,
    port: int,
    host: str = "127.0.0.1",
    desks: Mapping[str, Desk] | None = None,
    results: Path | None = None,
    title: str = "Study",
    base_url: str = "/",
    admit: Callable[[str], Admitted] | None = None,
    instruction: str = "",
    every: Sequence[tuple[float, Callable[[], object]]] = (),
    frame_ancestors: tuple[str, ...] = (),
    form_targets: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
    stays_s: float = 0.0,
    forked: bool = True,
    preload: tuple[str, ...] = (),
    study: Path | None = None,
    operation: Operation | None = None,
    on_ready: Callable[[str], object] | None = None,
) -> None:
    """Serve `notebook` until Ctrl+C or SIGTERM, then end all kernels: after `operation.drain_s` at most, in which
    sessions go on and none begins, and after the images that are being paid for; a second signal ends the first
    waiting, a third one the other.

    port: 0 takes a free one. on_ready: called with the page's URL once the server answers. The others: see `Serving`.

    Raises:
        ImgloopError: the notebook can't be read, or the port can't be had.
    """
    notebook = notebook.resolve()
    read_sources(notebook)
    base_url = f"/{base_url.strip('/')}/".replace("//", "/")
    sockets = listen(port, host)
    serving = Serving(
        notebook=notebook,
        desks=desks or {},
        results=results,
        title=title,
        base_url=base_url,
        admit=admit,
        instruction=instruction,
        every=every,
        frame_ancestors=frame_ancestors,
        form_targets=form_targets,
        origins=origins,
        stays_s=stays_s,
        forked=forked,
        preload=preload,
        study=study,
        operation=operation or Operation(),
    )
    raise_the_limit_of_files()
    shown = "localhost" if host in ("", "0.0.0.0", "::") else host
    url = f"http://{shown}:{sockets[0].getsockname()[1]}{base_url}"
    with private_folder() as folder:
        server = StudyServer(serving, folder)
        asyncio.run(server.run(sockets, on_ready=(lambda: on_ready(url)) if on_ready else None))


class Anyone(IdentityProvider):
    """Who a worker is, is the study's business (the link); to the server everyone is the same, without a cookie."""

    def get_user(self, handler: RequestHandler) -> User:
        """Return the one user."""
        return User(username="worker")

    @property
    def auth_enabled(self) -> bool:
        """There is no log-in."""
        return False


class StudyServer(Voila):  # type: ignore[misc]  # voila is not typed
    """Voilà with our page, our kernels and nothing else."""

    def __init__(self, serving: Serving, folder: Path) -> None:
        """Prepare; folder: private, for the kernels' sockets."""
        super().__init__(config=_configuration(serving))
        self._serving = serving
        self._room = Room(
            sessions=self._sessions,
            preparing=lambda: len(self._pages.preparing),
            most=serving.operation.limits.sessions,
        )
        self._waiting = Waiting(line=Line(serving.operation.limits), room=self._room.left)
        self._metrics = Metrics()
        self._health = Health(serving.operation.store_answers, self._silent_parent)
        self._pages = Pages(
            shell=Shell(title=serving.title, base_url=serving.base_url, version=static_version()),
            notebook=serving.notebook,
            results=serving.results,
            folder=folder,
            waiting=self._waiting,
            metrics=self._metrics,
            new_kernel_id=serving.operation.new_kernel_id,
            admit=serving.admit,
            instruction=serving.instruction,
        )
        self._desks = {path: self._pages_of_researchers(path, *desk) for path, desk in serving.desks.items()}
        self._stop, self._at_once = asyncio.Event(), asyncio.Event()
        self.initialize(argv=[])
        self.connection_dir = str(folder)
        self.log.handlers.clear()  # one form for all that is logged: the command's
        self.log.propagate = True
        self.log.setLevel(logging.WARNING)
        self._metrics.follow(
            Now(
                sessions=self._sessions,
                preparing=lambda: len(self._pages.preparing),
                waiting=lambda: len(self._waiting.line),
                room=self._room.left,
            )
        )

    def _sessions(self) -> int:
        """Pages with a kernel, those too whose kernel is being started."""
        return len({*self.kernel_manager.list_kernel_ids(), *self._pages.preparing})

    async def _silent_parent(self) -> str:
        """Return a word where kernels' parent does not answer; another is started by the next page, or by `_tend`."""
        return "kernels" if await silent_parents(LIMIT_S) else ""

    def _pages_of_researchers(self, path: str, notebook: Path, admit: Callable[[str], Entering]) -> Pages:
        shell = replace(self._pages.shell, title=f"{self._serving.title}: {path}", splash=LOOKING_UP)
        return replace(self._pages, shell=shell, notebook=notebook, admit=admit, instruction="")

    def setup_template_dirs(self) -> None:
        """Voilà's templates are not used: the page is `shell.py`'s."""

    def init_handlers(self) -> list[Any]:
        """Return all routes; see `handlers.py`."""
        base, version = self._serving.base_url, self._pages.shell.version
        routes: list[tuple[str, type[RequestHandler], dict[str, Any]]] = [
            ("", PageHandler, {"pages": self._pages}),
            ("healthz", HealthHandler, {"health": self._health}),
            (rf"static/{version}/(.*)", Static, {"path": str(STATIC)}),
            (rf"api/kernels/{KERNEL_ID}", KernelState, {}),
            (rf"api/kernels/{KERNEL_ID}/channels", ChannelHandler, {}),
            (rf"voila/api/shutdown/{KERNEL_ID}", PageClosed, {}),
        ]
        routes += [(path, DeskHandler, {"pages": pages}) for path, pages in self._desks.items()]
        return [(f"{base}{path}", handler, values) for path, handler, values in routes]

    async def run(self, sockets: list[socket.socket], *, on_ready: Callable[[], object] | None) -> None:
        """Answer until a signal comes, then end all kernels."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled)
        application = Application(self.init_handlers(), **self._settings())
        http = http_server(application)
        http.add_sockets(sockets)
        every = [*self._serving.every, (MEASURED_EVERY_S, self._room.measure)]
        chores = [asyncio.ensure_future(_repeat(seconds, call)) for seconds, call in every]
        chores.append(asyncio.ensure_future(end_silent(self.kernel_manager)))
        if self._serving.forked:
            await self._warm()
            chores.append(asyncio.ensure_future(self._tend()))
        operation = self._serving.operation
        if operation.metrics is not None:
            host, port = operation.metrics
            metrics_application(self._metrics, operation.events).listen(port, host)
        if on_ready is not None:
            on_ready()
        try:
            await self._stop.wait()
            await self._drain()
        finally:
            http.stop()
            for chore in chores:
                chore.cancel()
            await self._end_all()

    async def _warm(self) -> None:
        """Let the parent of all kernels import before the first worker comes, and not while they wait."""
        environment = kernel_environment({}, results=self._serving.results, folder=self._pages.folder)
        self._health.starting = True
        try:
            await warm(self.kernel_spec_manager.get_kernel_spec(KERNEL_NAME), environment)
        finally:
            self._health.starting = False

    async def _tend(self) -> None:
        """Start a parent anew that has died, before a worker waits for it."""
        while True:
            await asyncio.sleep(TENDED_EVERY_S)
            if any(parent.gone for parent in running_parents()):
                await self._warm()

    async def _drain(self) -> None:
        """Let nobody in any more, and let those who are there go on until all are done, or time or patience is up."""
        self._waiting.stopping = self._health.stopping = True
        until = time.monotonic() + self._serving.operation.drain_s
        while self.kernel_manager.list_kernel_ids() and time.monotonic() < until and not self._at_once.is_set():
            await asyncio.sleep(0.2)
        self._at_once.clear()

    def _signalled(self) -> None:
        if self._stop.is_set():
            self._at_once.set()
        self._stop.set()

    async def _end_all(self) -> None:
        logging.getLogger("tornado.general").disabled = True  # a socket closed under a poll is news to nobody now
        connections: Any = PageChannel
        await self._pages.break_off()
        await connections.close_all()
        ending = asyncio.ensure_future(self.kernel_manager.shutdown_all())
        hurry = asyncio.ensure_future(self._at_once.wait())
        done, _ = await asyncio.wait({ending, hurry}, timeout=ENDS_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            log.warning("Waiting for images that are being made and may cost money; Ctrl+C again stops at once.")
            await asyncio.wait({ending, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not ending.done():
            kernels = [self.kernel_manager.get_kernel(name) for name in self.kernel_manager.list_kernel_ids()]
            await asyncio.gather(*(kernel.provisioner.kill() for kernel in kernels if kernel.provisioner))
        await ending
        end_parents()

    def _settings(self) -> dict[str, Any]:
        return {
            **self.init_settings(),
            "autoreload": False,
            "compress_response": True,
            "default_handler_class": NotFound,
            "kernel_websocket_connection_class": PageChannel,
            "log_function": _log_request,
            "websocket_max_message_size": LARGEST_FRAME,
            "ws_ping_interval": PING_MS,
            "ws_ping_timeout": 3 * PING_MS,  # the first look comes before the first ping is answered
            "imgloop_metrics": self._metrics,
            "imgloop_sockets": Counter[str](),
            "imgloop_comms": dict[str, Comms](),
            "imgloop_frame_ancestors": self._serving.frame_ancestors,
            "imgloop_form_targets": self._serving.form_targets,
            "imgloop_origins": tuple(origin.lower().rstrip("/") for origin in self._serving.origins),
        }


def _configuration(serving: Serving) -> Config:
    preload = [*serving.preload, *imports_of(read_sources(serving.notebook))]
    configuration = kernel_configuration(serving.stays_s, forked=serving.forked, preload=preload, study=serving.study)
    configuration.merge(
        Config(
            Voila={
                "notebook_path": str(serving.notebook),
                "base_url": serving.base_url,
                "config_file_paths": [],
                "open_browser": False,
                "log_level": logging.WARNING,
                "identity_provider_class": Anyone,
            },
            VoilaConfiguration={"allow_template_override": "NO", "allow_theme_override": "NO"},
        )
    )
    return configuration


async def _repeat(seconds: float, call: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(seconds)
        try:
            await loop.run_in_executor(None, call)
        except Exception:
            report("a chore of the server failed", traceback.format_exc())


def _log_request(handler: RequestHandler) -> None:
    """Only what went wrong, and never the query: a worker's link is in it."""
    if handler.get_status() >= 500 and handler.get_status() != 503:  # which `health` logs itself
        log.warning("%s %s: %s", handler.request.method, handler.request.path, handler.get_status())
