"""What reviewers have decided about units: as a frame, and as a column of the sessions that conditions can use.

    store ─▶ decisions_frame: a row for each decision, and for each that was taken back ─▶ with_verdicts

Notes and messages of reviewers are in no frame: they are written about people, and may say anything of anybody.
"""

import re
from collections.abc import Iterable

import pandas as pd

from imgloop_widgets.analysis.codebook import DECISIONS
from imgloop_widgets.analysis.frames import frame
from imgloop_widgets.analysis.tidy import require
from imgloop_widgets.decisions import stand
from imgloop_widgets.store import Store

VERDICT = "verdict"
"""The column of sessions: the decision that counts."""


def decisions_frame(store: Store, study: str) -> pd.DataFrame:
    """Return a row for each row of the reviews of a study, by session and number, with the columns of `DECISIONS`."""
    rows = [
        {
            "session_id": row.session_id,
            "number": row.number,
            "worker_id": row.worker_id,
            "decision": row.what,
            "counts": standing.decision is row,
            "undoes": row.undoes,
            "bonus": float(row.bonus),
            "act": row.act,
            "reviewer_id": row.who,
            "decided_at": row.at,
        }
        for standing in stand(store.reviews(study)).values()
        for row in standing.rows
    ]
    return frame(rows, DECISIONS)


def asks_verdict(conditions: Iterable[str]) -> bool:
    """Return whether a condition says something of the column `verdict`."""
    return any(re.search(rf"\b{VERDICT}\b", condition) for condition in conditions)


def with_verdicts(sessions: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions with `verdict`: the decision that counts; missing where nobody has decided.

    In: sessions: session_id. decisions: session_id, decision, counts.

    Raises: ValueError: a column is missing.
    """
    require(sessions, "session_id")
    require(decisions, "session_id", "decision", "counts")
    counting = decisions.loc[decisions["counts"].astype("bool")].set_index("session_id")["decision"]
    return sessions.assign(**{VERDICT: sessions["session_id"].map(counting).astype("str")})
