"""Forms that this process has read already, so that a page's kernel, forked from a process that knows them, need not.

A form is known as long as reading it again would give the same: each of its files has the same content, and none was
added or taken away beside them. One with functions of its author's is never known: reading it runs their file.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imgloop_widgets.forms.functions import FUNCTIONS_FILE, registered
from imgloop_widgets.forms.insertions import FOLDER
from imgloop_widgets.forms.version import FormFile

MOST = 32
"""Forms that are kept; no study has as many."""

Asked = tuple[str, str, frozenset[str], str]

_known: dict[Asked, "_Known"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    form: FormFile
    contents: tuple[tuple[Path, bytes], ...]
    folders: tuple[tuple[Path, int | None], ...]


def known(
    path: Path, supplied: frozenset[str], text_alone: str, read: Callable[[], tuple[FormFile, dict[Path, bytes]]]
) -> FormFile:
    """Return the form at `path`, which is read where it is not known. The others: see `load_form`.

    read: returns it, and the files that were read for it with their contents; what it raises is passed on.
    """
    asked = (os.getcwd(), str(path), supplied, text_alone)
    functions = registered()
    if functions.validators or functions.triggers:
        return read()[0]
    if (found := _known.get(asked)) and _is_same(found):
        return found.form
    folder = path if path.is_dir() else path.parent
    folders = tuple((place, _changed_at(place)) for place in (folder, folder / FOLDER))
    form, contents = read()
    if all(file.name != FUNCTIONS_FILE for file in contents):
        while len(_known) >= MOST:
            _known.pop(next(iter(_known)), None)
        _known[asked] = _Known(form=form, contents=tuple(contents.items()), folders=folders)
    return form


def _is_same(found: _Known) -> bool:
    try:
        same = all(file.read_bytes() == content for file, content in found.contents)
    except OSError:
        return False
    return same and all(_changed_at(folder) == at for folder, at in found.folders)


def _changed_at(folder: Path) -> int | None:
    """When something was last added to a folder or taken away, in nanoseconds; None: there is no such folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None
