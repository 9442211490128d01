"""A worker's files on their way from the page to the kernel, chunk by chunk, and what a session may keep of them.

    page → kernel   {upload, field, name, type, size, offset} and the bytes from offset on, at most LARGEST_CHUNK
    kernel → page   {upload, offset}   they are here; the next ones begin at offset
                    {upload, value}    the file is kept; value is what its field holds now
                    {upload, message}  it is refused, with a sentence for the worker

Chunks come in their order, but a line that breaks may swallow some, and the page then sends others again. What is here
already, and what does not follow it, is answered with where to go on; what has an end (kept or refused) gets the same
answer again.

To keep files elsewhere, write a class with the methods of `Shelf` and give it to the widget.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import MAX_FILE_BYTES
from imgloop_widgets.forms.words import say
from imgloop_widgets.plain import plain_text
from imgloop_widgets.store import Store, Upload

MAX_SESSION_BYTES = 100 * 1024 * 1024
MAX_SESSION_FILES = 50
LARGEST_CHUNK = 128 * 1024
MOST_UNDER_WAY = 4
"""Files that may be on their way at once; with one more, the one that began first is given up."""

NOT_NOW = "No file can be taken here now. Please reload the page."
LOST = "This file did not arrive whole. Please choose it again."
TOO_MANY = "No more files can be taken here: there are {} of {} already, with {} of {} MiB."
BROKEN = "This file could not be kept. Please choose it again. (Incident {})"

_LONGEST_ID = 100
_LONGEST_NAME = 255
_MOST_ENDED = 200
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_PREVIEWS = re.compile(r"(image/(png|jpeg|gif|webp|avif|bmp)|(audio|video)/[a-z0-9.+-]+)")


class Shelf(Protocol):
    """Keeps the files of one session."""

    def uploads(self) -> Mapping[str, Upload]:
        """What is kept, by sha256."""

    def keep(self, data: bytes, kind: str) -> Upload:
        """Keep a file. kind: its type (MIME), or ""."""

    def get(self, sha256: str) -> bytes:
        """Return a file that is kept."""


class MemoryShelf:
    """Keeps files as long as the widget lives."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Upload, bytes]] = {}

    def uploads(self) -> Mapping[str, Upload]:
        return {name: upload for name, (upload, _) in self._kept.items()}

    def keep(self, data: bytes, kind: str) -> Upload:
        name = sha256(data).hexdigest()
        upload, _ = self._kept.setdefault(name, (Upload(sha256=name, size=len(data), type=kind), data))
        return upload

    def get(self, sha256: str) -> bytes:
        return self._kept[sha256][1]


class StoreShelf:
    """Keeps the files of a session in the store."""

    def __init__(self, store: Store, session_id: str) -> None:
        self._store, self._session_id = store, session_id

    def uploads(self) -> Mapping[str, Upload]:
        return self._store.uploads(self._session_id)

    def keep(self, data: bytes, kind: str) -> Upload:
        return self._store.keep_upload(self._session_id, data, kind)

    def get(self, sha256: str) -> bytes:
        return self._store.get_file(sha256)


@dataclass(slots=True)
class _UnderWay:
    place: str
    name: str
    kind: str
    size: int
    data: bytearray = field(default_factory=bytearray)


