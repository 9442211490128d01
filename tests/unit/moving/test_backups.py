"""A whole results folder is backed up while somebody plays, and is the same where it is restored."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from moved import Played, fill, play

from imgloop_widgets.errors import ImgloopError, StoreError
from imgloop_widgets.moving import Archive, Manifest, archive, back_up, restore, verify
from imgloop_widgets.moving.archive import writing
from imgloop_widgets.store import NEWEST, TABLES, Store

New = Callable[..., Store]
OLD = Path(__file__).parents[2] / "store" / "data"


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows that move."""
    with store.snapshot() as snapshot:
        return {name: list(snapshot.rows(name)) for name in TABLES}


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_backup_is_restored_with_all_there_was(new: New, kind: str, to: str, tmp_path: Path) -> None:
    store, again = new("here", kind), new("there", to)
    fill(store)
    fill(store, "another", [Played(worker="cleo")])
    folder = tmp_path / "here"
    (folder / "reports" / "flow").mkdir(parents=True)
    (folder / "reports" / "flow" / "index.html").write_text("<p>a report</p>")
    (folder / "links.keys").write_text("secret")

    back_up(store, folder, tmp_path / "a.zip")
    with Archive(tmp_path / "a.zip") as opened:
        restore(opened, again, tmp_path / "there")

    assert rows(again) == rows(store)
    assert (tmp_path / "there" / "reports" / "flow" / "index.html").read_text() == "<p>a report</p>"
    assert (tmp_path / "there" / "links.keys").read_text() == "secret"
    names = [sorted(p.name for p in (tmp_path / n / "images").rglob("*.webp")) for n in ("here", "there")]
    assert names[0] == names[1] != []
    with Archive(tmp_path / "a.zip") as opened, pytest.raises(ImgloopError, match="has sessions already"):
        restore(opened, again, tmp_path / "there")


def test_a_backup_while_others_write_is_of_one_moment_and_whole(new: New, kind: str, tmp_path: Path) -> None:
    store, done = new("here", kind), threading.Event()

    def playing() -> None:
        for number in range(60):
            play(store, "small", Played(worker=f"w{number}"))
            if number == 2:
                done.set()

    player = threading.Thread(target=playing)
    player.start()
    assert done.wait(60)
    back_up(store, tmp_path / "here", tmp_path / "a.zip")
    player.join()
    again = new("there")
    with Archive(tmp_path / "a.zip") as opened:
        restore(opened, again, tmp_path / "there")

    assert verify(tmp_path / "a.zip").missing == ()
    logs = dict(again.logs())
    assert 3 <= len(logs) <= 60
    whole = dict(store.logs())
    assert all(whole[name][: len(log)] == log for name, log in logs.items())


def test_a_backup_that_fails_leaves_nothing_and_the_one_before(
    new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new("here")
    fill(store)
    back_up(store, tmp_path / "here", tmp_path / "a.zip")
    before = (tmp_path / "a.zip").read_bytes()

    def full(path: Path) -> None:
        raise ImgloopError("it can't be read again")

    monkeypatch.setattr(archive, "verify", full)
    with pytest.raises(ImgloopError, match="read again"):
        back_up(store, tmp_path / "here", tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "here"]


def test_an_archive_can_not_write_outside_of_the_folder(new: New, tmp_path: Path) -> None:
    with writing(tmp_path / "a.zip") as to:
        to.file("other/../../evil", b"evil")
        to.end(Manifest(version=NEWEST, studies=(), tables={}, files=to.files))
    store = new("here")
    with Archive(tmp_path / "a.zip") as opened, pytest.raises(ImgloopError, match="leads out of the folder"):
        restore(opened, store, tmp_path / "here")


@pytest.mark.parametrize("version", sorted(int(file.stem[1:]) for file in OLD.glob("v*.db")))
def test_an_archive_of_every_earlier_version_is_read(version: int, new: New, tmp_path: Path) -> None:
    """The tables of an old database, as that version would have packed them."""
    shutil.copy(OLD / f"v{version}.db", tmp_path / "old.db")
    old = sqlite3.connect(tmp_path / "old.db")
    names = [row[0] for row in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    with writing(tmp_path / "a.zip") as to:
        for name in [name for name in TABLES if name in names]:
            found = old.execute(f"SELECT * FROM {name}")
            to.table(name, [column[0] for column in found.description], found.fetchall())
        to.end(Manifest(version=version, studies=("look_alike",), tables=to.tables, files=to.files))
    old.close()
    store = new("here")
    with Archive(tmp_path / "a.zip") as opened:
        restore(opened, store, tmp_path / "here")

    assert [len(log) for _, log in store.logs("look_alike")] == [11, 3]
    assert store.draft(f"{2:032x}") == (3, {"prompt": "ein Fuchs im Wald"})


def test_a_database_that_can_not_be_copied_is_told_with_what_to_do(new: New, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"can't copy the database: .*; see whether its folder was moved"):
        new("here").copy_database(tmp_path / "missing" / "copy.db")
