"""How prompts change within a session: their length, and how near each is to the one before.

    attempts → prompt_dynamics (a row for each prompt) → dynamics_by_attempt

Distances between prompts of different workers are in `distances`.
"""

import numpy as np
import pandas as pd
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.measures import mean_by
from imgloop_widgets.analysis.tidy import known

DYNAMICS: tuple[str, ...] = ("words", "characters", "similarity", "resubmitted")
"""What `prompt_dynamics` measures."""


def prompt_dynamics(attempts: pd.DataFrame, *, prompt: str = "prompt") -> pd.DataFrame:
    """Return each prompt's length and its nearness to the one before it in its session.

    In: session_id, worker_id, attempt (1-based), prompt; rows without a prompt are left out, so that the one before is
    the last that is known. Out: session_id, worker_id, attempt, words (runs of what is not white space), characters
    (code points), similarity (1 - Levenshtein distance / the longer's characters, 0 to 1; two empty ones: 1; NaN for
    the first), resubmitted (1: exactly the same text, 0: not; NaN for the first); sorted by worker, session, attempt.

    Source: Levenshtein 1966, by rapidfuzz. Raises: ValueError: a column is missing.
    """
    rows = known(attempts, "attempt", keep=["session_id", "worker_id", prompt])
    rows = rows.sort_values(["session", "attempt"], kind="stable")
    texts = rows[prompt].astype(str).tolist()
    follows = rows["session"].eq(rows["session"].shift()).to_numpy()
    before = [texts[i - 1] if follow else "" for i, follow in enumerate(follows)]
    near = cpdist(before, texts, scorer=Levenshtein.normalized_similarity, dtype=np.float64) if texts else np.zeros(0)
    same = np.array([a == b for a, b in zip(before, texts, strict=True)], dtype="float64")
    return pd.DataFrame(
        {
            "session_id": rows["session_id"],
            "worker_id": rows["worker_id"],
            "attempt": rows["attempt"].astype("int64"),
            "words": np.array([len(text.split()) for text in texts], dtype="int64"),
            "characters": np.array([len(text) for text in texts], dtype="int64"),
            "similarity": np.where(follows, near, np.nan),
            "resubmitted": np.where(follows, same, np.nan),
        }
    ).reset_index(drop=True)


def dynamics_by_attempt(
    attempts: pd.DataFrame, *, prompt: str = "prompt", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the means of `prompt_dynamics` for each attempt.

    In: as there. Out: measure (each of `DYNAMICS`), attempt (1-based), mean, low, high (95 %, bootstrap over workers),
    workers, sessions; no row where none is known.

    Raises: ValueError: a column is missing.
    """
    frame = prompt_dynamics(attempts, prompt=prompt)
    tables = []
    for measure in DYNAMICS:
        table = mean_by(frame, by="attempt", value=measure, seed=seed, draws=draws)
        table.insert(0, "measure", pd.Series([measure] * len(table), dtype="str"))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
