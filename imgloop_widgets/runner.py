"""The shell around the loop: what a session does in the world.

    command → check against the form → decide → store.append (commit) → apply → `changed`
    pending? → claim → `Generating` (turn, call, retries; kept in the store) → ReportImage or ReportFailure, dispatched
                       one for each image that is owed, at the same time

A `Runner` belongs to one session in one process. Others may hold the same session (a second tab, a reload whose old
kernel still lives): the store's `seq` decides who was first, a claim decides who makes an image that is owed, and
`refresh` takes over what the others did.

A process that is told to end while a call goes on, and is not known to be free, stays until its image is stored: so a
reload, which ends the old kernel, does not pay twice.
"""

import asyncio
import atexit
import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from imgloop_widgets.background import in_thread
from imgloop_widgets.claim import LEASE_S, Claim
from imgloop_widgets.errors import Conflict, Failure, GenerationError, Refused, StoreError, new_incident
from imgloop_widgets.events import (
    Event,
    FormSubmitted,
    LoopFinished,
    PracticeScored,
    PracticeViewed,
    PromptSubmitted,
    SessionFinished,
)
from imgloop_widgets.forms import Sheet, check_answers, check_prompt_field
from imgloop_widgets.generators.generating import Generating
from imgloop_widgets.generators.orders import StudyPaused
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
    writes,
)
from imgloop_widgets.part import Part, template_of
from imgloop_widgets.plain import plain_text
from imgloop_widgets.scoring import SessionScores
from imgloop_widgets.stage import checked_step, grants_of, kept_json, playing, sheet_now
from imgloop_widgets.store import Store
from imgloop_widgets.work import Report, Work, orders_of

log = logging.getLogger("imgloop")

STORING_S = 5.0
"""Seconds that the end of a call has, after its own time, to store what came of it."""

HARMLESS: frozenset[Failure] = frozenset({"cancelled", "refused", "rate_limited"})
"""Failures that are no incident: nobody has to look into them."""


ENDS = SessionFinished | LoopFinished | PracticeScored | PracticeViewed
"""What ends a loop: the prompt that came with the score is not needed then, and need not be right."""


