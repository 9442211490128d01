"""One image from a prompt: all that stands between whoever asks (a session, a replay) and one call of a generator.

    made already under this key? ── yes ──▶ that one: it may have been paid for
    the study has paused by itself? ── yes ──▶ `StudyPaused`      the researcher has paused it? ── wait until it goes on
    revise the prompt ──▶ made already by this recipe, and the study has a cache? ── yes ──▶ that one
    ┌──▶ wait for a turn (n at once, m a minute, the cap), reserve the price ──▶ call, check, encode
    │                                                                             │             │
    └── wait, as `retrying` says ◀── settle ◀── a failure ◀───────────────────────┘             │
             `Generation` ◀── settle ◀── keep it under its key ◀── put the image ◀──────────────┘

A `Generating` blocks in the thread that runs it and may be cancelled from any other. It appends no event: what is
returned is kept in the store already, so a process that dies before its event is written has lost nothing.

Of several that want the same recipe at once, one makes it and the others wait for it, as long as its process lives.

The recipe is what an image follows from: generator, version, settings, options, sent prompt and seed. A generator that
draws by anything else (the attempt, the target) must not be cached.
"""

import contextlib
import logging
import math
import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from imgloop_widgets.errors import Failure, GenerationError, StoreError
from imgloop_widgets.events import Generation
from imgloop_widgets.generators.contract import (
    Context,
    Generator,
    ImageLike,
    Reviser,
    name_of,
    version_of,
)
from imgloop_widgets.generators.making import Made, Making, thumbnail
from imgloop_widgets.generators.orders import Order, StudyPaused, Terms, recipe_of
from imgloop_widgets.generators.retrying import AGAIN, BUSY, FREE, HELD, timeout_of_call, wait_before_next, waiting
from imgloop_widgets.generators.revising import Revising
from imgloop_widgets.store import Store

log = logging.getLogger("imgloop")

LEASE_S = 12.0
"""Seconds after which a call, or a place in the queue, is free again unless its process has said that it lives."""

LOOK_S, LONGEST_LOOK_S = 0.2, 2.0
"""Seconds between two looks at the queue: for the first in it, and for those far behind."""

