"""Images by their content: `ab/abcdef….webp`, named by the sha256 of the file, written whole or not at all.

An image is written under another name in the same folder, brought to the disk, and renamed. So a file that has its
name is complete, whenever the process was killed, and two processes that put the same image do no harm.

To keep images elsewhere, write a class with the methods of `Images` and have `open_store` make one.
"""

import os
import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.faults import disk_fault

_NAME = re.compile(r"[0-9a-f]{64}")


class Images(Protocol):
    """Keeps files by their sha256 (64 hex digits, lower case)."""

    def put(self, data: bytes) -> str:
        """Keep the file and return its sha256. Raises: StoreError."""

    def get(self, name: str) -> bytes:
        """Return the file. Raises: StoreError: it is missing or damaged, or the name is no sha256."""

    def path(self, name: str) -> Path | None:
        """Where the file is; None: it is missing, or no file on this machine."""

    def remove(self, name: str) -> None:
        """Keep the file no longer; nothing happens where it is missing. Raises: StoreError."""


class MemoryImages:
    """Keeps images as long as the process lives: for pilots and tests."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        self._files[name] = bytes(data)
        return name

    def get(self, name: str) -> bytes:
        check_name(name)
        if name not in self._files:
            raise StoreError(f"image {name} is missing in memory; was it made in another process?")
        return self._files[name]

    def path(self, name: str) -> Path | None:
        check_name(name)
        return None

    def remove(self, name: str) -> None:
        check_name(name)
        self._files.pop(name, None)


class FolderImages:
    """Keeps images in a folder, below the first two digits of their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        file = self._file(name)
        try:
            if not _has_size(file, len(data)):  # of another size: damaged by something else, so written again
                _write(file, data)
        except OSError as error:
            raise disk_fault(file, "put an image", error) from error
        return name

    def get(self, name: str) -> bytes:
        file = self._file(name)
        try:
            data = file.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"{file}: the image is missing; was the folder moved, or a file removed?") from error
        except OSError as error:
            raise disk_fault(file, "read an image", error) from error
        if sha256(data).hexdigest() != name:
            raise StoreError(f"{file}: the image is damaged (its sha256 is not its name); restore a backup")
        return data

    def path(self, name: str) -> Path | None:
        file = self._file(name)
        return file if file.is_file() else None

    def remove(self, name: str) -> None:
        file = self._file(name)
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise disk_fault(file, "remove an image", error) from error

    def _file(self, name: str) -> Path:
        check_name(name)
        return self.folder / name[:2] / f"{name}.webp"


def check_name(name: str) -> None:
    """Raises: StoreError: the name is not 64 hex digits (it could lead out of the folder)."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(f"an image's name must be 64 hex digits (0-9, a-f); not {name!r:.80}")


def _has_size(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except FileNotFoundError:
        return False


def _write(file: Path, data: bytes) -> None:
    if not file.parent.is_dir():
        file.parent.mkdir(exist_ok=True)  # not its parents: a folder that was moved is an error, not a new folder
        _sync(file.parent.parent)
    part = file.with_name(f".{file.stem}.{secrets.token_hex(4)}.part")
    try:
        # not tempfile: its files can be read by their owner alone, and reports are made by others
        with open(part, "xb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(file.parent)


def _sync(folder: Path) -> None:
    """Bring the names in the folder to the disk; a file's own fsync does not."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
