"""Open a store: a folder, a database's URL, or memory. Folders and tables are created here and nowhere else.

results/
├── imgloop.db             events, sessions, drafts, leases, incidents
├── images/ab/<sha256>.webp
└── files/ab/<sha256>      what workers have uploaded

The last two may be at a URL of fsspec instead, such as s3://bucket/study/images.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import postgresql, sqlite
from imgloop_widgets.store.contents import Contents, FolderContents, MemoryContents
from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.elsewhere import UrlContents
from imgloop_widgets.store.faults import disk_fault
from imgloop_widgets.store.migrations import migrate
from imgloop_widgets.store.store import Store
from imgloop_widgets.store.transactions import explained

DATABASE = "imgloop.db"
IMAGES = "images"
FILES = "files"
MEMORY = ":memory:"
LIKE = "postgresql://user:password@host/database or sqlite:///results/imgloop.db"


def open_store(where: Path | str, images: Path | str | None = None, files: Path | str | None = None) -> Store:
    """Open the store, created or brought to the newest version where needed.

    where: a folder; or a database's URL (with `://`); or `:memory:`, which keeps all, images and files too, as long
    as the process lives. images: another folder for the images. files: another folder for what workers upload. A store
    at a URL has neither unless it is given.

    Raises:
        StoreError: it can't be created, opened or written, is no database, or is of a newer version.
    """
    kept = _Kept(images=None if images is None else _images(images), files=None if files is None else _files(files))
    if where == MEMORY:
        return _open_memory(kept)
    if isinstance(where, str) and "://" in where:
        return _open_url(where, kept)
    folder = _folder(Path(where))
    kept = _Kept(images=kept.images or _images(folder / IMAGES), files=kept.files or _files(folder / FILES))
    return _open_file(folder / DATABASE, kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """Where files are kept; None: nowhere."""

    images: Contents | None
    files: Contents | None


def _images(where: Path | str) -> Contents:
    return _contents(where, "an image", ".webp")


def _files(where: Path | str) -> Contents:
    return _contents(where, "a file", "")


def _contents(where: Path | str, one: str, suffix: str) -> Contents:
    if isinstance(where, str) and "://" in where:
        return UrlContents(where, one, suffix)
    return FolderContents(_folder(Path(where)), one, suffix)


def _open_memory(kept: _Kept) -> Store:
    images, files = kept.images or MemoryContents("an image"), kept.files or MemoryContents("a file")
    return _opened(sqlite.memory_engine(), _Kept(images=images, files=files), "the store in memory", None)


def _open_url(address: str, kept: _Kept) -> Store:
    url = _url(address)
    if url.drivername in postgresql.DRIVERS:
        return _opened(postgresql.engine(url), kept, postgresql.shown(url), url)
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise StoreError(f"the URL can't be used: {url.drivername} is no database of a store; write it like {LIKE}")
    if url.host or url.query:
        raise StoreError(
            f"the URL {shown(address)} can't be used; write it like sqlite:///results/imgloop.db (three slashes)"
        )
    if url.database in (None, "", MEMORY):
        return _open_memory(kept)
    file = Path(url.database or "")
    _folder(file.parent)
    return _open_file(file, kept)


def shown(address: str) -> str:
    """Return a database's URL as it may be shown, without a password. Raises: StoreError: it is none."""
    return postgresql.shown(_url(address))


def _url(address: str) -> URL:
    try:
        return make_url(address)
    except (SQLAlchemyError, ValueError):  # their texts may hold a password
        raise StoreError(f"the URL can't be used; write it like {LIKE}") from None


def _open_file(file: Path, kept: _Kept, version: int | None = None) -> Store:
    try:
        sqlite.create(file)
    except sqlite3.Error as error:
        raise StoreError(f"{file}: can't open the store: {sqlite.explain(error) or error}") from error
    address = URL.create("sqlite", database=str(file.absolute()))
    return _opened(sqlite.file_engine(file), kept, str(file), address, version)


def open_at(file: Path, version: int) -> Store:
    """Make a new file with the tables of an older version, for rows that are of it; `Store.migrate` brings it to today.

    Raises:
        StoreError: it can't be created.
    """
    return _open_file(file, _Kept(images=None, files=None), version)


def opened_again(address: URL) -> Store:
    """Return a store that another process has open, to read it in this one: nothing is created or migrated.

    address: as a page has it (`packs.Page`); it may hold a password.

    Raises:
        StoreError: the database's driver is missing.
    """
    server = address.drivername in postgresql.DRIVERS
    engine = postgresql.engine(address) if server else sqlite.file_engine(Path(str(address.database)))
    database = database_of(engine)
    where = postgresql.shown(address) if server else str(address.database)
    return Store(database.reading(engine), database.writing(engine), where, images=None, files=None, address=address)


def _opened(engine: Engine, kept: _Kept, where: str, address: URL | None, version: int | None = None) -> Store:
    database = database_of(engine)
    reading, writing = database.reading(engine), database.writing(engine)
    with explained(where, "open the store"):
        migrate(reading, writing, where, version)
    return Store(reading, writing, where, images=kept.images, files=kept.files, address=address)


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_fault(folder, "create the folder", error) from error
    return folder