PREVIEW_EVERY_S = 0.5


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Generating:
    """One image. `run` once, in any thread; `cancel` from any other.

    watch: called with share, text and the bytes of a small WebP (or None) as the image comes along. clock: UTC. pause:
    waits for so many seconds; None: really. in_thread: whether each call has a thread of its own, so that one that does
    not come back can be given up. left_s: says how many seconds the worker has (None: no limit), which the researcher
    may change meanwhile; None: what the order's deadline leaves.
    """

    def __init__(
        self,
        generator: Generator,
        terms: Terms,
        order: Order,
        store: Store,
        *,
        revise: Reviser | None = None,
        watch: Callable[[float | None, str, bytes | None], None] = lambda share, text, preview: None,
        clock: Callable[[], datetime] = _utc_now,
        pause: Callable[[float], object] | None = None,
        in_thread: bool = True,
        left_s: Callable[[], float | None] | None = None,
    ) -> None:
        self._generator, self._terms, self._order, self._store = generator, terms, order, store
        self._revise, self._watch, self._clock = revise, watch, clock
        self._in_thread, self._waited_for, self._left_s = in_thread, left_s is not None, left_s or self._of_deadline
        self._stop, self._wake = threading.Event(), threading.Event()
        self._pause = pause or self._stop.wait
        self._holder = secrets.token_hex(8)
        self._making_for_all: str | None = None  # the recipe that others wait for
        self._under_way: Making | Revising | None = None
        self._previewed = -math.inf

    def run(self) -> Generation:
        """Return the image, kept in the store.

        Raises:
            GenerationError: of the last call; it has a note of those before.
            StoreError: the store can't be used. Any other exception is the generator's own.
        """
        order, store = self._order, self._store
        key = order.context.idempotency_key
        if (found := store.generation(key)) is not None:
            return found
        self._unless_paused()
        sent = self._revised()
        recipe = recipe_of(self._generator, order.context, sent)
        try:
            return self._made(sent, recipe)
        finally:
            if self._making_for_all is not None:
                with contextlib.suppress(StoreError):  # it runs out by itself
                    store.release(self._making_for_all, self._holder)

    def _made(self, sent: str, recipe: str) -> Generation:
        """Return the image from the cache, or of the first call that succeeds."""
        order, store = self._order, self._store
        if self._terms.cache and (found := self._cached(recipe)) is not None:
            found = replace(found, sent_prompt=None if sent == order.prompt else sent, calls=0, cost=None)
            store.keep_generation(order.context.idempotency_key, recipe, order.session_id, self._clock(), found)
            return found
        failures: list[Failure] = []
        while True:
            try:
                return self._call(sent, recipe, len(failures))
            except GenerationError as error:
                self._after(error, failures)

    def cancel(self) -> None:
        """Wait no longer; `run` ends soon with the failure `cancelled`."""
        self._stop.set()
        self._wake.set()
        if self._under_way is not None:
            self._under_way.cancel()

    @property
    def calling(self) -> bool:
        """Whether a call is under way; not between two of them, nor while it waits for its turn."""
        return self._under_way is not None

    @property
    def stopped(self) -> bool:
        """Whether it was cancelled."""
        return self._stop.is_set()

    # ------------------------------------------------------------ before and between calls

    def _revised(self) -> str:
        """Return the prompt to send."""
        if self._revise is None:
            return self._order.prompt
        failures: list[Failure] = []
        while True:
            try:
                timeout_s, over = self._time(), threading.Event()
                self._under_way = revising = Revising(self._revise, self._order.prompt, self._context(timeout_s, over))
                return str(self._result_of(revising, timeout_s, over))
            except GenerationError as error:
                self._after(error, failures)
            finally:
                self._under_way = None

    def _cached(self, recipe: str) -> Generation | None:
        """Return what the cache has, now or once another one has made it; None: it is this one's to make.

        An image whose file is gone (a worker was forgotten) is no longer in the cache.
        """
        store = self._store
        while True:
            found = store.cached_generation(recipe)
            if found is not None and store.has_image(found.image_sha256):
                return found
            if self._making_for_all is not None:
                return None
            if store.claim(recipe, 0, self._holder, self._clock(), LEASE_S):
                self._making_for_all = recipe  # and look again: another one may have made it just now
                continue
            self._time()
            self._wait(LOOK_S)

    def _after(self, error: GenerationError, failures: list[Failure]) -> None:
        """Wait until the next call, or raise the error. failures: of the calls before; this one is added."""
        failures.append(error.failure)
        if error.failure == "quota" and not isinstance(error, StudyPaused):
            with contextlib.suppress(StoreError):  # the next one is refused by the service, too
                self._store.pause(self._order.study, self._clock(), str(error))
        order = self._order  # the chance is not the same for two workers, and it is when all is played again
        which = f"{order.context.seed}/{order.worker_id}/{order.context.attempt}/{len(failures)}"
        chance = random.Random(which).random()
        wait_s = wait_before_next(failures, retry_after_s=error.retry_after_s, left_s=self._left_s(), chance=chance)
        if wait_s is None or self.stopped:
            if len(failures) > 1:
                error.add_note(f"after {len(failures)} calls: {', '.join(failures)}")
            raise error
        if wait_s <= 0:
            self._tell(None, AGAIN.get(error.failure, ""))
        while wait_s > 0:
            self._tell(None, BUSY.get(error.failure, BUSY["transient"]).format(math.ceil(wait_s)))
            step = min(1.0, wait_s)
            self._wait(step)
            wait_s -= step

    def _wait(self, seconds: float) -> None:
        self._pause(seconds)
        self._unless_stopped()
        self._renew(None)

    def _unless_paused(self) -> None:
        """Let a worker wait while the researcher has paused the study. Raises: StudyPaused: nobody waits for it."""
        while (pause := self._store.paused(self._order.study)) is not None:
            if not pause.by or not self._waited_for:
                raise StudyPaused(pause.why)
            self._tell(None, HELD)
            self._time()
            self._wait(LONGEST_LOOK_S)

    def _turn(self) -> str | None:
        """Wait for the turn of the next call and return its id; None: the study limits and counts nothing."""
        order, limits = self._order, self._terms.limits
        if not limits.any:
            return None
        call_id, said = secrets.token_hex(8), ""
        try:
            while True:
                turn = self._store.ask_turn(order.study, call_id, order.worker_id, limits, self._clock(), LEASE_S)
                if turn.begun:
                    return call_id
                if turn.paused is not None:
                    raise StudyPaused(turn.paused.why)
                self._time()
                text = waiting(turn.before, held=turn.held)
                if text != said:
                    self._tell(None, text)
                    said = text
                self._wait(min(LOOK_S * (turn.before + 1), LONGEST_LOOK_S))
        except BaseException:
            with contextlib.suppress(StoreError):  # it runs out by itself
                self._store.leave_queue(call_id)
            raise

    # ------------------------------------------------------------ one call

    def _call(self, sent: str, recipe: str, before: int) -> Generation:
        """Make one call when its turn has come. before: calls that were made already."""
        call_id = self._turn()
        price, order = self._terms.limits.price, self._order
        cost, ends_later = 0.0, False
        try:
            timeout_s, over = self._time(), threading.Event()
            begun = self._clock()
            self._under_way = making = Making(self._generator, sent, self._context(timeout_s, over))
            cost = price
            try:
                made = self._result_of(making, timeout_s, over, call_id)
            except _StillGoingOn as going:
                ends_later = True
                going.call.add_done_callback(lambda _: self._end(call_id, price))
                raise going.error from None
            cost = price if made.cost is None else made.cost
            generation = Generation(
                image_sha256=self._store.put_image(made.webp),
                generator=name_of(self._generator),
                version=version_of(self._generator),
                duration_s=max(0.0, (self._clock() - begun).total_seconds()),
                calls=before + 1,
                **_noted(made, order, sent, price),
            )
            try:
                key = order.context.idempotency_key
                self._store.keep_generation(key, recipe, order.session_id, self._clock(), generation)
            except StoreError:  # the image is there, and that counts
                log.exception("the generation %s could not be kept", order.context.idempotency_key)
            return generation
        except GenerationError as error:
            cost = 0.0 if error.failure in FREE else cost
            raise
        finally:
            self._under_way = None
            if not ends_later:
                self._end(call_id, cost)

    def _end(self, call_id: str | None, cost: float) -> None:
        if call_id is None:
            return
        try:
            self._store.end_turn(self._order.study, call_id, reserved=self._terms.limits.price, cost=cost)
        except StoreError:  # its turn runs out by itself; what it had reserved stays spent
            log.exception("the turn of a call could not be ended")

    def _result_of(
        self, work: "Making | Revising", timeout_s: float, over: threading.Event, call_id: str | None = None
    ) -> Any:
        """Run the work; give it up after its time, or once nobody waits. over: set where it is given up."""
        self._unless_stopped()
        try:
            return self._in_own_thread(work, timeout_s, over, call_id) if self._in_thread else work.run()
        except TimeoutError as error:
            raise GenerationError(f"no answer in time: {error!r}", failure="timeout") from error
        except ConnectionError as error:
            raise GenerationError(f"the connection failed: {error!r}", failure="transient") from error

    def _in_own_thread(
        self, work: "Making | Revising", timeout_s: float, over: threading.Event, call_id: str | None
    ) -> Any:
        call: Future[Any] = Future()
        self._wake.clear()
        call.add_done_callback(lambda _: self._wake.set())
        threading.Thread(target=_into, args=(call, work.run), name="imgloop-generation", daemon=True).start()
        end = time.monotonic() + timeout_s
        while not call.done() and not self.stopped and (left := end - time.monotonic()) > 0:
            self._wake.wait(min(left, LEASE_S / 3))
            if not call.done():
                self._renew(call_id)
        if call.done():
            return call.result()
        over.set()
        work.cancel()
        what = "cancelled" if self.stopped else f"no answer within {timeout_s:.0f} s"
        error = GenerationError(what, failure="cancelled" if self.stopped else "timeout")
        raise _StillGoingOn(call, error) if call_id is not None else error

    def _renew(self, call_id: str | None) -> None:
        """Say that what others wait for is alive: the turn of a call, and the image of a recipe."""
        try:
            if call_id is not None:
                self._store.renew_turn(call_id, self._clock(), LEASE_S)
            if self._making_for_all is not None:
                self._store.claim(self._making_for_all, 0, self._holder, self._clock(), LEASE_S)
        except StoreError:
            log.exception("the turn of a call could not be renewed")

    def _context(self, timeout_s: float, over: threading.Event) -> Context:
        def progress(share: float | None = None, text: str = "", preview: ImageLike | None = None) -> None:
            if not over.is_set():
                self._tell(share, text, preview)

        return replace(
            self._order.context,
            timeout_s=timeout_s,
            progress=progress,
            cancelled=lambda: self.stopped or over.is_set(),
        )

    def _tell(self, share: float | None, text: str, preview: ImageLike | None = None) -> None:
        """Tell the watcher; a preview that can't be shown, or comes too soon after another one, is left out."""
        if self.stopped:
            return
        small = None
        if preview is not None and time.monotonic() - self._previewed >= PREVIEW_EVERY_S:
            self._previewed = time.monotonic()
            with contextlib.suppress(Exception):  # it is not worth an image
                small = thumbnail(preview)
        self._watch(share, text, small)

    def _time(self) -> float:
        """Return the seconds the next call may take. Raises: GenerationError: the time is over."""
        self._unless_stopped()
        timeout_s = timeout_of_call(self._terms.timeout_s, self._left_s())
        if timeout_s is None:
            raise GenerationError("the worker's time is over", failure="cancelled")
        return timeout_s

    def _of_deadline(self) -> float | None:
        deadline = self._order.context.deadline
        return None if deadline is None else (deadline - self._clock()).total_seconds()

    def _unless_stopped(self) -> None:
        if self.stopped:
            raise GenerationError("cancelled", failure="cancelled")


class _StillGoingOn(Exception):
    """A call was given up and may go on. error: to raise instead."""

    def __init__(self, call: "Future[Any]", error: GenerationError) -> None:
        self.call, self.error = call, error


def _into(call: "Future[Any]", work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as error:
        call.set_exception(error)
    else:
        call.set_result(result)


def _noted(made: Made, order: Order, sent: str, price: float) -> dict[str, Any]:
    """What is kept of what the generator noted."""
    sent = made.sent_prompt if made.sent_prompt is not None else sent
    cost = made.cost if made.cost is not None else price or None
    same = ("width", "height", "parameters", "model", "seed", "revised_prompt", "request_id", "flags")
    return {
        **{name: getattr(made, name) for name in same},
        "cost": cost,
        "sent_prompt": None if sent == order.prompt else sent,
    }
