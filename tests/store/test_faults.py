"""A store that can't be used is one StoreError: what is wrong, where, and what to do."""

import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import imgloop_widgets
from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.store import open_store, sqlite

Race = Callable[[int, Callable[[int], Any]], list[Any]]
ROOT = Path(imgloop_widgets.__file__).parent.parent


def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    folder.write_text("notes")
    with pytest.raises(StoreError, match=r"results: can't create the folder: a file stands where a folder is needed"):
        open_store(folder)


def test_a_file_above_the_folder(folder: Path) -> None:
    folder.write_text("notes")
    with pytest.raises(StoreError, match="a file stands where a folder is needed"):
        open_store(folder / "deep" / "down")


@pytest.mark.parametrize("content", [b"This is no database.", b"This is no database.\n" * 500], ids=["short", "long"])
def test_a_file_that_is_no_database(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "imgloop.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"imgloop\.db: can't open the store: the file is no database; move it away"):
        open_store(folder)
    assert (folder / "imgloop.db").read_bytes() == content


def test_a_folder_in_the_place_of_the_database(folder: Path) -> None:
    (folder / "imgloop.db").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"imgloop\.db: can't open the store: the database can't be opened"):
        open_store(folder)


def test_a_database_of_a_newer_version(folder: Path) -> None:
    open_store(folder).close()
    _sql(folder, "INSERT INTO schema_version VALUES (999)")
    with pytest.raises(StoreError, match=r"is of version 999.*install a newer imgloop_widgets"):
        open_store(folder)


def test_the_database_of_another_program(folder: Path) -> None:
    folder.mkdir()
    _sql(folder, "CREATE TABLE events (guests INTEGER)")
    with pytest.raises(StoreError, match="the database of another program"):
        open_store(folder)
    assert _sql(folder, "SELECT name FROM sqlite_master") == [("events",)]


def test_a_damaged_database(folder: Path, build: ModuleType) -> None:
    with open_store(folder) as store:
        session, _ = store.open_session(build.opened())
        store.append(session, build.prompts(1, 200))
    file = folder / "imgloop.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="the database is damaged; keep a copy"):
        open_store(folder).append(session, [build.prompted(201)])


def test_a_record_that_was_changed_by_hand(folder: Path, build: ModuleType) -> None:
    store = open_store(folder)
    session, _ = store.open_session(build.opened())
    _sql(folder, f"INSERT INTO events VALUES ('{session}', 1, 'AttemptScored', '2026-03-01T09:30:00+00:00', '{{')")
    with pytest.raises(StoreError, match=f"session {session}: event 1 can't be read"):
        store.read(session)
    with pytest.raises(StoreError, match="restore a backup"):
        list(store.logs())


def test_an_event_of_a_newer_version(folder: Path, build: ModuleType) -> None:
    store = open_store(folder)
    session, _ = store.open_session(build.opened())
    _sql(folder, f"INSERT INTO events VALUES ('{session}', 1, 'ImageLiked', '2026-03-01T09:30:00+00:00', '{{}}')")
    with pytest.raises(StoreError, match=f"session {session}: .*'ImageLiked'; use a newer version"):
        store.read(session)


