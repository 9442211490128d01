"""Steps before and after the loop: what was answered, and where workers left.

events → steps_frame: a row for each answer to a step → step_flow: a row for each step, in the order they were met
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from imgloop_widgets.analysis.codebook import STEPS
from imgloop_widgets.analysis.frames import frame
from imgloop_widgets.analysis.tidy import require
from imgloop_widgets.store.log import Row

ENDED = ("no_consent", "screened_out")
"""Outcomes with which the session ended there."""

OUTCOMES = ("passed", "again", "wrong", *ENDED)
"""What may come of an answer: again: it was wrong, and asked once more; wrong: it was, and the session went on."""


def steps_frame(pages: Iterable[Sequence[Row]]) -> pd.DataFrame:
    """Return a row for each answer to a step, with the columns of `STEPS`. pages: as `Store.rows` gives them."""
    rows: list[dict[str, Any]] = []
    for page in pages:
        for k, row in enumerate(page):
            if row[2] == "SessionOpened":
                worker = json.loads(row[4])["worker_id"]
            elif row[2] == "StepSubmitted":
                rows.append(_row(worker, page[k - 1], row, page[k + 1] if k + 1 < len(page) else None))
    made = frame(rows, STEPS)
    return made.sort_values("submitted_at", kind="stable").reset_index(drop=True)


def step_flow(steps: pd.DataFrame) -> pd.DataFrame:
    """Return how far workers came, step by step.

    In: of `STEPS`. Out: step, kind, version, asked (sessions that answered it), and how many of these in the end
    passed, were wrong and went on, gave no consent or were screened out there; seconds (the median of one answer). In
    the order in which the steps are met.

    Raises: ValueError: a column is missing.
    """
    require(steps, "session_id", "seq", "step", "kind", "version", "outcome", "answer_s")
    keys = ["step", "kind", "version"]
    last = steps.sort_values("seq").drop_duplicates(["session_id", *keys], keep="last")
    groups = last.groupby(keys, sort=False)
    found = pd.DataFrame({"asked": groups.size(), "place": groups["seq"].max()})
    for outcome in ("passed", "wrong", *ENDED):
        found[outcome] = last["outcome"].eq(outcome).groupby([last[key] for key in keys], sort=False).sum()
    found["seconds"] = steps.groupby(keys, sort=False)["answer_s"].median()
    counts = ["asked", "passed", "wrong", *ENDED]
    made = found.sort_values("place", kind="stable").drop(columns="place").reset_index()
    return made[[*keys, *counts, "seconds"]].astype(dict.fromkeys(counts, "int64"))


def _row(worker: str, before: Row, row: Row, after: Row | None) -> dict[str, Any]:
    session_id, seq, _, at, data = row
    record, moment = json.loads(data), pd.Timestamp(at)
    return {
        "session_id": session_id,
        "worker_id": worker,
        "seq": seq,
        "step": record["step"],
        "kind": record["step_kind"],
        "version": record["version"],
        "tries": record["tries"],
        "outcome": _outcome(record, session_id, after),
        "wrong": " ".join(record["wrong"]) or None,
        "answers": record["answers"],
        "submitted_at": moment,
        "answer_s": max(0.0, (moment - pd.Timestamp(before[3])).total_seconds()),
    }


def _outcome(record: dict[str, Any], session_id: str, after: Row | None) -> str:
    if record["passed"]:
        return "passed"
    if record["done"]:
        return "wrong"
    ended = after is not None and after[0] == session_id and after[2] == "SessionFinished"
    reason: str = json.loads(after[4])["reason"] if ended and after is not None else ""
    return reason if reason in ENDED else "again"
