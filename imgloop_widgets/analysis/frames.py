"""Logs as tidy frames. Every column has one type and one meaning, also when there is no row at all.

    logs: (session_id, events) of every session  →  fold  →  sessions: a row each; attempts: a row for each image

`SESSIONS` and `ATTEMPTS` are the codebook. The rows come from `rows.py`, which the widget's `task.attempts` uses too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import Event, to_record
from imgloop_widgets.loop import IllegalEvent, State, best, fold
from imgloop_widgets.rows import attempt_rows, session_row

Logs = Iterable[tuple[str, Iterable[Event]]]
"""(session_id, its events in order) of every session, as `Store.logs` gives them."""

MOMENT = "datetime64[us, UTC]"
OPEN = "open"
"""The status of a session that is not finished."""


@dataclass(frozen=True, slots=True)
class Column:
    """dtype: as pandas names it. meaning: what a value is, with its unit."""

    dtype: str
    meaning: str


SESSIONS: dict[str, Column] = {
    "session_id": Column("str", "random, 32 hex digits"),
    "study": Column("str", "name of the study"),
    "study_hash": Column("str", "sha256 of the study file and its form, when the session was opened"),
    "arm": Column("str", "condition"),
    "worker_id": Column("str", "as the link gave it; never in a table that is saved"),
    "simulated": Column("bool", "whether the worker was a program (imgloop simulate), by their id"),
    "unit_id": Column("str", "which unit of work"),
    "target_id": Column("str", "id of the target image in targets.toml"),
    "target_sha256": Column("str", "sha256 of the target image that was shown"),
    "seed": Column("int64", "all chance of the session comes from it"),
    "opened_at": Column(MOMENT, "when the link was opened for the first time, UTC"),
    "started": Column("bool", "whether a prompt was submitted"),
    "finished_at": Column(MOMENT, "UTC; none while it is open"),
    "reason": Column("str", "why it is finished; none while it is open"),
    "status": Column("str", "the reason, or 'open'"),
    "duration_s": Column("float64", "seconds from opening to the end; none while it is open"),
    "attempts": Column("int64", "images shown"),
    "first_score": Column("Int64", "the first score given; none without a score"),
    "last_score": Column("Int64", "the last score given; none without a score"),
    "best_score": Column("Int64", "the highest score given; none without a score"),
    "answers": Column("object", "the form's other fields, by name"),
}

ATTEMPTS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to"),
    "worker_id": Column("str", "as in the sessions"),
    "simulated": Column("bool", "as in the sessions"),
    "arm": Column("str", "condition"),
    "target_id": Column("str", "id of the target image"),
    "attempt": Column("int64", "1-based; an attempt is an image shown"),
    "prompt": Column("str", "as submitted"),
    "score": Column("Int64", "the worker's score of this image; none where it was not given"),
    "best": Column("bool", "whether it has the session's highest score; the earliest of several"),
    "write_s": Column("float64", "seconds from the page, or the image before, to this prompt"),
    "wait_s": Column("float64", "seconds from the prompt to its image"),
    "judge_s": Column("float64", "seconds from the image to its score; none without one"),
    "image_sha256": Column("str", "of the image's file in the store"),
    "generator": Column("str", "what made the image"),
    "generator_version": Column("str", "its version"),
    "seed": Column("int64", "of the generation"),
    "submitted_at": Column(MOMENT, "when the prompt was submitted, UTC"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """sessions, attempts: in the order of the logs. left_out: simulated sessions that are not in them.

    data_hash: sha256 (hex) over all events of the sessions in them, in whatever order.
    """

    sessions: pd.DataFrame
    attempts: pd.DataFrame
    left_out: int
    data_hash: str


def sessions_frame(logs: Logs) -> pd.DataFrame:
    """Return a row for each session, with the columns of `SESSIONS`. Raises: StoreError: a log breaks the rules."""
    return read_frames(logs).sessions


def attempts_frame(logs: Logs) -> pd.DataFrame:
    """Return a row for each image shown, with the columns of `ATTEMPTS`. Raises: StoreError, as above."""
    return read_frames(logs).attempts


def read_frames(logs: Logs, *, simulated: bool | None = True) -> Frames:
    """Return both frames, with one pass over the logs.

    simulated: whether simulated sessions are in them; None: only where there is no real one.

    Raises:
        StoreError: a session's log breaks the rules of the loop.
        ValueError: `simulated` is something else.
    """
    if not (simulated is None or isinstance(simulated, bool)):
        raise ValueError(f"simulated must be None, True or False; not {simulated!r}")
    sessions: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    digests: list[bytes] = []  # one for each session
    for session_id, events in logs:
        log = tuple(events)
        state = _state(session_id, log)
        sessions.append(_session(state))
        attempts += _attempts(state)
        digests.append(_digest(log))
    programs = sum(row["simulated"] for row in sessions)
    left_out = 0 if simulated or (simulated is None and programs == len(sessions)) else programs
    if left_out:
        digests = [digest for digest, row in zip(digests, sessions, strict=True) if not row["simulated"]]
        sessions = [row for row in sessions if not row["simulated"]]
        attempts = [row for row in attempts if not row["simulated"]]
    return Frames(
        sessions=_frame(sessions, SESSIONS),
        attempts=_frame(attempts, ATTEMPTS),
        left_out=left_out,
        data_hash=hashlib.sha256(b"".join(sorted(digests))).hexdigest(),
    )


def numbered(frame: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with `session` and `worker` (1, 2, … in the order they came) in place of the worker's id.

    The worker's id and answers are left out: what comes out may be shared. sessions: of `sessions_frame`.
    """
    number = pd.Series(range(1, len(sessions) + 1), index=sessions["session_id"], dtype="int64")
    workers = sessions["worker_id"].unique()
    worker = pd.Series(range(1, len(workers) + 1), index=workers, dtype="int64")
    named = frame.drop(columns=["worker_id", "answers"], errors="ignore")
    named.insert(0, "session", frame["session_id"].map(number).astype("int64"))
    named.insert(1, "worker", frame["worker_id"].map(worker).astype("int64"))
    return named


def _state(session_id: str, log: tuple[Event, ...]) -> State:
    try:
        state = fold(log)
    except IllegalEvent as error:
        raise StoreError(
            f"session {session_id}: its log breaks the rules of the loop ({error}); restore the store from a backup"
        ) from error
    if state.opened is None:
        raise StoreError(f"session {session_id}: its log is empty; restore the store from a backup")
    return state


def _session(state: State) -> dict[str, Any]:
    assert state.opened is not None
    row = session_row(state)
    return row | {"target_sha256": state.opened.target_sha256, "status": row["reason"] or OPEN}


def _attempts(state: State) -> list[dict[str, Any]]:
    top = best(state)
    return [row | {"best": top is not None and top.number == row["attempt"]} for row in attempt_rows(state)]


def _digest(log: tuple[Event, ...]) -> bytes:
    text = json.dumps([to_record(event) for event in log], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _frame(rows: list[dict[str, Any]], columns: Mapping[str, Column]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=column.dtype) for name, column in columns.items()}
    )
