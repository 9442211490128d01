"""Where a rater's session stands: a fold over its events, and nothing else. `NEXT` is the table of all legal steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from imgloop_widgets.events import Event, ItemRated, ItemsAllotted, ItemSkipped, SessionFinished, SessionOpened
from imgloop_widgets.loop import IllegalEvent
from imgloop_widgets.ratings.items import Shown


class Step(StrEnum):
    """Where a rater's session stands."""

    UNOPENED = "unopened"
    EMPTY = "empty"  # opened, and nothing allotted yet: both happen in one transaction
    RATING = "rating"
    FINISHED = "finished"


NEXT: dict[tuple[Step, type[Event]], Step] = {
    (Step.UNOPENED, SessionOpened): Step.EMPTY,
    (Step.EMPTY, ItemsAllotted): Step.RATING,
    (Step.RATING, ItemRated): Step.RATING,
    (Step.RATING, ItemSkipped): Step.RATING,
    (Step.RATING, SessionFinished): Step.FINISHED,
}
"""Every legal step; a missing key is an event that can't have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingState:
    """A rater's session at one moment. seq: number of events so far, and the `seq` of the next one.

    shown: the items in their order. rated: place (1-based) → the latest rating of it. skipped: places that could not be
    shown.
    """

    seq: int = 0
    step: Step = Step.UNOPENED
    opened: SessionOpened | None = None
    allotted: ItemsAllotted | None = None
    shown: tuple[Shown, ...] = ()
    rated: Mapping[int, ItemRated] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()
    finished: SessionFinished | None = None

    @property
    def place(self) -> int | None:
        """The first place that is not judged yet, 1-based; None: there is none."""
        done = self.skipped | self.rated.keys()
        return next((n for n in range(1, len(self.shown) + 1) if n not in done), None)

    def before(self, place: int) -> int | None:
        """Return the place that was judged before this one; None: there is none."""
        return max((n for n in self.rated if n < place), default=None)


EMPTY = RatingState()


def apply(state: RatingState, event: Event) -> RatingState:
    """Return the state after the event.

    Raises:
        IllegalEvent: the event does not follow from the state; the state is as it was.
    """
    step = NEXT.get((state.step, type(event)))
    if step is None or event.seq != state.seq:
        raise IllegalEvent(
            f"{type(event).__name__} with seq {event.seq} can't follow {state.step} with seq {state.seq}"
        )
    place = getattr(event, "place", 1)
    if step is Step.RATING and state.shown and not 1 <= place <= len(state.shown):
        raise IllegalEvent(f"{type(event).__name__} with seq {event.seq}: there is no item {place}")
    state = replace(state, seq=state.seq + 1, step=step)
    match event:
        case SessionOpened():
            return replace(state, opened=event)
        case ItemsAllotted():
            return replace(state, allotted=event, shown=tuple(Shown.from_record(item) for item in event.items))
        case ItemRated():
            return replace(state, rated={**state.rated, event.place: event})
        case ItemSkipped():
            return replace(state, skipped=state.skipped | {event.place})
        case SessionFinished():
            return replace(state, finished=event)
    raise IllegalEvent(f"{type(event).__name__} is not an event of a rater's session")


def fold(events: Iterable[Event], state: RatingState = EMPTY) -> RatingState:
    """Return the state after all events, in their order."""
    for event in events:
        state = apply(state, event)
    return state


def is_over(state: RatingState, now: datetime) -> bool:
    """Whether the time is over."""
    return state.opened is not None and state.opened.deadline is not None and now >= state.opened.deadline
