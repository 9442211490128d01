"""All that is particular to SQLite: how a file is opened, its locks, and its errors in words.

- **WAL**: readers and the one writer don't wait for each other, and a killed process leaves a whole database.
- **synchronous=FULL**: what a worker has seen survives a loss of power too. NORMAL survives `kill -9` only, and the
  difference, one fsync for a commit (0.2 ms on a virtual disk, some ms on a plain one), is nothing beside a person.
- **BEGIN IMMEDIATE** for writes: the lock is taken at once and waited for (`BUSY_S`). A transaction that reads first
  and asks for the lock later is refused at once when another one has written in between.
- **Connections are kept**: the last one to close makes SQLite copy the whole WAL into the file, some ms for each call.
  They are closed before a fork, for a SQLite connection must never be carried through one.
- **mode=rw**, and a look at the file before each call: a database that was removed or replaced is an error, and not
  silently written to where nobody finds it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.pools import close_at_forks

BUSY_S = 30.0
"""Seconds a call waits for another process's write before it gives up."""

_WRITES = "imgloop_writes"

_ADVICE: dict[int, str] = {
    sqlite3.SQLITE_BUSY: "another program keeps the database locked; close it (a database browser?) and try again",
    sqlite3.SQLITE_LOCKED: "another call keeps the database locked; try again",
    sqlite3.SQLITE_PROTOCOL: "too many programs ask for the database's lock at once; try again",
    sqlite3.SQLITE_READONLY: "it can't be written; change the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "it can't be opened; change the permissions of the file and its folder",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and try again",
    sqlite3.SQLITE_IOERR: "the disk can't be read or written; see whether it is full or failing, and try again",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; keep a copy of it, and restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is no database; move it away or choose another folder",
    sqlite3.SQLITE_CANTOPEN: "the database can't be opened; see whether its folder was moved, and its permissions",
    sqlite3.SQLITE_TOOBIG: "the text is too long to be stored; shorten it",
}


def explain(error: BaseException | None) -> str | None:
    """Return what is wrong and what to do; None: not an error of SQLite that has a plain cause."""
    code = getattr(error, "sqlite_errorcode", None)
    return _ADVICE.get(code & 0xFF) if isinstance(code, int) else None  # the low byte: without the finer cause


def file_engine(file: Path) -> Engine:
    """Return the engine of an existing file; it opens nothing before its first use."""
    address = f"{file.absolute().as_uri()}?mode=rw"
    engine = create_engine("sqlite://", creator=lambda: _connect(address), poolclass=QueuePool, pool_timeout=BUSY_S)

    @event.listens_for(engine, "connect")
    def connected(connection: object, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _identity(file)

    @event.listens_for(engine, "checkout")
    def checked_out(connection: object, record: ConnectionPoolEntry, proxy: object) -> None:
        if record.info["file"] != _identity(file):
            raise DisconnectionError  # the pool connects anew, which says what is wrong

    return _with_transactions(close_at_forks(engine))


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def memory_engine() -> Engine:
    """Return an engine that keeps everything in memory: one connection, which threads take by turns."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(":memory:"),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_S,
    )
    return _with_transactions(engine)


def reading(engine: Engine) -> Engine:
    """Return the engine: its transactions see one moment as they are."""
    return engine


def writing(engine: Engine) -> Engine:
    """Return the same engine, whose transactions take the lock for writing when they begin."""
    return engine.execution_options(**{_WRITES: True})


def take(connection: Connection, what: str) -> None:
    """Do nothing: a transaction that writes has the lock for everything."""


def in_own_words(statement: str) -> str:
    """Return the statement, which SQLite understands as it is."""
    return statement


def insert(connection: Connection, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows. types: column → its type."""
    values = ", ".join(f":{name}" for name in types)
    connection.execute(text(f"INSERT INTO {table} ({', '.join(types)}) VALUES ({values})"), rows)


@contextmanager
def unguarded(connection: Connection, table: str, guard: str, tables: Sequence[str]) -> Iterator[None]:
    """Let rows of `table` be deleted meanwhile, and have what is freed overwritten. guard: the trigger against it."""
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    named = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :guard")
    made = connection.scalar(named, {"guard": guard})
    if made:
        connection.exec_driver_sql(f"DROP TRIGGER {guard}")
    yield
    if made:
        connection.exec_driver_sql(made)


def copy(engine: Engine, file: Path) -> bool:
    """Copy the database into a new file, by SQLite's own backup: nobody who writes meanwhile waits for it.

    Raises:
        StoreError: the copy can't be written, or the database can't be read.
    """
    here = engine.raw_connection()
    try:
        create(file)
        there = _connect(f"{file.absolute().as_uri()}?mode=rw")
        try:
            driver = here.driver_connection
            assert driver is not None
            driver.backup(there)
        finally:
            there.close()
    except sqlite3.Error as error:
        raise StoreError(f"{file}: can't copy the database: {explain(error) or error}") from error
    finally:
        here.close()
    return True


def wipe(engine: Engine, tables: Sequence[str]) -> None:
    """Bring all that was committed into the database's own file, and leave no copy in the log beside it.

    Where somebody reads at this moment, the log keeps what they read until the next time.
    """
    connection = engine.raw_connection()  # SQLAlchemy's own begins a transaction, in which this is refused
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()


def create(file: Path) -> None:
    """Create the file if it is missing, and make it a database in WAL mode.

    Raises:
        sqlite3.Error: it is no database, or can't be opened or written.
    """
    connection = _connect(f"{file.absolute().as_uri()}?mode=rwc")
    try:
        _patiently(lambda: connection.execute("PRAGMA journal_mode=WAL"))
    finally:
        connection.close()


def _patiently(step: Callable[[], object]) -> None:
    """Repeat the step while the database is locked: changing to WAL is refused at once, without SQLite's own wait."""
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            step()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _connect(address: str) -> sqlite3.Connection:
    # isolation_level=None: this module begins the transactions, not the driver
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _with_transactions(engine: Engine) -> Engine:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
