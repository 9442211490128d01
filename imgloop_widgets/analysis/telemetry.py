"""What workers' pages noted of the work (`signals`), as a frame, and as signals of each worker beside their gain.

    store ─▶ telemetry_frame ─▶ sessions, attempts, telemetry ─▶ page_signals ─▶ `workers.compared`
                                          attempts, signals ─▶ with_gains ─▶ gain_associations

What a page notes may come from several pages of a worker (a reload, another device); their numbers are added. Workers
are numbered in the order they came, as in `workers`.
"""

from typing import Any

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.association import correlation
from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.codebook import TELEMETRY
from imgloop_widgets.analysis.gains import session_ends
from imgloop_widgets.analysis.tidy import require
from imgloop_widgets.signals import SIGNALS
from imgloop_widgets.store import Store

PAGE_SIGNALS: tuple[str, ...] = ("pasted", "typing_s", "deleted", "pauses_each", "hidden", "hidden_each", "lost_each")
"""The signals of `page_signals`, in the order in which they are shown."""

BESIDE_GAINS: tuple[str, ...] = ("pasted", "hidden", "write_s")
"""The signals that are shown beside the gain."""


def telemetry_frame(store: Store, study: str) -> pd.DataFrame:
    """Return a row for each page, attempt and phase of a study, with the columns of `TELEMETRY`.

    A signal that a page has not noted at all was never above 0 there; one that a row can't have, as it was not yet
    recorded then, is 0 too.
    """
    found = store.telemetry(study)
    columns: dict[str, list[Any]] = {
        "session_id": [t.session_id for t in found],
        "attempt": [t.noted.attempt for t in found],
        "phase": [t.noted.phase for t in found],
        "page": [t.noted.page for t in found],
        "at": [t.at for t in found],
        **{name: [t.noted.values.get(name, 0) for t in found] for name in SIGNALS},
    }
    return pd.DataFrame({name: pd.Series(columns[name], dtype=column.dtype) for name, column in TELEMETRY.items()})


def page_signals(sessions: pd.DataFrame, attempts: pd.DataFrame, telemetry: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each worker, in the order they came; without any telemetry no row.

    In: sessions: session_id, worker_id. attempts: session_id, attempt, prompt. telemetry: of `TELEMETRY`; what is
    missing counts as 0. Out: worker (1, 2, …), pasted (share of the characters of their prompts that were pasted; of a
    prompt at most all of it), typing_s (of a prompt, median, seconds), deleted (share of the keys that removed
    something), pauses_each (of a prompt), hidden (share of the time that the page was hidden), hidden_each, lost_each
    (times a session); NaN where there is nothing to tell it from.

    Raises: ValueError: a column is missing.
    """
    require(sessions, "session_id", "worker_id")
    require(attempts, "session_id", "attempt", "prompt")
    require(telemetry, "session_id", "attempt", "phase", *SIGNALS)
    if telemetry.empty:
        return pd.DataFrame({"worker": pd.Series(dtype="int64")})
    ids = pd.Index(sessions["worker_id"].unique(), name="worker_id")
    rows = telemetry.merge(sessions[["session_id", "worker_id"]], on="session_id")
    rows = rows.astype(dict.fromkeys(SIGNALS, "float64")).fillna(dict.fromkeys(SIGNALS, 0.0))
    whole = rows.groupby("worker_id")[list(SIGNALS)].sum()
    noted = rows.groupby("worker_id")["session_id"].nunique()
    table = pd.DataFrame(
        {
            **_of_prompts(rows, attempts),
            "deleted": (whole["deletions"] / whole["keys"].where(whole["keys"] > 0)).clip(upper=1),
            "hidden": (whole["hidden_s"] / whole["open_s"].where(whole["open_s"] > 0)).clip(upper=1),
            "hidden_each": whole["hidden"] / noted,
            "lost_each": whole["lost"] / noted,
        }
    ).reindex(ids)
    table = table[list(PAGE_SIGNALS)].reset_index(drop=True)
    table.insert(0, "worker", np.arange(1, len(table) + 1))
    return table


def with_gains(
    signals: pd.DataFrame, pages: pd.DataFrame, sessions: pd.DataFrame, attempts: pd.DataFrame
) -> pd.DataFrame:
    """Return each worker's value of each of `BESIDE_GAINS` beside what they gained.

    In: signals: worker, write_s. pages: of `page_signals`; without a row, nothing comes out. sessions: worker_id.
    attempts: session_id, worker_id, attempt, score. Out: signal, worker, value, gain (last - first score, mean of their
    sessions with two scores or more); rows only where both are known.

    Raises: ValueError: a column is missing.
    """
    require(signals, "worker", "write_s")
    require(sessions, "worker_id")
    signals = signals[["worker", "write_s"]].merge(pages, on="worker").reindex(columns=["worker", *BESIDE_GAINS])
    ends = session_ends(attempts)
    ends = ends.loc[ends["attempts"] > 1]
    gained = (ends["last_score"] - ends["first_score"]).groupby(ends["worker_id"]).mean()
    workers = sessions["worker_id"].unique()
    gain = pd.Series(gained.reindex(workers).to_numpy(), index=range(1, 1 + len(workers)))
    long = signals.melt("worker", list(BESIDE_GAINS), "signal", "value").astype({"value": "float64", "signal": "str"})
    long["gain"] = long["worker"].map(gain).astype("float64")
    return long.dropna(subset=["value", "gain"])[["signal", "worker", "value", "gain"]].reset_index(drop=True)


def gain_associations(beside: pd.DataFrame, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return how each signal goes with the gain over the workers: Spearman's correlation of `with_gains`.

    In: of `with_gains`. Out: signal, r (-1 to 1; NaN where one of the two does not vary), low, high (95 %, bootstrap
    over workers), workers.
    """
    parts = []
    for signal, rows in beside.groupby("signal", sort=False):
        named = rows.assign(session_id=rows["worker"], worker_id=rows["worker"])
        found = correlation(named, x="gain", y="value", method="spearman", seed=seed, draws=draws)
        parts.append(found.assign(signal=signal)[["signal", "r", "low", "high", "workers"]])
    columns = {"signal": "str", "r": "float64", "low": "float64", "high": "float64", "workers": "int64"}
    empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})
    return pd.concat(parts, ignore_index=True).astype(columns) if parts else empty


def _of_prompts(rows: pd.DataFrame, attempts: pd.DataFrame) -> dict[str, pd.Series]:
    """Return what is measured by the prompt, of those whose writing was noted: worker_id → value."""
    names = ["typing_s", "pauses", "pasted_characters"]
    writing = rows.loc[rows["phase"] == "writing"]
    each = writing.groupby(["worker_id", "session_id", "attempt"])[names].sum().reset_index()
    each = each.merge(attempts[["session_id", "attempt", "prompt"]], on=["session_id", "attempt"])
    size = each["prompt"].str.len().astype("float64")
    pasted = each["pasted_characters"].clip(upper=size)
    worker = each["worker_id"]
    total = size.groupby(worker).sum()
    return {
        "pasted": pasted.groupby(worker).sum() / total.where(total > 0),
        "typing_s": each["typing_s"].groupby(worker).median(),
        "pauses_each": each["pauses"].groupby(worker).mean(),
    }
