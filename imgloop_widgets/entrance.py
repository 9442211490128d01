"""Who may enter a study: the one place that asks, before a session begins.

Whoever does not meet a requirement reads why, kindly, with a code of their own: a researcher to whom they write finds
them by it. No session begins, and nothing is spent.
"""

import secrets
from datetime import datetime

from imgloop_widgets.errors import TurnedAway
from imgloop_widgets.identity import Identity
from imgloop_widgets.qualifying import Requirement, entrance, unmet
from imgloop_widgets.store import Store
from imgloop_widgets.store import TurnedAway as Refusal
from imgloop_widgets.study import Study

SORRY = "This task is not open to you at the moment, and nothing was begun. Nothing more is asked of you."


def check_entrance(study: Study, store: Store, who: Identity, now: datetime) -> None:
    """Let a worker pass who may begin a session.

    Raises:
        TurnedAway: they may not; the text says so, with their code.
        StoreError: the store can't be read or written.
    """
    asked = entrance(study.name, [require.requirement for require in study.require], study.about.max_strikes)
    missing = unmet(asked, store.qualifications(who.worker_id))
    if missing is None:
        return
    refusal = Refusal(
        study=study.name,
        worker_id=who.worker_id,
        unit_id=str(who.unit),
        code=new_code(),
        at=now,
        why=str(missing),
    )
    raise TurnedAway(words_for(missing), code=store.turn_away(refusal))


def words_for(missing: Requirement) -> str:
    """Return what a worker reads who does not meet a requirement."""
    return missing.say or SORRY


def new_code() -> str:
    """Return a code for a worker: 8 letters and digits, random, so that it tells nothing."""
    return secrets.token_hex(4).upper()
