"""`LookAlike`: the loop as one ipywidgets component, for a notebook and for a worker's page alike.

    task = LookAlike("look_alike", generate=my_callback)    # in a notebook: a pilot, in memory
    task                                                    # shows it
    task.attempts                                           # a pandas frame

Page → kernel there are only messages (hello, image, command, draft, ping); a trait that the page sets is ignored, and
every message is taken as if a stranger had written it. Kernel → page there are three traits (`form`, `view`,
`progress`) and the answers to messages. Nothing that goes wrong in here reaches the page but a sentence with an
incident number.
"""

import asyncio
import json
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import AttemptScored, FormSubmitted, PromptSubmitted
from imgloop_widgets.generators.contract import Generator
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import (
    Cancel,
    Command,
    Exit,
    Expire,
    Phase,
    Score,
    State,
    SubmitPrompt,
    is_over,
    pending,
)
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.plain import plain, plain_text
from imgloop_widgets.rows import ATTEMPT_COLUMNS, attempt_rows
from imgloop_widgets.runner import Runner
from imgloop_widgets.store import open_store
from imgloop_widgets.widgets.pictures import bare
from imgloop_widgets.widgets.view import form_json, remaining_s, view_json

if TYPE_CHECKING:
    import pandas as pd

TICK_S = 1.0
"""Seconds between looks at the clock and at the store."""

PROGRESS_S = 0.1
"""Seconds between two messages of progress, however often a generator reports."""

MAX_DRAFT_CHARACTERS = 65_536
MAX_COMMAND_CHARACTERS = 262_144

ELSEWHERE = "This task is open in another window too. This page now shows where it stands."
BROKEN = "Something went wrong on our side; what you did so far is saved. Please try again. (Incident {})"


