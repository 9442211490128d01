"""What a browser's tab does over HTTP: it fetches a link and the files that the page names, keeps cookies, asks whether
its kernel lives, and says that it was closed. Each worker comes with an empty cache.
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urljoin, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

from imgloop_widgets.serving.waiting import HEADER

PAGE_S = 120.0
"""Seconds that a page may take; a browser would wait as long."""

PROBE_S = 5.0
AT_ONCE = 10_000
"""Requests at a time, of all workers together; more than there ever are."""

_KERNEL = re.compile(r'"kernel": "([0-9a-f-]{36})"')
_BASE = re.compile(r'"base": "([^"]+)"')
_WIDGET = re.compile(r'"model_id": "(\w+)"')
_FILES = re.compile(r'(?:src|href)="([^"]+/static/[^"]+)"')
_FAILED = re.compile(r"data-shell-failed.*?<strong>(\w+)</strong>", re.S)
_SAID = re.compile(r"<p>(.*?)</p>", re.S)


_WAITS = "data-imgloop-waiting"

NO_ANSWER = (OSError, HTTPClientError)
"""What Tornado's client raises where no answer comes; an answer with an error in it is returned."""


class NotOpened(Exception):
    """There is no page to be played; the text says why. kind: of error, for the count."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        super().__init__(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page that came. base: its address, without a query. kernel: its id. widget: the id of the widget it shows.

    first_s, page_s: seconds from the navigation to its first and its last byte.
    """

    base: str
    kernel: str
    widget: str
    first_s: float
    page_s: float


class Tab:
    """One worker's. client: shared by all."""

    def __init__(self, client: AsyncHTTPClient) -> None:
        self._client = client
        self._cookies: SimpleCookie = SimpleCookie()

    @property
    def cookies(self) -> str:
        """What is sent along, as a header."""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())

    async def open(self, link: str) -> Opened:
        """Fetch the page and its files.

        Raises:
            NotOpened: the server does not answer, or lets nobody in, or the page has no task.
        """
        begun = time.perf_counter()
        chunks: list[bytes] = []
        first: list[float] = []
        files: list[asyncio.Future[None]] = []

        def arrive(chunk: bytes) -> None:
            chunks.append(chunk)
            if not first:
                first.append(time.perf_counter() - begun)
                names = dict.fromkeys(_FILES.findall(chunk.decode(errors="replace")))
                files.extend(asyncio.ensure_future(self._file(urljoin(link, name))) for name in names)

        answer = await self._get(link, arrive)
        text = b"".join(chunks).decode(errors="replace")
        await asyncio.gather(*files)
        while answer.code == 200 and _WAITS in text:
            await self._wait_in_line(link)
            chunks.clear()
            answer = await self._get(link, arrive)
            text = b"".join(chunks).decode(errors="replace")
        page_s = time.perf_counter() - begun
        if answer.code != 200:
            said = _SAID.search(text)
            raise NotOpened(f"HTTP {answer.code}", said[1] if said else text[:200])
        if failed := _FAILED.search(text):
            raise NotOpened("page failed", f"incident {failed[1]}")
        kernel, base, widget = _KERNEL.search(text), _BASE.search(text), _WIDGET.search(text)
        if not (kernel and base and widget):
            raise NotOpened("no task", "the page has no task: it came incomplete, or is no page of a study")
        return Opened(base=urljoin(link, base[1]), kernel=kernel[1], widget=widget[1], first_s=first[0], page_s=page_s)

    async def has_ended(self, opened: Opened) -> bool:
        """Whether the server says that the kernel has ended; no answer is no end."""
        url = f"{opened.base}api/kernels/{opened.kernel}"
        try:
            answer = await self._client.fetch(url, raise_error=False, request_timeout=PROBE_S)
        except NO_ANSWER:
            return False
        return answer.code == 404

    async def close(self, opened: Opened) -> None:
        """Say that the page is gone, as a beacon does; nobody waits for the answer."""
        url = f"{opened.base}voila/api/shutdown/{opened.kernel}"
        headers = {"Cookie": self.cookies, "Origin": origin_of(opened.base)}
        with contextlib.suppress(*NO_ANSWER):  # the server may be gone too
            await self._client.fetch(
                url, method="POST", body="", headers=headers, raise_error=False, request_timeout=PAGE_S
            )

    async def _wait_in_line(self, link: str) -> None:
        """Ask as the waiting page does, until there is room."""
        place = 1
        while place != 0:
            await asyncio.sleep(min(15.0, 2.0 + 0.05 * place))
            try:
                headers = {"Cookie": self.cookies, HEADER: "1"}
                answer = await self._client.fetch(link, headers=headers, raise_error=False, request_timeout=PROBE_S)
            except NO_ANSWER:
                continue
            if answer.code == 200:
                place = json.loads(answer.body)["place"]
                place = 1 if place is None else place

    async def _get(self, link: str, arrive: Callable[[bytes], None]) -> HTTPResponse:
        headers = {"Accept": "text/html", "Cookie": self.cookies, "Sec-Fetch-Dest": "document"}
        try:
            answer = await self._client.fetch(
                link, headers=headers, raise_error=False, streaming_callback=arrive, request_timeout=PAGE_S
            )
        except NO_ANSWER as error:
            raise NotOpened("no answer", str(error)) from error
        for line in answer.headers.get_list("Set-Cookie"):
            try:
                self._cookies.load(line)
            except CookieError:
                continue
        return answer

    async def _file(self, url: str) -> None:
        try:
            answer = await self._client.fetch(url, raise_error=False, request_timeout=PAGE_S)
        except NO_ANSWER as error:
            raise NotOpened("file", f"{urlsplit(url).path}: {error}") from error
        if answer.code != 200:
            raise NotOpened("file", f"{urlsplit(url).path}: HTTP {answer.code}")


def origin_of(url: str) -> str:
    """Return the origin of an address, as a browser names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def new_client() -> AsyncHTTPClient:
    """Return the client for all tabs: Tornado's own, which needs no other program."""
    return AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE, defaults={"connect_timeout": PAGE_S})
