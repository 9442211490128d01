"""What a researcher does to a session that goes on: which events it leads to. Pure.

| what | comes of it |
| --- | --- |
| pause | the worker's time stands still, and no prompt is taken; they may look, write, score the last image, leave |
| resume | they go on, with as much time as they had |
| extend | they have more time |
| close | the session is over, and what stood in the page is kept with it |

Nothing of these makes a page that is open out of date: what a worker has typed stays, and what they send is taken
(`State.since`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import DeadlineExtended, Event, Reason, SessionFinished, SessionPaused, SessionResumed
from imgloop_widgets.loop.state import UNDER_WAY, State


def pause(state: State, now: datetime) -> tuple[Event, ...]:
    """Return the events of a pause; none where the session is over, or paused already."""
    return (SessionPaused(seq=state.seq, at=now),) if state.phase in UNDER_WAY and not state.paused else ()


def resume(state: State, now: datetime) -> tuple[Event, ...]:
    """Return the events that end a pause; none where there is none."""
    if state.phase not in UNDER_WAY or not state.paused:
        return ()
    lost = max(timedelta(0), now - state.paused.at)
    auto, deadline = (at + lost if at else None for at in (state.auto_submit_at, state.deadline))
    return (SessionResumed(seq=state.seq, at=now, auto_submit_at=auto, deadline=deadline),)


def extend(state: State, more: timedelta, now: datetime) -> tuple[Event, ...]:
    """Return the events that give a session more time; where it was over already, counted from now.

    Raises:
        Refused: the session is over, has no limit, or `more` is nothing.
    """
    _unless_over(state)
    if state.auto_submit_at is None:
        raise Refused("This unit has no limit of time, so it needs no more.")
    if more <= timedelta(0):
        raise Refused("The time to add must be more than nothing.")
    begins = state.auto_submit_at if state.paused else max(now, state.auto_submit_at)
    moved = begins + more - state.auto_submit_at
    deadline = state.deadline + moved if state.deadline else None
    return (DeadlineExtended(seq=state.seq, at=now, auto_submit_at=begins + more, deadline=deadline),)


def close(state: State, reason: Reason, draft: Mapping[str, Any], now: datetime) -> tuple[Event, ...]:
    """Return the events that end a session now. reason: `closed` or `returned`; once the loop is over, its own stands.

    draft: what stands in the page; it is kept, and a score in it does not count.

    Raises:
        Refused: the session is over.
    """
    _unless_over(state)
    why = state.ended.reason if state.ended else reason
    return (SessionFinished(seq=state.seq, at=now, reason=why, draft=dict(draft)),)


def _unless_over(state: State) -> None:
    if state.phase not in UNDER_WAY:
        raise Refused("This unit is finished already; nothing was changed.")
