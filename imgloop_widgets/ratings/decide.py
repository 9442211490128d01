"""Which events a command of a rater leads to. Pure: the clock is an argument.

1. A command names the state it acts on (`seq`); any other is refused as stale.
2. An item is judged in its turn; the one before may be judged anew, no other. Both answers stay in the log.
3. The last rating finishes the session. At the deadline it is finished as it is, whatever command comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import Event, ItemRated, ItemSkipped, Reason, SessionFinished
from imgloop_widgets.loop import STALE
from imgloop_widgets.ratings.state import RatingState, Step, is_over

OVER = "This task is finished; nothing can be changed any more."
NOT_NOW = "This item can't be judged now; please go on with the one that is shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Judge the item at this place. answers: coded, see `questions`. seq: of the state it acts on."""

    seq: int
    place: int
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Pass over the item at this place, which can't be shown."""

    seq: int
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Finish early, or as the time is over (the clock says which). draft: what stands in the page."""

    seq: int
    draft: Mapping[str, Any] = field(default_factory=dict)


RatingCommand = Rate | Skip | Leave


def decide(state: RatingState, command: RatingCommand, now: datetime) -> tuple[Event, ...]:
    """Return the events that the command leads to, at least one, with rising `seq` and `at=now`.

    Raises:
        Refused: the command is stale or not possible now.
    """
    if state.step is not Step.RATING:
        raise Refused(OVER)
    if command.seq != state.seq:
        raise Refused(STALE)
    if is_over(state, now):
        return (_end(state.seq, "expired", now, _late(command)),)
    if isinstance(command, Leave):
        return (_end(state.seq, "exited", now, command.draft),)
    if command.place not in (state.place, state.before(state.place or 0)) or command.place is None:
        raise Refused(NOT_NOW)
    done: Event = (
        ItemRated(seq=state.seq, at=now, place=command.place, answers=command.answers)
        if isinstance(command, Rate)
        else ItemSkipped(seq=state.seq, at=now, place=command.place)
    )
    left = len(state.shown) - len(state.skipped | state.rated.keys() | {command.place})
    return (done,) if left else (done, _end(state.seq + 1, "attempts_used", now, {}))


def _late(command: RatingCommand) -> Mapping[str, Any]:
    """What a command that came after the time was over leaves behind."""
    if isinstance(command, Rate):
        return {"place": command.place, "answers": dict(command.answers)}
    return command.draft if isinstance(command, Leave) else {}


def _end(seq: int, reason: Reason, now: datetime, draft: Mapping[str, Any]) -> SessionFinished:
    return SessionFinished(seq=seq, at=now, reason=reason, draft=draft)
