"""Read an archive into a store: what would conflict is found first, then all of it is written, or nothing.

    archive  →  a database of its version, brought to today's  →  compared with the store  →  files, then rows

The rows are written in one transaction. Files come before it: who is interrupted has files that no row names, which
nobody sees and the next try finds. An archive of any earlier version goes through the same migrations as a store.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from imgloop_widgets.errors import Conflict, ImgloopError, StoreError
from imgloop_widgets.moving.archive import Archive
from imgloop_widgets.moving.packing import KEYS, member_of
from imgloop_widgets.store import NEWEST, Asked, Comparison, Difference, Store, open_at

NOTHING: frozenset[Asked] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done. comparison: of the rows. files: (kind, sha256) of what is to be written. differences: all.

    missing: files that rows name and that are neither here nor in the archive.
    """

    comparison: Comparison
    files: tuple[tuple[str, str], ...]
    missing: int
    differences: tuple[Difference, ...]

    def stops(self, asked: frozenset[Asked]) -> list[Difference]:
        """Return because of what nothing is written."""
        return [one for one in self.differences if one.stops(asked)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What was done. rows: table → rows that were written. files: how many."""

    plan: Plan
    rows: dict[str, int]
    files: int


@contextmanager
def unpacked(archive: Archive) -> Iterator[Store]:
    """Give the archive's rows as a store of their own, at today's version. It has no images.

    Raises:
        ImgloopError: the archive is damaged, or of a newer version.
    """
    about = archive.manifest
    if about.version > NEWEST:
        raise ImgloopError(
            f"{archive.path}: is of version {about.version}, and this imgloop_widgets knows versions up to {NEWEST};"
            " install a newer imgloop_widgets"
        )
    with (
        tempfile.TemporaryDirectory(prefix="imgloop-unpack-") as folder,
        open_at(Path(folder) / "archive.db", about.version) as store,
    ):
        try:
            store.load((name, table.columns, archive.rows(name)) for name, table in about.tables.items())
        except StoreError as error:
            raise ImgloopError(f"{archive.path}: its rows can't be read ({error}); use another copy") from error
        store.migrate()
        yield store


def plan(archive: Archive, theirs: Store, store: Store, folder: Path, asked: frozenset[Asked] = NOTHING) -> Plan:
    """Return what unpacking would do; nothing is written. theirs: of `unpacked`. folder: of the results, for keys."""
    comparison, wanted = store.compare(theirs, asked)
    files, damaged, missing = [], [], 0
    for kind, name in sorted(wanted):
        there = member_of(kind, name) in archive.manifest.files
        whole = _whole(store, kind, name)
        missing += not there and not whole
        if there and whole is False:
            what = "is damaged here; the archive has it whole"
            damaged.append(Difference(kind="damaged", where=member_of(kind, name), what=what))
        if there and (whole is None or (whole is False and "take" in asked)):
            files.append((kind, name))
    keys = [
        Difference(kind="other_key", where=key, what="is another one here; links or pseudonyms are made with it")
        for key in _keys(archive)
        if (folder / key).exists() and (folder / key).read_bytes() != archive.data(f"keys/{key}")
    ]
    differences = (*comparison.differences, *damaged, *keys)
    return Plan(comparison=comparison, files=tuple(files), missing=missing, differences=differences)


def unpack(archive: Archive, theirs: Store, store: Store, folder: Path, asked: frozenset[Asked] = NOTHING) -> Unpacked:
    """Write what the archive has into the store.

    Raises:
        Conflict: something differs that is neither to be taken nor to be skipped; nothing is written.
        StoreError: it can't be written; nothing of its rows is.
    """
    planned = plan(archive, theirs, store, folder, asked)
    if stops := planned.stops(asked):
        raise Conflict(f"{len(stops)} conflicts, the first: {stops[0].where} {stops[0].what}; nothing was written")
    for kind, name in planned.files:
        data = archive.data(member_of(kind, name))
        if _whole(store, kind, name) is False:
            store.repair(kind, data)
        else:
            (store.put_image if kind == "images" else store.put_file)(data)
    comparison, rows = store.join(theirs, asked)
    for key in _keys(archive):
        if not (folder / key).exists():
            write(folder / key, archive.data(f"keys/{key}"))
    return Unpacked(plan=replace(planned, comparison=comparison), rows=rows, files=len(planned.files))


def restore(archive: Archive, store: Store, folder: Path) -> Unpacked:
    """Write a whole backup into a store in which nothing was done yet, and into its folder.

    Raises:
        ImgloopError: there is something already.
        StoreError: it can't be written.
    """
    if not store.is_empty():
        raise ImgloopError(
            f"{store.where}: has sessions already; restore into another folder with --results, or join them with"
            " imgloop unpack"
        )
    others = [member for member in archive.manifest.files if member.startswith("other/")]
    for member in others:
        path = folder / _inside(archive, member)
        if path.exists() and path.read_bytes() != archive.data(member):
            raise ImgloopError(f"{path}: is there already, and another one; restore into another folder with --results")
    with unpacked(archive) as theirs:
        done = unpack(archive, theirs, store, folder)
    for member in others:
        path = folder / _inside(archive, member)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write(path, archive.data(member), 0o644)
    return replace(done, files=done.files + len(others))


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a new file, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, path)


def _keys(archive: Archive) -> list[str]:
    return [key for key in KEYS if f"keys/{key}" in archive.manifest.files]


def _whole(store: Store, kind: str, name: str) -> bool | None:
    """Return whether the file is here and whole; None: it is not here."""
    if not (store.has_image if kind == "images" else store.has_file)(name):
        return None
    try:
        (store.get_image if kind == "images" else store.get_file)(name)
    except StoreError:
        return False
    return True


def _inside(archive: Archive, member: str) -> PurePosixPath:
    """Return where a file of `other` goes. Raises: ImgloopError: it leads out of the folder."""
    path = PurePosixPath(member).relative_to("other")
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ImgloopError(f"{archive.path}: {member} leads out of the folder; use another copy of the archive")
    return path
