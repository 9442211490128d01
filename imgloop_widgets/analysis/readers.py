"""Pages of a store, read by several processes: this one, and others that it starts for nothing else.

    this process ──── the span of a page ────► a reader: opens the store for itself, reads, makes columns of it
                 ◄──── the columns' bytes ────

Threads would wait for each other, for most of the work is in Python's hands. A reader is a help and no more: what it
can't do, for whatever reason, is done here, where an error has its own type and text. It is a plain new process, so it
does not matter what runs in this one (threads, a kernel, a connection), and it ends when this one closes its end or is
gone. A store in memory has no address: it is read here alone.
"""

import gc
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from threading import Lock, Thread
from typing import IO, Any, Generic, Self, TypeVar

from imgloop_widgets.store.opening import opened_again
from imgloop_widgets.store.packs import Pack, Page

ALONE = 5
"""Pages up to which nobody is asked: they are read faster than another process starts."""

PROCESSES = 4
"""Processes that read at once, this one among them, at most: each takes some 200 MB."""

_START = """import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from imgloop_widgets.analysis.readers import read
read()"""
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_PIPE = 1 << 20
_ALIGNED = 64
"""Bytes at whose multiples a column begins, as Arrow wants it."""

Result = TypeVar("Result")


def each(
    work: Callable[[Sequence[Pack]], Result],
    pages: Iterable[Callable[[], Sequence[Pack]]],
    processes: int | None = None,
) -> list[Result]:
    """Return what `work` makes of each page that is not empty, in their order.

    work: a function of a module, whose results can be pickled. pages: those that are a `Page` may be read by another
    process. processes: that read at once; None: as many as there are cores, at most `PROCESSES`. The result is the
    same. The first page with an error ends it all.
    """
    pages = iter(pages)
    begin = list(islice(pages, ALONE + 1))
    turns = _Turns(work, chain(begin, pages))
    others = (processes or min(PROCESSES, _cores())) - 1 if len(begin) > ALONE else 0
    threads = [Thread(target=_ask, args=(turns, work, begin[-1]), daemon=True) for _ in range(others)]
    for thread in threads:
        thread.start()
    try:
        turns.here()
        for thread in threads:
            thread.join()
    except BaseException as error:
        turns.stop(error)
        raise
    return turns.results()


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Turns(Generic[Result]):
    """Pages, each taken by whoever is free, and what came of them."""

    def __init__(self, work: Callable[[Sequence[Pack]], Result], pages: Iterable[Callable[[], Sequence[Pack]]]) -> None:
        self._work, self._pages, self._lock = work, enumerate(pages), Lock()
        self._made: dict[int, Result | None] = {}
        self._errors: dict[int, BaseException] = {}

    def take(self) -> tuple[int, Callable[[], Sequence[Pack]]] | None:
        """Return the next page and its number; None: there is no other, or it is over because of an error."""
        with self._lock:
            try:
                return None if self._errors else next(self._pages, None)
            except BaseException as error:
                self.stop(error)
                return None

    def stop(self, error: BaseException) -> None:
        """Let nobody take another page."""
        self._errors[sys.maxsize] = error

    def here(self) -> None:
        """Read pages in this process until there are no more."""
        while taken := self.take():
            self.read(*taken)

    def read(self, number: int, page: Callable[[], Sequence[Pack]]) -> None:
        """Read a page in this process."""
        try:
            packs = page()
            self._made[number] = self._work(packs) if packs else None
        except BaseException as error:
            self._errors[number] = error

    def put(self, number: int, result: Result | None) -> None:
        """Take what a page is made into. None: it is empty."""
        self._made[number] = result

    def results(self) -> list[Result]:
        """Return what the pages are made into, in their order. Raises: the error of the first page that has one."""
        if self._errors:
            raise self._errors[min(self._errors)]
        found = (self._made[number] for number in sorted(self._made))
        return [result for result in found if result is not None]


def _ask(turns: _Turns[Any], work: Callable[[Sequence[Pack]], Any], page: object) -> None:
    """Let another process take turns. page: one of them."""
    if not isinstance(page, Page) or page.address is None:
        return
    try:
        reader = _Reader(page.address, work)
    except Exception:  # no process can be started here
        return
    with reader:
        while taken := turns.take():
            number, page = taken
            try:
                done, result = reader.read(page)
            except Exception:  # the reader is gone, or says what can't be understood
                turns.read(number, page)
                return
            if done:
                turns.put(number, result)
            else:
                turns.read(number, page)


class _Reader:
    """Another process, as this one sees it."""

    def __init__(self, address: object, work: object) -> None:
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-I", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
            pipesize=_PIPE,
            start_new_session=True,  # an interrupt from the keyboard is for this process
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._asks, self._answers = self._process.stdin, self._process.stdout
        try:
            self._say(sys.path)
            self._say((address, work))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._process.communicate()  # closes its input, which ends it
        except OSError:
            self._process.kill()
            self._process.wait()

    def read(self, page: Callable[[], Sequence[Pack]]) -> tuple[bool, Any]:
        """Return whether the page could be read, and what it is made into. Raises: anything: there was no answer."""
        if not isinstance(page, Page):
            return False, None
        self._say((page.study, page.span))
        answer: tuple[bool, Any] = _received(self._answers)
        return answer

    def _say(self, what: object) -> None:
        self._asks.write(pickle.dumps(what))
        self._asks.flush()


def read() -> None:
    """Be a reader: answer until the other process asks for nothing more, or is gone."""
    gc.disable()
    asks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    address, work = pickle.load(asks)
    with opened_again(address) as store:
        while True:
            try:
                study, span = pickle.load(asks)
            except EOFError:
                return
            try:
                packs = store.packs(study, span)
                answer = True, work(packs) if packs else None
            except Exception:  # the other process reads it again, and says what is wrong
                answer = False, None
            _send(answers, answer)


def _send(file: IO[bytes], value: object) -> None:
    """Write how many parts there are, how long each is, and the parts: the value, and the bytes of its columns."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    file.write(struct.pack(f"<{len(parts) + 1}q", len(parts), *map(len, parts)))
    for part in parts:
        file.write(part)
        file.write(bytes(-len(part) % _ALIGNED))
    file.flush()


def _received(file: IO[bytes]) -> Any:
    """Read what `_send` has written; the columns lie in one piece of memory. Raises: EOFError: there is no more."""
    (number,) = struct.unpack("<q", _exactly(file, 8))
    sizes = struct.unpack(f"<{number}q", _exactly(file, 8 * number))
    whole = memoryview(_exactly(file, sum(size + -size % _ALIGNED for size in sizes)))
    parts, begin = [], 0
    for size in sizes:
        parts.append(whole[begin : begin + size])
        begin += size + -size % _ALIGNED
    return pickle.loads(parts[0], buffers=parts[1:])


def _exactly(file: Any, size: int) -> bytearray:
    whole, at = bytearray(size), 0
    while at < size:
        some = file.readinto(memoryview(whole)[at:])
        if not some:
            raise EOFError("a reader has ended")
        at += some
    return whole
