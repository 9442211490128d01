"""Write all that a study has, or all that a results folder has, as an archive; while it is served, too.

    pack      the rows of a study at one moment  →  the images and files that they name  →  archive
    back_up   a copy of the whole database       →  the same, and whatever else lies in the folder, keys too

A file is there before a row names it, so what the rows of one moment name can be read after that moment.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgloop_widgets.errors import ImgloopError, StoreError
from imgloop_widgets.moving.archive import Manifest, Writer, writing
from imgloop_widgets.store import NEWEST, TABLES, Store, open_store
from imgloop_widgets.store.opening import DATABASE, FILES, IMAGES

KEYS = ("links.keys", "pseudonyms.key")
"""Secret files of a results folder."""

SUFFIX = ".imgloop.zip"
"""Of archives, by which a backup leaves out others that lie in the folder."""

OWN = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", IMAGES, FILES, *KEYS}
"""What of a results folder is not `other`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """path: of the archive. manifest: what it holds."""

    path: Path
    manifest: Manifest


def pack(store: Store, folder: Path, out: Path, studies: Sequence[str], *, with_keys: bool = False) -> Packed:
    """Write studies as an archive, in place of an earlier one. folder: of the results, for the keys.

    Raises:
        ImgloopError: it can't be written, or there is no session of these studies.
        StoreError: the store can't be read.
    """
    return _write(store, store, folder, out, studies, keys=with_keys, others=False)


def back_up(store: Store, folder: Path, out: Path) -> Packed:
    """Write everything that a results folder has as an archive, and its database's rows wherever that is.

    Raises: as `pack`.
    """
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=out.parent) as beside:
        file = Path(beside) / DATABASE
        if not store.copy_database(file):
            return _write(store, store, folder, out, None, keys=True, others=True)
        with open_store(f"sqlite:///{file}") as copy:
            return _write(copy, store, folder, out, None, keys=True, others=True)


def member_of(kind: str, name: str) -> str:
    """Return the path of an image or a file in an archive. kind: `images` or `files`."""
    return f"{kind}/{name[:2]}/{name}{'.webp' if kind == 'images' else ''}"


def _write(
    rows: Store, contents: Store, folder: Path, out: Path, studies: Sequence[str] | None, *, keys: bool, others: bool
) -> Packed:
    with writing(out) as to:
        with rows.snapshot(studies) as snapshot:
            names = snapshot.studies()
            if studies is not None and not names:
                raise ImgloopError(f"nobody has played {' or '.join(studies)} yet, so there is nothing to pack")
            for table in TABLES:
                to.table(table, snapshot.columns(table), snapshot.rows(table))
            kept = {kind: snapshot.kept(kind) for kind in ("images", "files")}
        missing = [member for kind, own in kept.items() for member in _files(to, contents, kind, own)]
        for path in _others(folder, out) if others else ():
            to.file(f"other/{path.relative_to(folder).as_posix()}", path.read_bytes())
        for key in KEYS if keys else ():
            if (folder / key).is_file():
                to.file(f"keys/{key}", (folder / key).read_bytes())
        manifest = Manifest(version=NEWEST, studies=names, tables=to.tables, files=to.files, missing=tuple(missing))
        to.end(manifest)
    return Packed(path=out, manifest=manifest)


def _files(to: Writer, contents: Store, kind: str, names: Sequence[str]) -> Iterator[str]:
    """Write the files; yield those that can't be read."""
    get = contents.get_image if kind == "images" else contents.get_file
    for name in names:
        try:
            data = get(name)
        except StoreError:
            yield member_of(kind, name)
        else:
            to.file(member_of(kind, name), data)


def _others(folder: Path, out: Path) -> Iterator[Path]:
    """Yield what else lies in the folder, in order: no hidden file, which may be half written, and no archive."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        archive = path.name.endswith(SUFFIX) or path.absolute() == out.absolute()
        if path.is_file() and parts[0] not in OWN and not hidden and not archive:
            yield path
