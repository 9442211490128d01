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

The SQL is what SQLite and PostgreSQL both understand; `only` holds what a single one of them needs. Moments are
text, UTC, ISO 8601 with microseconds: all of one width, so they sort as text and a person can read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, inspect, text

from imgloop_widgets.errors import StoreError


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
)

NEWEST = MIGRATIONS[-1].number


def migrate(reading: Engine, writing: Engine, where: str) -> None:
    """Bring the database to the newest version.

    Raises:
        StoreError: it is of a newer version than this package knows, or belongs to another program.
    """
    with reading.begin() as connection:  # the usual case writes nothing, so it waits for no one
        if _version(connection, where) == NEWEST:
            return
    with writing.begin() as connection:
        version = _version(connection, where)  # again: another process may have been first
        if version == 0:
            connection.execute(text("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)"))
        for migration in MIGRATIONS:
            if migration.number > version:
                for statement in (*migration.statements, *migration.only.get(connection.dialect.name, ())):
                    connection.execute(text(statement))
                connection.execute(text("INSERT INTO schema_version VALUES (:number)"), {"number": migration.number})


def _version(connection: Connection, where: str) -> int:
    """The number of the newest migration that was applied; 0: a database without our tables."""
    tables = inspect(connection)
    if not tables.has_table("schema_version"):
        if tables.has_table("events") or tables.has_table("sessions"):
            raise StoreError(f"{where}: this is the database of another program; choose another folder or database")
        return 0
    version = connection.scalar(text("SELECT max(version) FROM schema_version")) or 0
    if version > NEWEST:
        raise StoreError(
            f"{where}: this database is of version {version}, and this imgloop_widgets knows versions up to {NEWEST};"
            " install a newer imgloop_widgets"
        )
    return int(version)
