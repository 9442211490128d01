"""Who may enter a study: the one place that asks, before a session begins.

Whoever does not meet a requirement, or finds nothing to do, reads why, kindly, with a code of their own: a researcher
to whom they write finds them by it. No session begins, and nothing is spent.
"""

import secrets
from datetime import datetime

from imgloop_widgets.errors import TurnedAway
from imgloop_widgets.giving import DISMISSED
from imgloop_widgets.identity import Identity
from imgloop_widgets.qualifying import Requirement, entrance, of_golds, unmet
from imgloop_widgets.ratings import AnyStudy, RatingStudy
from imgloop_widgets.store import Store
from imgloop_widgets.store import TurnedAway as Refusal

SORRY = "This task is not open to you at the moment, and nothing was begun. Nothing more is asked of you."


def check_entrance(study: AnyStudy, store: Store, who: Identity, now: datetime) -> None:
    """Let a worker pass who may begin a session.

    Raises:
        TurnedAway: they may not; the text says so, with their code.
        StoreError: the store can't be read or written.
    """
    missing = missing_of(study, store, who.worker_id)
    if missing is None:
        return
    raise TurnedAway(words_for(missing), code=_kept(study, store, who, now, str(missing)))


def nothing_for(
    study: AnyStudy, store: Store, who: Identity, now: datetime, *, why: str, text: str, later: bool
) -> TurnedAway:
    """Return how a worker is turned away for whom there is nothing, though they might enter. why: for the researcher.

    Raises:
        StoreError: the store can't be written.
    """
    return TurnedAway(text, code=_kept(study, store, who, now, why), ours=True, later=later)


def _kept(study: AnyStudy, store: Store, who: Identity, now: datetime, why: str) -> str:
    """Keep that they were turned away, and return their code."""
    unit = "" if who.unit is None else str(who.unit)
    refusal = Refusal(study=study.name, worker_id=who.worker_id, unit_id=unit, code=new_code(), at=now, why=why)
    return store.turn_away(refusal)


def missing_of(study: AnyStudy, store: Store, worker_id: str) -> Requirement | None:
    """Return the first requirement that a worker does not meet; None: they may begin a session."""
    golds = None if isinstance(study, RatingStudy) else study.gold
    barred = of_golds(study.name, golds.max_wrong, golds.say or DISMISSED) if golds else None
    asked = entrance(study.name, [one.requirement for one in study.require], study.about.max_strikes, barred)
    return unmet(asked, store.qualifications(worker_id))


def words_for(missing: Requirement) -> str:
    """Return what a worker reads who does not meet a requirement."""
    return missing.say or SORRY


def new_code() -> str:
    """Return a code for a worker: 8 letters and digits, random, so that it tells nothing."""
    return secrets.token_hex(4).upper()
