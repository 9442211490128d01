"""`LookAlike`: the loop as one ipywidgets component, for a notebook and for a worker's page alike.

    task = LookAlike("look_alike", generate=my_callback)    # in a notebook: a pilot, in memory
    task                                                    # shows it
    task.attempts                                           # a pandas frame

What a page may say to it stands in `base`; the loop adds `image`, `signals` (see `recorder`), and the commands
submit_prompt, score, cancel and exit. Kernel → page there are four traits (`form`, `changes`, `view`, `progress`), the
answers to messages, and `preview`: how the image that is being made looks so far, which is kept nowhere.
"""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import (
    AttemptScored,
    AttemptViewed,
    FormSubmitted,
    ImagePicked,
    PracticeSubmitted,
    PromptSubmitted,
    StepSubmitted,
)
from imgloop_widgets.forms import Sheet
from imgloop_widgets.generators.contract import Generator, Reviser
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import (
    Expire,
    Phase,
    State,
    is_over,
    pending,
    seconds_left,
)
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.panel_table import OUTCOME, Outcome
from imgloop_widgets.panels import Ending
from imgloop_widgets.plain import plain_text
from imgloop_widgets.rows import ATTEMPT_COLUMNS, attempt_rows
from imgloop_widgets.runner import Runner
from imgloop_widgets.signs import SignsOfLife
from imgloop_widgets.stage import playing
from imgloop_widgets.store import open_results, open_store
from imgloop_widgets.widgets.base import (
    FormWidget,
)
from imgloop_widgets.widgets.bundle import page_script, page_style
from imgloop_widgets.widgets.commanding import command_of
from imgloop_widgets.widgets.leaving import ending_of, leave_json, not_yet
from imgloop_widgets.widgets.onward import Onward
from imgloop_widgets.widgets.pictures import bare
from imgloop_widgets.widgets.recorder import Recorder
from imgloop_widgets.widgets.seat import AWAY, Seat
from imgloop_widgets.widgets.ticking import TICK_S, Ticks
from imgloop_widgets.widgets.uploads import StoreShelf
from imgloop_widgets.widgets.view import form_json, images_of, view_json

if TYPE_CHECKING:
    import pandas as pd

PROGRESS_S = 0.1
"""Seconds between two messages of progress, however often a generator reports."""

ELSEWHERE = "This task is open in another window too. This page now shows where it stands."


THEIRS = (
    FormSubmitted | PromptSubmitted | ImagePicked | AttemptScored | AttemptViewed | StepSubmitted | PracticeSubmitted
)
"""What only a worker does: another window is at it where this comes from elsewhere."""


