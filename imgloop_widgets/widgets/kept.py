"""What a form alone needs again after a reload, where each reload makes a new kernel: what triggers did, and files.

Our server gives its kernels a private folder that ends with it (IMGLOOP_KEPT). There each page has a folder of its own,
found by a ticket that only this browser knows: a link alone leads to nothing of anybody's. What was typed is not in it;
the browser keeps that.

    ROOT/hash of form, link and ticket/kept.json      {"sheet": …, "uploads": {sha256: [size, type]}}
                                       <sha256>       a file
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from imgloop_widgets.store import Upload

KEPT = "IMGLOOP_KEPT"
"""The environment variable with the folder; where there is none, a form lives as long as its kernel."""

MOST_BYTES = 2 * 2**30
"""Of all forms of a server; with more, what has not changed for the longest time is given up."""

_TICKET = re.compile(r"[0-9a-f-]{36}")
_CONTENT = "kept.json"


class Kept:
    """A shelf for the files of one form, and its sheet. folder: made once there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sheet(self) -> dict[str, Any]:
        """Return what `keep_sheet` was given last; empty where it was not."""
        sheet: dict[str, Any] = self._content().get("sheet", {})
        return sheet

    def keep_sheet(self, sheet: Mapping[str, Any]) -> None:
        """Keep what triggers have changed, as plain JSON values."""
        self._write({"sheet": sheet})

    def uploads(self) -> Mapping[str, Upload]:
        kept = self._content().get("uploads", {})
        return {name: Upload(sha256=name, size=size, type=kind) for name, (size, kind) in kept.items()}

    def keep(self, data: bytes, kind: str) -> Upload:
        kept = self.uploads()
        name = sha256(data).hexdigest()
        if name in kept:
            return kept[name]
        self._make_room(len(data))
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(data)
        self._write({"uploads": {**self._content().get("uploads", {}), name: [len(data), kind]}})
        return Upload(sha256=name, size=len(data), type=kind)

    def get(self, sha256: str) -> bytes:
        return (self._folder / sha256).read_bytes()

    def forget(self) -> None:
        """Keep nothing of it any longer."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _content(self) -> dict[str, Any]:
        """Read anew each time: the same page may be open in a second window, with a kernel of its own."""
        try:
            content: dict[str, Any] = json.loads((self._folder / _CONTENT).read_bytes())
        except FileNotFoundError:
            return {}
        return content

    def _write(self, part: Mapping[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{_CONTENT}.{os.getpid()}"
        file.write_text(json.dumps({**self._content(), **part}), encoding="utf-8")
        file.replace(self._folder / _CONTENT)

    def _make_room(self, size: int) -> None:
        others = [folder for folder in self._folder.parent.glob("*") if folder != self._folder]
        sizes = {folder: sum(file.stat().st_size for file in folder.glob("*")) for folder in others}
        for folder in sorted(others, key=lambda folder: folder.stat().st_mtime):
            if sum(sizes.values()) + size <= MOST_BYTES:
                return
            del sizes[folder]
            shutil.rmtree(folder, ignore_errors=True)


def kept_of(session: str, ticket: object) -> Kept | None:
    """Return what is kept for a page; None: nothing can be kept. session: of the form and its link. ticket: a UUID."""
    root = os.environ.get(KEPT)
    if not root or not isinstance(ticket, str) or not _TICKET.fullmatch(ticket):
        return None
    return Kept(Path(root) / sha256(f"{session} {ticket}".encode()).hexdigest())
