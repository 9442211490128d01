"""The shell around the loop: what a session does in the world.

    command → check against the form → decide → store.append (commit) → apply → `changed`
    pending? → claim → generator → store.put_image → ReportImage or ReportFailure, as any other command

A `Runner` belongs to one session in one process. Others may hold the same session (a second tab, a reload whose old
kernel still lives): the store's `seq` decides who was first, a claim decides who makes an image that is owed, and
`refresh` takes over what the others did.
"""

import asyncio
import atexit
import contextlib
import logging
import secrets
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from imgloop_widgets.errors import Conflict, Failure, GenerationError, Refused, StoreError, new_incident
from imgloop_widgets.events import Event, FormSubmitted, PromptSubmitted, SessionFinished
from imgloop_widgets.forms import FormModel, LoopParts, Sheet, check_answers, check_prompt_field
from imgloop_widgets.generators.contract import Context, Generator
from imgloop_widgets.generators.making import Making
from imgloop_widgets.library import Target
from imgloop_widgets.loop import (
    PROMPT,
    STALE,
    Command,
    Phase,
    ReportFailure,
    ReportImage,
    Rules,
    Score,
    State,
    SubmitPrompt,
    band,
    decide,
    fold,
    is_over,
    pending,
)
from imgloop_widgets.plain import plain_text
from imgloop_widgets.store import Store

log = logging.getLogger("imgloop")

LEASE_S = 6.0
"""Seconds after which the maker of an owed image counts as dead unless it has renewed its claim."""


def utc_now() -> datetime:
    """The clock of a real session."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a session plays with: rules, form, target, generator, and the time one image may take (seconds)."""

    rules: Rules
    form: FormModel
    parts: LoopParts
    target: Target
    generator: Generator
    timeout_s: float = 180.0


@dataclass(slots=True)
class _Work:
    """An image that is being made. stop: set once nobody waits for it. report: what came of it, in `perform` alone."""

    making: Making
    stop: threading.Event
    report: "asyncio.Future[ReportImage | ReportFailure] | None" = None

    def abandon(self, seq: int) -> None:
        """Wait no longer, also where the generator does not listen (a sync one then ends in its own thread)."""
        self.stop.set()
        self.making.cancel()
        if self.report is not None:
            _settle(self.report, ReportFailure(seq=seq, failure="cancelled"), None)