def utc_now() -> datetime:
    """The clock of a real session."""
    return datetime.now(UTC)


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
        self.scores = SessionScores(
            part.scorer, store, session_id, part.target.file, self.record, picked=part.rules.pick, tell=self._redraw
        )
        self._clock, self._pause = clock, pause
        self._claim = Claim(store, session_id, clock)
        self._work: Work | None = None
        self._in_background = False  # whether the page goes on meanwhile
        self._unstored: dict[int, tuple[PromptSubmitted, Report]] = {}  # results that the store did not take

    def now(self) -> datetime:
        """The runner's clock, UTC."""
        return self._clock()

    def dispatch(self, command: Command, *, makes: bool = False) -> None:
        """Decide, store, apply. makes: whether `perform` comes next, so that an image that is owed then is claimed now.

        Raises:
            Refused: nothing was changed, and why; the state may be a newer one if another tab was first.
            StoreError: the events could not be stored; nothing was changed.
        """
        while True:
            events, since = self._decide(command), self.state.since
            after = fold(events, self.state)
            owed = pending(after)
            lease = self._claim.following(pending(self.state), owed, makes=makes)
            try:
                self.store.append(self.session_id, events, grants_of(self.part, self.state, events), lease=lease)
                break
            except Conflict:
                if not self.refresh() or self.state.since != since:  # else it was the researcher, and it holds
                    raise Refused(STALE) from None
        self._claim.followed(lease, owed)
        self._apply(events, after)
        self.scores.follow(self.state, events, wait=not self._in_background)

    def _redraw(self) -> None:
        if not self.state.finished:
            self.changed()

    def refresh(self) -> tuple[Event, ...]:
        """Take over what other holders of the session have stored; return it."""
        events = self.store.read(self.session_id, since=self.state.seq)
        after = fold(events, self.state)
        theirs = after.place != self.state.place or any(isinstance(event, FormSubmitted) for event in events)
        self._apply(events, after, self._kept_sheet(after) if theirs else None)  # their answers are another page's
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

    def _apply(self, events: tuple[Event, ...], after: State, sheet: Sheet | None = None) -> None:
        """Go on to the state after the events. sheet: of the form then; None: it follows from the state."""
        if not events:
            return
        before, self.state = self.state, after
        if sheet or before.place != self.state.place:
            self.sheet = sheet or sheet_now(self.part, self.state, {})
        if self._work and pending(self.state) is None:
            self._work.abandon_all()
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
        name = parts.start.prompt
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
        if not writes(part.rules, state):
            return command, problems
        if state.attempts:
            name = parts.templates[template_of(part, state, len(state.attempts))].prompt
        try:
            check_prompt_field(form, name, command.prompt or "")
        except Refused as refused:
            problems[PROMPT] = str(refused)
        return command, problems

    def perform_now(self) -> None:
        """Make the images that are owed, if any, in this thread (simulated workers, tests)."""
        prompt = self._claimed()
        if prompt is None:
            return
        self._work = work = self._prepare(prompt, in_thread=False)
        try:
            for place in work.making:
                if self._work is not work:  # the time was over meanwhile
                    break
                self._report(prompt, self._make(work, place))
        finally:
            if self._work is work:
                self._work = None

    async def perform(self) -> None:
        """Make the images that are owed, if any and if nobody else makes them; the event loop stays free meanwhile."""
        prompt = self._claimed()
        if prompt is None:
            return
        self._in_background = True
        self._work = work = self._prepare(prompt, in_thread=True)
        renewing = asyncio.create_task(self._claim.renew(prompt))
        try:
            each = (self._perform(work, place) for place in work.making)
            done = await asyncio.gather(*each, return_exceptions=True)
        finally:
            renewing.cancel()
            work.abandon_all()
            if self._work is work:
                self._work = None
        for error in done:
            if isinstance(error, BaseException):
                raise error

    async def _perform(self, work: Work, place: int) -> None:
        """Make one image, and report what came of it unless nobody waits for it any more."""
        try:
            work.reports[place] = in_thread(lambda: self._make(work, place))
            report = await self._in_time(work.reports[place], place)
        finally:
            work.abandon(place)
        if self._work is work:
            self._report(work.prompt, report)

    async def _in_time(self, report: "asyncio.Future[Report]", place: int) -> Report:
        """Return what came of it; the worker's time, in which it must come, may be moved meanwhile."""
        while True:
            try:
                return await asyncio.wait_for(asyncio.shield(report), seconds_left(self.state, self.now()))
            except TimeoutError:
                if is_over(self.state, self.now()):
                    return ReportFailure(seq=0, failure="timeout", place=place)

    def _claimed(self) -> PromptSubmitted | None:
        prompt = pending(self.state)
        if prompt is None or self._work or is_over(self.state, self.now()):
            return None
        for known, report in list(self._unstored.values()):
            self._report(known, report)  # made, and perhaps paid, already
        if pending(self.state) != prompt:
            return None
        if not self._claim.has_just(prompt):
            if not self._claim.take(prompt):
                return None
            if self.refresh() and pending(self.state) != prompt:  # somebody else had made it just before
                self._release()
                return None
        atexit.register(self._at_exit)  # a reload ends this kernel; the next one need not wait for the lease
        return prompt

    def _at_exit(self) -> None:
        """Stay for calls that may cost money, and give back the claim."""
        work = self._work
        if work is not None and not self.part.terms.free:
            self.changed, self.progress = lambda: None, lambda share, text, preview: None  # the page has gone
            self._await_calls(work)
            for place in sorted(work.results):
                self._report(work.prompt, work.results[place])
        self._release()

    def _await_calls(self, work: Work) -> None:
        """Wait for the results of calls that are under way; what only waits for its turn is for the next process."""
        renewed = time.monotonic()
        end, called = renewed + self.part.terms.timeout_s + STORING_S, renewed
        while not work.is_done and (now := time.monotonic()) < end:
            called = now if work.calling else called
            if now - called > STORING_S:
                break
            if now - renewed > LEASE_S / 4:
                self._claim.take(work.prompt)
                renewed = now
            time.sleep(0.05)

    def _release(self) -> None:
        atexit.unregister(self._at_exit)
        self._claim.give_back()

    def _prepare(self, prompt: PromptSubmitted, *, in_thread: bool) -> Work:
        part, work = playing(self.part, self.state)[0], Work(prompt=prompt)
        for place, order in orders_of(self.part, self.state, prompt, self.store).items():
            work.making[place] = Generating(
                part.generator,
                part.terms,
                order,
                self.store,
                revise=part.revise,
                watch=work.watcher(place, lambda share, text, preview: self.progress(share, text, preview)),
                clock=self._clock,
                pause=self._pause,
                in_thread=in_thread,
                left_s=lambda: seconds_left(self.state, self._clock()),
            )
        return work

    def _make(self, work: Work, place: int) -> Report:
        """Make one image; whatever goes wrong becomes a report."""
        report = self._made(work, place)
        work.take(place, report)
        return report

    def _made(self, work: Work, place: int) -> Report:
        try:
            generation = work.making[place].run()
            if self.scores.shown and self.state.practice is None and work.prompt.images == 1:
                self.scores.measure([generation.image_sha256], work.prompt.attempt)  # before it is seen
            return ReportImage(seq=0, generation=generation, place=place)
        except GenerationError as error:
            harmless = error.failure in HARMLESS or isinstance(error, StudyPaused)
            incident = None if harmless else self.record(error)
            return ReportFailure(seq=0, failure=error.failure, incident=incident, place=place)
        except BaseException as error:  # a researcher's callback may raise anything, exit() too
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # Ctrl-C
            return ReportFailure(seq=0, failure="transient", incident=self.record(error), place=place)

    def _report(self, prompt: PromptSubmitted, report: Report) -> None:
        """Store what came of an image, for the state as it is now, if it is still owed."""
        place = report.place or 1
        self._unstored[place] = prompt, report
        try:
            if pending(self.state) == prompt:
                self.dispatch(replace(report, seq=self.state.seq))
        except Refused:  # cancelled, expired or made elsewhere in the meantime: nobody waits for it
            log.info("session %s: a result that came too late was dropped", self.session_id)
        del self._unstored[place]
        if pending(self.state) != prompt:
            self._release()  # kept where storing failed: the next try has the result
