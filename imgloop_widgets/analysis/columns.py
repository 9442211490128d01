"""The frames of a million attempts: the same as `frames` makes, without an object for each event.

    store.rows  →  a few thousand sessions  →  their JSON, kind by kind, into columns (pyarrow)  →  frames

What the fold checks event by event is checked here for all events at once: the legal steps come from the same table
(`loop.NEXT`). Where a piece is in any way unusual (a step that is not legal, a field that is missing or of another
type) nothing is decided here: that piece goes through the fold, which has the last word. A property test compares the
two. Without pyarrow everything goes through the fold.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from imgloop_widgets.analysis.codebook import ATTEMPTS, GENERATIONS, OPEN, SESSIONS, Column
from imgloop_widgets.analysis.frames import Frames, chosen, digest, frame, generations_frame, read_frames
from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import KINDS, Event, from_record
from imgloop_widgets.loop import NEXT
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store.log import Row, to_json

if TYPE_CHECKING:
    import pyarrow as pa

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
    | {"seed": "int64"},
    PROMPTED: {"attempt": "int64", "prompt": "string", "seed": "int64"},
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
"""Kind of event → its fields that stand in a frame, with their types."""

OPTIONAL = {"version": "", "incident": None}
"""Fields that an event may lack, with what stands for them."""


class Unusual(Exception):
    """A piece that the fold has to look into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
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


def read_pages(pages: Iterable[Sequence[Row]], *, simulated: bool | None = True) -> Frames:
    """Return what `read_frames` returns, from rows as `Store.rows` gives them.

    Raises:
        StoreError: a session's log breaks the rules of the loop, or can't be read.
        ValueError: `simulated` is something else than True, False and None.
    """
    sessions, attempts, digests = [], [], list[bytes]()
    for rows in pages:
        one, other = _frames(rows)
        sessions.append(one)
        attempts.append(other)
        digests += [digest(own) for own in _by_session(rows)]
    return chosen(*_in_time(joined(sessions, SESSIONS), joined(attempts, ATTEMPTS), digests), simulated)


def read_generations(pages: Iterable[Sequence[Row]]) -> pd.DataFrame:
    """Return what `generations_frame` returns, from rows as `Store.rows` gives them. Raises: StoreError, as above.

    Its rows are in the order of the pages.
    """
    frames = []
    for rows in pages:
        try:
            frames.append(_generations(_piece(rows)))
        except (Unusual, ImportError):
            frames.append(generations_frame(_logs(rows)))
    return joined(frames, GENERATIONS)


def joined(frames: Sequence[pd.DataFrame], columns: dict[str, Column]) -> pd.DataFrame:
    """Return the frames one below the other, with the columns of the codebook also where there is none."""
    return pd.concat(frames, ignore_index=True) if frames else frame([], columns)


def _in_time(
    sessions: pd.DataFrame, attempts: pd.DataFrame, digests: list[bytes]
) -> tuple[pd.DataFrame, pd.DataFrame, list[bytes]]:
    """Return all three in the order in which the sessions were opened, as `Store.logs` gives them."""
    order = sessions[["opened_at", "session_id"]].sort_values(["opened_at", "session_id"]).index.to_numpy()
    rank = np.empty(len(order), dtype="int64")
    rank[order] = np.arange(len(order))
    owner = np.repeat(rank, sessions["attempts"])  # attempts are in the order of the sessions
    rows = np.argsort(owner, kind="stable")
    return (
        sessions.take(order).reset_index(drop=True),
        attempts.take(rows).reset_index(drop=True),
        [digests[k] for k in order],
    )