class Runner:
    """One session. state: the fold of its events. sheet: its form, with what triggers have changed.

    changed: called after each change; progress: (share, text).
    """

    def __init__(
        self,
        part: Part,
        store: Store,
        session_id: str,
        events: tuple[Event, ...],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.part, self.store, self.session_id = part, store, session_id
        self.state: State = fold(events)
        self.sheet = self._kept_sheet()
        self.changed: Callable[[], None] = lambda: None
        self.progress: Callable[[float | None, str], None] = lambda share, text: None
        self._clock = clock
        self._holder = secrets.token_hex(8)
        self._work: _Work | None = None
        self._unstored: ReportImage | ReportFailure | None = None  # a result that the store did not take

    def now(self) -> datetime:
        """The runner's clock, UTC."""
        return self._clock()

    def dispatch(self, command: Command) -> None:
        """Decide, store, apply.

        Raises:
            Refused: nothing was changed, and why; the state may be a newer one if another tab was first.
            StoreError: the events could not be stored; nothing was changed.
        """
        events = self._decide(command)
        try:
            self.store.append(self.session_id, events)
        except Conflict:
            self.refresh()
            raise Refused(STALE) from None
        self._apply(events)

    def refresh(self) -> tuple[Event, ...]:
        """Take over what other holders of the session have stored; return it."""
        events = self.store.read(self.session_id, since=self.state.seq)
        if any(isinstance(event, FormSubmitted) for event in events):
            self.sheet = self._kept_sheet()  # the answers are those of another page's
        self._apply(events)
        return events

    def change_sheet(self, sheet: Sheet) -> None:
        """Keep what a trigger has made of the form. Raises: StoreError."""
        self.store.save_sheet(self.session_id, sheet.to_json())
        self.sheet = sheet

    def _kept_sheet(self) -> Sheet:
        return Sheet.from_json(self.part.form, self.store.sheet(self.session_id) or {})

    def _has_file(self, sha256: str) -> bool:
        return sha256 in self.store.uploads(self.session_id)

    def record(self, error: BaseException) -> str:
        """Log an error under a new incident number and return the number."""
        incident = new_incident()
        text = plain_text("".join(traceback.format_exception(error)))
        log.error("incident %s in session %s\n%s", incident, self.session_id, text)
        try:
            self.store.record_incident(incident, self.now(), self.session_id, text)
        except StoreError:
            log.exception("incident %s could not be stored", incident)
        return incident

    def _apply(self, events: tuple[Event, ...]) -> None:
        if not events:
            return
        self.state = fold(events, self.state)
        if self._work and self.state.phase is not Phase.GENERATING:
            self._work.abandon(self.state.seq)
            self._work = None  # the next image need not wait for this one's end
        self.changed()

    def _decide(self, command: Command) -> tuple[Event, ...]:
        now, rules, state = self.now(), self.part.rules, self.state
        problems: dict[str, str] = {}
        if isinstance(command, SubmitPrompt | Score) and command.seq == state.seq and not is_over(state, now):
            command, problems = self._checked(command)
        try:
            events = decide(rules, state, command, now)
        except Refused as refused:
            if not refused.problems:
                raise
            problems = {**problems, **refused.problems}
            events = ()
        if not problems or (events and isinstance(events[-1], SessionFinished)):
            return events
        count = len(problems)
        raise Refused(
            next(iter(problems.values())) if count == 1 else f"{count} answers need another look.",
            field=next(iter(problems)),
            problems=problems,
        )

    def _checked(self, command: SubmitPrompt | Score) -> tuple[Command, dict[str, str]]:
        """Hold the command against the form: return it with typed answers, and a message for each bad field."""
        problems: dict[str, str] = {}
        form, parts, state = self.part.form, self.part.parts, self.state
        field = parts.start.prompt
        if isinstance(command, SubmitPrompt) and state.answers is None:
            try:
                answers = check_answers(self.sheet, command.answers or {}, has_file=self._has_file)
                command = replace(command, answers=answers)
            except Refused as refused:
                if not refused.problems:
                    raise
                problems = refused.problems
        elif isinstance(command, SubmitPrompt):
            command = replace(command, answers=None)
        if state.attempts:
            field = parts.templates[template_of(self.part, state, len(state.attempts))].prompt
        try:
            check_prompt_field(form, field, command.prompt or "")
        except Refused as refused:
            problems[PROMPT] = str(refused)
        return command, problems

    def perform_now(self) -> None:
        """Make the image that is owed, if any, in this thread (simulated workers, tests)."""
        owed = self._claimed()
        if owed is None:
            return
        self._work = work = self._prepare(owed)
        try:
            report = self._make(work.making, self.state.seq)
        finally:
            self._work = None
        self._report(report)

    async def perform(self) -> None:
        """Make the image that is owed, if any and if nobody else makes it; the event loop stays free meanwhile."""
        owed = self._claimed()
        if owed is None:
            return
        seq = self.state.seq
        self._work = work = self._prepare(owed)
        renewing = asyncio.create_task(self._renew(seq))
        try:
            work.report = in_thread(lambda: self._make(work.making, seq))
            report = await asyncio.wait_for(work.report, self._seconds_left())
        except TimeoutError:
            report = ReportFailure(seq=seq, failure="timeout")
        finally:
            renewing.cancel()
            work.abandon(seq)
            awaited = self._work is work
            if awaited:
                self._work = None
        if awaited:
            self._report(report)

    def _claimed(self) -> PromptSubmitted | None:
        owed = pending(self.state)
        if owed is None or self._work or is_over(self.state, self.now()):
            return None
        if self._unstored is not None and self._unstored.seq == self.state.seq:
            self._report(self._unstored)  # made, and perhaps paid, already
            return None
        if not self._claim(self.state.seq):
            return None
        if self.refresh() and pending(self.state) is not owed:  # somebody else had made it just before
            self._release()
            return None
        atexit.register(self._release)  # a reload ends this kernel; the next one need not wait for the lease
        return owed

    def _release(self) -> None:
        atexit.unregister(self._release)
        try:
            self.store.release(self.session_id, self._holder)
        except StoreError:  # it runs out by itself
            log.info("the claim of session %s could not be given back", self.session_id)

    def _claim(self, seq: int) -> bool:
        return self.store.claim(self.session_id, seq, self._holder, self.now(), LEASE_S)

    async def _renew(self, seq: int) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 4)
            try:
                self._claim(seq)
            except StoreError:
                log.exception("the claim of session %s could not be renewed", self.session_id)

    def _seconds_left(self) -> float:
        opened = self.state.opened
        if opened is None or opened.auto_submit_at is None:
            return self.part.timeout_s
        return max(0.0, min(self.part.timeout_s, (opened.auto_submit_at - self.now()).total_seconds()))

    def _prepare(self, owed: PromptSubmitted) -> _Work:
        assert self.state.opened is not None
        stop = threading.Event()
        context = Context(
            attempt=owed.attempt,
            target_id=self.part.target.id,
            category=self.part.target.category,
            seed=owed.seed,
            idempotency_key=owed.idempotency_key,
            deadline=self.state.opened.auto_submit_at,
            progress=lambda share, text="": None if stop.is_set() else self.progress(share, text),
            cancelled=stop.is_set,
        )
        return _Work(making=Making(self.part.generator, owed.prompt, context), stop=stop)

    def _make(self, making: Making, seq: int) -> ReportImage | ReportFailure:
        """Run the generator and store its image; whatever goes wrong becomes a report."""
        try:
            made = making.run()
            return ReportImage(
                seq=seq,
                image_sha256=self.store.put_image(made.webp),
                width=made.width,
                height=made.height,
                generator=name_of(self.part.generator),
                version=str(getattr(self.part.generator, "version", "")),
                parameters=made.parameters,
            )
        except GenerationError as error:
            harmless = error.failure in {"cancelled", "refused", "rate_limited"}
            return ReportFailure(seq=seq, failure=error.failure, incident=None if harmless else self.record(error))
        except BaseException as error:  # a researcher's callback may raise anything, exit() too
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # Ctrl-C
            failure: Failure = "timeout" if isinstance(error, TimeoutError) else "transient"
            return ReportFailure(seq=seq, failure=failure, incident=self.record(error))

    def _report(self, report: ReportImage | ReportFailure) -> None:
        self._unstored = report
        try:
            self.dispatch(report)
        except Refused:  # cancelled, expired or made elsewhere in the meantime: nobody waits for it
            log.info("session %s: a result that came too late was dropped", self.session_id)
        self._unstored = None
        self._release()  # kept where storing failed: the next try has the result


def template_of(part: Part, state: State, attempt: int) -> str:
    """Return the name of the form's template for an attempt (1-based): by the score of the attempt before it."""
    before = state.attempts[attempt - 2].score if attempt > 1 else None
    return band(part.rules, before) or next(iter(part.parts.templates))


def name_of(generator: Generator) -> str:
    """Return the name a generator's images are stored under."""
    return str(getattr(generator, "name", None) or getattr(generator, "__name__", None) or type(generator).__name__)


def in_thread(work: Callable[[], Any]) -> "asyncio.Future[Any]":
    """Run in a daemon thread: a callback that hangs must not keep the kernel from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def run() -> None:
        try:
            result, error = work(), None
        except BaseException as raised:
            result, error = None, raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel has ended
            loop.call_soon_threadsafe(_settle, future, result, error)

    threading.Thread(target=run, name="imgloop-generation", daemon=True).start()
    return future


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():  # nobody waits any more
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
