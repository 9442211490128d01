"""Logs as tidy frames. Every column has one type and one meaning, also when there is no row at all.

    logs: (session_id, events) of every session  →  fold  →  sessions: a row each; attempts: a row for each image

`codebook` has the columns. The rows come from `rows.py`, which the widget's `task.attempts` uses too. `columns` makes
the same frames from very many sessions without folding them one by one, and asks this module where it is not sure.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.codebook import ATTEMPTS, EVENTS, GENERATIONS, MOMENT, OPEN, SESSIONS, Column, typed
from imgloop_widgets.analysis.tidy import among
from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import (
    Event,
    GenerationFailed,
    ImageGenerated,
    LoopFinished,
    PromptSubmitted,
    SessionFinished,
    SessionOpened,
)
from imgloop_widgets.loop import IllegalEvent, State, best, fold, image_seed
from imgloop_widgets.rows import MACHINES, SIMULATED, attempt_rows, session_row
from imgloop_widgets.store.log import Row, stored, to_json

__all__ = ["ATTEMPTS", "MOMENT", "OPEN", "SESSIONS", "Column", "Frames", "attempts_frame", "events_frame",
           "generations_frame", "numbered", "read_frames", "sessions_frame"]  # fmt: skip

Logs = Iterable[tuple[str, Iterable[Event]]]
"""(session_id, its events in order) of every session, as `Store.logs` gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """sessions, attempts: in the order of the logs. left_out: simulated sessions that are not in them.

    data_hash: sha256 (hex) over all events, as they are stored, of the sessions in them, in whatever order.
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

    simulated: whether simulated sessions are in them; None: only where there is no real one, and then those of machines
    only where there is no other one either.

    Raises:
        StoreError: a session's log breaks the rules of the loop.
        ValueError: `simulated` is something else.
    """
    sessions: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    digests: list[bytes] = []  # one for each session
    for session_id, events in logs:
        log = tuple(events)
        state = state_of(session_id, log)
        sessions.append(_session(state))
        attempts += _attempts(state)
        digests.append(digest([stored(session_id, event) for event in log]))
    return chosen(frame(sessions, SESSIONS), frame(attempts, ATTEMPTS), digests, simulated)


def chosen(sessions: pd.DataFrame, attempts: pd.DataFrame, digests: Sequence[bytes], simulated: bool | None) -> Frames:
    """Return the frames without the simulated sessions, where these are not asked for.

    digests: of the sessions, in their order. simulated: as in `read_frames`.

    Raises:
        ValueError: `simulated` is none of the three.
    """
    if not (simulated is None or isinstance(simulated, bool)):
        raise ValueError(f"simulated must be None, True or False; not {simulated!r}")
    out = _out(sessions, simulated)
    left_out = int(out.sum())
    if left_out:
        digests = [one for one, gone in zip(digests, out, strict=True) if not gone]
        sessions = sessions[~out].reset_index(drop=True)
        attempts = attempts[among(attempts["session_id"], sessions["session_id"])].reset_index(drop=True)
    in_order = np.sort(np.frombuffer(b"".join(digests), dtype="S32"))  # as `sorted`, without a Python object for each
    data_hash = hashlib.sha256(in_order.tobytes()).hexdigest()
    return Frames(sessions=sessions, attempts=attempts, left_out=left_out, data_hash=data_hash)


def _out(sessions: pd.DataFrame, simulated: bool | None) -> "pd.Series[bool]":
    """Return which sessions are left out; simulated: as in `read_frames`."""
    programs = sessions["simulated"].astype("bool")
    if simulated is None and programs.all():  # nobody else: those who play people, else machines
        machine = sessions["worker_id"].astype("str").str.startswith(tuple(f"{SIMULATED}{one}-" for one in MACHINES))
        return machine if not machine.all() else ~machine
    return programs & (not simulated)


