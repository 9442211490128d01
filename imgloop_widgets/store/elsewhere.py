"""Files by their content at a URL of fsspec: `s3://bucket/study`, `gs://…`, `sftp://…`, `file:///…`.

`ab/abcdef…` below the URL, as in a folder (`contents`), so that a folder may be copied there and back. What a service
needs to be spoken to (its package, keys, regions) is the researcher's to install and to set, as that package says.

A service of objects shows a file whole or not at all. Where a file can be seen half-written (`FOLDERS`), it is written
under another name and moved. Whatever is read is held against its name, so nothing damaged is ever given.
Listings are not cached: another machine may have put a file a moment ago.
"""

import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.contents import check_name

FOLDERS = frozenset({"file", "local", "sftp", "ssh", "smb", "ftp", "hdfs", "webhdfs", "arrow_hdfs"})
"""Protocols of file systems on which a file that is being written can be seen."""

LIKE = "s3://bucket/study, or file:///shared/study"
MISSING = "can't be used: {} is missing; install it (pip install {})"


class UrlContents:
    """Keeps files below a URL. one: what they are, such as `an image`. suffix: what follows the sha256 in a name.

    Raises:
        StoreError: the URL can't be used; the text has nothing of it that may be a password.
    """

    def __init__(self, url: str, one: str, suffix: str = "") -> None:
        protocol = url.partition("://")[0]
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise StoreError(f"the URL of {protocol} " + MISSING.format("fsspec", "fsspec")) from None
        try:
            made: tuple[Any, str] = url_to_fs(url, use_listings_cache=False)
        except ImportError as error:  # of the protocol's own package; the text names it
            raise StoreError(f"the URL of {protocol} can't be used: {error}") from None
        except ValueError:  # its text may hold a password
            raise StoreError(f"{protocol}:// is no place for files; write it like {LIKE}") from None
        self._system, root = made
        self._root = root.rstrip("/")
        self._where, self._moves = f"{protocol}://{self._root.lstrip('/')}", protocol in FOLDERS
        self._one, self._the, self._suffix = one, f"the {one.split()[-1]}", suffix

    def put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        file = self._file(name)
        if self._size(file) != len(data):
            self._try(f"put {self._one}", name, lambda: self._write(file, data))
        return name

    def get(self, name: str) -> bytes:
        file = self._file(name)
        try:
            data: bytes = self._try(f"read {self._one}", name, lambda: self._system.cat_file(file))
        except FileNotFoundError as error:
            raise StoreError(f"{self._where}: {self._the} {name} is missing; was it removed or moved?") from error
        if sha256(data).hexdigest() != name:
            raise StoreError(f"{self._where}: {self._the} {name} is damaged; restore a backup")
        return data

    def has(self, name: object) -> bool:
        try:
            check_name(name, self._one)  # type: ignore[arg-type]  # it says of anything whether it is one
        except StoreError:
            return False
        return self._size(self._file(str(name))) is not None

    def path(self, name: str) -> Path | None:
        check_name(name, self._one)
        return None

    def remove(self, name: str) -> None:
        file = self._file(name)
        if self._size(file) is not None:
            self._try(f"remove {self._one}", name, lambda: self._system.rm_file(file))

    def _file(self, name: str) -> str:
        check_name(name, self._one)
        return f"{self._root}/{name[:2]}/{name}{self._suffix}"

    def _size(self, file: str) -> int | None:
        """Bytes of the file; None: it is missing."""
        try:
            found = self._try(f"look for {self._one}", file.rpartition("/")[2], lambda: self._system.info(file))
        except FileNotFoundError:
            return None
        return int(found["size"])

    def _write(self, file: str, data: bytes) -> None:
        if not self._moves:
            self._system.pipe_file(file, data)
            return
        self._system.makedirs(file.rpartition("/")[0], exist_ok=True)
        part = f"{file}.{secrets.token_hex(4)}.part"
        try:
            self._system.pipe_file(part, data)
            self._system.mv(part, file)
        except BaseException:
            if self._system.exists(part):
                self._system.rm_file(part)
            raise

    def _try(self, what: str, name: str, call: Any) -> Any:
        """Return what the call returns. Raises: FileNotFoundError; StoreError: for whatever else a service raises."""
        try:
            return call()
        except FileNotFoundError:
            raise
        except Exception as error:  # each service has errors of its own
            text = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            raise StoreError(
                f"{self._where}: can't {what} ({name}): {text}; is the service up, and may you?"
            ) from error
