"""Images that were made, kept before their event is: what was paid for is found again, whoever died on the way.

Each is found by the idempotency key of its prompt (the same image, owed still), and by its recipe (the same generator,
version, options, prompt and seed: the cache, where a study wants one).
"""

import json
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, text

from imgloop_widgets.events import Generation
from imgloop_widgets.store.log import moment, to_json

_KEEP = text(
    """INSERT INTO generations (idempotency_key, recipe, session_id, at, data)
       VALUES (:key, :recipe, :session_id, :at, :data) ON CONFLICT (idempotency_key) DO NOTHING"""
)
_BY_KEY = text("SELECT data FROM generations WHERE idempotency_key = :key")
_BY_RECIPE = text("SELECT data FROM generations WHERE recipe = :recipe ORDER BY at, idempotency_key LIMIT 1")


_NAMES = frozenset(f.name for f in fields(Generation))


def keep(
    connection: Connection, key: str, recipe: str, session_id: str | None, at: datetime, generation: Generation
) -> None:
    """Keep what was made; where something is kept under this key already, that stays."""
    values = asdict(generation)
    row = {"key": key, "recipe": recipe, "session_id": session_id, "at": moment(at)}
    connection.execute(_KEEP, {**row, "data": to_json(values, f"the generation {key}")})


def by_key(connection: Connection, key: str) -> Generation | None:
    """Return what was made under this idempotency key; None: nothing."""
    return _read(connection.scalar(_BY_KEY, {"key": key}))


def by_recipe(connection: Connection, recipe: str) -> Generation | None:
    """Return the first that was made by this recipe; None: there is none."""
    return _read(connection.scalar(_BY_RECIPE, {"recipe": recipe}))


def _read(data: str | None) -> Generation | None:
    if data is None:
        return None
    values = {name: value for name, value in json.loads(data).items() if name in _NAMES}
    return Generation(**{**values, "flags": tuple(values.get("flags", ()))})
