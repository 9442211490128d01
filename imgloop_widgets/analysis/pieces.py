"""Whole sessions as columns: the packs of the store taken apart, and checked as the fold would check them.

    packs  →  kinds, places, moments; the JSON of each kind of event, read with its types (msgspec)  →  `Piece`
                                                                                                     →  `Unusual`

The legal steps come from the same table as the fold's (`loop.NEXT`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
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

FIELDS: dict[int, dict[str, type]] = {
    OPENED: dict.fromkeys(("study", "study_hash", "arm", "worker_id", "unit_id", "target_id", "target_sha256"), str)
    | {"seed": int, "auto_submit_at": str, "deadline": str}
    | {"form_version": int, "position": int, "stratum": str, "gold": bool, "steps": list},
    ANSWERED: {"answers": dict},
    PROMPTED: {"attempt": int, "prompt": str, "seed": int, "idempotency_key": str}
    | {"images": int, "variation_of": str},
    SHOWN: {"attempt": int, "image_sha256": str, "wait_s": float, "generator": str, "version": str}
    | {"width": int, "height": int},
    FAILED: {"attempt": int, "failure": str, "wait_s": float, "incident": str},
    SCORED: {"attempt": int, "score": int},
    FINISHED: {"reason": str, "wrong": list},
}
"""Kind of event → its fields that stand in a frame, with their types; and those that must only be there."""

MOMENT = len("2026-03-01T00:00:00.000000+00:00")
"""Characters of a moment, as the store has them."""

UNTIL = ("auto_submit_at", "deadline")
"""Fields that are only looked at: whether they are moments, as the fold wants them."""

OPTIONAL: dict[str, Any] = {
    **{"version": "", "steps": (), "images": 1, "gold": False},
    **dict.fromkeys(("incident", "variation_of", *UNTIL, "form_version", "position", "stratum", "wrong")),
}
"""Fields that an event may lack, with what stands for them; where that is None, they may be null too."""


_NUMBERS = {int: "int64", float: "float64", bool: "bool"}


class Unusual(Exception):
    """A piece that the fold has to look into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some whole sessions. session: of each event, 0, 1, … first: the place of each session's first event.

    ids: of the sessions. at: microseconds since 1970. data: of each event, as it is stored. fields: kind → its fields
    as columns: numbers of which none is missing as numpy's, all else as it was read. places: kind → the places of its
    events.
    """

    ids: Sequence[str]
    code: Ints
    session: Ints
    first: Ints
    at: Ints
    data: Sequence[str]
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

    ids, seqs, kinds, moments, data = zip(*packs, strict=True)
    codes = {text: _codes(text) for text in set(kinds)}  # what happens in a session is often the same
    sizes = np.array([len(codes[text]) for text in kinds])
    orders = {size: in_order(size) for size in set(sizes.tolist())}
    if any(seq != orders[size] for seq, size in zip(seqs, sizes.tolist(), strict=True)):
        raise Unusual("a gap")
    texts = BETWEEN.join(data).split(BETWEEN)
    if len(texts) != sizes.sum():  # no session has fewer than its events: none has more
        raise Unusual("what stands between values in a value")
    piece = Piece(
        ids=ids,
        code=np.concatenate([codes[text] for text in kinds]),
        session=np.repeat(np.arange(len(ids)), sizes),
        first=np.cumsum(sizes) - sizes,
        at=_moments(_lines(moments, len(texts))),
        data=texts,
    )
    for kind in FIELDS:
        places = piece.places[kind] = np.flatnonzero(piece.code == kind)
        piece.fields[kind] = _parsed([texts[place] for place in places.tolist()], kind)
    opened, prompted = piece.fields[OPENED], piece.fields[PROMPTED]
    if any(opened.pop("steps")):
        raise Unusual("steps before or after the loop")
    if (prompted.pop("images") != 1).any() or any(prompted.pop("variation_of")):
        raise Unusual("several images of a prompt")
    for name in UNTIL:
        _moments(pa.array([moment for moment in opened.pop(name) if moment is not None], pa.string()))
    _check(piece)
    return piece


def passed(piece: Piece) -> tuple[Flags, Flags]:
    """Return of each session whether it is a gold that was passed, and whether that is not known."""
    places, wrong = piece.session[piece.places[FINISHED]], piece.fields[FINISHED]["wrong"]
    passed, unknown = np.zeros(len(piece.first), dtype=bool), np.ones(len(piece.first), dtype=bool)
    passed[places] = [found == [] for found in wrong]
    unknown[places] = [found is None for found in wrong]
    return passed, unknown


def _codes(kinds: str) -> Ints:
    """Return the numbers of a session's kinds. Raises: Unusual: it has more than the loop."""
    codes = [CODES.get(kind, len(CODES)) for kind in kinds.split(BETWEEN)]
    if max(codes) > FINISHED:
        raise Unusual("a kind")
    return np.array(codes)


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


def _lines(columns: Sequence[str], size: int) -> Any:
    """Return so many moments, joined as a pack has them, as Arrow's strings: they are all of one length.

    Raises: Unusual: they are not, or not so many.
    """
    import pyarrow as pa

    text = (BETWEEN.join(columns) + BETWEEN).encode()
    table = np.frombuffer(text, dtype="uint8")
    if len(table) != size * (MOMENT + 1):
        raise Unusual("moments of another length")
    table = table.reshape(size, MOMENT + 1)
    if (table[:, -1] != ord(BETWEEN)).any() or (table[:, :-1] == ord(BETWEEN)).any():
        raise Unusual("what stands between values in a value")
    offsets = np.arange(size + 1, dtype="int32") * MOMENT
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(table[:, :-1])))


def _moments(texts: Any) -> Ints:
    """Return Arrow's strings as microseconds since 1970. Raises: Unusual: one is no moment with a time zone."""
    import pyarrow as pa

    try:
        moments = texts.cast(pa.timestamp("us", tz="UTC"))
    except pa.ArrowException as error:
        raise Unusual(str(error)) from error
    result: Ints = moments.cast(pa.int64()).to_numpy()
    return result


def _parsed(texts: Sequence[str], kind: int) -> dict[str, Any]:
    """Return the fields of JSON objects as columns. Raises: Unusual: one of them is not as `FIELDS` has it."""
    from msgspec import MsgspecError
    from msgspec.structs import astuple

    fields = FIELDS[kind]
    try:
        rows = map(astuple, map(_decoder(kind).decode, texts))
        values = dict(zip(fields, zip(*rows, strict=True), strict=True)) if texts else dict.fromkeys(fields, ())
        return {name: _column(values[name], name, of) for name, of in fields.items()}
    except (MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise Unusual(str(error)) from error


def _column(values: Sequence[Any], name: str, of: type) -> Any:
    if of not in _NUMBERS or (name in OPTIONAL and None in values):
        return values
    return np.array(values, dtype=_NUMBERS[of])


@cache
def _decoder(kind: int) -> Any:
    """Return what reads the JSON of a kind of event: strictly, each field with its type, and all else passed over."""
    import msgspec

    def declared(name: str, of: type) -> Any:
        if name not in OPTIONAL:
            return name, of
        default = OPTIONAL[name]
        return name, (of | None if default is None else of), default

    fields = [declared(name, of) for name, of in FIELDS[kind].items()]
    return msgspec.json.Decoder(msgspec.defstruct(f"Fields{kind}", fields, kw_only=True, gc=False))
