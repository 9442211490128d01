"""A folder of images, changed as a careful person would: comments and order stay, and nothing is half done.

    images/targets/<id>.webp    first: a file that no list names does no harm
    images/prompts.toml         then: the hidden prompt and seed of a target that was made, and its calibration
    images/targets.toml         last: from now on it is a target

Each is written under another name and renamed. Who is interrupted runs the same command again. All mistakes are found
before anything is written. Two commands at once wait for each other.
"""

import contextlib
import fcntl
import io
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import tomlkit
from PIL import Image, UnidentifiedImageError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable
from tomlkit.toml_document import TOMLDocument

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.library import FILE, NAME, Library, Target, load_library

PROMPTS = "prompts.toml"
HEAD = {
    FILE: "# The targets: see imgloop_widgets/library.py for what each line means.\n",
    PROMPTS: "# The prompts that targets were made from, hidden from workers: nobody serves this file.\n",
}
SMALLEST, MOST_PIXELS, MOST_BYTES = 64, 4096 * 4096, 8 * 1024 * 1024
"""Pixels on a side, pixels in all, bytes of the file: what a worker's page can show and is sent in good time."""

KEPT = {"WEBP": ".webp", "PNG": ".png", "JPEG": ".jpg"}
"""Format → ending of files that are kept as they are, where nothing but the picture is in them."""

