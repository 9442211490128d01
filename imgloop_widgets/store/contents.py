"""Files by their content: `ab/abcdef…`, named by the sha256 of the file, written whole or not at all.

A file is written under another name in the same folder, brought to the disk, and renamed. So a file that has its
name is complete, whenever the process was killed, and two processes that put the same file do no harm.

`elsewhere` keeps them at a URL. To keep them in yet another way, write a class with the methods of `Contents`, have
`open_store` make one, and add a parameter of the conformance suite (tests/store/conftest.py).
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


class Contents(Protocol):
    """Keeps files by their sha256 (64 hex digits, lower case)."""

    def put(self, data: bytes) -> str:
        """Keep the file and return its sha256. Raises: StoreError."""

    def get(self, name: str) -> bytes:
        """Return the file. Raises: StoreError: it is missing or damaged, or the name is no sha256."""

    def has(self, name: object) -> bool:
        """Whether the file is there; nothing that is no sha256 is."""

    def path(self, name: str) -> Path | None:
        """Where the file is; None: it is missing, or no file on this machine."""

    def remove(self, name: str) -> None:
        """Keep the file no longer; nothing happens where it is missing. Raises: StoreError."""


class MemoryContents:
    """Keeps files as long as the process lives: for pilots and tests. one: what they are, such as `an image`."""

    def __init__(self, one: str) -> None:
        self._one = one
        self._files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        self._files[name] = bytes(data)
        return name

    def get(self, name: str) -> bytes:
        check_name(name, self._one)
        if name not in self._files:
            raise StoreError(f"{self._one} ({name}) is missing in memory; was it made in another process?")
        return self._files[name]

    def has(self, name: object) -> bool:
        return name in self._files if isinstance(name, str) else False

    def path(self, name: str) -> Path | None:
        check_name(name, self._one)
        return None

    def remove(self, name: str) -> None:
        check_name(name, self._one)
        self._files.pop(name, None)


class FolderContents:
    """Keeps files in a folder, below the first two digits of their names.

    one: what they are, such as `an image`, for messages. suffix: what follows the sha256 in a file's name.
    """

    def __init__(self, folder: Path, one: str, suffix: str = "") -> None:
        self.folder = folder
        self._one, self._the, self._suffix = one, f"the {one.split()[-1]}", suffix

    def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        file = self._file(name)
        try:
            if not _has_size(file, len(data)):  # of another size: damaged by something else, so written again
                _write(file, data)
        except OSError as error:
            raise disk_fault(file, f"put {self._one}", error) from error
        return name

    def get(self, name: str) -> bytes:
        file = self._file(name)
        try:
            data = file.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"{file}: {self._the} is missing; was the folder moved, or a file removed?") from error
        except OSError as error:
            raise disk_fault(file, f"read {self._one}", error) from error
        if sha256(data).hexdigest() != name:
            raise StoreError(f"{file}: {self._the} is damaged (its sha256 is not its name); restore a backup")
        return data

    def has(self, name: object) -> bool:
        return isinstance(name, str) and _NAME.fullmatch(name) is not None and self._file(name).is_file()

    def path(self, name: str) -> Path | None:
        file = self._file(name)
        return file if file.is_file() else None

    def remove(self, name: str) -> None:
        file = self._file(name)
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise disk_fault(file, f"remove {self._one}", error) from error

    def _file(self, name: str) -> Path:
        check_name(name, self._one)
        return self.folder / name[:2] / f"{name}{self._suffix}"


def check_name(name: str, one: str) -> None:
    """Raises: StoreError: the name is not 64 hex digits (it could lead out of the folder)."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(f"the name of {one} must be 64 hex digits (0-9, a-f); not {name!r:.80}")


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
