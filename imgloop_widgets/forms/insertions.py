"""Insertions: a text of the form that is the path of a file stands for that file's content.

A path is `insertions/NAME.html`, below the folder of the configuration. Paths that lead out of this folder, also by
a symbolic link, are refused. A folder of insertions is read through `Insertions`, which remembers what it has read.
Its `*.css` files are styles for the page.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = "insertions"

_ELSEWHERE = re.compile(r"@import\b|(?:url|src|image|image-set)\(\s*[\"']?\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
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
        path = self._folder / name
        if not name.startswith(f"{FOLDER}/") or ".." in Path(name).parts:
            raise ValueError(_outside(name))
        _check_inside(path, self._folder)
        if path not in self._read:
            self._read[path] = read_bytes(path)
        return decode(path, self._read[path]).rstrip("\n")


def _outside(name: str) -> str:
    return f"`{name}` is not within the folder {FOLDER}/ beside the configuration; move the file there"


def _check_inside(path: Path, folder: Path) -> None:
    """Raise ValueError where a path leads out of the folder, by a symbolic link too."""
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links
        inside = False
    if not inside:
        raise ValueError(_outside(path.relative_to(folder).as_posix()))


def read_styles(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield the style sheets among a configuration's insertions, by name. folder: of the configuration.

    Raises:
        ValueError: one can't be read, or loads something from elsewhere, which a worker's page never does.
    """
    for path in sorted((folder / FOLDER).glob("*.css")):
        _check_inside(path, folder)
        content = read_bytes(path)
        if found := _ELSEWHERE.search(decode(path, content)):
            raise ValueError(f"the file {path.name} loads something from elsewhere ({found[0]}…); remove it")
        yield path, content


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
