"""What became of the units that were given: which count, which were returned, and which were one too many.

store.units → allotments_frame ── with sessions ──► by_assignment
"""

import pandas as pd

from imgloop_widgets.analysis.codebook import ALLOTMENTS
from imgloop_widgets.analysis.frames import frame
from imgloop_widgets.analysis.tidy import require
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import Store

STATES = ("running", "done", "returned", "extra")


def allotments_frame(store: Store, plan: Plan | None, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each of these sessions that has a unit, with the columns of `ALLOTMENTS`.

    plan: None: not known, so there is no row. sessions: of `SESSIONS`. The states are as of the last time that one of
    them began or ended, so that the same data always give the same table.
    """
    moments = pd.concat([sessions["opened_at"], sessions["finished_at"]]).dropna()
    if plan is None or moments.empty:
        return frame([], ALLOTMENTS)
    now, known = moments.max().to_pydatetime(), set(sessions["session_id"])
    units = [u for simulated in (False, True) for u in store.units(plan, now, simulated=simulated)]
    rows = [{"session_id": u.session_id, "state": u.state, "seen_at": u.seen_at} for u in units]
    return frame([row for row in rows if row["session_id"] in known], ALLOTMENTS)


def by_assignment(sessions: pd.DataFrame, allotments: pd.DataFrame) -> pd.DataFrame:
    """Return how many units of each assignment were given, and how they stand; golds are of none.

    In: sessions: session_id, target_id, form_version, arm, gold; allotments: session_id, state. Out: target_id,
    form_version, arm, given, and a column for each of `STATES`.

    Raises: ValueError: a column is missing.
    """
    key = ["target_id", "form_version", "arm"]
    require(sessions, "session_id", *key, "gold")
    require(allotments, "session_id", "state")
    counting = sessions.loc[~sessions["gold"].astype("bool"), ["session_id", *key]]
    own = counting.merge(allotments[["session_id", "state"]], on="session_id")
    marks = own.assign(given=True, **{state: own["state"] == state for state in STATES})
    counts = marks.groupby(key, dropna=False, sort=True)[["given", *STATES]].sum().astype("int64")
    return counts.reset_index()
