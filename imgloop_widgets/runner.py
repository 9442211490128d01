"""The shell around the loop: what a session does in the world.

    command → check against the form → decide → store.append (commit) → apply → `changed`
    pending? → claim → `Generating` (turn, call, retries; kept in the store) → ReportImage or ReportFailure, dispatched

A `Runner` belongs to one session in one process. Others may hold the same session (a second tab, a reload whose old
kernel still lives): the store's `seq` decides who was first, a claim decides who makes an image that is owed, and
`refresh` takes over what the others did.

A process that is told to end while a call goes on, and is not known to be free, stays until its image is stored: so a
reload, which ends the old kernel, does not pay twice.
"""

import asyncio
import atexit
import logging
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from imgloop_widgets.background import in_thread, settle
from imgloop_widgets.errors import Conflict, Failure, GenerationError, Refused, StoreError, new_incident
from imgloop_widgets.events import (
    Event,
    FormSubmitted,
    LoopFinished,
    PracticeScored,
    PromptSubmitted,
    SessionFinished,
)
from imgloop_widgets.forms import Sheet, check_answers, check_prompt_field
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.generating import Generating
from imgloop_widgets.generators.orders import Order, StudyPaused
from imgloop_widgets.loop import (
    PROMPT,
    STALE,
    Command,
    ReportFailure,
    ReportImage,
    Score,
    State,
    SubmitPrompt,
    SubmitStep,
    decide,
    fold,
    is_over,
    pending,
    seconds_left,
)
from imgloop_widgets.loop.controls import SEED
from imgloop_widgets.part import Part, template_of
from imgloop_widgets.plain import plain_text
from imgloop_widgets.scoring import SessionScores
from imgloop_widgets.stage import checked_step, grants_of, kept_json, playing, sheet_now
from imgloop_widgets.store import Store

log = logging.getLogger("imgloop")

LEASE_S = 6.0
"""Seconds after which the maker of an owed image counts as dead unless it has renewed its claim."""

STORING_S = 5.0
"""Seconds that the end of a call has, after its own time, to store what came of it."""

HARMLESS: frozenset[Failure] = frozenset({"cancelled", "refused", "rate_limited"})
"""Failures that are no incident: nobody has to look into them."""


Report = ReportImage | ReportFailure
ENDS = SessionFinished | LoopFinished | PracticeScored
"""What ends a loop: the prompt that came with the score is not needed then, and need not be right."""


