"""What the operating system refuses, in words that say what to do.

Every error of a disk becomes one `StoreError`: `<where>: <what was tried>: <what is wrong>; <what to do>`.
"""

import errno

from imgloop_widgets.errors import StoreError

_FULL = "the disk is full; free some space and try again"
_DENIED = "it can't be written; change its permissions or choose another folder"
_IN_THE_WAY = "a file stands where a folder is needed; remove it or choose another folder"
_FAILING = "the disk reports an error; check it and try again"
_LIMITS = "too many files are open; raise the limit (ulimit -n) and try again"

_ADVICE: dict[int, str] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "the file would be larger than is allowed here; raise the limit (ulimit -f) and try again",
    errno.EROFS: _DENIED,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOENT: "it is missing; was the folder moved or removed?",
    errno.EISDIR: "a folder stands where a file is needed; remove it or choose another folder",
    errno.EIO: _FAILING,
    errno.EMFILE: _LIMITS,
    errno.ENFILE: _LIMITS,
    errno.ENAMETOOLONG: "its name is too long; choose another folder",
}


def disk_fault(where: object, what: str, error: OSError) -> StoreError:
    """Return the error to raise instead of the operating system's. what: was tried, such as `put an image`."""
    advice = _ADVICE.get(error.errno or 0, f"{error.strerror or error}; look at the folder and try again")
    return StoreError(f"{where}: can't {what}: {advice}")
