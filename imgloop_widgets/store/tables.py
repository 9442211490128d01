"""The tables, from top to bottom: every migration is applied once, in this order, and never edited after a release.

To change a table, append a `Migration` with the next number. Opening a store applies what is missing, all of it
in one transaction; of several processes that open at once, one migrates and the others find it done.

    schema_version  the migrations that were applied
    sessions        who works on what: one row for a (study, worker_id, unit_id)
    events          the log, PRIMARY KEY (session_id, seq): the lock against a double submission
    drafts          what stands in a page and is not submitted yet, one row for a session
    sheets          what triggers have changed in a worker's form, one row for a session
    uploads         which files a session has uploaded; their content is kept beside the database
    leases          who makes the image that is owed, so that two tabs don't make it twice
    incidents       what went wrong, under the number that the worker was shown
    gates           what all generations of a study share: the money, and whether it is paused; one row for a study
    calls           calls of generators that wait, go on, or began within the last minute
    generations     images that were made (and perhaps paid for), by the key of their prompt and by their recipe
    metrics         what scorers measured of the attempts, one row for an attempt and metric
    replays         prompts that were drawn anew, one row for a prompt, generator and draw
    replay_claims   who draws which replay at this moment
    replay_metrics  what scorers measured of the replays
    telemetry       what workers' pages noted of the work, one row for a page, attempt and phase
    rating_slots    which rater judges which item of a first study, one row for an item and rater
    rating_turns    the lock of a rating study, one row for each
    seats           which page plays a session: the one that was opened last
    revocations     links and workers that are let in no more, as digests
    codes           by which a panel knows what came of a worker, one row for a study and outcome
    arrivals        what a panel sent along with a worker, by session
    qualifications  what workers were given and what was taken away, one row for each change; the latest counts
    turned_away     who could not enter a study, with the code that they were shown, one row for a unit
    units           which unit each session was given, and when its page was last heard of; one row for a session
    steered         what researchers did to a study that goes on: who, when and why, one row for each
    told            what a panel was told of a worker by our server, and what it answered, one row for a worker
    payments        what a panel was asked to pay a worker, one row each time; taken back, another row below zero
    reviews         what reviewers decided about units, one row for each decision; taken back, another row

The SQL is what SQLite and PostgreSQL both understand (INTEGER is up to 2**31 - 1, BIGINT more); `only` holds what a
single one of them needs. What migration 1 does on PostgreSQL alone was added before any version with PostgreSQL was
released. Moments are text, UTC, ISO 8601 with microseconds: all of one width, so they sort as text and a person can
read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """number: 1, 2, 3, … statements: for every database. only: dialect → its own statements, applied after."""

    number: int
    statements: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        number=1,
        statements=(
            """CREATE TABLE sessions (
                session_id TEXT NOT NULL PRIMARY KEY,
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                unit_id TEXT NOT NULL,
                opened_at TEXT NOT NULL,
                UNIQUE (study, worker_id, unit_id)
            )""",
            "CREATE INDEX sessions_in_time ON sessions (opened_at, session_id)",
            """CREATE TABLE events (
                session_id TEXT NOT NULL REFERENCES sessions (session_id),
                seq INTEGER NOT NULL,
                kind TEXT NOT NULL,
                at TEXT NOT NULL,
                data TEXT NOT NULL,
                PRIMARY KEY (session_id, seq)
            )""",
            """CREATE TABLE drafts (
                session_id TEXT NOT NULL PRIMARY KEY,
                seq INTEGER NOT NULL,
                data TEXT NOT NULL
            )""",
            """CREATE TABLE leases (
                session_id TEXT NOT NULL,
                seq INTEGER NOT NULL,
                holder TEXT NOT NULL,
                until TEXT NOT NULL,
                PRIMARY KEY (session_id, seq)
            )""",
            """CREATE TABLE incidents (
                incident TEXT NOT NULL,
                at TEXT NOT NULL,
                session_id TEXT,
                text TEXT NOT NULL
            )""",
            "CREATE INDEX incidents_in_time ON incidents (at)",
        ),
        only={
            "sqlite": (
                """CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
                   BEGIN SELECT RAISE(ABORT, 'events are appended, never updated'); END""",
                """CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
                   BEGIN SELECT RAISE(ABORT, 'events are appended, never deleted'); END""",
            ),
            "postgresql": (
                """CREATE FUNCTION events_are_appended() RETURNS trigger LANGUAGE plpgsql AS
                   $$ BEGIN RAISE EXCEPTION 'events are appended, never %', TG_ARGV[0]; END $$""",
                """CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
                   FOR EACH STATEMENT EXECUTE FUNCTION events_are_appended('updated')""",
                """CREATE TRIGGER events_are_never_deleted BEFORE DELETE OR TRUNCATE ON events
                   FOR EACH STATEMENT EXECUTE FUNCTION events_are_appended('deleted')""",
            ),
        },
    ),
    Migration(
        number=2,
        statements=(
            """CREATE TABLE sheets (
                session_id TEXT NOT NULL PRIMARY KEY,
                data TEXT NOT NULL
            )""",
            """CREATE TABLE uploads (
                session_id TEXT NOT NULL,
                sha256 TEXT NOT NULL,
                size INTEGER NOT NULL,
                type TEXT NOT NULL,
                PRIMARY KEY (session_id, sha256)
            )""",
        ),
    ),
    Migration(
        number=3,
        statements=(
            """CREATE TABLE gates (
                study TEXT NOT NULL PRIMARY KEY,
                spent BIGINT NOT NULL,
                paused_at TEXT,
                paused_why TEXT
            )""",
            """CREATE TABLE calls (
                call_id TEXT NOT NULL PRIMARY KEY,
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                asked_at TEXT NOT NULL,
                begun_at TEXT,
                until TEXT NOT NULL,
                ended INTEGER NOT NULL,
                reserved BIGINT NOT NULL
            )""",
            "CREATE INDEX calls_of_study ON calls (study)",
            """CREATE TABLE generations (
                idempotency_key TEXT NOT NULL PRIMARY KEY,
                recipe TEXT NOT NULL,
                session_id TEXT,
                at TEXT NOT NULL,
                data TEXT NOT NULL
            )""",
            "CREATE INDEX generations_by_recipe ON generations (recipe, at)",
        ),
    ),
    Migration(
        number=4,
        statements=(
            """CREATE TABLE metrics (
                session_id TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                metric TEXT NOT NULL,
                value DOUBLE PRECISION,
                version TEXT NOT NULL,
                PRIMARY KEY (session_id, attempt, metric)
            )""",
            """CREATE TABLE replays (
                replay_id TEXT NOT NULL PRIMARY KEY,
                study TEXT NOT NULL,
                source TEXT NOT NULL,
                session_id TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                arm TEXT NOT NULL,
                target_id TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                prompt TEXT NOT NULL,
                model TEXT NOT NULL,
                generator TEXT NOT NULL,
                version TEXT NOT NULL,
                draw INTEGER NOT NULL,
                seed BIGINT NOT NULL,
                outcome TEXT NOT NULL,
                image_sha256 TEXT,
                width INTEGER,
                height INTEGER,
                parameters TEXT NOT NULL,
                duration_s DOUBLE PRECISION NOT NULL,
                at TEXT NOT NULL
            )""",
            "CREATE INDEX replays_of_study ON replays (study)",
            """CREATE TABLE replay_claims (
                replay_id TEXT NOT NULL PRIMARY KEY,
                holder TEXT NOT NULL,
                until TEXT NOT NULL
            )""",
            "CREATE INDEX replay_claims_of_holder ON replay_claims (holder)",
            """CREATE TABLE replay_metrics (
                replay_id TEXT NOT NULL,
                metric TEXT NOT NULL,
                value DOUBLE PRECISION,
                version TEXT NOT NULL,
                PRIMARY KEY (replay_id, metric)
            )""",
        ),
    ),
    Migration(
        number=5,
        statements=(
            """CREATE TABLE telemetry (
                session_id TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                phase TEXT NOT NULL,
                page TEXT NOT NULL,
                at TEXT NOT NULL,
                data TEXT NOT NULL,
                PRIMARY KEY (session_id, attempt, phase, page)
            )""",
        ),
    ),
    Migration(
        number=6,
        statements=(
            """CREATE TABLE rating_slots (
                study TEXT NOT NULL,
                item TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                session_id TEXT NOT NULL,
                source TEXT NOT NULL,
                until TEXT NOT NULL,
                held INTEGER NOT NULL,
                rated INTEGER NOT NULL,
                PRIMARY KEY (study, item, worker_id)
            )""",
            "CREATE INDEX rating_slots_of_session ON rating_slots (session_id)",
            "CREATE INDEX rating_slots_of_source ON rating_slots (source)",
            """CREATE TABLE rating_turns (
                study TEXT NOT NULL PRIMARY KEY,
                turn BIGINT NOT NULL
            )""",
        ),
    ),
    Migration(
        number=7,
        statements=(
            """CREATE TABLE seats (
                session_id TEXT NOT NULL PRIMARY KEY,
                holder TEXT NOT NULL,
                at TEXT NOT NULL
            )""",
            """CREATE TABLE revocations (
                study TEXT NOT NULL,
                digest TEXT NOT NULL,
                at TEXT NOT NULL,
                PRIMARY KEY (study, digest)
            )""",
            """CREATE TABLE codes (
                study TEXT NOT NULL,
                outcome TEXT NOT NULL,
                code TEXT NOT NULL,
                PRIMARY KEY (study, outcome)
            )""",
            """CREATE TABLE arrivals (
                session_id TEXT NOT NULL,
                data TEXT NOT NULL,
                at TEXT NOT NULL,
                PRIMARY KEY (session_id, data)
            )""",
        ),
    ),
    Migration(
        number=8,
        statements=(
            """CREATE TABLE qualifications (
                worker_id TEXT NOT NULL,
                name TEXT NOT NULL,
                change INTEGER NOT NULL,
                value TEXT,
                at TEXT NOT NULL,
                why TEXT NOT NULL,
                PRIMARY KEY (worker_id, name, change)
            )""",
            """CREATE TABLE turned_away (
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                unit_id TEXT NOT NULL,
                code TEXT NOT NULL,
                at TEXT NOT NULL,
                why TEXT NOT NULL,
                PRIMARY KEY (study, worker_id, unit_id)
            )""",
        ),
    ),
    Migration(
        number=9,
        statements=(
            """CREATE TABLE units (
                session_id TEXT NOT NULL PRIMARY KEY,
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                unit INTEGER NOT NULL,
                target_id TEXT NOT NULL,
                arm TEXT NOT NULL,
                form_version INTEGER NOT NULL,
                position INTEGER NOT NULL,
                stratum TEXT NOT NULL,
                place INTEGER,
                turn INTEGER,
                given_at TEXT NOT NULL,
                seen_at TEXT NOT NULL,
                until TEXT,
                finished TEXT,
                state TEXT NOT NULL
            )""",
            "CREATE INDEX units_of_study ON units (study, given_at)",
        ),
    ),
    Migration(
        number=10,
        statements=(
            "ALTER TABLE gates ADD COLUMN paused_by TEXT",
            """CREATE TABLE steered (
                steered_id TEXT NOT NULL PRIMARY KEY,
                study TEXT NOT NULL,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                what TEXT NOT NULL,
                session_id TEXT,
                why TEXT NOT NULL
            )""",
            "CREATE INDEX steered_in_time ON steered (study, at)",
        ),
    ),
    Migration(
        number=11,
        statements=(
            """CREATE TABLE payments (
                session_id TEXT NOT NULL,
                paid_by TEXT NOT NULL,
                number INTEGER NOT NULL,
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                amount TEXT NOT NULL,
                currency TEXT NOT NULL,
                batch TEXT NOT NULL,
                at TEXT NOT NULL,
                PRIMARY KEY (session_id, paid_by, number)
            )""",
        ),
    ),
    Migration(
        number=12,
        statements=(
            """CREATE TABLE told (
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                session_id TEXT NOT NULL,
                outcome TEXT NOT NULL,
                address TEXT NOT NULL,
                tries INTEGER NOT NULL,
                at TEXT NOT NULL,
                next_at TEXT,
                accepted INTEGER NOT NULL,
                said TEXT NOT NULL,
                PRIMARY KEY (study, worker_id)
            )""",
        ),
    ),
    Migration(
        number=13,
        statements=(
            """CREATE TABLE reviews (
                session_id TEXT NOT NULL,
                number INTEGER NOT NULL,
                study TEXT NOT NULL,
                worker_id TEXT NOT NULL,
                act TEXT NOT NULL,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                what TEXT NOT NULL,
                note TEXT NOT NULL,
                message TEXT NOT NULL,
                bonus TEXT NOT NULL,
                changes TEXT NOT NULL,
                undoes INTEGER,
                PRIMARY KEY (session_id, number)
            )""",
            "CREATE INDEX reviews_of_study ON reviews (study)",
        ),
    ),
)
