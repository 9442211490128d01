"""`Judge`: the page of a rating study, one item after the other, as one ipywidgets component.

    judge = Judge("ratings")     # in a notebook: a pilot, which shows the first study's images and stores nothing
    judge                                          # shows it
    judge.state.rated                              # what was judged so far

What a page may say to it stands in `base`; it adds `image`, and the commands rate, back, forward and leave. Kernel →
page there are the traits `form`, `changes` and `view`. The view names images by their letters: nothing in it, the
alternative texts least of all, says which attempt, arm or worker an image is from, or that an item is a check.

One item back and forward again is a matter of what is shown: nothing is stored until an answer is changed.
"""

import asyncio
import contextlib
import hashlib
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import traitlets

from imgloop_widgets.decisions import code_of
from imgloop_widgets.errors import Refused
from imgloop_widgets.events import ItemRated
from imgloop_widgets.forms import Sheet, check_answers
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging import OpenRatings, Rater
from imgloop_widgets.panel_table import Outcome
from imgloop_widgets.panels import Ending
from imgloop_widgets.ratings import Leave, Rate, RatingState, Shown, coded, is_over, letter, uncoded
from imgloop_widgets.store import open_results, open_store
from imgloop_widgets.widgets.base import (
    MAX_COMMAND_CHARACTERS,
    MAX_DRAFT_CHARACTERS,
    OUT_OF_ORDER,
    TOO_MUCH,
    FormWidget,
    characters,
    drawn_form,
    seq_of,
)
from imgloop_widgets.widgets.bundle import page_script, page_style
from imgloop_widgets.widgets.leaving import ending_of, leave_json
from imgloop_widgets.widgets.pictures import bare
from imgloop_widgets.widgets.seat import AWAY, Seat
from imgloop_widgets.widgets.ticking import Ticks
from imgloop_widgets.widgets.uploads import MemoryShelf

ELSEWHERE = "This task is open in another window too. This page now shows where it stands."

FINISHED = {
    "attempts_used": ("All done, thank you!", "You have rated everything that was to be rated. Your work is saved."),
    "exited": ("Thank you!", "You finished early. What you rated so far is saved."),
    "expired": ("The time is over", "What you rated so far is saved. Thank you!"),
}
"""Title and message of the last page, by the reason for which the session ended."""