def _frames(rows: Sequence[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    try:
        piece = _piece(rows)
        sessions = _sessions(piece)
        return sessions, _attempts(piece, sessions)
    except (Unusual, ImportError):
        frames = read_frames(_logs(rows))
        return frames.sessions, frames.attempts


def _by_session(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield the rows of each session. That they begin with seq 0 was checked by then."""
    starts = [place for place, row in enumerate(rows) if row[1] == 0]
    return (rows[a:b] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True))


def _logs(rows: Sequence[Row]) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Yield the rows as logs of events. Raises: StoreError: one can't be read."""
    for session_id, own in groupby(rows, key=lambda row: row[0]):
        yield session_id, tuple(_event(row) for row in own)


def _event(row: Row) -> Event:
    session_id, seq, kind, at, data = row
    try:
        return from_record({**json.loads(data), "session_id": session_id, "seq": seq, "kind": kind, "at": at})
    except (StoreError, ValueError, TypeError) as error:
        raise StoreError(f"session {session_id}: event {seq} can't be read ({error}); restore a backup") from error


def _piece(rows: Sequence[Row]) -> _Piece:
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
    piece = _Piece(rows=rows, code=code, session=session, first=first, at=_moments(moments))
    for kind, fields in FIELDS.items():
        piece.places[kind] = np.flatnonzero(code == kind)
        piece.fields[kind] = _parsed([data[place] for place in piece.places[kind]], fields)
    _check(piece)
    return piece


def _check(piece: _Piece) -> None:
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
        columns[name] = column if kind == "string" else column.to_numpy()
    return columns


def _sessions(piece: _Piece) -> pd.DataFrame:
    opened, size = piece.fields[OPENED], len(piece.first)
    finished, scored = piece.places[FINISHED], piece.places[SCORED]
    over = _flags(size, piece.session[finished])
    end = np.zeros(size, dtype="int64")
    end[piece.session[finished]] = piece.at[finished]
    begin = piece.at[piece.first]
    reasons: NDArray[np.object_] = np.full(size, None, dtype=object)
    reasons[piece.session[finished]] = piece.fields[FINISHED]["reason"].to_pylist()
    answers: list[dict[str, Any]] = [{} for _ in range(size)]
    for place in np.flatnonzero(piece.code == ANSWERED).tolist():
        answers[piece.session[place]] = _answers(piece.rows[place][4])
    owner, scores = piece.session[scored], piece.fields[SCORED]["score"]
    which, leading = np.unique(owner, return_index=True)
    trailing = len(owner) - 1 - np.unique(owner[::-1], return_index=True)[1]
    top = np.maximum.reduceat(scores, leading) if len(leading) else scores
    values: dict[str, Any] = {
        "session_id": _text([piece.rows[place][0] for place in piece.first.tolist()]),
        **{name: _text(opened[name]) for name in FIELDS[OPENED] if name != "seed"},
        "simulated": _simulated(opened["worker_id"]),
        "seed": _whole(opened["seed"]),
        "opened_at": _moment(begin),
        "started": _flags(size, piece.session[piece.places[PROMPTED]]),
        "finished_at": _moment(end, over),
        "reason": _text(list(reasons)),
        "status": _text([reason or OPEN for reason in reasons]),
        "duration_s": np.where(over, np.maximum(0.0, (end - begin) / 1e6), np.nan),
        "attempts": np.bincount(piece.session[piece.places[SHOWN]], minlength=size),
        "first_score": _spread(size, which, scores[leading]),
        "last_score": _spread(size, which, scores[trailing]),
        "best_score": _spread(size, which, top),
        "answers": pd.Series(answers, dtype="object"),
    }
    return pd.DataFrame({name: values[name] for name in SESSIONS})


def _attempts(piece: _Piece, sessions: pd.DataFrame) -> pd.DataFrame:
    import pyarrow as pa

    shown, at = piece.places[SHOWN], piece.at
    owner, image, prompt = piece.session[shown], piece.fields[SHOWN], piece.fields[PROMPTED]
    asked = np.searchsorted(piece.places[PROMPTED], shown - 1)  # the prompt right before an image is the image's own
    score = np.full(len(piece.code) + 1, -1)
    score[piece.places[SCORED]] = np.arange(len(piece.places[SCORED]))
    given = score[shown + 1]  # the score right after an image is the image's own
    scored = given >= 0
    scores = np.where(scored, piece.fields[SCORED]["score"][given] if scored.any() else 0, 0)
    begun = at[piece.first][owner]
    later = np.flatnonzero(owner[1:] == owner[:-1]) + 1
    begun[later] = at[shown[later - 1]]
    after = at[np.minimum(shown + 1, len(at) - 1)]
    of = {
        name: pa.array(sessions[name], pa.string()).take(pa.array(owner))
        for name in ("session_id", "worker_id", "arm", "target_id")
    }
    values: dict[str, Any] = {
        **{name: _text(column) for name, column in of.items()},
        "simulated": sessions["simulated"].to_numpy()[owner],
        "attempt": image["attempt"],
        "prompt": _text(prompt["prompt"].take(pa.array(asked))),
        "score": _whole(scores, scored),
        "best": _best(owner, scores, scored),
        "write_s": np.maximum(0.0, (at[shown - 1] - begun) / 1e6),
        "wait_s": image["wait_s"],
        "judge_s": np.where(scored, np.maximum(0.0, (after - at[shown]) / 1e6), np.nan),
        "image_sha256": _text(image["image_sha256"]),
        "generator": _text(image["generator"]),
        "generator_version": _text(image["version"]),
        "seed": _whole(prompt["seed"][asked]),
        "submitted_at": _moment(at[shown - 1]),
    }
    return pd.DataFrame({name: values[name] for name in ATTEMPTS})


def _generations(piece: _Piece) -> pd.DataFrame:
    import pyarrow as pa

    places, prompt, opened = piece.places[PROMPTED], piece.fields[PROMPTED], piece.fields[OPENED]
    owner = piece.session[places]
    within = np.append(piece.session[1:] == piece.session[:-1], False)[places]
    ends = np.where(within, places + 1, -1)
    kind = np.where(within, piece.code[ends], -1)
    outcome: NDArray[np.object_] = np.full(len(places), "pending", dtype=object)
    outcome[kind == SHOWN], outcome[kind == FINISHED] = "shown", "abandoned"
    shown, failed, left = kind == SHOWN, kind == FAILED, kind == FINISHED
    at_image = np.searchsorted(piece.places[SHOWN], ends[shown])
    at_failure = np.searchsorted(piece.places[FAILED], ends[failed])
    image, failure = piece.fields[SHOWN], piece.fields[FAILED]
    outcome[failed] = np.array(failure["failure"].to_pylist(), dtype=object)[at_failure]
    wait = np.full(len(places), np.nan)
    wait[shown], wait[failed] = image["wait_s"][at_image], failure["wait_s"][at_failure]
    wait[left] = np.maximum(0.0, (piece.at[ends[left]] - piece.at[places[left]]) / 1e6)

    def of(mask: Flags, column: Any, at: Ints) -> Any:
        found: NDArray[np.object_] = np.full(len(places), None, dtype=object)
        found[mask] = np.array(column.to_pylist(), dtype=object)[at]
        return _text(list(found))

    def pixels(name: str) -> Any:
        found = np.zeros(len(places), dtype="int64")
        found[shown] = image[name][at_image]
        return _whole(found, shown)

    parameters: NDArray[np.object_] = np.full(len(places), None, dtype=object)
    parameters[shown] = [_parameters(piece.rows[place][4]) for place in ends[shown]]
    values: dict[str, Any] = {
        "session_id": _text([piece.rows[place][0] for place in places]),
        "worker_id": _text(opened["worker_id"].take(pa.array(owner))),
        "seq": places - piece.first[owner],
        "attempt": prompt["attempt"],
        "prompt": _text(prompt["prompt"]),
        "seed": _whole(prompt["seed"]),
        "submitted_at": _moment(piece.at[places]),
        "outcome": _text(list(outcome)),
        "wait_s": wait,
        "image_sha256": of(shown, image["image_sha256"], at_image),
        "width": pixels("width"),
        "height": pixels("height"),
        "generator": of(shown, image["generator"], at_image),
        "generator_version": of(shown, image["version"], at_image),
        "parameters": _text(list(parameters)),
        "incident": of(failed, failure["incident"], at_failure),
    }
    return pd.DataFrame({name: values[name] for name in GENERATIONS})


def _best(owner: Ints, scores: Ints, scored: Flags) -> Flags:
    """Return whether a score is the highest of its session, and the earliest of several."""
    best = np.zeros(len(owner), dtype=bool)
    own, given = owner[scored], scores[scored]
    if len(own):
        _, leading, counts = np.unique(own, return_index=True, return_counts=True)
        top = np.flatnonzero(given == np.repeat(np.maximum.reduceat(given, leading), counts))
        best[np.flatnonzero(scored)[top[np.unique(own[top], return_index=True)[1]]]] = True
    return best


def _answers(data: str) -> dict[str, Any]:
    answers = json.loads(data).get("answers")
    if not isinstance(answers, dict):
        raise Unusual("no answers")
    return answers


def _parameters(data: str) -> str:
    return to_json(json.loads(data).get("parameters", {}), "parameters")


def _simulated(workers: Any) -> Flags:
    import pyarrow.compute as pc

    result: Flags = pc.starts_with(workers, SIMULATED).to_numpy(zero_copy_only=False)
    return result


def _flags(size: int, places: Ints) -> Flags:
    flags = np.zeros(size, dtype=bool)
    flags[places] = True
    return flags


def _whole(values: Ints, known: Flags | None = None) -> Any:
    return pd.arrays.IntegerArray(
        np.ascontiguousarray(values, dtype="int64"), np.zeros(len(values), dtype=bool) if known is None else ~known
    )


def _spread(size: int, places: Ints, values: Ints) -> Any:
    spread = np.zeros(size, dtype="int64")
    spread[places] = values
    return _whole(spread, _flags(size, places))


def _moment(microseconds: Ints, known: Flags | None = None) -> Any:
    moments = microseconds.astype("datetime64[us]")
    if known is not None:
        moments[~known] = np.datetime64("NaT")
    return pd.Series(moments).dt.tz_localize("UTC")


def _text(values: "pa.Array | list[Any]") -> Any:
    import pyarrow as pa

    dtype = pd.api.types.pandas_dtype("str")
    if not hasattr(dtype, "__from_arrow__"):
        return pd.Series(values if isinstance(values, list) else values.to_pylist(), dtype="str")
    array = pa.array(values, pa.large_string()) if isinstance(values, list) else values.cast(pa.large_string())
    return dtype.__from_arrow__(array)
