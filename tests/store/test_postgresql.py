"""What only a server can do to a store, and what only PostgreSQL does differently."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from postgresql import PASSWORD, WITH_PASSWORD, Server
from sqlalchemy import event

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import Metric, Store, open_store, postgresql
from imgloop_widgets.store.migrations import NEWEST

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
Race = Callable[[int, Callable[[int], Any]], list[Any]]


@pytest.fixture
def there(database: str, folder: Path) -> Iterator[Store]:
    """A store on PostgreSQL."""
    with open_store(database, images=folder / "images", files=folder / "files") as store:
        yield store


def _sql(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_both_ways_to_write_the_url_mean_the_same(database: str, build: ModuleType) -> None:
    with open_store(database) as store:
        store.open_session(build.opened())
    with open_store(database.replace("postgresql://", "postgresql+psycopg://")) as store:
        assert len(store.sessions()) == 1


def test_events_can_not_be_changed_by_hand(there: Store, database: str, build: ModuleType) -> None:
    there.open_session(build.opened())
    for statement, done in [
        ("UPDATE events SET data = '{}'", "updated"),
        ("DELETE FROM events", "deleted"),
        ("TRUNCATE events", "deleted"),
    ]:
        with pytest.raises(psycopg.Error, match=f"events are appended, never {done}"):
            _sql(database, statement)


def test_of_many_processes_that_open_an_empty_database_one_makes_the_tables(database: str, race: Race) -> None:
    def work(number: int) -> int:
        with open_store(database) as store:
            return len(store.sessions())

    assert race(8, work) == [0] * 8
    assert _sql(database, "SELECT version FROM schema_version ORDER BY version") == [
        (number,) for number in range(1, NEWEST + 1)
    ]


def test_text_sorts_by_its_code_points_whatever_the_language_of_the_server(
    database_server: Server, build: ModuleType
) -> None:
    names = ["Zebra", "apple", "_x", "Äpfel", "ein", "zebra", "😀", "Ein"]
    language = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"
    with database_server.database(language) as url, open_store(url) as store:
        session, _ = store.open_session(build.opened())
        store.put_metrics(
            [Metric(session_id=session, attempt=1, metric=name, value=1.0, version="1") for name in names]
        )
        assert [found.metric for found in store.metrics()] == sorted(names)


def test_a_reading_call_sees_one_moment(there: Store, database: str, build: ModuleType) -> None:
    first, _ = there.open_session(build.opened(1))
    with there._transaction("look") as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM events").scalar()
        with open_store(database) as other:
            other.append(first, [build.prompted(1)])
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar() == before == 1
    assert there.length(first) == 2


def test_an_append_is_few_steps_to_the_server_and_back(there: Store, build: ModuleType) -> None:
    session, _ = there.open_session(build.opened())
    statements: list[str] = []
    engine = there._engines[True]
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    there.append(session, build.prompts(1, 5))
    assert len(statements) == 3, statements  # length, events, sign of life; beside them: a ping, BEGIN and COMMIT


def test_many_sessions_are_added_with_few_statements(there: Store, build: ModuleType) -> None:
    statements: list[str] = []
    event.listen(there._engines[True], "before_cursor_execute", lambda *call: statements.append(call[2]))
    logs = [[build.opened(number), *build.prompts(1, 4)] for number in range(2_000)]
    there.add_sessions(logs)
    assert len(statements) == 3  # 2000 sessions, 10000 events
    assert sum(len(page) for page in there.rows()) == 10_000


# ---------------------------------------------------------------- forgetting


def test_no_row_of_a_forgotten_worker_is_left_in_the_files_of_the_tables(
    there: Store, database_server: Server, database: str, build: ModuleType
) -> None:
    for number in range(40):
        worker = "Zoe-the-forgotten" if number % 4 == 0 else f"other-{number}"
        session, _ = there.open_session(build.opened(number, worker_id=worker, unit_id=str(number)))
        there.append(session, [build.prompted(1, prompt=f"a bear for {worker} " * 30)])
        there.save_draft(session, 2, {"prompt": f"typed by {worker}"})
    assert _in_files(database_server, database, b"Zoe-the-forgotten")

    there.forget("Zoe-the-forgotten")

    assert len(there.sessions()) == 30
    assert not _in_files(database_server, database, b"Zoe-the-forgotten")
    assert _in_files(database_server, database, b"other-1")


def _in_files(database_server: Server, database: str, what: bytes) -> list[str]:
    """The tables (of the store) in whose files the bytes are."""
    _sql(database, "CHECKPOINT")
    tables = _sql(database, "SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 't', 'i')")
    data = database_server.socket / "data"
    return [name for name, file in tables if file and (data / file).exists() and what in (data / file).read_bytes()]


def test_who_writes_while_a_worker_is_forgotten_waits_and_loses_nothing(
    there: Store, database: str, build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe, _ = there.open_session(build.opened(1, worker_id="zoe"))
    bo, _ = there.open_session(build.opened(2, worker_id="bo"))
    for session in (zoe, bo):
        there.append(session, [build.prompted(1)])
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        with open_store(database) as other:
            begun.set()
            other.append(bo, [build.prompted(2)])
        done.set()

    from imgloop_widgets.store import forgetting

    remove = forgetting.remove_rows

    def slowly(connection: Any, worker_id: str) -> None:
        threading.Thread(target=write).start()
        assert begun.wait(20)
        assert not done.wait(0.3)
        remove(connection, worker_id)

    monkeypatch.setattr(forgetting, "remove_rows", slowly)
    there.forget("zoe")
    assert done.wait(20)
    assert (there.length(zoe), there.length(bo)) == (0, 3)


# ---------------------------------------------------------------- a server that is not as it should be


@pytest.fixture
def own(database: str, database_server: Server) -> str:
    """The URL of a database whose tables belong to a role that needs its password."""
    name = database.partition("@/")[2].partition("?")[0]
    with database_server.admin() as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO {WITH_PASSWORD}")
    return database_server.url(name, WITH_PASSWORD)


def test_a_password_may_have_any_signs_and_is_in_no_message(own: str, build: ModuleType) -> None:
    url = own.replace("@/", ":s3cret%2Fwith%3Asigns%40all@/")
    with open_store(url) as store:
        store.open_session(build.opened())
        assert "s3cret" not in store.where and "*" not in store.where and WITH_PASSWORD in store.where
        assert "s3cret" not in repr(store.__dict__)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda url: url.replace("@/", ":s3cret-but-wrong@/"), "the password is wrong or missing; write it"),
        (lambda url: url, "the password is wrong or missing"),
        (lambda url: url.replace("@/", f":{PASSWORD}@/"), "write an @ in its password as %40|the URL can't be used"),
        (lambda url: url.replace("/test_", "/no_test_"), "password is wrong|there is no such database"),
        (lambda url: f"{url.partition('?')[0]}?host=/tmp/s3cret-no-folder", "the server can't be reached"),
        (lambda url: "postgresql://u:s3cret@127.0.0.1:1/d", "the server can't be reached; see that it runs"),
        (lambda url: "postgresql://u:s3cret@no-such-host.invalid/d", "the server's name is unknown|can't be reached"),
        (lambda url: "postgresql://u:s3cret@host:port/d", "the URL can't be used; write it like postgresql://"),
        (lambda url: f"{url}&password=s3cret&nonsense=1", "an option of the URL .* is wrong"),
        (lambda url: "mysql://u:s3cret@host/d", "mysql is no database of a store"),
    ],
)
def test_a_server_that_can_not_be_used_is_one_clear_error(own: str, change: Any, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        open_store(change(own))
    assert "s3cret" not in str(caught.value).replace("s3cret-no-folder", "")


def test_a_database_that_is_missing(database_server: Server) -> None:
    with pytest.raises(StoreError, match="there is no such database; create it"):
        open_store(database_server.url("missing"))


def test_a_role_that_does_not_exist(database_server: Server) -> None:
    with pytest.raises(StoreError, match="the server does not let this role in"):
        open_store(database_server.url("postgres", "nobody_of_that_name"))


def test_a_role_without_rights(database: str, database_server: Server) -> None:
    name = database.partition("@/")[2].partition("?")[0]
    url = database_server.url(name, WITH_PASSWORD).replace("@/", ":s3cret%2Fwith%3Asigns%40all@/")
    with pytest.raises(StoreError, match="the role may not do that; let it own the database"):
        open_store(url)


def test_an_encoding_that_lacks_what_workers_type(database_server: Server) -> None:
    with (
        database_server.database("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'") as url,
        pytest.raises(StoreError, match="the database's encoding is LATIN1, which lacks"),
    ):
        open_store(url)


def test_a_server_without_a_connection_left(database: str, database_server: Server) -> None:
    name = database.partition("@/")[2].partition("?")[0]
    with database_server.admin() as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO {WITH_PASSWORD}")
        connection.execute(f"ALTER ROLE {WITH_PASSWORD} CONNECTION LIMIT 0")
    try:
        with pytest.raises(StoreError, match="the server has no connection left; each worker's page keeps one"):
            open_store(database_server.url(name, WITH_PASSWORD).replace("@/", ":s3cret%2Fwith%3Asigns%40all@/"))
    finally:
        with database_server.admin() as connection:
            connection.execute(f"ALTER ROLE {WITH_PASSWORD} CONNECTION LIMIT -1")


def test_a_database_that_is_read_only(there: Store, database: str, build: ModuleType) -> None:
    name = database.partition("@/")[2].partition("?")[0]
    _sql(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with open_store(database) as store:
        assert store.sessions() == []
        with pytest.raises(StoreError, match="the database is read-only"):
            store.open_session(build.opened())


def test_a_database_of_a_newer_version_and_one_of_another_program(database_server: Server) -> None:
    with database_server.database() as url:
        open_store(url).close()
        _sql(url, "INSERT INTO schema_version VALUES (999)")
        with pytest.raises(StoreError, match=r"is of version 999.*install a newer imgloop_widgets"):
            open_store(url)
    with database_server.database() as url:
        _sql(url, "CREATE TABLE events (guests INTEGER)")
        with pytest.raises(StoreError, match="the database of another program"):
            open_store(url)


def test_what_another_keeps_locked_is_waited_for_and_then_said(
    database: str, build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_SETTINGS", "SELECT set_config('lock_timeout', '100ms', false)")
    with open_store(database) as store, psycopg.connect(database) as other:
        session, _ = store.open_session(build.opened())
        other.execute("LOCK TABLE events IN SHARE MODE")
        with pytest.raises(StoreError, match="another call keeps what is needed locked; try again"):
            store.append(session, [build.prompted(1)])
        other.rollback()
        store.append(session, [build.prompted(1)])


def test_a_server_that_is_started_again_is_used_again(there: Store, database_server: Server, build: ModuleType) -> None:
    session, _ = there.open_session(build.opened())
    database_server.stop()
    database_server.start()
    there.append(session, [build.prompted(1)])
    assert there.length(session) == 2


def test_a_server_that_crashes_under_writers_loses_nothing_and_says_so_meanwhile(
    there: Store, database_server: Server, build: ModuleType
) -> None:
    ids = [there.open_session(build.opened(number))[0] for number in range(4)]
    acknowledged = dict.fromkeys(ids, 0)
    errors: list[str] = []
    ended = threading.Event()

    def play(session: str) -> None:
        while not ended.is_set():
            seq = acknowledged[session] + 1
            try:
                there.append(session, [build.prompted(seq)])
            except StoreError as error:
                errors.append(str(error))
                try:  # as a page does: read again, and go on from there
                    acknowledged[session] = max(acknowledged[session], there.length(session) - 1)
                except StoreError as again:
                    errors.append(str(again))
                    time.sleep(0.01)
                continue
            acknowledged[session] = seq

    threads = [threading.Thread(target=play, args=(session,)) for session in ids]
    for thread in threads:
        thread.start()
    for _ in range(2):
        before = dict(acknowledged)
        _until(lambda before=before: all(acknowledged[s] > before[s] + 5 for s in ids))
        kept = dict(acknowledged)
        database_server.kill()
        _until(lambda: bool(errors))
        database_server.start()
        assert all(there.length(session) > kept[session] for session in ids), "what was acknowledged is there"
    ended.set()
    for thread in threads:
        thread.join(30)
    words = ("the connection was lost", "can't be reached", "just starting or stopping", "exists already")
    assert all(any(word in error for word in words) for error in errors), set(errors)
    for session in ids:
        assert [e.seq for e in there.read(session)] == list(range(acknowledged[session] + 1))


def _until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up, "it did not come true in time"
        time.sleep(0.01)


def test_a_connection_that_vanished_in_a_transaction_gives_its_locks_back(there: Store) -> None:
    with there._transaction("look") as connection:
        found = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    assert found == "1min"


def test_without_the_driver_the_error_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from imgloop_widgets.store import open_store\n"
        "open_store('postgresql://u:s3cret@host/d')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert "PostgreSQL needs the package psycopg" in done.stderr
    assert "pip install -e '.[postgresql]'" in done.stderr
