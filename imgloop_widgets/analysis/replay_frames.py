"""Replays as frames: what was drawn anew, with a column for each metric, as `decomposition` and `gains` take it.

replays, replay_metrics → with_metrics → decomposition(…, value="ssim"), gains.replay_luck(attempts, …, value="ssim")
attempts, metrics       → with_metrics ────────────────────────────────────────────┘
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from imgloop_widgets.analysis.codebook import METRICS, REPLAY_METRICS, REPLAYS, Column, typed
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store import Store

OF_ATTEMPTS: tuple[str, ...] = ("session_id", "attempt")
OF_REPLAYS: tuple[str, ...] = ("replay_id",)


def replays_frame(store: Store, study: str) -> pd.DataFrame:
    """Return a row for each replay of a study, in the order of session, attempt, model and draw.

    Out: the columns of `REPLAYS`.
    """
    rows = [
        {
            "replay_id": r.replay_id,
            "session_id": r.session_id,
            "worker_id": r.worker_id,
            "arm": r.arm,
            "target_id": r.target_id,
            "attempt": r.attempt,
            "prompt": r.prompt,
            "model": r.model,
            "draw": r.draw,
            "outcome": r.outcome,
            "image_sha256": r.image_sha256,
            "width": r.width,
            "height": r.height,
            "generator": r.generator,
            "generator_version": r.version,
            "parameters": json.dumps(dict(r.parameters), ensure_ascii=False),
            "seed": r.seed,
            "duration_s": r.duration_s,
            "drawn_at": r.at,
            "source": r.source,
        }
        for r in store.replays(study)
    ]
    return _frame(rows, REPLAYS)


def replay_metrics_frame(store: Store, study: str) -> pd.DataFrame:
    """Return a row for each value that a scorer gave a replay. Out: the columns of `REPLAY_METRICS`."""
    found = store.replay_metrics(study)
    return _frame([{"replay_id": m.replay_id, "metric": m.metric, "value": m.value} for m in found], REPLAY_METRICS)


def metrics_frame(store: Store, study: str) -> pd.DataFrame:
    """Return a row for each value that a scorer gave an attempt. Out: the columns of `METRICS`."""
    rows = [
        {"session_id": m.session_id, "attempt": m.attempt, "metric": m.metric, "value": m.value}
        for m in store.metrics(study)
    ]
    return _frame(rows, METRICS)


def with_metrics(rows: pd.DataFrame, metrics: pd.DataFrame, *, on: Sequence[str] = OF_ATTEMPTS) -> pd.DataFrame:
    """Return the rows with a column for each metric; a value that there is not is missing.

    In: rows: attempts or replays. metrics: metric, value, and the columns of `on`. on: `OF_ATTEMPTS` or `OF_REPLAYS`.

    Raises: ValueError: a metric is called as a column of the rows.
    """
    taken = sorted(set(metrics["metric"].unique()) & set(rows.columns))
    if taken:
        raise ValueError(f"the metric {taken[0]!r} is called as a column of the rows; score again under another name")
    wide = metrics.pivot(index=list(on), columns="metric", values="value").rename_axis(columns=None).reset_index()
    return rows.merge(wide, on=list(on), how="left")


def of_people(replays: pd.DataFrame, sessions: pd.Series) -> pd.DataFrame:
    """Return the replays without those of simulated workers that are left out. sessions: ids of those that are not."""
    machine = replays["worker_id"].str.startswith(SIMULATED) & ~replays["session_id"].isin(sessions)
    return replays.loc[~machine].reset_index(drop=True)


def _frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Column]) -> pd.DataFrame:
    raw = pd.DataFrame(rows, columns=list(columns))
    return pd.DataFrame({name: typed(raw[name], column) for name, column in columns.items()})
