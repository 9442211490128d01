"""All that is particular to PostgreSQL: how a server is reached, its locks, and its errors in words.

Writers don't wait for each other as they do in SQLite, so each call that writes has what makes it exact:

| call | by what |
| --- | --- |
| open a session, append, add | the unique keys: whoever comes second gets a `Conflict` |
| claim an image, drafts, uploads, metrics | one statement a row, which is atomic |
| turns, money, pause | the study's row in `gates`, taken first (see there) |
| claim and finish replays | `take`: what is done is looked up before it is claimed |
| migrations | `take`: of several processes one migrates, and the others find it done |
| forget | `unguarded`: a lock on all tables; whoever writes waits |

- **READ COMMITTED** for writes: what follows a lock sees what was committed before it was had. No transaction of these
  can fail to serialise, so none is tried again.
- **REPEATABLE READ** for reads: all queries of a call see one moment, as in SQLite.
- **COLLATE "C"** for all text: it sorts by code points, as SQLite and Python do, whatever the server's language.
- **One connection is kept** for each process that uses a store (a worker's page is one), and looked at before each
  call: a server that was started again is connected to anew. It is closed before a fork.
- **A process that vanished** with its whole machine holds no lock for longer than `IDLE_S`.
- The server's `synchronous_commit` counts, but for `off`: what a worker has seen is on the disk.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.pools import close_at_forks

DRIVERS = ("postgresql", "postgresql+psycopg")
"""What a URL may begin with; both are psycopg."""
BUSY_S = 30
"""Seconds a call waits for another's lock, or for a connection of the pool, before it gives up."""
CONNECT_S = 10
"""Seconds within which the server must answer."""
IDLE_S = 60
"""Seconds after which the server ends a transaction in which nothing comes."""
AT_ONCE = 10
"""Connections that the threads of one process may use at the same time."""
ROWS = 5_000
"""Rows that go to the server in one statement."""

_SETTINGS = f"""SELECT set_config('lock_timeout', '{BUSY_S}s', false),
    set_config('idle_in_transaction_session_timeout', '{IDLE_S}s', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"""

_RESTART = "the connection was lost (was the server stopped or started again?); see that it runs, and try again"
_RIGHTS = "the role may not do that; let it own the database (ALTER DATABASE … OWNER TO …), or name another in the URL"
_FULL_HOUSE = "the server has no connection left; each worker's page keeps one, so raise its max_connections"
_PASSWORD = (
    "the password is wrong or missing; write it into the URL (IMGLOOP_STORE) or into ~/.pgpass, special signs as %40"
)
_DATABASE = "there is no such database; create it (createdb NAME), or name another in the URL"
_BUSY = "another call keeps what is needed locked; try again"
_REFUSED = "the server can't be reached; see that it runs, and that host and port in the URL are right"

_ADVICE: dict[str, str] = {
    "08": _RESTART,
    "22021": "a value can't be stored: no text of a database has such a character",
    "22P05": "a value can't be stored: the database's encoding lacks such a character; make one with encoding UTF8",
    "25006": "the database is read-only (a standby?); name the one that can be written in the URL",
    "25P03": "the call took too long between two steps; try again",
    "28P01": _PASSWORD,
    "28": "the server does not let this role in; look at the user in the URL, and at the server's pg_hba.conf",
    "3D000": _DATABASE,
    "40": _BUSY,
    "42501": _RIGHTS,
    "42P01": "a table is missing; was it removed? Restore a backup",
    "53100": "the server's disk is full; free some space there and try again",
    "53200": "the server is out of memory; try again, or give it more",
    "53300": _FULL_HOUSE,
    "54": "the text is too long to be stored; shorten it",
    "55P03": _BUSY,
    "57014": "the server has cancelled the call (statement_timeout?); try again",
    "57P": _RESTART,
    "58": "the server's disk can't be read or written; see whether it is full or failing, and try again",
    "XX001": "the database is damaged; keep a copy of it, and restore a backup",
    "XX002": "an index is damaged; keep a copy of the database, then REINDEX it",
}
"""SQLSTATE, or what it begins with (the longer goes first) → what is wrong and what to do."""

