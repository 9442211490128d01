"""Keys of services: read from the environment or a file, never from a study file's text, and never shown.

A study file is copied, committed and published; so it names where the key is (`key_env`, `key_file`), and a key that
stands there by mistake is refused without being repeated.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

HIDDEN = "[key]"


def address(text: str, option: str) -> str:
    """Return the address of a service, without a slash at its end. option: what it is called in a study file.

    Raises:
        ValueError: it is none, or holds a name and a password; they would be stored with every image.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{option} must be an address that begins with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError(f"{option} must not hold a name and a password; see key_env and key_file")
    return text.rstrip("/")


class Key:
    """A secret. It is written nowhere: not by `repr`, not by `str`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Key(…)"


def hide(text: str, key: Key | None) -> str:
    """Return the text without the key: services repeat a wrong one in what they answer."""
    return text.replace(key.reveal(), HIDDEN) if key else text


def hide_in_bytes(data: bytes, key: Key | None) -> bytes:
    """Return an answer's body without the key, before any text of it is cut in the middle of one."""
    return data.replace(key.reveal().encode(), HIDDEN.encode()) if key else data


def read_key(key_env: str | None, key_file: Path | None) -> Key | None:
    """Return the key in the file, or else in the environment variable; None: none is named.

    A service at an address of one's own gets the key that is named for it and no other: with a name of its own choice,
    the key of a large service, which many have in their environment, would go to whoever is at that address.

    Raises:
        ValueError: it is not there; or what is given is no name of a variable (perhaps the key itself).
    """
    if key_env is None and key_file is None:
        return None
    if key_file is not None:
        try:
            text = key_file.expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):  # the path may be the key itself, written there by mistake
            raise ValueError("key_file can't be read; name a file with nothing but the key in it") from None
        where = "the file of key_file is empty; put the key into it"
    elif key_env and re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", key_env):
        text = os.environ.get(key_env, "").strip()
        where = (
            f"the environment variable {key_env} is not set; set it to the service's key, or name a file by key_file"
        )
    else:
        raise ValueError("key_env must be the name of an environment variable, in capitals; never write the key there")
    if text and not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("the key must be one line of letters, digits and signs without spaces")
    if not text:
        raise ValueError(where)
    return Key(text)