def test_a_database_that_another_program_keeps_locked(
    folder: Path, build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgloop_widgets.store.sqlite.BUSY_S", 0.05)
    store = open_store(folder)
    session, _ = store.open_session(build.opened())
    other = sqlite3.connect(folder / "imgloop.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program keeps the database locked; close it"):
        store.append(session, [build.prompted(1)])
    assert store.length(session) == 1  # reading waits for nobody
    open_store(folder).close()
    other.execute("ROLLBACK")
    other.close()
    store.append(session, [build.prompted(1)])


def test_a_new_database_that_stays_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgloop_widgets.store.sqlite.BUSY_S", 0.05)
    folder.mkdir()
    other = sqlite3.connect(folder / "imgloop.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"can't open the store: another program keeps the database locked"):
        open_store(folder)
    other.close()


def test_a_folder_that_is_removed_under_the_store_is_not_replaced_by_an_empty_one(
    folder: Path, build: ModuleType
) -> None:
    store = open_store(folder)
    session, _ = store.open_session(build.opened())
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="see whether its folder was moved"):
        store.append(session, [build.prompted(1)])
    with pytest.raises(StoreError, match="was the folder moved or removed"):
        store.put_image(b"picture")
    assert not folder.exists()


def test_a_database_that_is_removed_under_the_store_is_not_replaced_by_an_empty_one(
    folder: Path, build: ModuleType
) -> None:
    store = open_store(folder)
    session, _ = store.open_session(build.opened())
    for file in folder.glob("imgloop.db*"):
        file.unlink()
    with pytest.raises(StoreError, match="the database can't be opened"):
        store.append(session, [build.prompted(1)])
    assert not list(folder.glob("imgloop.db*"))


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EROFS, "can't be written"), (errno.EACCES, "can't be written"), (errno.ENOSPC, "the disk is full")],
)
def test_a_folder_that_can_not_be_created(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(StoreError, match=f"results: can't create the folder: .*{advice}"):
        open_store(folder)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that another user can reach (pytest's own can't be)."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name) / "results"


def test_a_folder_without_permission_to_write(public_folder: Path, build: ModuleType, race: Race) -> None:
    """Root may write everywhere, so a process without its rights tries."""
    store = open_store(public_folder)
    session, _ = store.open_session(build.opened())
    for path in [*public_folder.rglob("*"), public_folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)

    def work(_: int) -> list[str]:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        return [
            _error(lambda: open_store(public_folder)),
            _error(lambda: store.append(session, [build.prompted(1)])),
            _error(lambda: store.put_image(b"picture")),
            _error(lambda: open_store(public_folder / "new")),
        ]

    ((opening, appending, putting, creating),) = race(1, work)
    public_folder.chmod(0o755)
    assert "imgloop.db: can't open the store: " in opening and "permissions" in opening
    assert "imgloop.db: can't append to session" in appending and "permissions" in appending
    assert "can't put an image: it can't be written; change its permissions" in putting
    assert "new: can't create the folder: it can't be written" in creating


def test_a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room(
    folder: Path, build: ModuleType, race: Race
) -> None:
    store = open_store(folder)
    session, _ = store.open_session(build.opened())

    def work(_: int) -> tuple[int, str, str]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
        image = _error(lambda: store.put_image(os.urandom(200_000)))
        for seq in range(1, 10_000):
            try:
                store.append(session, [build.prompted(seq, prompt="a bear " * 200)])
            except StoreError as error:
                return seq, str(error), image
        raise AssertionError("no limit was reached")

    ((seq, message, image),) = race(1, work)
    assert f"can't append to session {session}: the disk" in message and "full" in message
    assert "can't put an image: the file would be larger than is allowed here" in image
    assert not [file for file in (folder / "images").rglob("*") if file.is_file()]
    assert store.length(session) == seq, "all that was acknowledged, and nothing else"
    store.append(session, [build.prompted(seq)])


def test_events_can_not_be_changed_by_hand(folder: Path, build: ModuleType) -> None:
    with open_store(folder) as store:
        store.open_session(build.opened())
    with pytest.raises(sqlite3.DatabaseError, match="events are appended, never updated"):
        _sql(folder, "UPDATE events SET data = '{}'")
    with pytest.raises(sqlite3.DatabaseError, match="events are appended, never deleted"):
        _sql(folder, "DELETE FROM events")


def test_the_table_can_be_read_by_a_person(folder: Path, build: ModuleType) -> None:
    with open_store(folder) as store:
        session, _ = store.open_session(build.opened())
        store.append(session, [build.prompted(1, prompt="ein Bär im Schnee")])
    assert _sql(folder, "SELECT seq, at, kind, data FROM events WHERE seq = 1") == [
        (
            1,
            "2026-03-01T09:30:20.000001+00:00",
            "PromptSubmitted",
            '{"attempt": 1, "prompt": "ein Bär im Schnee", "seed": 7, '
            f'"idempotency_key": "{session}-1", "controls": {{}}, "images": 1, "variation_of": null}}',
        )
    ]


def test_what_is_committed_survives_a_loss_of_power(folder: Path) -> None:
    """As far as it can be told here: the settings that SQLite promises it for."""
    open_store(folder).close()
    with sqlite.file_engine(folder / "imgloop.db").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://", "the URL can't be used"),
        ("sqlite://results/imgloop.db", "three slashes"),
        ("sqlite:///imgloop.db?mode=ro", "the URL .* can't be used"),
        ("postgresql+no_such_driver://u:secret@h/d", "the URL can't be used"),
    ],
)
def test_a_url_that_is_none(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_url_has_no_folder_for_images_unless_it_is_given(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/study.db")
    with pytest.raises(StoreError, match=r"there is no folder for images; open the store with images=<folder>"):
        store.put_image(b"picture")


def test_a_url_has_no_folder_for_files_unless_it_is_given(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/study.db")
    with pytest.raises(StoreError, match=r"there is no folder for files; open the store with files=<folder>"):
        store.put_file(b"notes")


def test_a_file_that_could_not_be_kept_is_nobody_s(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = open_store(folder)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match="can't put a file: the disk is full; free some space"):
        store.keep_upload("s", b"notes")
    assert store.uploads("s") == {}


def test_a_folder_may_have_any_name(tmp_path: Path, build: ModuleType) -> None:
    folder = tmp_path / "50% of it? yes & #1 ünï"
    with open_store(folder) as store:
        store.open_session(build.opened())
    assert sorted(path.name for path in folder.iterdir()) == ["files", "images", "imgloop.db"]


def test_nothing_happens_on_import(tmp_path: Path) -> None:
    code = (
        "import sys, imgloop_widgets.store;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'pandas', 'numpy', 'sqlite3', 'psycopg'}),"
        "[name for name in sys.modules if name.startswith('sqlalchemy.orm')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["['sqlite3']", "[]"]
    assert list(tmp_path.iterdir()) == []


def test_a_conflict_is_a_store_error() -> None:
    assert issubclass(Conflict, StoreError)


def _error(work: Callable[[], object]) -> str:
    try:
        work()
    except StoreError as error:
        return str(error)
    return ""


def _sql(folder: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(folder / "imgloop.db")
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()
