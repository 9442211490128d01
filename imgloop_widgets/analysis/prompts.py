"""How prompts change within a session: their length, how near each is to the one before, and what edits do.

    attempts → prompt_dynamics (a row for each prompt) → dynamics_by_attempt
    attempts → edits (a row for each prompt but the first, with the change of the value) → edits_by_band, edit_slopes

Distances between prompts of different workers are in `distances`.
"""

import numpy as np
import pandas as pd
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.clustered import COLUMNS, clustered_ols
from imgloop_widgets.analysis.measures import mean_by
from imgloop_widgets.analysis.tidy import known, numbers, require

DYNAMICS: tuple[str, ...] = ("words", "characters", "similarity", "resubmitted")
"""What `prompt_dynamics` measures."""

BANDS: tuple[str, ...] = ("under 25 %", "25 to 50 %", "50 to 75 %", "over 75 %", "the same text")
"""How much of the prompt before was kept (similarity): the rows of `edits_by_band`. 75 % is in the fourth."""

ADJUSTED: tuple[str, ...] = ("no", "for the value before")
"""The rows of `edit_slopes`."""


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


def edits(attempts: pd.DataFrame, *, prompt: str = "prompt", value: str = "score") -> pd.DataFrame:
    """Return how much of a prompt was kept in the next, and what became of the value.

    In: session_id, worker_id, attempt (1-based), prompt, value. Out: session_id, worker_id, attempt (of the later
    prompt), similarity (to the prompt before, 0 to 1), before (value of that one), change (of the value); only where
    both values are known.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    require(attempts, value)
    frame = prompt_dynamics(attempts, prompt=prompt)
    values = attempts[["session_id", "worker_id", "attempt"]].assign(now=numbers(attempts[value]))
    frame = frame.merge(values.drop_duplicates(["session_id", "worker_id", "attempt"]), how="left")
    frame["before"] = frame.groupby(["worker_id", "session_id"])["now"].shift()
    frame["change"] = frame["now"] - frame["before"]
    columns = ["session_id", "worker_id", "attempt", "similarity", "before", "change"]
    return frame[columns].dropna().reset_index(drop=True)


def edits_by_band(
    attempts: pd.DataFrame, *, prompt: str = "prompt", value: str = "score", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the mean change of the value by how much of the prompt was kept.

    In: as `edits`. Out: kept (each of `BANDS` that there is), before (mean value before the edit), mean (change, units
    of the value), low, high (95 %, bootstrap over workers), workers, sessions, edits.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    frame = edits(attempts, prompt=prompt, value=value)
    near = frame["similarity"].to_numpy()
    frame["band"] = np.where(near == 1, len(BANDS) - 1, np.minimum(near // 0.25, len(BANDS) - 2)).astype("int64")
    table = mean_by(frame, by="band", value="change", seed=seed, draws=draws)
    groups = frame.groupby("band")
    table.insert(1, "before", groups["before"].mean().to_numpy())
    table.insert(0, "kept", pd.Series([BANDS[band] for band in table["band"]], dtype="str"))
    return table.assign(edits=groups.size().to_numpy(dtype="int64")).drop(columns="band")


def edit_slopes(attempts: pd.DataFrame, *, prompt: str = "prompt", value: str = "score") -> pd.DataFrame:
    """Return how much more the value changes where the whole prompt was kept than where nothing was.

    In: as `edits`. Out: adjusted (each of `ADJUSTED`), estimate (units of the value), se, low, high (95 %), p
    (two-sided), workers, sessions, edits. By least squares of change on similarity, with errors clustered on workers.
    After a bad picture more is rewritten, and the next value is likely to be nearer the mean whatever was done: so the
    second row holds the value before fixed.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    frame = edits(attempts, prompt=prompt, value=value)
    change, worker = frame["change"].to_numpy(), pd.factorize(frame["worker_id"], sort=True)[0]
    ones, near = np.ones(len(frame)), frame["similarity"].to_numpy()
    before = frame["before"].to_numpy() - (frame["before"].mean() if len(frame) else 0)
    fits = [
        clustered_ols(change, np.column_stack(columns), worker, ["level", "similarity", "before"][: len(columns)])
        for columns in ((ones, near), (ones, near, before))
    ]
    table = pd.concat([fit.loc[fit["term"] == "similarity", list(COLUMNS)] for fit in fits], ignore_index=True)
    table.insert(0, "adjusted", pd.Series(ADJUSTED, dtype="str"))
    sessions = frame[["worker_id", "session_id"]].drop_duplicates()
    return table.assign(workers=frame["worker_id"].nunique(), sessions=len(sessions), edits=len(frame))
