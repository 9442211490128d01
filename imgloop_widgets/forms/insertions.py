"""Insertions: a text of the form that is the path of a file stands for that file's content.

A path is `insertions/NAME.html`, below the folder of the configuration. Paths that lead out of this folder, also by
a symbolic link, are refused. A folder of insertions is read through `Insertions`, which remembers what it has read.
"""

import re
from collections.abc import Mapping
from pathlib import Path

_PATH = re.compile(r"[^\s<>:]*/[^\s<>:]*\.html?", re.IGNORECASE)


def is_insertion(text: str) -> bool:
    """Whether the text is nothing but the path of an HTML file."""
    return _PATH.fullmatch(text.strip()) is not None


class Insertions:
    """The insertions of one configuration's folder, each read once.

    folder: the folder of the configuration, which holds the folder `insertions`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, bytes] = {}

    @property
    def contents(self) -> Mapping[Path, bytes]:
        """The files read so far, in order, each with its content."""
        return self._read

    def read(self, text: str) -> str:
        """Return the content of the file.

        text: a path for which `is_insertion` is true.

        Raises:
            ValueError: the path leads out of the folder, or there is no readable file; the text says which.
        """
        name = text.strip()
        home = self._folder / "insertions"
        path = self._folder / name
        # The resolved path is compared too, for links; a loop of links raises.
        try:
            inside = path.resolve().is_relative_to(self._folder.resolve())
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not name.startswith("insertions/") or ".." in Path(name).parts or not inside:
            raise ValueError(
                f"`{name}` is not within the folder {home.name}/ beside the configuration; move the file there"
            )
        if path not in self._read:
            self._read[path] = read_bytes(path)
        return decode(path, self._read[path]).rstrip("\n")


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        ValueError: it can't be read; the text says why.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"the file {path.name} does not exist") from None
    except OSError as error:
        raise ValueError(f"the file {path.name} can't be read ({error.strerror})") from None


def decode(path: Path, content: bytes) -> str:
    """Return the text of a file in UTF-8.

    Raises:
        ValueError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"the file {path.name} is not in UTF-8 (line {line}); save it as UTF-8") from None
