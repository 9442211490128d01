"""Whole sessions as columns: the packs of the store taken apart, and checked as the fold would check them.

    packs  →  kinds, places, moments; the JSON of each kind of event read at once (pyarrow)  →  `Piece`, or `Unusual`

The legal steps come from the same table as the fold's (`loop.NEXT`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import KINDS, Event, from_record
from imgloop_widgets.loop import NEXT
from imgloop_widgets.store.log import Row
from imgloop_widgets.store.packs import BETWEEN, Pack, in_order, unpacked

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CODES = {name: code for code, name in enumerate(KINDS)}
OPENED, ANSWERED, PROMPTED, SHOWN, FAILED, SCORED, FINISHED = range(7)
"""A number for each kind of event of the loop, in the order of `KINDS`; what stands before and after it comes later."""

LOOP = tuple(KINDS.values())[: FINISHED + 1]
"""The kinds of a session that has nothing but the loop; the fold looks into any other."""

AFTER = {CODES[kind.__name__]: after for (_, kind), after in NEXT.items() if kind in LOOP}
"""The phase after an event of the loop: it is the same wherever the event is legal."""

LEGAL = np.array([[(AFTER[before], kind) in NEXT for kind in LOOP] for before in range(len(LOOP))])
"""Whether an event of one kind (column) may follow one of another (row)."""

FIELDS: dict[int, dict[str, str]] = {
    OPENED: dict.fromkeys(
        ("study", "study_hash", "arm", "worker_id", "unit_id", "target_id", "target_sha256"), "string"
    )
    | {"seed": "int64", "auto_submit_at": "string", "deadline": "string"}
    | {"form_version": "int64", "position": "int64", "stratum": "string", "gold": "bool"},
    PROMPTED: {"attempt": "int64", "prompt": "string", "seed": "int64", "idempotency_key": "string"}
    | {"images": "int64", "variation_of": "string"},
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
    FINISHED: {"reason": "string", "wrong": "list"},
}
"""Kind of event → its fields that stand in a frame, with their types; and those that must only be there."""

UNTIL = ("auto_submit_at", "deadline")
"""Fields that are only looked at: whether they are moments, as the fold wants them."""

OPTIONAL = {
    **{"version": "", "images": 1, "variation_of": None, "incident": None, "gold": False},
    **dict.fromkeys((*UNTIL, "form_version", "position", "stratum", "wrong")),
}
"""Fields that an event may lack, with what stands for them."""


class Unusual(Exception):
    """A piece that the fold has to look into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some whole sessions. session: of each event, 0, 1, … first: the place of each session's first event.

    ids: of the sessions. at: microseconds since 1970. data: of each event, as it is stored (Arrow). fields: kind → its
    fields as columns. places: kind → the places of its events.
    """

    ids: Sequence[str]
    code: Ints
    session: Ints
    first: Ints
    at: Ints
    data: Any
    fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    places: dict[int, Ints] = field(default_factory=dict)


def logs_of(packs: Sequence[Pack]) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Yield the packs as logs of events. Raises: StoreError: one can't be read."""
    for rows in unpacked(packs):
        yield rows[0][0], tuple(map(_event, rows))


def _event(row: Row) -> Event:
    session_id, seq, kind, at, data = row
    try:
        return from_record({**json.loads(data), "session_id": session_id, "seq": seq, "kind": kind, "at": at})
    except (StoreError, ValueError, TypeError) as error:
        raise StoreError(f"session {session_id}: event {seq} can't be read ({error}); restore a backup") from error