class Judge(FormWidget):
    """The page of one rater.

    study: a rating study's file or its folder. worker_id, unit: who judges, and which of their blocks. results: a
    folder to keep the session in; None: in memory, as a pilot wants it. rater: a session that is open already. leave:
    how the rater goes back to their panel, by what came of them; None: no panel waits for them.

    Raises:
        ConfigurationError: every mistake in the study's files.
        Refused: there is nothing to judge.
    """

    _esm = page_script("judge.js")
    _css = page_style()
    view = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        study: Path | str | None = None,
        *,
        worker_id: str = "pilot",
        unit: int = 1,
        results: Path | str | None = None,
        rater: Rater | None = None,
        leave: Callable[[Outcome], Ending | None] | None = None,
    ) -> None:
        if rater is None:
            if study is None:
                raise ValueError("Judge needs a study: a rating study's file or its folder")
            store = open_store(":memory:") if results is None else open_results(Path(results))
            rater = OpenRatings.load(study, store=store).enter(Identity(worker_id=worker_id, unit=unit))
        self._rater = rater
        self._seat = Seat(rater.store, rater.session_id, rater.now())
        self._way_out = leave
        self._leave: dict[str, Any] | None = None
        self._find_the_way_out(now=False)
        self._notice: str | None = None
        self._place = rater.state.place or len(rater.state.shown)
        self._draft: tuple[int, dict[str, Any]] = rater.store.draft(rater.session_id) or (0, {})
        self._now = Sheet(form=rater.form(self._place))
        super().__init__(MemoryShelf(), form=drawn_form(self._now.form), view=self._picture())
        rater.changed = self._changed
        self._ticks = Ticks()
        with contextlib.suppress(RuntimeError):  # a script: nothing ticks
            loop = asyncio.get_running_loop()
            self._ticking = loop.create_task(self._ticks.run(weakref.ref(self)))

    @property
    def state(self) -> RatingState:
        """The session as it stands."""
        return self._rater.state

    @property
    def _sheet(self) -> Sheet:
        return self._now

    def _keep_sheet(self, sheet: Sheet) -> None:
        self._now = sheet

    def _can_be_filled(self) -> bool:
        return self.state.finished is None and self._seat.look()

    def _record(self, error: BaseException) -> str:
        return self._rater.record(error)

    def _remaining_s(self) -> float | None:
        opened = self.state.opened
        if opened is None or opened.deadline is None or self.state.finished:
            return None
        return max(0.0, (opened.deadline - self._rater.now()).total_seconds())

    def _save_draft(self, seq: object, values: dict[str, Any]) -> None:
        at_it = seq == self.state.seq and not self.state.finished and self._place == self.state.place
        if at_it and self._seat.look():
            self._rater.store.save_draft(self._rater.session_id, self.state.seq, values)
            self._draft = self.state.seq, values

    def _on_hello(self, content: Mapping[str, Any]) -> None:
        self._rater.refresh()
        self._render(again=True)

    def _on_image(self, content: Mapping[str, Any]) -> None:
        """Send an image of the item that is shown. Its id is the place, and `target` or a letter."""
        name = content.get("id")
        if not isinstance(name, str) or name not in self._images():
            return
        shown, place = self._images()[name]
        self.send({"kind": "image", "id": name}, [bare(self._rater.picture(shown, place))])

    _ON: ClassVar[dict[str, Callable[[Any, Mapping[str, Any]], None]]] = {
        **FormWidget._ON,
        "hello": _on_hello,
        "image": _on_image,
    }

    def _images(self) -> dict[str, tuple[Shown, int | None]]:
        """Return what can be asked for: image id → the item and the image's place in it; None: its target."""
        shown, at = self.state.shown[self._place - 1], self._place
        images: dict[str, tuple[Shown, int | None]] = {f"{at}-target": (shown, None)}
        return images | {f"{at}-{letter(k)}": (shown, k) for k in range(len(shown.pictures))}

    def _obey(self, content: Mapping[str, Any]) -> None:
        seq, name = seq_of(content), content.get("name")
        if characters(content) > MAX_COMMAND_CHARACTERS:
            raise Refused(TOO_MUCH)
        before = self.state.seq
        if not self._seat.look():
            raise Refused(AWAY)
        try:
            match name:
                case "rate":
                    self._rate(seq, content.get("place"), content.get("values"))
                case "back" | "forward":
                    self._turn(seq, name)
                case "leave":
                    draft = content.get("draft")
                    small = isinstance(draft, dict) and characters(draft) <= MAX_DRAFT_CHARACTERS
                    self._rater.dispatch(Leave(seq=seq, draft=draft if small and isinstance(draft, dict) else {}))
                case _:
                    raise Refused(OUT_OF_ORDER)
        except Refused:
            if self.state.seq != before:  # somebody else was first
                self._notice = ELSEWHERE
            raise

    def _rate(self, seq: int, place: object, values: object) -> None:
        if not isinstance(values, dict) or place != self._place:
            raise Refused(OUT_OF_ORDER)
        if not is_over(self.state, self._rater.now()):
            values = check_answers(self._now, values)
            values = coded(self._rater.study.questions, self.state.shown[self._place - 1], values)
        self._rater.dispatch(Rate(seq=seq, place=self._place, answers=values))

    def _turn(self, seq: int, name: str) -> None:
        state = self.state
        back = state.before(state.place or 0)
        wanted = back if name == "back" else state.place
        if seq != state.seq or state.finished or wanted is None:
            raise Refused(OUT_OF_ORDER)
        self._show(wanted)
        self._render()

    def _show(self, place: int) -> None:
        self._place = place
        self._now = Sheet(form=self._rater.form(place))

    def tick(self) -> None:
        """Look at the clock and at the store: finish when the time is over, take over what another window did."""
        rater = self._rater
        if rater.state.finished:
            return
        if not self._seat.look():
            self._render()
            return
        if is_over(rater.state, rater.now()):
            try:
                rater.dispatch(Leave(seq=rater.state.seq, draft=self._draft_now()))
            except Refused:  # another window was first; its events are here now
                self._render()
        elif self._seat.events != rater.state.seq:
            if any(isinstance(event, ItemRated) for event in rater.refresh()):
                self._notice = ELSEWHERE
            self._render()

    def waits_s(self) -> float | None:
        """Return the seconds until something is due, ≥ 0; inf: nothing is; None: it looks no more."""
        if self.comm is None or self.state.finished or self._seat.lost:
            return None
        left = self._remaining_s()
        return float("inf") if left is None else left

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        super()._handle_msg(msg)
        self._ticks.happened()

    def _changed(self) -> None:
        self._notice = None
        if self.state.finished:
            self._find_the_way_out(now=not self._seat.lost)
        if not self.state.finished and self.state.place is not None:
            self._show(self.state.place)
        self._render()

    def _render(self, *, again: bool = False) -> None:
        """Draw the state. again: also where the page was sent this very picture before; it may have missed it."""
        before = self.view
        with self.hold_sync():
            self.form = drawn_form(self._now.form)
            self.view = self._picture()
        if again and self.view == before:
            self.send_state(("form", "changes", "view"))

    def _draft_now(self) -> Mapping[str, Any]:
        seq, values = self._draft
        return values if seq == self.state.seq else {}

    def _picture(self) -> dict[str, Any]:
        state, at, rater = self.state, self._place, self._rater
        assert state.opened is not None
        shown = state.shown[at - 1]
        target = rater.library.target(shown.target_id)
        width, height = target.size
        given = state.rated.get(at)
        draft = self._draft_now() if given is None else uncoded(rater.study.questions, shown, given.answers)
        return {
            "session": hashlib.sha256(f"{state.opened.session_id} {at}".encode()).hexdigest()[:16],  # drafts go by it
            "seq": state.seq,
            "phase": "finished" if state.finished else "rating",
            "place": at,
            "places": len(state.shown),
            "back": at == state.place and state.before(at) is not None,
            "forward": at != state.place and not state.finished,
            "target": {"image": f"{at}-target", "alt": target.alt, "width": width, "height": height},
            "images": [
                {"image": f"{at}-{letter(k)}", "name": self._name(shown, k), "width": p.width, "height": p.height}
                for k, p in enumerate(shown.pictures)
            ],
            "prompt": rater.prompt(shown),
            "draft": dict(draft),
            "remaining_s": self._remaining_s(),
            "finished": self._finished(),
            "away": self._seat.lost and not state.finished,
            "notice": self._notice,
        }

    def _name(self, shown: Shown, place: int) -> str:
        return "Image" if len(shown.pictures) == 1 else f"Image {letter(place)}"

    def _finished(self) -> dict[str, Any] | None:
        opened, finished = self.state.opened, self.state.finished
        if finished is None or opened is None:
            return None
        title, message = FINISHED.get(finished.reason, FINISHED["exited"])
        code = self._leave["code"] if self._leave else code_of(opened.session_id)
        return {"title": title, "message": message, "code": code, "leave": self._leave}

    def _find_the_way_out(self, *, now: bool) -> None:
        """Look how the rater leaves. now: whether the session has just ended, on this page."""
        if self.state.finished is not None:
            ending = ending_of(self._way_out, self.state.finished.reason, self._record)
            self._leave = leave_json(ending, now=now) if ending else None