def utc_now() -> datetime:
    """The clock of a real session."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Work:
    """An image that is being made. report, result: what came of it, in `perform` and for who lingers."""

    generating: Generating
    report: "asyncio.Future[Report] | None" = None
    result: Report | None = None

    def abandon(self, seq: int) -> None:
        """Wait no longer, also where the generator does not listen (a sync one then ends in its own thread)."""
        self.generating.cancel()
        if self.report is not None:
            settle(self.report, ReportFailure(seq=seq, failure="cancelled"), None)


class Runner:
    """One session. state: the fold of its events. sheet: its form, with what triggers have changed. scores: what a
    scorer says of its images.

    changed: called after each change; progress: (share, text, preview as WebP or None), from any thread.
    clock: UTC. pause: waits for so many seconds before a call is tried again; None: really.
    """

    def __init__(
        self,
        part: Part,
        store: Store,
        session_id: str,
        events: tuple[Event, ...],
        *,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.part, self.store, self.session_id = part, store, session_id
        self.state: State = fold(events)
        self.sheet = self._kept_sheet(self.state)
        self.changed: Callable[[], None] = lambda: None
        self.progress: Callable[[float | None, str, bytes | None], None] = lambda share, text, preview: None
        self.scores = SessionScores(part.scorer, store, session_id, part.target.file, self.record)
        self._clock, self._pause = clock, pause
        self._holder = secrets.token_hex(8)
        self._work: _Work | None = None
        self._in_background = False  # whether the page goes on meanwhile
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
        while True:
            events, since = self._decide(command), self.state.since
            try:
                self.store.append(self.session_id, events, grants_of(self.part, self.state, events))
                return self._apply(events)
            except Conflict:
                if not self.refresh() or self.state.since != since:  # else it was the researcher, and it holds
                    raise Refused(STALE) from None

    def refresh(self) -> tuple[Event, ...]:
        """Take over what other holders of the session have stored; return it."""
        events = self.store.read(self.session_id, since=self.state.seq)
        after = fold(events, self.state)
        theirs = after.place != self.state.place or any(isinstance(event, FormSubmitted) for event in events)
        self._apply(events, self._kept_sheet(after) if theirs else None)  # the answers are those of another page's
        return events

    def change_sheet(self, sheet: Sheet) -> None:
        """Keep what a trigger has made of the form. Raises: StoreError."""
        self.store.save_sheet(self.session_id, kept_json(self.state, sheet))
        self.sheet = sheet

    def _kept_sheet(self, state: State) -> Sheet:
        return sheet_now(self.part, state, self.store.sheet(self.session_id) or {})

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

    def _apply(self, events: tuple[Event, ...], sheet: Sheet | None = None) -> None:
        """Go on to the state after the events. sheet: of the form then; None: it follows from the state."""
        if not events:
            return
        before, self.state = self.state, fold(events, self.state)
        if sheet or before.place != self.state.place:
            self.sheet = sheet or sheet_now(self.part, self.state, {})
        if self._work and pending(self.state) is None:
            self._work.abandon(self.state.since)
            self._work = None  # the next image need not wait for this one's end
        self.changed()

    def _decide(self, command: Command) -> tuple[Event, ...]:
        now, rules, state = self.now(), self.part.rules, self.state
        problems: dict[str, str] = {}
        if state.since <= command.seq <= state.seq and not is_over(state, now):
            if isinstance(command, SubmitPrompt | Score):
                command, problems = self._checked(command)
            elif isinstance(command, SubmitStep):
                command = checked_step(self.sheet, command, self._has_file)
        try:
            events = decide(rules, state, command, now)
        except Refused as refused:
            if not refused.problems:
                raise
            problems = {**problems, **refused.problems}
            events = ()
        if not problems or (events and isinstance(events[-1], ENDS)):
            return events
        raise Refused(
            next(iter(problems.values())) if len(problems) == 1 else f"{len(problems)} answers need another look.",
            field=next(iter(problems)),
            problems=problems,
        )

    def _checked(self, command: SubmitPrompt | Score) -> tuple[Command, dict[str, str]]:
        """Hold the command against the form: return it with typed answers, and a message for each bad field."""
        problems: dict[str, str] = {}
        part, state = playing(self.part, self.state)
        form, parts = part.form, part.parts
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
            field = parts.templates[template_of(part, state, len(state.attempts))].prompt
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
        self._work = work = self._prepare(owed, in_thread=False)
        try:
            report = self._make(work, self.state.since)
        finally:
            self._work = None
        self._report(report)

    async def perform(self) -> None:
        """Make the image that is owed, if any and if nobody else makes it; the event loop stays free meanwhile."""
        owed = self._claimed()
        if owed is None:
            return
        seq, self._in_background = self.state.since, True
        self._work = work = self._prepare(owed, in_thread=True)
        renewing = asyncio.create_task(self._renew(seq))
        try:
            work.report = in_thread(lambda: self._make(work, seq))
            report = await self._in_time(work.report, seq)
        finally:
            renewing.cancel()
            work.abandon(seq)
            awaited = self._work is work
            if awaited:
                self._work = None
        if awaited:
            self._report(report)

    async def _in_time(self, report: "asyncio.Future[Report]", seq: int) -> Report:
        """Return what came of it; the worker's time, in which it must come, may be moved meanwhile."""
        while True:
            try:
                return await asyncio.wait_for(asyncio.shield(report), seconds_left(self.state, self.now()))
            except TimeoutError:
                if is_over(self.state, self.now()):
                    return ReportFailure(seq=seq, failure="timeout")

    def _claimed(self) -> PromptSubmitted | None:
        owed = pending(self.state)
        if owed is None or self._work or is_over(self.state, self.now()):
            return None
        if self._unstored is not None and self._unstored.seq >= self.state.since:
            self._report(self._unstored)  # made, and perhaps paid, already
            return None
        if not self._claim(self.state.since):
            return None
        if self.refresh() and pending(self.state) is not owed:  # somebody else had made it just before
            self._release()
            return None
        atexit.register(self._at_exit)  # a reload ends this kernel; the next one need not wait for the lease
        return owed

    def _at_exit(self) -> None:
        """Stay for a call that may cost money, and give back the claim."""
        work = self._work
        if work is not None and not self.part.terms.free:
            self.changed, self.progress = lambda: None, lambda share, text, preview: None  # the page has gone
            self._await_call(work)
            if work.result is not None:
                self._report(work.result)
        self._release()

    def _await_call(self, work: _Work) -> None:
        """Wait for the result of a call that is under way; what only waits for its turn is for the next process."""
        seq, renewed = self.state.since, time.monotonic()
        end, called = renewed + self.part.terms.timeout_s + STORING_S, renewed
        while work.result is None and (now := time.monotonic()) < end:
            called = now if work.generating.calling else called
            if now - called > STORING_S:
                break
            if now - renewed > LEASE_S / 4:
                self._claim(seq)
                renewed = now
            time.sleep(0.05)

    def _release(self) -> None:
        atexit.unregister(self._at_exit)
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

    def _prepare(self, owed: PromptSubmitted, *, in_thread: bool) -> _Work:
        part, opened = playing(self.part, self.state)[0], self.state.opened
        assert opened is not None
        context = Context(
            attempt=owed.attempt,
            target_id=part.target.id,
            category=part.target.category,
            seed=owed.seed,
            idempotency_key=owed.idempotency_key,
            deadline=self.state.auto_submit_at,
            options={**part.options, **{k: v for k, v in owed.controls.items() if k != SEED}},
            target=part.target.file,
            target_sha256=part.target.sha256,
        )
        order = Order(
            prompt=owed.prompt,
            context=context,
            study=opened.study,
            worker_id=opened.worker_id,
            session_id=self.session_id,
        )
        generating = Generating(
            part.generator,
            part.terms,
            order,
            self.store,
            revise=part.revise,
            watch=lambda share, text, preview: self.progress(share, text, preview),
            clock=self._clock,
            pause=self._pause,
            in_thread=in_thread,
            left_s=lambda: seconds_left(self.state, self._clock()),
        )
        return _Work(generating=generating)

    def _make(self, work: _Work, seq: int) -> ReportImage | ReportFailure:
        """Make the image; whatever goes wrong becomes a report."""
        work.result = self._made(work.generating, seq)
        return work.result

    def _made(self, generating: Generating, seq: int) -> ReportImage | ReportFailure:
        try:
            generation = generating.run()
            if self.scores.shown and self.state.practice is None:
                self.scores.measure(generation.image_sha256, len(self.state.attempts) + 1)  # before it is seen
            return ReportImage(seq=seq, generation=generation)
        except GenerationError as error:
            harmless = error.failure in HARMLESS or isinstance(error, StudyPaused)
            return ReportFailure(seq=seq, failure=error.failure, incident=None if harmless else self.record(error))
        except BaseException as error:  # a researcher's callback may raise anything, exit() too
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # Ctrl-C
            return ReportFailure(seq=seq, failure="transient", incident=self.record(error))

    def _report(self, report: ReportImage | ReportFailure) -> None:
        self._unstored = report
        try:
            self.dispatch(report)
        except Refused:  # cancelled, expired or made elsewhere in the meantime: nobody waits for it
            log.info("session %s: a result that came too late was dropped", self.session_id)
        else:
            if isinstance(report, ReportImage) and not self.scores.shown and self.state.practice is None:
                attempt = len(self.state.attempts)
                self.scores.measure_later(report.generation.image_sha256, attempt, wait=not self._in_background)
        self._unstored = None
        self._release()  # kept where storing failed: the next try has the result