class LookAlike(FormWidget):
    """The look-alike task of one worker.

    study: a study file or its folder. generate: the callback `(prompt, context) → image`; it goes before the
    generator that the study file names. revise: rewrites each prompt before it is sent, unseen by the worker; it goes
    before the arm's. scorer: measures each image, `(image, target) → number`; it goes before the arm's. worker_id,
    unit: who plays which unit (1-based; None: the one that is due, in an arm by chance). results: a folder to keep the
    session in; None: in memory, as a pilot wants it. runner: of a session that is open already, in place of all these;
    next_is_due: asked once it is finished, whether the same link gives the worker another one; dismissed: asked where
    it does not, what they read who may begin no other one ("": they may). leave: how the worker goes back to their
    panel, by what came of them; None: no panel waits for them.

    Raises:
        ConfigurationError: every mistake in the study's files.
    """

    _esm = page_script("look_alike.js")
    _css = page_style()
    view = traitlets.Dict().tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        study: Path | str | None = None,
        *,
        generate: Generator | None = None,
        revise: Reviser | None = None,
        scorer: Callable[..., float] | None = None,
        worker_id: str = "pilot",
        unit: int | None = 1,
        results: Path | str | None = None,
        runner: Runner | None = None,
        leave: Callable[[Outcome], Ending | None] | None = None,
        next_is_due: Callable[[], bool] | None = None,
        dismissed: Callable[[], str] | None = None,
    ) -> None:
        if runner is None:
            if study is None:
                raise ValueError("LookAlike needs a study: a study file or its folder")
            store = open_store(":memory:") if results is None else open_results(results)
            opened = OpenStudy.load(study, generate=generate, revise=revise, scorer=scorer, store=store)
            runner = opened.enter(Identity(worker_id=worker_id, unit=unit))
        self._runner = runner
        self._seat = Seat(runner.store, runner.session_id, runner.now())
        self._way_out = leave
        self._leave: dict[str, Any] | None = None
        self._signs = SignsOfLife(runner.store, runner.session_id, runner.now)
        self._onward = Onward(next_is_due, dismissed, runner.record)
        self._find_the_way_out(now=False)
        self._notice: str | None = None
        self._callbacks: list[Callable[[State], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._draft = runner.store.draft(runner.session_id) or (0, {})
        self._sent = images_of(runner.state)  # images that a page has been sent, or asks for by itself
        self._reported: tuple[int, float | None, str] | None = None  # progress that is not yet shown
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:  # a script: nothing ticks
            self._loop = None
        self._recorder = Recorder(runner.store, runner.session_id, runner.now) if runner.part.signals else None
        shelf = StoreShelf(runner.store, runner.session_id)
        super().__init__(shelf, form=form_json(runner.part, runner.state), view=self._picture())
        runner.changed = self._changed
        runner.progress = self._report_progress
        self._ticks = Ticks()
        self._spawn(self._ticks.run(weakref.ref(self)))
        self._spawn(self._runner.perform())

    @property
    def state(self) -> State:
        """The session as it stands."""
        return self._runner.state

    @property
    def attempts(self) -> "pd.DataFrame":
        """One row for each image shown so far; the columns are those of `imgloop_widgets.rows.attempt_rows`."""
        import pandas as pd  # only a researcher asks for it

        return pd.DataFrame(attempt_rows(self.state), columns=list(ATTEMPT_COLUMNS))

    def on_finish(self, callback: Callable[[State], None]) -> None:
        """Call `callback(state)` once the session is finished."""
        self._callbacks.append(callback)

    @property
    def _sheet(self) -> Sheet:
        return self._runner.sheet

    def _keep_sheet(self, sheet: Sheet) -> None:
        self._runner.change_sheet(sheet)

    def _can_be_filled(self) -> bool:
        if self.state.finished or self.state.practice or not self._seat.look():
            return False
        return self.state.phase is Phase.ASKING or self.state.answers is None

    def _record(self, error: BaseException) -> str:
        return self._runner.record(error)

    def _remaining_s(self) -> float | None:
        return seconds_left(self.state, self._runner.now())

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        before = self.state.seq
        super()._handle_msg(msg)
        self._ticks.happened()
        if self.state.finished or self.state.seq != before:  # what was stored is a sign of life too
            return
        try:
            self._signs.give()
        except Exception as error:  # the next one may reach the store
            self._record(error)

    def _on_hello(self, content: Mapping[str, Any]) -> None:
        self._runner.refresh()
        self._render(again=True)

    def _on_image(self, content: Mapping[str, Any]) -> None:
        name, runner = content.get("id"), self._runner
        part, state = playing(runner.part, self.state)
        if name == "target":
            data = bare(part.target.file.read_bytes())
        elif isinstance(name, str) and name in images_of(state):
            data = runner.store.get_image(name)
        else:  # only the images of this very session
            return
        self.send({"kind": "image", "id": name}, [data])

    def _on_signals(self, content: Mapping[str, Any]) -> None:
        if self._recorder is not None:
            self._recorder.take(content, len(self.state.attempts))

    _ON: ClassVar[dict[str, Callable[[Any, Mapping[str, Any]], None]]] = {
        **FormWidget._ON,
        "hello": _on_hello,
        "image": _on_image,
        "signals": _on_signals,
    }

    def _save_draft(self, seq: object, values: dict[str, Any]) -> None:
        if seq == self.state.since and not self.state.finished and self._seat.look():
            self._runner.store.save_draft(self._runner.session_id, self.state.since, values)
            self._draft = self.state.since, values

    def _obey(self, content: Mapping[str, Any]) -> None:
        before = self.state.since
        if not self._seat.look():
            raise Refused(AWAY)
        try:
            command = command_of(content, true_values=self._uploads.true_values, kept=self._kept_at_exit)
            self._runner.dispatch(command, makes=self._loop is not None)
        except Refused:
            if self.state.since != before:  # somebody else was first
                self._notice = ELSEWHERE
            raise
        finally:
            self._spawn(self._runner.perform())

    def _kept_at_exit(self, draft: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """What stands in the page as the worker leaves; None: it has not said."""
        return self._draft_now() if draft is None else self._without_secrets(draft)

    def tick(self) -> None:
        """Look at the clock and at the store: expire, take over what another window did, make what is owed."""
        runner = self._runner
        if not self._seat.look() and not runner.state.finished:
            self._render()
            return
        if is_over(runner.state, runner.now()) and not runner.state.finished:
            try:
                runner.dispatch(Expire(seq=runner.state.seq, draft=self._draft_now()))
            except Refused:  # another window was first; its events are here now
                self._render()
        elif self._seat.events != runner.state.seq:
            news = runner.refresh()
            if any(isinstance(event, THEIRS) for event in news):
                self._notice = ELSEWHERE
            self._render()
        elif pending(runner.state):
            self._spawn(runner.perform())

    def waits_s(self) -> float | None:
        """Return the seconds until something is due, ≥ 0; inf: nothing is; None: it looks no more."""
        if self.comm is None or self.state.phase is Phase.FINISHED or self._seat.lost:
            return None
        left = self._remaining_s()
        return TICK_S if pending(self.state) else float("inf") if left is None else left

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            work.close()
            return
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._runner.record(error)

    def _changed(self) -> None:
        self._notice = None
        self._ticks.happened()
        state = self.state.practice or self.state
        new = images_of(state) - self._sent
        if state.phase in (Phase.SCORING, Phase.GENERATING):  # before the picture that names it: the page need not ask
            for name in sorted(new):
                self._on_image({"id": name})
        self._sent |= new
        if self.state.finished:
            self._find_the_way_out(now=not self._seat.lost)
        self._render()
        if self.state.finished:
            callbacks, self._callbacks = self._callbacks, []
            for callback in callbacks:
                try:
                    callback(self.state)
                except Exception as error:  # the researcher's own; what was stored stays stored
                    self._runner.record(error)

    def _render(self, *, again: bool = False) -> None:
        """Draw the state. again: also where the page was sent this very picture before; it may have missed it."""
        before = self.view
        with self.hold_sync():
            self.progress = {}
            self.changes = self._sheet.changes()
            self.view = self._picture()
            if self.view["page"] != before["page"]:
                self.form = form_json(self._runner.part, self.state)
        if again and self.view == before:
            self.send_state(("changes", "view", "progress"))
        if again and len(self.state.plan) > 1:
            self.send_state("form")  # it is another one at each step, and a page may have missed one

    def _picture(self) -> dict[str, Any]:
        runner = self._runner
        due, farewell = self._onward.look(finished=self.state.finished is not None)
        return view_json(
            runner.part,
            runner.state,
            runner.now(),
            draft=self._draft_now(),
            notice=self._notice,
            metrics={} if runner.state.practice else runner.scores.percents(),
            leave=self._leave,
            away=self._seat.lost and not self.state.finished,
            next_is_due=due,
            farewell=farewell,
        )

    def _find_the_way_out(self, *, now: bool) -> None:
        """Look how the worker leaves: after all that is due. now: whether the session has just ended, on this page."""
        finished = self.state.finished
        if finished is None or (ending := ending_of(self._way_out, finished.reason, self._record)) is None:
            return
        if OUTCOME[finished.reason] != "completed":
            self._onward.stop()
        due, _ = self._onward.look(finished=True)
        self._leave = not_yet(ending) if due else leave_json(ending, now=now)

    def _draft_now(self) -> Mapping[str, Any]:
        return self._draft[1] if self._draft[0] == self.state.since else {}

    def _report_progress(self, share: float | None, text: str, preview: bytes | None) -> None:
        """Show what the generator says, the latest of what it says quickly; it may come from any thread."""
        if self._loop is not None:
            if preview is not None:
                self._loop.call_soon_threadsafe(self._show_preview, self.state.since, preview)
            scheduled = self._reported is not None
            self._reported = self.state.since, share, text
            if not scheduled:
                self._loop.call_soon_threadsafe(self._loop.call_later, PROGRESS_S, self._show_progress)

    def _show_preview(self, seq: int, preview: bytes) -> None:
        if pending(self.state) and seq == self.state.since:
            self.send({"kind": "preview", "seq": seq}, [preview])

    def _show_progress(self) -> None:
        reported, self._reported = self._reported, None
        if reported is None or not pending(self.state) or reported[0] != self.state.since:
            return
        _, share, text = reported
        known = isinstance(share, int | float) and share == share
        self.progress = {
            "seq": self.state.since,
            "share": float(min(1, max(0, share or 0))) if known else None,
            "text": plain_text(text)[:200],
        }
