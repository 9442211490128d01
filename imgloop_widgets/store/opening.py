"""Open a store: a folder, a database's URL, or memory. Folders and tables are created here and nowhere else.

results/
├── imgloop.db             events, sessions, drafts, leases, incidents
└── images/ab/<sha256>.webp
"""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import sqlite
from imgloop_widgets.store.faults import disk_fault
from imgloop_widgets.store.images import FolderImages, Images, MemoryImages
from imgloop_widgets.store.migrations import migrate
from imgloop_widgets.store.store import Store, explained

DATABASE = "imgloop.db"
IMAGES = "images"
MEMORY = ":memory:"


def open_store(where: Path | str, images: Path | str | None = None) -> Store:
    """Open the store, created or brought to the newest version where needed.

    where: a folder; or a database's URL (with `://`); or `:memory:`, which keeps all, images too, as long as the
    process lives. images: another folder for the images; a store at a URL has none unless it is given.

    Raises:
        StoreError: it can't be created, opened or written, is no database, or is of a newer version.
    """
    kept: Images | None = None if images is None else FolderImages(_folder(Path(images)))
    if where == MEMORY:
        return _opened(sqlite.memory_engine(), kept or MemoryImages(), "the store in memory")
    if isinstance(where, str) and "://" in where:
        return _open_url(where, kept)
    folder = _folder(Path(where))
    return _open_file(folder / DATABASE, kept or FolderImages(_folder(folder / IMAGES)))


def _open_url(address: str, images: Images | None) -> Store:
    try:
        url = make_url(address)
        if url.get_backend_name() != "sqlite":
            return _opened(create_engine(url, pool_pre_ping=True), images, url.render_as_string(hide_password=True))
    except (ArgumentError, SQLAlchemyError) as error:
        raise StoreError(f"the URL can't be used ({error}); write it like sqlite:///results/imgloop.db") from error
    except ImportError as error:
        raise StoreError(f"{url.get_backend_name()}: the driver is missing ({error}); install it") from error
    if url.host or url.query or url.drivername not in ("sqlite", "sqlite+pysqlite"):
        shown = url.render_as_string(hide_password=True)
        raise StoreError(f"the URL {shown} can't be used; write it like sqlite:///results/imgloop.db (three slashes)")
    if url.database in (None, "", MEMORY):
        return _opened(sqlite.memory_engine(), images or MemoryImages(), "the store in memory")
    file = Path(url.database or "")
    _folder(file.parent)
    return _open_file(file, images)


def _open_file(file: Path, images: Images | None) -> Store:
    try:
        sqlite.create(file)
    except sqlite3.Error as error:
        raise StoreError(f"{file}: can't open the store: {sqlite.explain(error) or error}") from error
    return _opened(sqlite.file_engine(file), images, str(file))


def _opened(engine: Engine, images: Images | None, where: str) -> Store:
    writing = sqlite.writing(engine)
    with explained(where, "open the store"):
        migrate(engine, writing, where)
    return Store(engine, writing, images, where)


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_fault(folder, "create the folder", error) from error
    return folder
