"""The shell around a rater's session: decide, append, apply; and what its page shows of the first study."""

import logging
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from imgloop_widgets import ratings
from imgloop_widgets.errors import Conflict, Refused, StoreError, new_incident
from imgloop_widgets.events import Event, ItemRated
from imgloop_widgets.forms import FormModel
from imgloop_widgets.loop import STALE, State
from imgloop_widgets.loop import fold as fold_loop
from imgloop_widgets.plain import plain_text
from imgloop_widgets.ratings import TARGET, RatingCommand, RatingState, Shown, Skip
from imgloop_widgets.runner import utc_now

if TYPE_CHECKING:
    from imgloop_widgets.judging.opening import OpenRatings

log = logging.getLogger("imgloop")


class Rater:
    """One rater's session. state: the fold of its events. changed: called after each change."""

    def __init__(
        self,
        opened: "OpenRatings",
        session_id: str,
        events: tuple[Event, ...],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.study, self.library = opened.study, opened.library
        self.store, self.first, self.session_id = opened.store, opened.first, session_id
        self.state: RatingState = ratings.fold(events)
        self.changed: Callable[[], None] = lambda: None
        self._clock = clock
        self._sources: dict[str, State] = {}
        self.pass_over()

    def now(self) -> datetime:
        """The rater's clock, UTC."""
        return self._clock()

    def dispatch(self, command: RatingCommand) -> None:
        """Decide, store, apply.

        Raises:
            Refused: nothing was changed, and why; the state may be a newer one if another tab was first.
            StoreError: the events could not be stored; nothing was changed.
        """
        events = ratings.decide(self.state, command, self.now())
        shown = [self.state.shown[event.place - 1] for event in events if isinstance(event, ItemRated)]
        try:
            self.store.append_ratings(self.session_id, events, [one.item for one in shown if not one.is_check])
        except Conflict:
            self.refresh()
            raise Refused(STALE) from None
        self._apply(events)
        self.pass_over()

    def refresh(self) -> tuple[Event, ...]:
        """Take over what other holders of the session have stored; return it."""
        events = self.store.read(self.session_id, since=self.state.seq)
        self._apply(events)
        return events

    def pass_over(self) -> None:
        """Skip the items that are next and can't be shown any more."""
        while (
            not self.state.finished and (place := self.state.place) and not self.can_show(self.state.shown[place - 1])
        ):
            try:
                self.dispatch(Skip(seq=self.state.seq, place=place))
            except Refused:  # another page was first
                return

    def can_show(self, shown: Shown) -> bool:
        """Whether all images of an item are there; those of a worker who was forgotten are not."""
        return all(p.attempt == TARGET or self.first.has_image(p.sha256) for p in shown.pictures)

    def form(self, place: int) -> FormModel:
        """The questions about the item at a place."""
        about, wanted = self.study.about, self.study.ratings
        return ratings.form_of(
            about.title or about.name,
            wanted.instruction,
            self.study.questions,
            len(self.state.shown[place - 1].pictures),
            place == len(self.state.shown),
        )

    def prompt(self, shown: Shown) -> str:
        """The prompt of an item's image, where raters see it; of the target none is known."""
        if not self.study.ratings.show_prompt:
            return ""
        if shown.session_id not in self._sources:
            self._sources[shown.session_id] = fold_loop(self.first.read(shown.session_id))
        attempts = self._sources[shown.session_id].attempts
        wanted = [int(number) for number in shown.item.rpartition(":")[2].split("+")]  # of a check: what it stands for
        return next((a.prompt.prompt for a in attempts if a.number in wanted), "")

    def picture(self, shown: Shown, place: int | None) -> bytes:
        """The file of an image. place: 0-based, in the order shown; None: the target."""
        one = None if place is None else shown.pictures[place]
        if one is None or one.attempt == TARGET:
            return self.library.target(shown.target_id).file.read_bytes()
        return self.first.get_image(one.sha256)

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
        if events:
            self.state = ratings.fold(events, self.state)
            self.changed()
