"""How a generator or a scorer is named on the command line: `[LABEL=]NAME[:OPTION=VALUE,OPTION=VALUE…]`.

    scenes      scenes:quality=basic,size=256      weak=scenes:quality=basic      clip:path=/models/ViT-B-32.pt

A value is what it would be in the study file: true, 3, 0.5; anything else is text.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import typer

LABEL = re.compile(r"[\w][\w.:+-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """label: what it is called in tables. name: of the generator or scorer. options: by name."""

    label: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)


def named(texts: Iterable[str], option: str, *, whole: bool) -> dict[str, Named]:
    """Return label → what is named. whole: without a label, the whole text is one; else the name alone.

    Raises:
        typer.BadParameter: a text is not written so, or a label is there twice.
    """
    found: dict[str, Named] = {}
    for text in texts:
        one = _named(text, option, whole)
        if one.label in found:
            wrong = f"{one.label!r} is there more than once; give one of them a label: LABEL={text}"
            raise typer.BadParameter(wrong, param_hint=option)
        found[one.label] = one
    return found


def _named(text: str, option: str, whole: bool) -> Named:
    head, colon, tail = text.partition(":")
    label, equals, name = head.partition("=")
    if not equals:
        label, name = (text if whole else head), head
    pairs = [part.partition("=") for part in tail.split(",")] if colon else []
    if not name or not label or not all(key and sign for key, sign, _ in pairs):
        wrong = f"must be written NAME or NAME:OPTION=VALUE,…, with LABEL= before it where wanted; not {text!r}"
        raise typer.BadParameter(wrong, param_hint=option)
    if equals and not LABEL.fullmatch(label):
        wrong = f"a label may have up to 64 letters, digits and _ . : + -; not {label!r}"
        raise typer.BadParameter(wrong, param_hint=option)
    return Named(label=label, name=name, options={key: _value(value) for key, _, value in pairs})


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
