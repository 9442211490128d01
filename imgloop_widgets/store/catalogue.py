"""Which tables move with a study from store to store, and what says that two rows are the same.

Every table of the migrations stands here once: in `TABLES`, or in `STAYS` with the reason. To add one, choose: a row
that says what was done or decided moves; one that says who is at something at this moment stays. A test compares both
with the database, so no table is forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

OF_STUDY = "study IN :studies"
OF_SESSION = f"session_id IN (SELECT session_id FROM sessions WHERE {OF_STUDY})"
_OF_REPLAY = f"replay_id IN (SELECT replay_id FROM replays WHERE {OF_STUDY})"
_OF_GENERATION = f"""(COALESCE({OF_SESSION}, FALSE)
    OR idempotency_key IN (SELECT replay_id FROM replays WHERE {OF_STUDY}))"""
_OF_WORKER = f"""worker_id IN (SELECT worker_id FROM sessions WHERE {OF_STUDY}
    UNION SELECT worker_id FROM turned_away WHERE {OF_STUDY})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How the rows of a table move.

    own: SQL, which rows belong to the studies `:studies`. key: what names a row; rows are read in its order. log: the
    last column of the key counts 1, 2, 3, … (or from 0) within the others, and a row is never changed: more of them is
    more, and nothing else. session: the column that names the session a row follows; "": it follows none. grows: a
    later state of a row has more of this; "": no state is known to be the later one. beside: columns in which two
    rows may differ and are the same.
    """

    own: str
    key: tuple[str, ...]
    log: bool = False
    session: str = ""
    grows: str = ""
    beside: frozenset[str] = frozenset()


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "sessions": Table(own=OF_STUDY, key=("session_id",), session="session_id"),
        "events": Table(own=OF_SESSION, key=("session_id", "seq"), log=True, session="session_id"),
        "units": Table(
            own=OF_STUDY,
            key=("session_id",),
            session="session_id",
            beside=frozenset({"seen_at", "until", "finished", "state"}),
        ),
        "drafts": Table(own=OF_SESSION, key=("session_id",), session="session_id", grows="seq"),
        "sheets": Table(own=OF_SESSION, key=("session_id",), session="session_id"),
        "uploads": Table(own=OF_SESSION, key=("session_id", "sha256"), session="session_id"),
        "metrics": Table(own=OF_SESSION, key=("session_id", "attempt", "metric"), session="session_id"),
        "telemetry": Table(
            own=OF_SESSION, key=("session_id", "attempt", "phase", "page"), session="session_id", grows="at"
        ),
        "arrivals": Table(own=OF_SESSION, key=("session_id", "data"), session="session_id", beside=frozenset({"at"})),
        "incidents": Table(own=OF_SESSION, key=("at", "incident", "session_id", "text"), session="session_id"),
        "rating_slots": Table(
            own=OF_STUDY,
            key=("study", "item", "worker_id"),
            session="session_id",
            beside=frozenset({"until", "held", "rated"}),
        ),
        "generations": Table(own=_OF_GENERATION, key=("idempotency_key",), session="session_id"),
        "replays": Table(own=OF_STUDY, key=("replay_id",), beside=frozenset({"duration_s", "at"})),
        "replay_metrics": Table(own=_OF_REPLAY, key=("replay_id", "metric")),
        "gates": Table(own=OF_STUDY, key=("study",), grows="spent"),
        "codes": Table(own=OF_STUDY, key=("study", "outcome")),
        "revocations": Table(own=OF_STUDY, key=("study", "digest"), beside=frozenset({"at"})),
        "turned_away": Table(own=OF_STUDY, key=("study", "worker_id", "unit_id"), beside=frozenset({"at", "why"})),
        "payments": Table(own=OF_STUDY, key=("session_id", "paid_by", "number"), log=True, session="session_id"),
        "reviews": Table(own=OF_STUDY, key=("session_id", "number"), log=True, session="session_id"),
        "told": Table(own=OF_STUDY, key=("study", "worker_id"), grows="tries"),
        "steered": Table(own=OF_STUDY, key=("steered_id",)),
        "qualifications": Table(own=_OF_WORKER, key=("worker_id", "name", "change"), log=True),
    }
)
"""Table → how it moves, in an order in which rows can be inserted."""

STAYS: Mapping[str, str] = MappingProxyType(
    {
        "schema_version": "an archive names its version itself",
        "leases": "who makes an image at this moment",
        "calls": "who waits for a generator at this moment; what calls cost is in gates",
        "seats": "which page plays a session at this moment; a page that goes on takes the seat anew",
        "replay_claims": "who draws a replay at this moment",
        "rating_turns": "a lock, made anew by the first who needs it",
    }
)
"""Table → why it does not move."""
