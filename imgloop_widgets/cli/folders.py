"""Whether a folder can be written, asked before anything is begun in it: `<folder>: <why not>; <what to do>`."""

import errno
import os
import tempfile
from pathlib import Path

from imgloop_widgets.errors import ImgloopError

_WHY = {
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.EACCES: "access is denied",
    errno.EPERM: "access is denied",
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk is read-only",
}


def ready(folder: Path, option: str) -> None:
    """Make sure that the folder can be created and written. option: names another folder.

    Raises:
        ImgloopError: it can't; the text says why.
    """
    if refusal := refusal_of(folder, option):
        raise ImgloopError(f"{folder}: {refusal}")


def refusal_of(folder: Path, option: str) -> str:
    """Return why the folder can't be created or written, and what to do; empty where it can."""
    there = existing(folder)
    try:
        if not os.path.isdir(there):
            raise NotADirectoryError(errno.ENOTDIR, "")
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror or str(error))
        if error.errno == errno.ENOENT:  # a file system that the kernel makes up
            why = f"{there} takes no new files"
        verb = "written" if there == folder.absolute() and there.is_dir() else "created here"
        return f"can't be {verb} ({why}); choose another folder with {option}"
    return ""


def existing(path: Path) -> Path:
    """Return the path, or the nearest above it that is there."""
    path = path.absolute()
    while not os.path.exists(path) and path != path.parent:  # unlike Path's, False where access is denied
        path = path.parent
    return path