def generations_frame(logs: Logs) -> pd.DataFrame:
    """Return a row for each image of a prompt submitted, with the columns of `GENERATIONS`. Raises: StoreError."""
    rows: list[dict[str, Any]] = []
    for session_id, events in logs:
        log = tuple(events)
        opened = state_of(session_id, log).opened
        assert opened is not None
        for k, event in enumerate(log):
            if isinstance(event, PromptSubmitted):
                ends = _ends(event, log[k + 1 :])
                rows += [_generation(opened, event, place, ends.get(place)) for place in range(1, event.images + 1)]
    return frame(rows, GENERATIONS)


def events_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return a row for each event, with the columns of `EVENTS`. rows: as the store keeps them."""
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(EVENTS)
    values = {name: pd.Series(list(column)) for name, column in zip(EVENTS, columns, strict=True)}
    values["at"] = pd.to_datetime(values["at"], utc=True, format="ISO8601")
    return pd.DataFrame({name: typed(values[name], column) for name, column in EVENTS.items()})


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


def state_of(session_id: str, log: tuple[Event, ...]) -> State:
    """Return the fold of a session's log. Raises: StoreError: it breaks the rules of the loop, or is empty."""
    try:
        state = fold(log)
    except IllegalEvent as error:
        raise StoreError(
            f"session {session_id}: its log breaks the rules of the loop ({error}); restore the store from a backup"
        ) from error
    if state.opened is None:
        raise StoreError(f"session {session_id}: its log is empty; restore the store from a backup")
    return state


def digest(rows: Sequence[Row]) -> bytes:
    """Return the sha256 of a session: of its id, and of every event's kind, moment and other fields, as stored."""
    ids, _, kinds, moments, data = zip(*rows, strict=True)
    return hashlib.sha256("\n".join((ids[0], *kinds, *moments, *data)).encode()).digest()


def _session(state: State) -> dict[str, Any]:
    assert state.opened is not None
    row = session_row(state)
    return row | {"target_sha256": state.opened.target_sha256, "status": row["reason"] or OPEN}


def _attempts(state: State) -> list[dict[str, Any]]:
    top = best(state)
    return [row | {"best": top is not None and top.number == row["attempt"]} for row in attempt_rows(state)]


def _ends(prompt: PromptSubmitted, after: Sequence[Event]) -> dict[int, Event]:
    """Return what came of each image of a prompt, by its place; one that is not there is owed. after: what followed."""
    ends: dict[int, Event] = {}
    for event in after:
        match event:
            case ImageGenerated() | GenerationFailed(place=int()):
                places: Iterable[int] = (event.place or 1,)
            case GenerationFailed() | SessionFinished() | LoopFinished():
                places = range(1, prompt.images + 1)
            case _:
                break
        for place in places:
            ends.setdefault(place, event)
        if len(ends) == prompt.images:
            break
    return ends


def _generation(opened: SessionOpened, prompt: PromptSubmitted, place: int, end: Event | None) -> dict[str, Any]:
    """Return the row of one of a prompt's images. end: what came of it; None: it is owed."""
    row: dict[str, Any] = dict.fromkeys(GENERATIONS)
    row |= {"session_id": opened.session_id, "worker_id": opened.worker_id, "seq": prompt.seq}
    row |= {"attempt": prompt.attempt, "prompt": prompt.prompt, "place": place, "submitted_at": prompt.at}
    row |= {"seed": image_seed(prompt.seed, place), "variation_of": prompt.variation_of}
    row["controls"] = to_json(prompt.controls, "controls") if prompt.controls else None
    match end:
        case ImageGenerated():
            row |= {"outcome": "shown", "wait_s": end.wait_s, "image_sha256": end.image_sha256 or None}
            row |= {"width": end.width, "height": end.height}
            row |= {"generator": end.generator or None, "generator_version": end.version or None}
            row["parameters"] = to_json(end.parameters, "parameters")
        case GenerationFailed():
            row |= {"outcome": end.failure, "wait_s": end.wait_s, "incident": end.incident or None}
        case SessionFinished() | LoopFinished():
            row |= {"outcome": "abandoned", "wait_s": max(0.0, (end.at - prompt.at).total_seconds())}
        case _:
            row["outcome"] = "pending"
    return row


def frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return the rows as a frame with these columns and types."""
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=column.dtype) for name, column in columns.items()}
    )
