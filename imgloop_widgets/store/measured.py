"""What scorers have measured: a number for each attempt, or each replay, and metric.

A value is computed and may be computed again: a newer one takes the place of an older one. No value (NULL) says that
the scorer could not give one. Values are written in the order of their keys: of two that score the same at once, one
waits for the other, and never each for the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """attempt: 1-based. value: None: the scorer could not give one. version: of the scorer."""

    session_id: str
    attempt: int
    metric: str
    value: float | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMetric:
    """As `Metric`, of a replay."""

    replay_id: str
    metric: str
    value: float | None
    version: str


_PUT = text(
    """INSERT INTO metrics (session_id, attempt, metric, value, version)
       VALUES (:session_id, :attempt, :metric, :value, :version)
       ON CONFLICT (session_id, attempt, metric) DO UPDATE SET value = excluded.value, version = excluded.version"""
)
_READ = text(
    """SELECT metrics.session_id, attempt, metric, value, version FROM metrics
       JOIN sessions ON sessions.session_id = metrics.session_id
       WHERE (CAST(:study AS TEXT) IS NULL OR study = :study) ORDER BY metrics.session_id, attempt, metric"""
)
_READ_SESSION = text(
    """SELECT session_id, attempt, metric, value, version FROM metrics WHERE session_id = :session_id
       ORDER BY attempt, metric"""
)
_PUT_REPLAY = text(
    """INSERT INTO replay_metrics (replay_id, metric, value, version) VALUES (:replay_id, :metric, :value, :version)
       ON CONFLICT (replay_id, metric) DO UPDATE SET value = excluded.value, version = excluded.version"""
)
_READ_REPLAY = text(
    """SELECT replay_metrics.replay_id, metric, value, replay_metrics.version FROM replay_metrics
       JOIN replays ON replays.replay_id = replay_metrics.replay_id
       WHERE (CAST(:study AS TEXT) IS NULL OR study = :study) ORDER BY replay_metrics.replay_id, metric"""
)


def put(connection: Connection, metrics: Iterable[Metric]) -> None:
    """Keep the values, in place of earlier ones of the same attempt and metric."""
    rows = [
        {"session_id": m.session_id, "attempt": m.attempt, "metric": m.metric, "value": m.value, "version": m.version}
        for m in sorted(metrics, key=lambda m: (m.session_id, m.attempt, m.metric))
    ]
    if rows:
        connection.execute(_PUT, rows)


def read(connection: Connection, study: str | None) -> list[Metric]:
    """Return the values, by session, attempt and metric. study: None: of all studies."""
    return [Metric(**row) for row in connection.execute(_READ, {"study": study}).mappings()]


def read_of_session(connection: Connection, session_id: str) -> list[Metric]:
    """Return the values of one session, by attempt and metric."""
    return [Metric(**row) for row in connection.execute(_READ_SESSION, {"session_id": session_id}).mappings()]


def put_of_replays(connection: Connection, metrics: Iterable[ReplayMetric]) -> None:
    """Keep the values, in place of earlier ones of the same replay and metric."""
    rows = [
        {"replay_id": m.replay_id, "metric": m.metric, "value": m.value, "version": m.version}
        for m in sorted(metrics, key=lambda m: (m.replay_id, m.metric))
    ]
    if rows:
        connection.execute(_PUT_REPLAY, rows)


def read_of_replays(connection: Connection, study: str | None) -> list[ReplayMetric]:
    """Return the values, by replay and metric. study: None: of all studies."""
    return [ReplayMetric(**row) for row in connection.execute(_READ_REPLAY, {"study": study}).mappings()]
