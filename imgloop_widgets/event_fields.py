"""The fields of an event as JSON values, and back: moments, tuples, and the plan of a session."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any

from imgloop_widgets.errors import StoreError

MOMENTS = frozenset({"at", "auto_submit_at", "deadline"})  # ISO 8601 text in a record
TUPLES = frozenset({"flags", "steps", "wrong", "items"})  # a list in a record


def as_json(value: Any) -> Any:
    """Return a field's value as JSON values that share nothing with it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [list(one) if isinstance(one, tuple) else one for one in value]
    return value


def values_of(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an event's fields from a record. kind: of the event.

    Raises:
        StoreError: one is missing, or is none.
    """
    where = f"event {record.get('seq')!r} ({kind.__name__})"
    values: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in record:
            values[f.name] = _from_json(f.name, record[f.name], where, may_be_none=f.default is None)
        elif f.default is MISSING and f.default_factory is MISSING:
            raise StoreError(f"{where} has no {f.name!r}")
    return values


def _from_json(name: str, value: Any, where: str, *, may_be_none: bool) -> Any:
    """Return the value of a field. where: of which event, for messages.

    Raises:
        StoreError: it is a moment that is none, or a plan that is none.
    """
    if name in MOMENTS and not (value is None and may_be_none):
        return _moment(value, f"{where}: {name!r}")
    if name in TUPLES and isinstance(value, list):
        value = tuple(tuple(one) if isinstance(one, list) else one for one in value)
    if name == "steps" and not _is_plan(value):
        raise StoreError(f"{where}: 'steps' must be a list of pairs, a name and a kind; not {value!r}")
    return value


def _is_plan(value: object) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(one, tuple) and len(one) == 2 and all(isinstance(part, str) for part in one) for one in value
    )


def _moment(value: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise StoreError(f"{where} must be a moment with a time zone, like 2026-01-31T09:00:00+00:00; not {value!r}")
    return moment
