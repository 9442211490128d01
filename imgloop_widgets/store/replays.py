"""Prompts that were drawn anew: which there are, and who draws which.

    claim (nobody has it, or their lease is over; not done yet)  →  draw  →  finish (row and claim in one transaction)

The key makes a replay unique: of two processes that draw the same one, the first to finish is kept. A process that was
killed keeps its claims until its lease is over; what it had not finished is then drawn by another.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.log import moment, to_json, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A prompt that was drawn anew, once.

    replay_id: 64 hex digits, from all that decides what is drawn. study: whose replays these are. source: where the
    prompt is from: the study, or a file. session_id, worker_id, arm, target_id, attempt: of the prompt. model: what the
    generator was called when it was asked for. draw: 1-based. seed: of the generation. outcome: "made", or the kind of
    failure. image_sha256, width, height: None where nothing was made. duration_s: seconds, ≥ 0. at: UTC.
    """

    replay_id: str
    study: str
    source: str
    session_id: str
    worker_id: str
    arm: str
    target_id: str
    attempt: int
    prompt: str
    model: str
    generator: str
    version: str
    draw: int
    seed: int
    outcome: str
    image_sha256: str | None = None
    width: int | None = None
    height: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    duration_s: float
    at: datetime


_NAMES = (
    "replay_id", "study", "source", "session_id", "worker_id", "arm", "target_id", "attempt", "prompt", "model",
    "generator", "version", "draw", "seed", "outcome", "image_sha256", "width", "height", "parameters", "duration_s",
    "at",
)  # fmt: skip
_FINISH = text(
    f"""INSERT INTO replays ({", ".join(_NAMES)}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
        ON CONFLICT (replay_id) DO NOTHING"""
)
_READ = text(
    f"""SELECT {", ".join(_NAMES)} FROM replays WHERE (CAST(:study AS TEXT) IS NULL OR study = :study)
        ORDER BY session_id, attempt, model, draw, replay_id"""
)
_DONE = text("SELECT replay_id FROM replays WHERE study = :study")
_CLAIM = text(
    """INSERT INTO replay_claims (replay_id, holder, until)
       SELECT CAST(:replay_id AS TEXT), CAST(:holder AS TEXT), CAST(:until AS TEXT)
       WHERE NOT EXISTS (SELECT 1 FROM replays WHERE replay_id = :replay_id)
       ON CONFLICT (replay_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
       WHERE replay_claims.holder = excluded.holder OR replay_claims.until <= :now"""
)
_RENEW = text("UPDATE replay_claims SET until = :until WHERE holder = :holder")
_DROP = text("DELETE FROM replay_claims WHERE replay_id = :replay_id")
_RELEASE = text("DELETE FROM replay_claims WHERE holder = :holder")


def done(connection: Connection, study: str) -> set[str]:
    """Return the ids of those that are done."""
    return set(connection.scalars(_DONE, {"study": study}))


def claim(
    connection: Connection, ids: Sequence[str], holder: str, now: datetime, lease_s: float
) -> tuple[list[str], list[str]]:
    """Return which of them are the holder's to draw now, and which are another's at this moment.

    What is in neither is done already.
    """
    _take(connection)
    until = moment(now + timedelta(seconds=lease_s))
    given = {"holder": holder, "now": moment(now), "until": until}
    own, others = [], []
    for replay_id in ids:
        if connection.execute(_CLAIM, {**given, "replay_id": replay_id}).rowcount == 1:
            own.append(replay_id)
        else:
            others.append(replay_id)
    if others:
        finished = text("SELECT 1 FROM replays WHERE replay_id = :replay_id")
        others = [r for r in others if connection.scalar(finished, {"replay_id": r}) is None]
    return own, others


def renew(connection: Connection, holder: str, now: datetime, lease_s: float) -> None:
    """Hold on to all that the holder has claimed."""
    _take(connection)
    connection.execute(_RENEW, {"holder": holder, "until": moment(now + timedelta(seconds=lease_s))})


def release(connection: Connection, holder: str) -> None:
    """Give back all that the holder has claimed."""
    _take(connection)
    connection.execute(_RELEASE, {"holder": holder})


def finish(connection: Connection, replays: Iterable[Replay], given_up: Iterable[str] = ()) -> None:
    """Keep them, those that are there already as they were, and give back their claims.

    given_up: ids of those that could not be drawn this time; their claims are given back, too.
    """
    _take(connection)
    rows = [_row(replay) for replay in replays]
    if rows:
        connection.execute(_FINISH, rows)
    claims = [{"replay_id": replay_id} for replay_id in (*(row["replay_id"] for row in rows), *given_up)]
    if claims:
        connection.execute(_DROP, claims)


def read(connection: Connection, study: str | None) -> list[Replay]:
    """Return them by session, attempt, model and draw. study: None: of all studies."""
    rows = connection.execute(_READ, {"study": study}).mappings()
    return [
        Replay(**{**row, "parameters": json.loads(row["parameters"]), "at": datetime.fromisoformat(row["at"])})
        for row in rows
    ]


def _row(replay: Replay) -> dict[str, Any]:
    row = {name: getattr(replay, name) for name in _NAMES}
    row |= {name: to_text(value) for name, value in row.items() if isinstance(value, str)}
    parameters = to_json(replay.parameters, f"replay {replay.replay_id}")
    return {**row, "parameters": parameters, "at": moment(replay.at)}


def _take(connection: Connection) -> None:
    """Let claims change one transaction after the other: what is done just now must not be claimed anew."""
    database_of(connection).take(connection, "replay_claims")