def piece_of(packs: Sequence[Pack]) -> Piece:
    """Return the packs as columns. Raises: Unusual: something in them is not as it should be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids, seqs, *joined = zip(*packs, strict=True)
    (kinds, sizes), (moments, of_moments), (data, of_data) = map(_events, joined)
    if (sizes != of_moments).any() or (sizes != of_data).any():
        raise Unusual("what stands between values in a value")
    orders = {size: in_order(size) for size in set(sizes.tolist())}
    if any(seq != orders[size] for seq, size in zip(seqs, sizes.tolist(), strict=True)):
        raise Unusual("a gap")
    code = pc.index_in(kinds, value_set=pa.array(KINDS, kinds.type))
    if code.null_count:
        raise Unusual("a kind")
    if _has_steps(code.to_numpy(), data):
        raise Unusual("steps before or after the loop")
    piece = Piece(
        ids=ids,
        code=code.to_numpy().astype("int64"),
        session=np.repeat(np.arange(len(ids)), sizes),
        first=np.cumsum(sizes) - sizes,
        at=_moments(moments),
        data=data,
    )
    for kind, fields in FIELDS.items():
        piece.places[kind] = np.flatnonzero(piece.code == kind)
        piece.fields[kind] = _parsed(data.take(pa.array(piece.places[kind])), fields)
    del piece.fields[PROMPTED]["idempotency_key"]
    prompted = piece.fields[PROMPTED]
    if (prompted.pop("images") != 1).any() or len(prompted.pop("variation_of").drop_null()):
        raise Unusual("several images of a prompt")
    for name in UNTIL:
        _moments(piece.fields[OPENED].pop(name).drop_null())
    _check(piece)
    return piece


def passed(piece: Piece) -> tuple[Flags, Flags]:
    """Return of each session whether it is a gold that was passed, and whether that is not known."""
    import pyarrow.compute as pc

    places, wrong = piece.session[piece.places[FINISHED]], piece.fields[FINISHED]["wrong"]
    passed, unknown = np.zeros(len(piece.first), dtype=bool), np.ones(len(piece.first), dtype=bool)
    passed[places] = pc.equal(pc.list_value_length(wrong), 0).fill_null(False).to_numpy(zero_copy_only=False)
    unknown[places] = pc.is_null(wrong).to_numpy(zero_copy_only=False)
    return passed, unknown


def _has_steps(code: Ints, data: Any) -> bool:
    """Whether a session has more than the loop. data: of all events."""
    import pyarrow as pa
    import pyarrow.compute as pc

    opened = data.take(pa.array(np.flatnonzero(code == OPENED)))
    none = pc.or_(pc.match_substring(opened, '"steps": []'), pc.invert(pc.match_substring(opened, '"steps": ')))
    return bool((code > FINISHED).any()) or not pc.all(none).as_py()


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


def _events(joined: Sequence[str]) -> tuple[Any, Ints]:
    """Return the values of all events (Arrow), and how many there are of each session."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pc.split_pattern(pa.array(joined, pa.large_string()), BETWEEN)
    return values.flatten(), values.value_lengths().to_numpy().astype("int64")


def _moments(texts: Any) -> Ints:
    """Return moments as microseconds since 1970. Raises: Unusual: one is no moment with a time zone."""
    import pyarrow as pa

    try:
        moments = texts.cast(pa.timestamp("us", tz="UTC"))
    except pa.ArrowException as error:
        raise Unusual(str(error)) from error
    result: Ints = moments.cast(pa.int64()).to_numpy()
    return result


def _parsed(texts: Any, fields: dict[str, str]) -> dict[str, Any]:
    """Return the fields of JSON objects: text as Arrow's columns, numbers as numpy's. Raises: Unusual.

    texts: of Arrow.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as reader

    types = {"list": pa.list_(pa.string())}
    schema = pa.schema([(name, types.get(kind) or pa.type_for_alias(kind)) for name, kind in fields.items()])
    if len(texts):
        parse = reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        try:
            lists = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts.cast(pa.string()))
            lines = pc.binary_join(lists, "\n")[0].as_buffer()
            block = max(lines.size, 1 << 20) + 1  # in one piece: a line longer than a block is an error
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
        whole = kind in ("string", "list") or (kind == "int64" and column.null_count)
        columns[name] = column if whole else column.to_numpy(zero_copy_only=kind != "bool")
    return columns