SILENT = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "background", "loop", "duration"}) | {
    "timestamp", "progressive", "progression", "gamma", "srgb", "transparency", "interlace", "aspect", "chromaticity",
}  # fmt: skip
"""What Pillow notes of a file that tells nothing of where it is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTarget:
    """What is to be known of a target; the fields are those of targets.toml."""

    id: str
    category: str
    source: str
    licence: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """How a target was made; workers never see it. options: of the generator, JSON values."""

    prompt: str
    seed: int
    generator: str
    version: str
    options: Mapping[str, Any] = field(default_factory=dict)


def add(folder: Path, about: NewTarget, image: bytes, hidden: Hidden | None = None) -> Target:
    """Add a target to a folder of images, and return it. image: a file.

    What is written into the file beside the picture (a camera's notes, a prompt) is left out: then, or where it is of
    another format, it is stored as WebP, else as it is.

    Raises:
        ConfigurationError: all that is wrong with it, or with the folder as it is; nothing was written.
    """
    with locked(folder):
        targets = document(folder, FILE)
        prompts = document(folder, PROMPTS) if hidden else None
        problems = [*_problems(folder, targets, about), *_of_image(image)]
        if problems:
            raise ConfigurationError(problems)
        data, ending = _silent(image)
        file = f"targets/{about.id}{ending}"
        if (folder / file).is_file() and (folder / file).read_bytes() != data:
            what = f"is there already, and is another image; name another --id, or remove {file}"
            raise ConfigurationError([Problem(file, what)])
        row = {"id": about.id, "category": about.category, "file": file, "sha256": sha256(data).hexdigest()}
        row |= {name: getattr(about, name) for name in ("source", "licence", "alt")}
        append(targets, row)
        if prompts is not None and hidden is not None:
            append(prompts, {"id": about.id, **_row(hidden)}, instead=about.id)
        write(folder / file, data)
        if prompts is not None:
            write(folder / PROMPTS, tomlkit.dumps(prompts).encode())
        write(folder / FILE, tomlkit.dumps(targets).encode())
    return load_library(folder, verify=False).target(about.id)


def _row(hidden: Hidden) -> dict[str, Any]:
    row = {f.name: getattr(hidden, f.name) for f in fields(Hidden)}
    return {name: value for name, value in row.items() if name != "options" or value}


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes the folder. Raises: ConfigurationError: there is no such folder."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        what = f"can't be used ({error.strerror}); make the folder, or correct `images` in the study file"
        raise ConfigurationError([Problem(str(folder), what)]) from None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def document(folder: Path, name: str) -> TOMLDocument:
    """Return a file that holds [[target]] tables, with its comments; a new one where it is not there.

    Raises:
        ConfigurationError: it can't be read, or is not such a file.
    """
    try:
        text = (folder / name).read_text(encoding="utf-8")
        found = tomlkit.parse(text)
        rows = tomllib.loads(text).get("target", [])
    except FileNotFoundError:
        return tomlkit.parse(HEAD[name])
    except (OSError, UnicodeDecodeError, TOMLKitError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError([Problem(name, f"can't be read ({error}); correct it first")]) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError([Problem(f"{name} target", "must be a list of tables; begin each with [[target]]")])
    return found


def rows_of(found: TOMLDocument) -> list[Any]:
    """Return the tables [[target]] of a document, to be changed in place."""
    rows = found.get("target")
    return list(rows) if isinstance(rows, AoT) else []


def append(found: TOMLDocument, row: Mapping[str, Any], *, instead: str | None = None) -> None:
    """Add a [[target]] after the others. instead: an id: in place of what is there of it."""
    rows = found.get("target")
    if not isinstance(rows, AoT):
        found["target"] = rows = tomlkit.aot()
    for index, other in enumerate(rows):
        if instead is not None and other.get("id") == instead:
            del rows[index]
            break
    if len(rows):
        last = rows[-1]
        if not tomlkit.dumps(last).endswith("\n\n"):
            last.add(tomlkit.nl())
    table = tomlkit.table()
    for key, value in row.items():
        table.add(key, inline(value) if isinstance(value, Mapping) else value)
    rows.append(table)


def inline(values: Mapping[str, Any]) -> InlineTable:
    """Return the values as a table in one line."""
    table = tomlkit.inline_table()
    for key, value in values.items():
        table.append(key, value)
    return table


def write(file: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def library_of(folder: Path) -> Library:
    """Return the library of a folder, also where it has no target yet.

    Raises:
        ConfigurationError: it has mistakes.
    """
    if not rows_of(document(folder, FILE)):
        return Library(folder=folder, targets=())
    return load_library(folder, verify=False)


def _problems(folder: Path, targets: TOMLDocument, about: NewTarget) -> Iterator[Problem]:
    """What is wrong with what is to be added, and with what is there."""
    for name in ("id", "category"):
        if not NAME.fullmatch(getattr(about, name)):
            yield Problem(f"--{name}", f"must be letters, digits, - and _; not {getattr(about, name)!r}")
    for name in ("source", "licence", "alt"):
        if not getattr(about, name).strip():
            yield Problem(f"--{name}", "must not be empty; write a few words")
    rows = rows_of(targets)
    if any(row.get("id") == about.id for row in rows):
        yield Problem("--id", f"{about.id!r} is that of a target already; choose another one")
    if rows:
        try:
            load_library(folder, verify=False)
        except ConfigurationError as error:
            yield from error.problems


def _of_image(data: bytes) -> Iterator[Problem]:
    """What is wrong with an image file."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            frames = getattr(image, "n_frames", 1)
            if width * height <= MOST_PIXELS:
                image.load()
    except UnidentifiedImageError:
        yield Problem("the image", "is no image that can be read; give a WebP, PNG or JPEG")
        return
    except Exception as error:  # on a damaged file, a decoder may raise anything
        yield Problem("the image", f"can't be read ({error}); look at the file, or make it again")
        return
    if min(width, height) < SMALLEST or width * height > MOST_PIXELS:
        what = f"has {width} x {height} pixels; it must have {SMALLEST} on each side, and {MOST_PIXELS} in all at most"
        yield Problem("the image", what)
    if frames > 1:
        yield Problem("the image", f"moves ({frames} frames); take one of them")
    if len(data) > MOST_BYTES:
        megabytes = MOST_BYTES // 1024**2
        yield Problem(
            "the image", f"has {len(data):,} bytes; at most {megabytes} MB, for workers on a phone wait for it"
        )


def _silent(data: bytes) -> tuple[bytes, str]:
    """Return the image without anything beside the picture, and the ending of its file."""
    from imgloop_widgets.generators.contract import Generated
    from imgloop_widgets.generators.making import encode

    with Image.open(io.BytesIO(data)) as image:
        kind = image.format or ""
        image.load()
        if kind in KEPT and not image.getexif() and not set(image.info) - SILENT:
            return data, KEPT[kind]
    return encode(Generated(image=data)).webp, KEPT["WEBP"]
