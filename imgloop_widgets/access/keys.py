"""The keys that sign links: `links.keys` in the results folder, for its owner alone; a line for each, the newest last.

    <id> <made at, UTC> <secret, 64 hex digits>

The newest signs, and all of them verify: after `add` the links that were made before go on working, until their key is
retired. Every machine that serves the study needs the same file.
"""

import os
import secrets
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imgloop_widgets.errors import ImgloopError

FILE = "links.keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """id: 8 hex digits, no secret. made: UTC. secret: 32 bytes."""

    id: str
    made: datetime
    secret: bytes = field(repr=False)


def known_keys(results: Path) -> tuple[Key, ...]:
    """Return the keys of a results folder, oldest first; none: no link was ever signed there.

    Raises:
        ImgloopError: the file can be read by others, or is damaged.
    """
    file = results / FILE
    try:
        mode, lines = file.stat().st_mode, file.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ImgloopError(f"{file}: can't be read ({error}); restore a backup") from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ImgloopError(f"{file}: others on this machine can read it; run: chmod 600 '{file}'")
    return tuple(_read(file, number, line) for number, line in enumerate(lines, start=1) if line.strip())


def keys(results: Path) -> tuple[Key, ...]:
    """Return the keys of a results folder; the first is made now if there is none. Raises: as `known_keys`."""
    found = known_keys(results)
    if found:
        return found
    _write(results, [_new()], anew=True)
    return known_keys(results)


def add_key(results: Path) -> Key:
    """Make a key that signs from now on. Raises: as `known_keys`."""
    key = _new()
    _write(results, [*known_keys(results), key])
    return key


def retire_key(results: Path, key_id: str) -> None:
    """Remove a key; links that it has signed open nothing from now on.

    Raises:
        ImgloopError: there is no such key, or it is the only one.
    """
    found = known_keys(results)
    ids = ", ".join(key.id for key in found) or "none yet"
    if key_id not in [key.id for key in found]:
        raise ImgloopError(f"there is no key {key_id!r} in {results / FILE}; there are: {ids}")
    if len(found) == 1:
        raise ImgloopError(f"{key_id} is the only key; make another first, with imgloop keys add")
    _write(results, [key for key in found if key.id != key_id])


def _new() -> Key:
    return Key(id=secrets.token_hex(4), made=datetime.now(UTC), secret=secrets.token_bytes(32))


def _read(file: Path, number: int, line: str) -> Key:
    try:
        name, made, secret = line.split()
        key = Key(id=name, made=datetime.fromisoformat(made), secret=bytes.fromhex(secret))
    except ValueError:
        key = None
    if key is None or len(key.secret) != 32:
        what = "is no key (its id, when it was made, 64 hex digits); restore a backup, or take the line out"
        raise ImgloopError(f"{file}, line {number}: {what}")
    return key


def _write(results: Path, all_of_them: Sequence[Key], *, anew: bool = False) -> None:
    """Write the whole file or nothing. anew: leave a file that is there by now as it is."""
    file = results / FILE
    try:
        results.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=results, prefix=f".{FILE}-")  # for its owner alone
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            for key in all_of_them:
                out.write(f"{key.id} {key.made.isoformat(timespec='seconds')} {key.secret.hex()}\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            if not anew:
                os.replace(name, file)
                return
            os.link(name, file)
        except FileExistsError:  # another process was first
            pass
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ImgloopError(f"{file}: can't be written ({error.strerror}); choose another results folder") from error
