"""The content of a form's files, as values of JSON. JSON is read strictly; in TOML days and times become texts."""

import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from imgloop_widgets.forms.insertions import decode
from imgloop_widgets.forms.shorthand import plain_values

_MOST_DIGITS = 1_000
"""Python refuses to read whole numbers of very many digits; here they are infinite, and the schema refuses them."""


class Content(NamedTuple):
    """value: what the file holds. twice: keys that stand twice in one of its objects."""

    value: Any
    twice: tuple[str, ...]


def read_content(file: Path, content: bytes) -> Content:
    """Return what a file holds: TOML if its name says so, else JSON.

    Raises:
        ValueError: it holds neither; the text says where.
    """
    text = decode(file, content)
    return _toml(text) if file.suffix.lower() == ".toml" else _json(text)


def _toml(text: str) -> Content:
    try:
        return Content(plain_values(tomllib.loads(text)), ())
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"this is no TOML ({error})") from None


def _json(text: str) -> Content:
    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(found)

    def constant(name: str) -> None:
        raise ValueError(f"{name} is no JSON value")

    def whole(digits: str) -> float:
        return int(digits) if len(digits) < _MOST_DIGITS else float(digits)

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_int=whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: this is no JSON ({error.msg})") from None
    return Content(value, tuple(twice))
