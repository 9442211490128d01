"""An archive: a ZIP file that can be read without this package, for as long as there are ZIP and JSON.

    README.txt                  what this is
    tables/<table>.jsonl        a row a line, as a JSON object, in the order of the table's key
    images/ab/<sha256>.webp     what workers were shown
    files/ab/<sha256>           what workers have uploaded
    other/…                     whatever else lay in the results folder (in a backup)
    keys/…                      the secret keys of the results folder (where they were asked for)
    manifest.json               the version of the tables; of every table and file its size and sha256

The same rows and files make the same archive, to the byte (by one version of zlib): no moment, host or path is in it.
It is written under another name, brought to the disk, read again and compared, and then renamed; it can be read by
its owner alone, for it names workers. An archive of an older version is read as its version says (`unpacking`).
"""

import json
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from imgloop_widgets.errors import ImgloopError

FORMAT = "imgloop archive"
VERSION = 1
"""Of the format; the tables have a version of their own."""

MANIFEST = "manifest.json"
_BEGIN = (1980, 1, 1, 0, 0, 0)
_PIECE = 1 << 20
_README = """This is an archive of imgloop_widgets (format 1): one or more studies, whole.

tables/*.jsonl   one table each, a row a line, as JSON. Moments are UTC, ISO 8601. The columns "data" hold JSON as text.
images/          the images that workers were shown, named by the sha256 of their bytes.
files/           what workers have uploaded, named in the same way.
other/, keys/    in a backup: what else was in the results folder.
manifest.json    the version of the tables, and the sha256 of every table and file.

`imgloop unpack FILE` reads it into a store and shows what would conflict first.
It names workers and holds what they wrote: share `imgloop export` instead, which has pseudonyms.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAbout:
    """Of a table in an archive. rows: how many. sha256: of the file."""

    rows: int
    sha256: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAbout:
    """Of a file in an archive. bytes: its size."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive holds. version: of the tables. studies: their names. missing: files that rows name and that
    were not there, or damaged, when it was packed.
    """

    version: int
    studies: tuple[str, ...]
    tables: Mapping[str, TableAbout]
    files: Mapping[str, FileAbout]
    missing: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return it as text."""
        about = {"format": FORMAT, "format_version": VERSION, **asdict(self)}
        return json.dumps(about, indent=1, ensure_ascii=False) + "\n"


@dataclass(slots=True)
class Writer:
    """Writes the members of an archive, one after the other."""

    _zip: zipfile.ZipFile
    tables: dict[str, TableAbout] = field(default_factory=dict)
    files: dict[str, FileAbout] = field(default_factory=dict)

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add a table."""
        digest, number = sha256(), 0
        with self._zip.open(_info(f"tables/{name}.jsonl", zipfile.ZIP_DEFLATED), "w", force_zip64=True) as out:
            for row in rows:
                line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False).encode() + b"\n"
                digest.update(line)
                out.write(line)
                number += 1
        self.tables[name] = TableAbout(rows=number, sha256=digest.hexdigest(), columns=tuple(columns))

    def file(self, path: str, data: bytes) -> None:
        """Add a file."""
        self._zip.writestr(_info(path, zipfile.ZIP_STORED), data)
        self.files[path] = FileAbout(bytes=len(data), sha256=sha256(data).hexdigest())

    def end(self, manifest: Manifest) -> None:
        """Add what it all is."""
        self._zip.writestr(_info("README.txt", zipfile.ZIP_DEFLATED), _README)
        self._zip.writestr(_info(MANIFEST, zipfile.ZIP_DEFLATED), manifest.to_json())


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Give a writer; at the end the archive is there, verified. Where anything fails, there is nothing of it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as opened:
            with zipfile.ZipFile(opened, "w") as zipped:
                yield Writer(zipped)
            opened.flush()
            os.fsync(opened.fileno())
        verify(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def verify(path: Path) -> Manifest:
    """Read all of an archive and compare it with its manifest; return that.

    Raises:
        ImgloopError: it is damaged, or none of ours.
    """
    with Archive(path) as archive:
        for name in archive.manifest.tables:
            for _ in archive.rows(name):
                pass
        for member in archive.manifest.files:
            archive.data(member)
        return archive.manifest


class Archive:
    """An archive that is read; each part of it is compared with its manifest as it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise ImgloopError(
                f"{path}: can't be read as an archive ({error}); look whether its name is right"
            ) from error
        try:
            self.manifest = _manifest(path, self._bytes(MANIFEST))
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._zip.close()

    def rows(self, table: str) -> Iterator[list[Any]]:
        """Yield the rows of a table, in the order of its columns. Raises: ImgloopError: it is damaged."""
        about, digest, number = self.manifest.tables[table], sha256(), 0
        member = f"tables/{table}.jsonl"
        try:
            with self._zip.open(member) as lines:
                for line in lines:
                    digest.update(line)
                    number += 1
                    row = json.loads(line)
                    yield [row[name] for name in about.columns]
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise self._damaged(member, str(error)) from error
        if (number, digest.hexdigest()) != (about.rows, about.sha256):
            raise self._damaged(member, f"{number} rows where the manifest has {about.rows}")

    def data(self, member: str) -> bytes:
        """Return a file. Raises: ImgloopError: it is damaged."""
        data = self._bytes(member)
        if sha256(data).hexdigest() != self.manifest.files[member].sha256:
            raise self._damaged(member, "its sha256 is another one")
        return data

    def _bytes(self, member: str) -> bytes:
        try:
            return self._zip.read(member)
        except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
            raise self._damaged(member, str(error)) from error

    def _damaged(self, member: str, why: str) -> ImgloopError:
        return ImgloopError(f"{self.path}: {member} is missing or damaged ({why}); use another copy of the archive")


def _manifest(path: Path, data: bytes) -> Manifest:
    try:
        about = json.loads(data)
        known = (about["format"], about["format_version"])
    except (ValueError, KeyError, TypeError):
        known = ("", 0)
    if known != (FORMAT, VERSION):
        raise ImgloopError(f"{path}: is no archive that this version can read; install a newer imgloop_widgets")
    try:
        return Manifest(
            version=about["version"],
            studies=tuple(about["studies"]),
            tables={
                name: TableAbout(rows=t["rows"], sha256=t["sha256"], columns=tuple(t["columns"]))
                for name, t in about["tables"].items()
            },
            files={name: FileAbout(**f) for name, f in about["files"].items()},
            missing=tuple(about["missing"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ImgloopError(f"{path}: its manifest can't be read ({error}); use another copy of the archive") from error


def _info(name: str, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _BEGIN)
    info.compress_type, info.create_system, info.external_attr = compression, 3, 0o600 << 16
    return info