class LookAlike(anywidget.AnyWidget):
    """The look-alike task of one worker.

    study: a study file or its folder. generate: the callback `(prompt, context) → image`; it goes before the
    generator that the study file names. worker_id, unit: who plays which unit (1-based). results: a folder to keep the
    session in; None: in memory, as a pilot wants it.

    Raises:
        ConfigurationError: every mistake in the study's files.
    """

    _esm = Path(__file__).parent / "look_alike.js"
    _css = Path(__file__).parent / "look_alike.css"
    form = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        study: Path | str | None = None,
        *,
        generate: Generator | None = None,
        worker_id: str = "pilot",
        unit: int = 1,
        results: Path | str | None = None,
        runner: Runner | None = None,
    ) -> None:
        if runner is None:
            if study is None:
                raise ValueError("LookAlike needs a study: a study file or its folder")
            store = open_store(":memory:" if results is None else Path(results))
            opened = OpenStudy.load(study, generate=generate, store=store)
            runner = opened.enter(Identity(worker_id=worker_id, unit=unit))
        self._runner = runner
        self._notice: str | None = None
        self._callbacks: list[Callable[[State], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._draft = runner.store.draft(runner.session_id) or (0, {})
        self._reported: tuple[int, float | None, str] | None = None  # progress that is not yet shown
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:  # a script: nothing ticks
            self._loop = None
        super().__init__(form=form_json(runner.part), view=self._picture())
        runner.changed = self._changed
        runner.progress = self._report_progress
        self._spawn(self._tick_for_ever(weakref.ref(self)))
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

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Ignore what a page sets: the traits are a picture, and only the kernel draws it."""

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        """Take a message of the page. Replaces ipywidgets' own, which would send a traceback to the page."""
        try:
            match msg:
                case {"content": {"data": {"method": "request_state"}}}:
                    self.send_state()
                case {"content": {"data": {"method": "custom", "content": {"kind": str(kind), **rest}}}}:
                    if kind in self._ON:
                        self._ON[kind](self, plain(rest))
        except Exception as error:
            self._runner.record(error)

    def _on_hello(self, content: Mapping[str, Any]) -> None:
        self._runner.refresh()
        self._render(again=True)

    def _on_ping(self, content: Mapping[str, Any]) -> None:
        number = content.get("n")
        left = remaining_s(self.state, self._runner.now())
        self.send({"kind": "pong", "n": number if isinstance(number, int) else None, "remaining_s": left})

    def _on_image(self, content: Mapping[str, Any]) -> None:
        name, runner = content.get("id"), self._runner
        if name == "target":
            data = bare(runner.part.target.file.read_bytes())
        elif isinstance(name, str) and name in {a.image.image_sha256 for a in self.state.attempts}:
            data = runner.store.get_image(name)
        else:  # only the images of this very session
            return
        self.send({"kind": "image", "id": name}, [data])

    def _on_draft(self, content: Mapping[str, Any]) -> None:
        seq, values = content.get("seq"), content.get("values")
        if seq != self.state.seq or self.state.finished or not isinstance(values, dict):
            return
        if _characters(values) <= MAX_DRAFT_CHARACTERS:
            self._runner.store.save_draft(self._runner.session_id, self.state.seq, values)
            self._draft = self.state.seq, values

    def _on_command(self, content: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"kind": "result", "id": str(content.get("id"))[:100], "ok": True}
        before = self.state.seq
        try:
            self._runner.dispatch(self._command(content))
        except Refused as refused:
            answer |= {"ok": False, "message": str(refused), "problems": refused.problems}
            if self.state.seq != before:  # somebody else was first
                self._notice = ELSEWHERE
        except Exception as error:
            answer |= {"ok": False, "message": BROKEN.format(self._runner.record(error)), "problems": {}}
        self.send(answer)
        if not answer["ok"]:
            self._render(again=True)  # the true state, where the page had another
        self._spawn(self._runner.perform())

    def _command(self, content: Mapping[str, Any]) -> Command:
        seq = content.get("seq")
        if isinstance(seq, bool) or not isinstance(seq, int):
            raise Refused("This page is out of order. Please reload it.")
        prompt, answers, draft = content.get("prompt"), content.get("answers"), content.get("draft")
        if content.get("name") != "exit" and _characters(content) > MAX_COMMAND_CHARACTERS:
            raise Refused("This is more text than can be saved. Please shorten it.")
        match content.get("name"):
            case "submit_prompt":
                answers = answers if isinstance(answers, dict) else None
                return SubmitPrompt(seq=seq, prompt=prompt if isinstance(prompt, str) else "", answers=answers)
            case "score":
                score: Any = content.get("score")
                return Score(seq=seq, score=score, prompt=prompt if isinstance(prompt, str) else None)
            case "cancel":
                return Cancel(seq=seq)
            case "exit":
                small = isinstance(draft, dict) and _characters(draft) <= MAX_DRAFT_CHARACTERS
                return Exit(seq=seq, draft=draft if small and isinstance(draft, dict) else self._draft_now())
        raise Refused("This page is out of order. Please reload it.")

    _ON: ClassVar[dict[str, Callable[["LookAlike", Mapping[str, Any]], None]]] = {
        "hello": _on_hello,
        "ping": _on_ping,
        "image": _on_image,
        "draft": _on_draft,
        "command": _on_command,
    }

    def tick(self) -> None:
        """Look at the clock and at the store: expire, take over what another window did, make what is owed."""
        runner = self._runner
        if is_over(runner.state, runner.now()) and not runner.state.finished:
            try:
                runner.dispatch(Expire(seq=runner.state.seq, draft=self._draft_now()))
            except Refused:  # another window was first; its events are here now
                self._render()
        elif runner.store.length(runner.session_id) != runner.state.seq:
            news = runner.refresh()
            if any(isinstance(event, FormSubmitted | PromptSubmitted | AttemptScored) for event in news):
                self._notice = ELSEWHERE
            self._render()
        elif pending(runner.state):
            self._spawn(runner.perform())

    @staticmethod
    async def _tick_for_ever(reference: "weakref.ref[LookAlike]") -> None:
        while True:
            await asyncio.sleep(TICK_S)
            widget = reference()
            if widget is None or widget.comm is None or widget.state.phase is Phase.FINISHED:
                return
            try:
                widget.tick()
            except Exception as error:
                widget._runner.record(error)
            del widget

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
        if self.state.phase is Phase.SCORING:  # before the picture that names it: the page need not ask
            self._on_image({"id": self.state.attempts[-1].image.image_sha256})
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
            self.view = self._picture()
        if again and self.view == before:
            self.send_state(("view", "progress"))

    def _picture(self) -> dict[str, Any]:
        runner = self._runner
        return view_json(runner.part, runner.state, runner.now(), draft=self._draft_now(), notice=self._notice)

    def _draft_now(self) -> Mapping[str, Any]:
        seq, values = self._draft
        return values if seq == self._runner.state.seq else {}

    def _report_progress(self, share: float | None, text: str) -> None:
        """Show what the generator says, the latest of what it says quickly; it may come from any thread."""
        if self._loop is not None:
            scheduled = self._reported is not None
            self._reported = self.state.seq, share, text
            if not scheduled:
                self._loop.call_soon_threadsafe(self._loop.call_later, PROGRESS_S, self._show_progress)

    def _show_progress(self) -> None:
        reported, self._reported = self._reported, None
        if reported is None or not pending(self.state) or reported[0] != self.state.seq:
            return
        _, share, text = reported
        known = isinstance(share, int | float) and share == share
        self.progress = {
            "seq": self.state.seq,
            "share": float(min(1, max(0, share or 0))) if known else None,
            "text": plain_text(text)[:200],
        }


def _characters(content: Mapping[str, Any]) -> int:
    return len(json.dumps(content, ensure_ascii=False))
