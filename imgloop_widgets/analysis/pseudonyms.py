"""Names for workers in what is shared: the same worker has the same one in every export, and it leads nowhere.

    p-<20 hex digits>  =  HMAC-SHA256(key, worker_id)

The key is random, lies in the results folder (`pseudonyms.key`, for its owner alone) and goes into no export. Without
it nobody can find out a name by trying all that they know of, as they could with a plain hash. Whoever deletes it has
cut the last link between the exports and the workers; the next export then makes new names.
"""

import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from imgloop_widgets.errors import ImgloopError

KEY = "pseudonyms.key"
PREFIX = "p-"
DIGITS = 20
"""Hex digits of a pseudonym: 80 bits, so that no two workers of any study share one."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """key: 32 bytes, secret."""

    key: bytes = field(repr=False)

    def of(self, worker_id: str) -> str:
        """Return the pseudonym of a worker."""
        return PREFIX + hmac.digest(self.key, worker_id.encode(), "sha256").hex()[:DIGITS]


def pseudonyms(results: Path) -> Pseudonyms:
    """Return the pseudonyms of a results folder; its key is made now if there is none.

    Raises:
        ImgloopError: the key can be read by others, or is none.
    """
    file = results / KEY
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _known(file)
    with os.fdopen(opened, "w") as out:
        out.write(secrets.token_hex(32) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return _known(file)


def known_pseudonyms(results: Path) -> Pseudonyms | None:
    """Return the pseudonyms of a results folder; None: nothing was ever exported from it. Raises: as above."""
    return _known(results / KEY) if (results / KEY).exists() else None


def _known(file: Path) -> Pseudonyms:
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ImgloopError(f"{file}: others on this machine can read it; run: chmod 600 '{file}'")
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImgloopError(f"{file}: is no key (64 hex digits); restore a backup, or remove it and get new pseudonyms")
    return Pseudonyms(key)
