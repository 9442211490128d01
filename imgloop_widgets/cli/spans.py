"""A span of time as it is typed: 90m, 12h, 7d, 2w."""

import re
from datetime import UTC, datetime, timedelta

import typer

_SPAN = re.compile(r"([0-9]{1,5})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def span_of(text: str, name: str) -> timedelta:
    """Return the span, more than nothing. name: of the argument. Raises: BadParameter: it is none."""
    found = _SPAN.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise typer.BadParameter(f"must be like 90m, 12h, 7d or 2w; not {text!r}", param_hint=name)
    return int(found[1]) * _UNITS[found[2]]


def until(text: str, name: str) -> datetime:
    """Return when the span is over that begins now, in whole seconds. Raises: BadParameter: see `span_of`."""
    try:
        return (datetime.now(UTC) + span_of(text, name)).replace(microsecond=0)
    except OverflowError:
        raise typer.BadParameter(f"is too long: {text!r}", param_hint=name) from None
