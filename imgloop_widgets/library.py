"""The folder of images: targets, and the pictures that a generator may return for a category.

    images/targets.toml                the list of targets, strict: every key is checked, every mistake is told at once
    images/targets/bears-01.webp       a target
    images/library/bears/*.webp        what may be returned for the category "bears"

A target in targets.toml:

    [[target]]
    id = "bears-01"
    category = "bears"
    file = "targets/bears-01.webp"     # within the folder
    sha256 = "9f2c…"                   # of the file, 64 hexadecimal digits
    source = "drawn by Scenes"
    licence = "CC0-1.0"
    alt = "A brown bear on a meadow."  # what a screen reader says; must not be empty
"""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from PIL import ExifTags, Image
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from imgloop_widgets.errors import ConfigurationError, Problem

FILE = "targets.toml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What the id of a target, and a category, may be."""

SUFFIXES = (".webp", ".png", ".jpg", ".jpeg")
"""The endings of files that count as images of the library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An image that workers are to come close to.

    file: its path. sha256: hexadecimal, of the file. source, licence: where it is from, what may be done with it.
    alt: its alternative text.
    """

    id: str
    category: str
    file: Path
    sha256: str
    source: str
    licence: str
    alt: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as it is shown, from the head of the file."""
        with Image.open(self.file) as image:
            lying = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5  # a phone held upright
            return (image.height, image.width) if lying else image.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The targets, in the order of the file, and the library's images by category."""

    folder: Path
    targets: tuple[Target, ...]

    def target(self, id: str) -> Target:
        """Return the target of this id.

        Raises:
            ConfigurationError: there is none; the text names the nearest one.
        """
        for target in self.targets:
            if target.id == id:
                return target
        known = [target.id for target in self.targets]
        raise ConfigurationError([Problem(FILE, f"there is no target {id!r}; {_nearest(id, known)}")])

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of all targets, each once, in the order of the file."""
        return tuple(dict.fromkeys(target.category for target in self.targets))

    def images(self, category: str) -> tuple[Path, ...]:
        """Return the library's images of a category, sorted by name.

        Raises:
            ConfigurationError: no target has this category.
        """
        if category not in self.categories:
            raise ConfigurationError(
                [Problem(FILE, f"there is no category {category!r}; {_nearest(category, list(self.categories))}")]
            )
        return _images(self.folder, category)


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: _Name
    category: _Name
    file: _Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    source: _Text
    licence: _Text
    alt: _Text


_WORDS = {
    "missing": "is missing; add it",
    "string_type": "must be text in quotes; not {input!r}",
    "string_too_short": "must not be empty; write a few words",
}
_PATTERNS = {
    "sha256": "must be 64 hexadecimal digits (0-9, a-f); not {input!r}",
    "id": "must be letters, digits, - and _; not {input!r}",
    "category": "must be letters, digits, - and _; not {input!r}",
}


def load_library(folder: Path, *, verify: bool = True) -> Library:
    """Return the library of a folder.

    verify: hash and decode every image, too; without it only their presence is checked (fast, for a worker's page).

    Raises:
        ConfigurationError: all mistakes of the folder, each with its place.
    """
    data = _read(folder)
    problems: list[Problem] = []
    targets: list[Target] = []
    for key in data:
        if key != "target":
            problems.append(Problem(f"{FILE} {key}", f"is not known here; {_nearest(key, ['target'])}"))
    rows = data.get("target", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(
            [*problems, Problem(f"{FILE} target", "must be a list of tables; begin each with [[target]]")]
        )
    if not rows:
        problems.append(Problem(f"{FILE} target", "has no targets; add at least one [[target]]"))

    first: dict[str, int] = {}
    whole = folder.resolve()
    for number, row in enumerate(rows):
        where = f"{FILE} target[{number}]"
        twin = first.setdefault(row["id"], number) if isinstance(row.get("id"), str) else number
        if twin != number:
            problems.append(Problem(f"{where}.id", f"{row['id']!r} is that of target[{twin}], too; give each its own"))
        try:
            entry = _Row.model_validate(row)
        except ValidationError as error:
            problems += _explained(error, where, _digest(folder, row))
        else:
            problems += _checked(folder, whole, entry, where, verify, targets)
    problems += _broken(folder, rows) if verify else ()
    if problems:
        raise ConfigurationError(problems)
    return Library(folder=folder, targets=tuple(targets))


def _read(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        problem = Problem(str(folder), f"there is no such folder; it should hold {FILE}, targets/ and library/")
        raise ConfigurationError([problem])
    try:
        return _parsed((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError([Problem(FILE, f"is missing in {folder}; it lists the targets")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem(FILE, f"can't be read as UTF-8 text: {error}")]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Problem(FILE, f"is not valid TOML: {error}")]) from error  # it names line and column


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, Any]:
    """Return what a list of targets says. The same for the same text: nobody may change it."""
    return tomllib.loads(text)


def _explained(error: ValidationError, where: str, digest: str | None) -> Iterator[Problem]:
    """Say what pydantic found in plain words. digest: of the file, where there is one."""
    for found in error.errors():
        field, kind = str(found["loc"][0]), found["type"]
        if kind == "extra_forbidden":
            yield Problem(f"{where}.{field}", f"is not known here; {_nearest(field, list(_Row.model_fields))}")
        else:
            words = _PATTERNS[field] if kind == "string_pattern_mismatch" else _WORDS.get(kind, found["msg"])
            hint = f"; the file's is {digest}" if field == "sha256" and digest else ""
            yield Problem(f"{where}.{field}", words.format(input=found["input"]) + hint)


def _checked(
    folder: Path, whole: Path, row: _Row, where: str, verify: bool, targets: list[Target]
) -> Iterator[Problem]:
    """Check a target's file; add the target where it is as it should be. whole: the folder without links."""
    path = folder / row.file
    if os.path.isabs(row.file) or not _is_within(whole, os.path.realpath(path)):
        yield Problem(f"{where}.file", f"must lie within the folder of {FILE}; not {row.file!r}")
        return
    if not path.is_file():
        yield Problem(f"{where}.file", f"there is no file {row.file!r}; {_nearest(row.file, _beside(folder, path))}")
        return
    if verify:
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        if digest != row.sha256:
            yield Problem(f"{where}.sha256", f"is not that of {row.file}; the file has {digest}. Has it been changed?")
            return
        if not _is_image(path):
            yield Problem(f"{where}.file", f"{row.file} is not an image that can be read; make it again")
            return
    targets.append(Target(id=row.id, category=row.category, file=path, sha256=row.sha256, source=row.source,
                          licence=row.licence, alt=row.alt))  # fmt: skip


def _is_within(folder: Path, file: str) -> bool:
    return file.startswith(f"{str(folder).rstrip(os.sep)}{os.sep}")


def _broken(folder: Path, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    """Find images of the library that can't be read."""
    categories = dict.fromkeys(row["category"] for row in rows if isinstance(row.get("category"), str))
    for category in categories:
        if _nested(category):
            continue  # said already: it is no name
        for image in _images(folder, category):
            if not _is_image(image):
                yield Problem(
                    f"library/{category}/{image.name}",
                    "is not an image that can be read; make it again or take it away",
                )


def _digest(folder: Path, row: dict[str, Any]) -> str | None:
    """The hash a row should have, to be copied from the message."""
    file = folder / str(row.get("file"))
    inside = file.resolve().is_relative_to(folder.resolve())
    return sha256(file.read_bytes()).hexdigest() if inside and file.is_file() else None


def _nested(category: str) -> bool:
    return Path(category).name != category


def _images(folder: Path, category: str) -> tuple[Path, ...]:
    place = folder / "library" / category
    if not place.is_dir():
        return ()
    return tuple(sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()))


def _is_image(path: Path) -> bool:
    """Whether the file is an image that can be decoded to its end."""
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises for a broken file
        return False
    return True


def _beside(folder: Path, path: Path) -> list[str]:
    if not path.parent.is_dir():
        return []
    return sorted(p.relative_to(folder).as_posix() for p in path.parent.iterdir() if p.is_file())


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(sorted(known)[:12])}" if known else "there are none"