_WORDS: tuple[tuple[str, str], ...] = (
    ("password authentication failed|no password supplied|fe_sendauth", _PASSWORD),
    (r'database ".*" does not exist', _DATABASE),
    ("too many clients|connection slots|too many connections", _FULL_HOUSE),
    ("no pg_hba.conf entry|role .* does not exist|authentication failed", _ADVICE["28"]),
    ("starting up|shutting down|recovery mode|not yet accepting", "the server is just starting or stopping; try again"),
    ("resolve host|translate host", "the server's name is unknown; look at the host in the URL"),
    ("refused|No such file|timeout expired|unreachable|No route", _REFUSED),
    ("closed the connection|connection is lost|connection is closed|terminat|consuming input|SSL SYSCALL", _RESTART),
    ("invalid connection option|invalid .*value", "an option of the URL (behind its ?) is wrong; see libpq's list"),
    ("NUL", _ADVICE["22021"]),
)
"""What the driver says where there is no SQLSTATE: there is none while it connects."""


def explain(error: BaseException | None) -> str | None:
    """Return what is wrong and what to do; None: not an error of PostgreSQL that has a plain cause."""
    if not type(error).__module__.startswith("psycopg"):
        return None
    state = getattr(error, "sqlstate", None)
    if state:
        return next((_ADVICE[state[:n]] for n in (5, 3, 2) if state[:n] in _ADVICE), None)
    return next((advice for words, advice in _WORDS if re.search(words, str(error))), None)


def engine(url: URL) -> Engine:
    """Return the engine of a database on a server; it connects before its first use.

    Raises:
        StoreError: the driver is missing, or the URL can't be right.
    """
    if "@" in (url.host or ""):  # half of a password would be shown as the host
        raise StoreError("the URL can't be used: write an @ in its password as %40, a / as %2F, a : as %3A")
    defaults = {"connect_timeout": CONNECT_S, "application_name": "imgloop", "client_encoding": "utf8"}
    try:
        made = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=1,
            max_overflow=AT_ONCE - 1,
            pool_timeout=BUSY_S,
            connect_args={name: value for name, value in defaults.items() if name not in url.query},
        )
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL needs the package psycopg ({error}); install it: pip install -e '.[postgresql]'"
        ) from error

    @event.listens_for(made, "connect")
    def connected(connection: Any, record: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StoreError(
                f"{shown(url)}: the database's encoding is {encoding}, which lacks characters that workers type; "
                "create one with createdb --encoding UTF8 --template template0"
            )
        with connection.cursor() as cursor:
            cursor.execute(_SETTINGS)
        connection.commit()

    return close_at_forks(made)


def shown(url: URL) -> str:
    """Return the URL as it may be shown: without a password, and without options, which may hold one."""
    place = {name: value for name, value in url.query.items() if name in ("host", "port")}
    return URL.create(
        url.get_backend_name(), username=url.username, host=url.host, port=url.port, database=url.database, query=place
    ).render_as_string()


def reading(engine: Engine) -> Engine:
    """Return the same engine, each of whose transactions sees one moment."""
    return engine.execution_options(isolation_level="REPEATABLE READ")


def writing(engine: Engine) -> Engine:
    """Return the same engine, each of whose statements sees what was committed before it."""
    return engine.execution_options(isolation_level="READ COMMITTED")


def take(connection: Connection, what: str) -> None:
    """Wait until no other transaction has taken this; it is given back at the end of the transaction."""
    key = int.from_bytes(sha256(f"imgloop {what}".encode()).digest()[:8], "big", signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def in_own_words(statement: str) -> str:
    """Return a statement that makes or changes a table, such that its texts sort as everywhere."""
    return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', statement)


def insert(connection: Connection, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, `ROWS` with one statement. types: column → its type."""
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in types.items())
    statement = text(f"INSERT INTO {table} ({', '.join(types)}) SELECT * FROM unnest({arrays})")
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        connection.execute(statement, {name: [row[name] for row in some] for name in types})


@contextmanager
def unguarded(connection: Connection, table: str, guard: str, tables: Sequence[str]) -> Iterator[None]:
    """Let rows of `table` be deleted meanwhile, and nobody else write to the tables until the transaction ends.

    guard: the trigger against it. tables: all that are written to, in the order in which others take them.
    """
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # files are removed in between
    connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {guard}"))
    yield
    connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {guard}"))


def copy(engine: Engine, file: Path) -> bool:
    """Copy nothing: a transaction that reads sees one moment, and nobody waits for it."""
    return False


def wipe(engine: Engine, tables: Sequence[str]) -> None:
    """Write the tables anew without what was deleted, and with new statistics; others wait meanwhile.

    What the server can't be told to remove: its write-ahead log, until it comes round; replicas and backups; and the
    blocks that the old files have left on the disk.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {', '.join(tables)}")
