"""What a researcher can do to a study that goes on, each with who did it and why; an open page follows within seconds.

| what | of | what comes of it |
| --- | --- | --- |
| pause | the study | nobody begins, nobody gets a new image, and everybody's time stands still; nothing is lost |
| resume | the study | all go on, with as much time as they had |
| extend | a unit | its worker has more time |
| close | a unit | its session ends now; it counts, unless the study file says otherwise |
| return | a unit | its session ends now, if it goes on; the unit is due again, and its events stay on record |
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import Event, SessionFinished
from imgloop_widgets.loop import State, fold, steering
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import Pause, Steered, Store
from imgloop_widgets.store.steering import Draft

OfStudy = Literal["pause", "resume"]
OfUnit = Literal["extend", "close", "return"]


def steer_study(store: Store, study: str, what: OfStudy, *, who: str, why: str, now: datetime) -> Pause | None:
    """Pause or resume a study. Returns the pause that was resumed.

    Raises:
        Refused: it is paused already, or it is not paused; nothing was changed.
        StoreError: the store can't be written.
    """
    by = Steered(study=study, at=now, who=who, what=what, why=why)
    if what == "pause":
        if not store.hold(by, lambda events, draft: steering.pause(fold(events), now)):
            raise Refused("The study is paused already; nothing was changed.")
        return None
    was = store.go_on(by, lambda events, draft: steering.resume(fold(events), now))
    if was is None:
        raise Refused("The study is not paused; nothing was changed.")
    return was


def steer_unit(
    store: Store,
    plan: Plan,
    session_id: str,
    what: OfUnit,
    *,
    who: str,
    why: str,
    now: datetime,
    more: timedelta | None = None,
) -> None:
    """Do something to one unit. more: the time that `extend` adds.

    Raises:
        Refused: it can't be done (the session is over, or has no limit of time); nothing was changed.
        StoreError: the study has no such session, or the store can't be written.
    """
    by = Steered(study=plan.study, at=now, who=who, what=what, why=why, session_id=session_id)
    store.change_unit(by, plan, _changes(what, now, more or timedelta(0)))


def unit_of(store: Store, study: str, code: str) -> str:
    """Return the id of the session with this code, or with an id that begins like this.

    Raises:
        Refused: there is none, or more than one.
    """
    wanted = code.strip().lower()
    found = [session_id for session_id in store.lengths(study) if session_id.startswith(wanted)] if wanted else []
    if len(found) == 1:
        return found[0]
    many = f"{len(found)} units have codes that begin with {code!r}; give more of it"
    raise Refused(many if found else f"no unit of {study} has the code {code!r}; look at the list of its units")


def _changes(what: OfUnit, now: datetime, more: timedelta) -> Callable[[tuple[Event, ...], Draft], Sequence[Event]]:
    def change(events: tuple[Event, ...], draft: Draft) -> Sequence[Event]:
        state = fold(events)
        if what == "extend":
            return steering.extend(state, more, now)
        if what == "return" and isinstance(events[-1], SessionFinished):
            return ()  # it is over already: it is only given back
        return steering.close(state, "returned" if what == "return" else "closed", _typed(state, draft), now)

    return change


def _typed(state: State, draft: Draft) -> dict[str, object]:
    """What stands in the page of the state as it is."""
    return dict(draft[1]) if draft and draft[0] >= state.since else {}