class Uploads:
    """The files of one widget. record: log an error under a new incident number and return the number."""

    def __init__(self, shelf: Shelf, record: Callable[[BaseException], str]) -> None:
        self._shelf, self._record = shelf, record
        self._under_way: dict[str, _UnderWay] = {}
        self._ended: dict[str, dict[str, Any]] = {}  # the last answer to an upload, by its id

    def take(self, content: Mapping[str, Any], chunk: bytes, fields: Collection[str]) -> dict[str, Any] | None:
        """Take a chunk and return the answer to it; None: there is nobody to answer to.

        content: the message, from anybody. fields: names of the fields that take files now.
        """
        name = content.get("upload")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
            return None
        if name not in self._ended:
            try:
                answer = self._taken(name, content, chunk, fields)
            except Refused as refused:
                answer = {"message": str(refused)}
            except Exception as error:
                answer = {"message": BROKEN.format(self._record(error))}
            if "offset" in answer:
                return {"upload": name, **answer}
            self._under_way.pop(name, None)
            self._ended[name] = answer
            if len(self._ended) > _MOST_ENDED:
                del self._ended[next(iter(self._ended))]
        return {"upload": name, **self._ended[name]}

    def has(self, name: object) -> bool:
        """Whether this session has uploaded a file with this sha256."""
        return isinstance(name, str) and name in self._shelf.uploads()

    def get(self, name: object) -> tuple[str, bytes] | None:
        """Return type and content of a file that this session has uploaded, by its sha256; None: it has not.

        The type is one that a browser only shows or plays, or else "application/octet-stream".
        """
        if not isinstance(name, str) or (upload := self._shelf.uploads().get(name)) is None:
            return None
        kind = upload.type if _PREVIEWS.fullmatch(upload.type) else "application/octet-stream"
        return kind, self._shelf.get(name)

    def true_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a page's controls hold, with the name and size that their files really have."""
        return {name: self._true(value) for name, value in values.items()}

    def _true(self, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("sha256"), str):
            return value
        upload = self._shelf.uploads().get(value["sha256"])
        return {**value, "name": bare_name(value.get("name")), "size": upload.size} if upload else value

    def _taken(self, name: str, content: Mapping[str, Any], chunk: bytes, fields: Collection[str]) -> dict[str, Any]:
        offset, place = content.get("offset"), content.get("field")
        if not isinstance(place, str) or place not in fields:
            raise Refused(NOT_NOW)
        if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
            raise Refused(LOST)
        if name not in self._under_way:
            if offset != 0:  # its beginning went to a kernel that is gone
                raise Refused(LOST)
            self._begin(name, place, content)
        file = self._under_way[name]
        here = len(file.data)
        if offset + len(chunk) > file.size or len(chunk) > LARGEST_CHUNK or (file.size and not chunk):
            raise Refused(LOST)
        if offset <= here:
            file.data += chunk[here - offset :]
        if len(file.data) < file.size:
            return {"offset": len(file.data)}
        self._check_room(file.size)  # another one may have come in meanwhile
        upload = self._shelf.keep(bytes(file.data), file.kind)
        return {"value": {"name": file.name, "type": file.kind, "size": upload.size, "sha256": upload.sha256}}

    def _begin(self, name: str, place: str, content: Mapping[str, Any]) -> None:
        size, kind = content.get("size"), str(content.get("type")).lower()
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise Refused(LOST)
        if size > MAX_FILE_BYTES:
            raise Refused(say("too_large_file", n=MAX_FILE_BYTES // 2**20))
        self._check_room(size)
        before = [other for other, file in self._under_way.items() if file.place == place]
        oldest = list(self._under_way)[: max(0, len(self._under_way) - MOST_UNDER_WAY + 1)]
        for other in before or oldest:
            del self._under_way[other]
        self._under_way[name] = _UnderWay(
            place=place,
            name=bare_name(content.get("name")),
            kind=kind if _TYPE.fullmatch(kind) else "",
            size=size,
        )

    def _check_room(self, size: int) -> None:
        kept = self._shelf.uploads().values()
        total = sum(upload.size for upload in kept)
        if len(kept) >= MAX_SESSION_FILES or total + size > MAX_SESSION_BYTES:
            mib = -(-total // 2**20)
            raise Refused(TOO_MANY.format(len(kept), MAX_SESSION_FILES, mib, MAX_SESSION_BYTES // 2**20))


def bare_name(name: object) -> str:
    """Return a file's name as it may be kept: its last part, without control characters, at most 255 of them."""
    text = re.split(r"[/\\]", plain_text("" if name is None else name))[-1]
    text = "".join(c for c in text if c.isprintable()).strip()[-_LONGEST_NAME:]
    return text if text.strip(".") else "file"
