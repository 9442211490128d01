"""Whole sessions as columns: the rows of the store taken apart, and checked as the fold would check them.

    rows  →  kinds, places, moments; the JSON of each kind of event read at once (pyarrow)  →  `Piece`, or `Unusual`

The legal steps come from the same table as the fold's (`loop.NEXT`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import KINDS, Event, from_record
from imgloop_widgets.loop import NEXT
from imgloop_widgets.store.log import Row

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CODES = {name: code for code, name in enumerate(KINDS)}
OPENED, ANSWERED, PROMPTED, SHOWN, FAILED, SCORED, FINISHED = range(len(KINDS))
"""A number for each kind of event, in the order of `KINDS`."""

AFTER = {CODES[kind.__name__]: after for (_, kind), after in NEXT.items()}
"""The phase after an event of a kind: it is the same wherever the event is legal."""

LEGAL = np.array(
    [[(before, kind) in NEXT for kind in KINDS.values()] for before in (AFTER[c] for c in range(len(KINDS)))]
)
"""Whether an event of one kind (column) may follow one of another (row)."""

FIELDS: dict[int, dict[str, str]] = {
    OPENED: dict.fromkeys(
        ("study", "study_hash", "arm", "worker_id", "unit_id", "target_id", "target_sha256"), "string"
    )
    | {"seed": "int64", "auto_submit_at": "string", "deadline": "string"}
    | {"form_version": "int64", "position": "int64", "stratum": "string"},
    PROMPTED: {"attempt": "int64", "prompt": "string", "seed": "int64", "idempotency_key": "string"},
    SHOWN: {
        "attempt": "int64",
        "image_sha256": "string",
        "wait_s": "double",
        "generator": "string",
        "version": "string",
    }
    | {"width": "int64", "height": "int64"},
    FAILED: {"attempt": "int64", "failure": "string", "wait_s": "double", "incident": "string"},
    SCORED: {"attempt": "int64", "score": "int64"},
    FINISHED: {"reason": "string"},
}
"""Kind of event → its fields that stand in a frame, with their types; and those that must only be there."""

UNTIL = ("auto_submit_at", "deadline")
"""Fields that are only looked at: whether they are moments, as the fold wants them."""

OPTIONAL = {"version": "", "incident": None, **dict.fromkeys((*UNTIL, "form_version", "position", "stratum"))}
"""Fields that an event may lack, with what stands for them."""


class Unusual(Exception):
    """A piece that the fold has to look into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some whole sessions. session: of each event, 0, 1, … first: the place of each session's first event.

    at: microseconds since 1970. fields: kind → its fields as columns. places: kind → the places of its events.
    """

    rows: Sequence[Row]
    code: Ints
    session: Ints
    first: Ints
    at: Ints
    fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    places: dict[int, Ints] = field(default_factory=dict)


def by_session(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield the rows of each session. That they begin with seq 0 was checked by then."""
    starts = [place for place, row in enumerate(rows) if row[1] == 0]
    return (rows[a:b] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True))


def logs_of(rows: Sequence[Row]) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Yield the rows as logs of events. Raises: StoreError: one can't be read."""
    for session_id, own in groupby(rows, key=lambda row: row[0]):
        yield session_id, tuple(_event(row) for row in own)


def _event(row: Row) -> Event:
    session_id, seq, kind, at, data = row
    try:
        return from_record({**json.loads(data), "session_id": session_id, "seq": seq, "kind": kind, "at": at})
    except (StoreError, ValueError, TypeError) as error:
        raise StoreError(f"session {session_id}: event {seq} can't be read ({error}); restore a backup") from error


def piece_of(rows: Sequence[Row]) -> Piece:
    """Return the rows as columns. Raises: Unusual: something in them is not as it should be."""
    ids, seqs, kinds, moments, data = zip(*rows, strict=True)
    try:
        code = np.fromiter(map(CODES.__getitem__, kinds), dtype="int64", count=len(rows))
    except KeyError as error:
        raise Unusual(f"kind {error}") from error
    seq = np.array(seqs, dtype="int64")
    names = np.array(ids, dtype=object)
    begins = np.append(True, names[1:] != names[:-1])
    first, session = np.flatnonzero(begins), np.cumsum(begins) - 1
    if (seq != np.arange(len(rows)) - first[session]).any():
        raise Unusual("a gap")
    piece = Piece(rows=rows, code=code, session=session, first=first, at=_moments(moments))
    for kind, fields in FIELDS.items():
        piece.places[kind] = np.flatnonzero(code == kind)
        piece.fields[kind] = _parsed([data[place] for place in piece.places[kind]], fields)
    del piece.fields[PROMPTED]["idempotency_key"]
    for name in UNTIL:
        _moments(piece.fields[OPENED].pop(name).drop_null().to_pylist())
    _check(piece)
    return piece


def _check(piece: Piece) -> None:
    """Raises: Unusual: a session's events can't follow each other like this."""
    code, session = piece.code, piece.session
    begins = np.zeros(len(code), dtype=bool)
    begins[piece.first] = True
    if (code[piece.first] != OPENED).any() or not LEGAL[code[:-1], code[1:]][~begins[1:]].all():
        raise Unusual("a step that is not legal")
    if (np.bincount(session[code == ANSWERED], minlength=len(piece.first)) > 1).any():
        raise Unusual("answers twice")
    before = np.cumsum(code == SHOWN) - (code == SHOWN)  # images of all sessions before this event
    shown = before - before[piece.first][session]
    for kind in (PROMPTED, SHOWN, FAILED, SCORED):
        places = piece.places[kind]
        number = shown[places] + (kind != SCORED)
        if (piece.fields[kind]["attempt"] != number).any():
            raise Unusual("the number of an attempt")


def _moments(texts: Sequence[str]) -> Ints:
    """Return moments as microseconds since 1970. Raises: Unusual: one is no moment with a time zone."""
    import pyarrow as pa

    try:
        moments = pa.array(texts, pa.string()).cast(pa.timestamp("us", tz="UTC"))
    except pa.ArrowException as error:
        raise Unusual(str(error)) from error
    result: Ints = moments.cast(pa.int64()).to_numpy()
    return result


def _parsed(texts: Sequence[str], fields: dict[str, str]) -> dict[str, Any]:
    """Return the fields of JSON objects: text as Arrow's columns, numbers as numpy's. Raises: Unusual."""
    import pyarrow as pa
    import pyarrow.json as reader

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in fields.items()])
    if texts:
        lines = "\n".join(texts).encode()
        parse = reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        block = max(len(lines), 1 << 20) + 1  # in one piece: a line longer than a block is an error
        try:
            table = reader.read_json(pa.BufferReader(lines), reader.ReadOptions(block_size=block), parse)
        except pa.ArrowException as error:
            raise Unusual(str(error)) from error
    else:
        table = schema.empty_table()
    if table.num_rows != len(texts):
        raise Unusual("JSON of several lines")
    columns: dict[str, Any] = {}
    for name, kind in fields.items():
        column = table.column(name).combine_chunks()
        if column.null_count and name not in OPTIONAL:
            raise Unusual(f"no {name}")
        if OPTIONAL.get(name) is not None:
            column = column.fill_null(OPTIONAL[name])
        whole = kind == "string" or (kind == "int64" and column.null_count)
        columns[name] = column if whole else column.to_numpy()
    return columns
