"""Everything a stranger can reach over HTTP, but for the websocket (`channel.py`).

| path                            | answer                                                                    |
| ------------------------------- | ------------------------------------------------------------------------- |
| `/`                             | a worker's page, with a kernel of its own; without one for who may not in, |
|                                 | or has to wait (`waiting.py`)                                             |
| `/monitor`, `/review`           | a researcher's pages, behind a door of their own                          |
| `/healthz`                      | whether the server is well (`health.py`); no kernel                       |
| `/static/<version>/<file>`      | the page's own script and icon; the version is a hash, so cached for ever |
| `/api/kernels/<id>`             | whether that kernel lives (its id is the page's secret)                   |
| `/api/kernels/<id>/channels`    | the websocket                                                             |
| `/voila/api/shutdown/<id>`      | POST: the page is gone, its kernel may end                                |

Nothing else exists: there is no path that leads to a file of the project, to a list of kernels or to a way of starting
one but the page itself.
"""

import contextlib
import re
import traceback
from types import TracebackType
from typing import Any

from jupyter_core.utils import ensure_async
from tornado import web
from tornado.iostream import StreamClosedError

from imgloop_widgets.incidents import report

FOREVER = "public, max-age=31536000, immutable"
NOT_KEPT = "no-store"

SORRY = "Something went wrong on our side. Please try again, or tell the researcher the number {}.\n"

KERNEL_ID = r"(?P<kernel_id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

_HOST = re.compile(r"[A-Za-z0-9.\-_\[\]:]{1,255}")


def content_policy(host: str, frame_ancestors: tuple[str, ...], form_targets: tuple[str, ...] = ()) -> str:
    """Return the Content-Security-Policy of all answers: nothing is loaded from anywhere else.

    host: as in the request; the websocket of our own host is named because older Safari does not count it as 'self'.
    frame_ancestors: origins of panels that may show the page in a frame, besides our own.
    form_targets: origins of panels to which the page may post a form.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    rules = {
        "default-src": "'self'",
        "script-src": "'self' blob:",  # a widget's module is imported from a blob
        "style-src": "'self' 'unsafe-inline'",  # a widget's style sheet comes with the widget
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "connect-src": f"'self'{sockets}",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": " ".join(["'self'", *form_targets]),
        "frame-ancestors": " ".join(["'self'", *frame_ancestors]),
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


class Secure(web.RequestHandler):
    """The headers of every answer, and errors without a word about their cause."""

    _incident: str | None = None

    def set_default_headers(self) -> None:
        """Set the headers that every answer carries."""
        self.clear_header("Server")
        ancestors, targets = (self.settings[f"imgloop_{name}"] for name in ("frame_ancestors", "form_targets"))
        policy = content_policy(self.request.host, ancestors, targets)
        self.set_header("Content-Security-Policy", policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Permissions-Policy", "camera=(), microphone=(), geolocation=()")

    def log_exception(self, typ: Any, value: BaseException | None, tb: TracebackType | None) -> None:
        """Log what went wrong under an incident number; never the query, a worker's link is in it."""
        if isinstance(value, web.HTTPError) and value.status_code < 500:
            return
        text = "".join(traceback.format_exception(typ, value, tb))
        self._incident = report(f"{self.request.method} {self.request.path}", text)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error in a sentence, with its incident number if it has one."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", NOT_KEPT)
        self.finish(self._sentence(status_code))

    def _sentence(self, status_code: int) -> str:
        if self._incident is not None:
            return SORRY.format(self._incident)
        return "This page does not exist.\n" if status_code == 404 else f"This is not possible (error {status_code}).\n"


class NotFound(Secure):
    """Every path that is not in the table above."""

    def prepare(self) -> None:
        """Answer 404, whatever the method."""
        raise web.HTTPError(404)


class KernelState(Secure):
    """`/api/kernels/<id>`: the page asks this when its socket was closed."""

    def get(self, kernel_id: str) -> None:
        """Answer 200 while the kernel lives, 404 afterwards."""
        if kernel_id not in self.settings["kernel_manager"]:
            raise web.HTTPError(404)
        self.set_header("Cache-Control", NOT_KEPT)
        self.finish({"id": kernel_id})


class PageClosed(Secure):
    """`/voila/api/shutdown/<id>`: a page that closes says so.

    No token against forged requests is asked for: a page that unloads can't send a header, and only the page itself
    knows the id.
    """

    async def post(self, kernel_id: str) -> None:
        """End the kernel; an unknown id is no error, the kernel may have been first."""
        kernels = self.settings["kernel_manager"]
        if kernel_id in kernels:
            await ensure_async(kernels.shutdown_kernel(kernel_id))
        self.set_header("Cache-Control", NOT_KEPT)
        self.set_status(204)
        with contextlib.suppress(StreamClosedError):  # the page has gone, after all
            await self.finish()

    def check_xsrf_cookie(self) -> None:
        """See above."""


class Static(Secure, web.StaticFileHandler):
    """`/static/<version>/<file>`: files of the package's own `template/static`, nothing else."""

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep the file: another version has another path."""
        self.set_header("Cache-Control", FOREVER)
