"""One call of an image service: with a deadline, an answer of limited size, and a `GenerationError` for what fails.

The libraries of the services all stand on `httpx2`, so one client serves them: it notes the last answer of a call (its
request id, and what it says where the library only raises) and cuts one off that is too large for any image.
"""

import asyncio
import functools
import json
import ssl
import urllib.request
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Generic, TypeVar

import httpx2

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.backends.answers import Answer, failure_of
from imgloop_widgets.generators.backends.keys import Key, hide, hide_in_bytes
from imgloop_widgets.generators.contract import Context

MAX_BYTES = 64 * 2**20
"""Of an answer: a PNG of the largest image that is taken (16 megapixels), in base64, is smaller."""

T = TypeVar("T")

_answers: ContextVar[list[httpx2.Response]] = ContextVar("_answers")


class NoImage(Exception):
    """There is no image (or text) where it should be; what the answer says instead decides what that means."""


class TooLarge(Exception):
    """An answer has more than `MAX_BYTES` bytes."""


async def ask(
    call: Callable[[], Awaitable[T]], *, service: str, context: Context, key: Key | None = None
) -> tuple[T, Answer]:
    """Return what the call returns, and the last answer that it got; its headers are those of the first, too.

    The answer is without the key: services repeat a wrong one.

    Raises:
        GenerationError: the call failed; says how. It hangs on no other error: those hold the request, with the key.
    """
    seen: list[httpx2.Response] = []
    _answers.set(seen)
    try:
        async with asyncio.timeout(context.timeout_s):
            return await call(), _answer(seen, key)
    except Exception as error:
        failed = _failure(error, seen, service, key)
    raise GenerationError(hide(str(failed), key), failure=failed.failure, retry_after_s=failed.retry_after_s)


def client() -> httpx2.AsyncClient:
    """Return a client whose calls `ask` can watch. Its timeout is `ask`'s."""
    return httpx2.AsyncClient(
        transport=_Limited(),
        headers={"accept-encoding": "identity"},  # images don't shrink, and a small answer can't unfold to a giant
        event_hooks={"response": [_note]},
        follow_redirects=True,
        timeout=None,
    )


def unwatched() -> None:
    """Say in a task of its own that its answers are not those of the call it was started from."""
    _answers.set([])


class PerLoop(Generic[T]):
    """One thing for each event loop, made at its first use: connections belong to the loop that opened them."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, T] = weakref.WeakKeyDictionary()

    def get(self) -> T:
        """Return the running loop's."""
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            self._made[loop] = self._make()
        return self._made[loop]


async def _note(response: httpx2.Response) -> None:
    _answers.get([]).append(response)


def _answer(seen: list[httpx2.Response], key: Key | None) -> Answer:
    if not seen:
        return Answer(status=0)
    try:
        body = seen[-1].content
    except httpx2.ResponseNotRead:
        body = b""
    # the first one's go before: the service's request id, and not that of the host which keeps its images
    headers = {name.lower(): hide(text, key) for one in reversed(seen) for name, text in one.headers.items()}
    return Answer(status=seen[-1].status_code, headers=headers, body=hide_in_bytes(body, key))


def _failure(error: Exception, seen: list[httpx2.Response], service: str, key: Key | None) -> GenerationError:
    causes = _causes(error)
    response = getattr(error, "response", None)  # of a library's own client, such as the hub's
    answer = _answer([*seen, response] if isinstance(response, httpx2.Response) else seen, key)

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if isinstance(error, GenerationError):
        return error
    if among(TooLarge):
        return GenerationError(f"{service} sent more than {MAX_BYTES} bytes", failure="bad_output")
    if answer.status >= 400:
        return failure_of(answer, service, datetime.now(UTC))
    if among(TimeoutError, httpx2.TimeoutException):
        return GenerationError(f"{service} did not answer in time", failure="timeout")
    if among(httpx2.TransportError, ConnectionError):
        name = type(causes[-1]).__name__
        return GenerationError(f"the connection to {service} failed ({name})", failure="transient")
    if isinstance(said := getattr(error, "body", None), dict):  # OpenAI's, in the middle of a stream
        answer = Answer(status=answer.status, headers=answer.headers, body=json.dumps({"error": said}).encode())
    if answer.status:
        return failure_of(answer, service, datetime.now(UTC))
    if among(ValueError, TypeError):
        return GenerationError(f"{service} can't be asked so: {error}", failure="invalid_parameters")
    return GenerationError(f"{service} could not be asked: {type(error).__name__}", failure="transient")


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


class _Limited(httpx2.AsyncBaseTransport):
    """Cuts off an answer that is too large, before it is in memory where it declares its size.

    The environment's proxies are used, as the libraries would; a client with a transport of its own leaves them out.
    """

    def __init__(self) -> None:
        def way(proxy: str | None = None) -> httpx2.AsyncHTTPTransport:
            return httpx2.AsyncHTTPTransport(verify=_tls(), proxy=proxy, limits=httpx2.Limits(max_connections=None))

        self._direct = way()
        self._by_proxy = {k: way(url) for k, url in urllib.request.getproxies().items() if k in ("http", "https")}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        by_proxy = self._by_proxy.get(request.url.scheme)
        if by_proxy is None or urllib.request.proxy_bypass(request.url.host):
            response = await self._direct.handle_async_request(request)
        else:
            response = await by_proxy.handle_async_request(request)
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > MAX_BYTES:
            await response.aclose()
            raise TooLarge
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Counted(response.stream)
        return response

    async def aclose(self) -> None:
        for way in (self._direct, *self._by_proxy.values()):
            await way.aclose()


@functools.cache
def _tls() -> ssl.SSLContext:
    """Load the certificates once in a process: it takes a tenth of a second, on the event loop that all share."""
    return httpx2.create_ssl_context()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self._stream:
            count += len(chunk)
            if count > MAX_BYTES:
                raise TooLarge
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
