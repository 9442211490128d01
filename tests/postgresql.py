"""A PostgreSQL server for the tests: begun by the first one that needs it, ended with the session, seen by nobody else.

It listens at a socket in a folder of its own and at no port, runs as a user without rights where the tests are root's,
and ends with the tests, however they end. Each test has a database of its own. What is committed may be lost with the
machine (fsync is off), never with the server, which `kill` takes away as a crash would.
"""

import glob
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

FOUND = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
USER = "researcher"
WITH_PASSWORD = "somebody"
"""A role that needs its password, which is `PASSWORD`."""
PASSWORD = "s3cret/with:signs@all"
STARTS_S = 60

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "listen_addresses": "",
}


class Server:
    """socket: the folder that a client names as the host."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder
        self._bin, self._data = Path(FOUND[-1]).parent, folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._user = _user()
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, _group(self._user))
        made = [self._bin / "initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        subprocess.run(self._as_user(*made), check=True, stdout=subprocess.DEVNULL, cwd="/")
        trust = (self._data / "pg_hba.conf").read_text()
        (self._data / "pg_hba.conf").write_text(f"local all {WITH_PASSWORD} scram-sha-256\n{trust}")
        self.start()
        with self.admin() as connection:
            connection.execute(f"CREATE ROLE {WITH_PASSWORD} LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [f"--{name}={value}" for name, value in _FAST.items()]
        where = [f"--unix_socket_directories={self.socket}", "-D", self._data]
        log = (self.socket / "log").open("ab")
        command = self._as_user(self._bin / "postgres", *where, *settings)
        self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        log.close()
        give_up = time.monotonic() + STARTS_S
        while True:
            try:
                self.admin().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise RuntimeError((self.socket / "log").read_text()[-2000:]) from None
                time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as in a crash: nothing is finished, and the next start repairs."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it in order; clients are told."""
        self._end(signal.SIGINT)

    def admin(self) -> "psycopg.Connection[tuple[object, ...]]":
        """Return a connection that may do everything."""
        return psycopg.connect(host=str(self.socket), user=USER, dbname="postgres", autocommit=True)

    @contextmanager
    def database(self, options: str = "") -> Iterator[str]:
        """Make a database; yield its URL. options: of CREATE DATABASE."""
        name = f"test_{next(self._numbers)}"
        with self.admin() as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        yield self.url(name)
        with self.admin() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str, user: str = USER) -> str:
        """The URL of a database."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(STARTS_S)

    def _as_user(self, *command: object) -> list[str]:
        other = [f"--reuid={self._user}", f"--regid={_group(self._user)}", "--clear-groups"] if self._user else []
        return ["setpriv", *other, "--pdeathsig", "INT", "--", *map(str, command)]


def _user() -> str | None:
    """A user without rights for the server, which refuses root; None: we are no root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _group(user: str | None) -> int:
    return pwd.getpwnam(user or "nobody").pw_gid


@contextmanager
def running() -> Iterator[Server]:
    """A server for the length of a block. Skips the test where the machine has none and can't have one."""
    if not FOUND:
        why = "PostgreSQL's server is missing; on Debian: apt install postgresql (`make test` does)"
        if os.getuid() == 0 and shutil.which("apt-get"):
            pytest.fail(why)
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="imgloop-pg-"))
    server = None
    try:
        server = Server(folder)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
