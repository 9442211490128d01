"""How a database comes to the newest version: see `tables`."""

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.tables import MIGRATIONS

__all__ = ["MIGRATIONS", "NEWEST", "migrate"]

NEWEST = MIGRATIONS[-1].number


def migrate(reading: Engine, writing: Engine, where: str, to: int | None = None) -> None:
    """Bring the database to a version. to: its number; None: the newest.

    Raises:
        StoreError: it is of a newer version than this package knows, or belongs to another program.
    """
    if _is_at(reading, to or NEWEST):  # the usual case writes nothing, so it waits for no one
        return
    database = database_of(writing)
    with writing.begin() as connection:
        database.take(connection, "migrations")
        version = _version(connection, where)  # again: another process may have been first
        if version == 0:
            connection.execute(text("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)"))
        for migration in MIGRATIONS:
            if version < migration.number <= (to or NEWEST):
                for statement in map(database.in_own_words, migration.statements):
                    connection.execute(text(statement))
                for statement in migration.only.get(connection.dialect.name, ()):
                    connection.execute(text(statement))
                connection.execute(text("INSERT INTO schema_version VALUES (:number)"), {"number": migration.number})


def _is_at(reading: Engine, version: int) -> bool:
    """Whether the database is of this version, asked in one statement; what is wrong with it, `_version` says."""
    try:
        with reading.begin() as connection:
            return bool(connection.scalar(text("SELECT max(version) FROM schema_version")) == version)
    except DBAPIError:
        return False


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
