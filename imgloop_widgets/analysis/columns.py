"""The frames of a million attempts: the same as `frames` makes, without an object for each event.

    store.rows  →  a few thousand sessions  →  `pieces`: columns  →  frames

Where a piece is in any way unusual (a step that is not legal, a field that is missing or of another type) nothing is
decided here: that piece goes through the fold, which has the last word. A property test compares the two. Without
pyarrow everything goes through the fold.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from imgloop_widgets.analysis.codebook import ATTEMPTS, GENERATIONS, OPEN, SESSIONS, Column
from imgloop_widgets.analysis.frames import Frames, chosen, digest, frame, generations_frame, read_frames
from imgloop_widgets.analysis.pieces import (
    ANSWERED,
    FAILED,
    FINISHED,
    OPENED,
    PROMPTED,
    SCORED,
    SHOWN,
    Flags,
    Ints,
    Piece,
    Unusual,
    by_session,
    logs_of,
    piece_of,
)
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store.log import Row, to_json

if TYPE_CHECKING:
    import pyarrow as pa


_NUMBERS = ("seed", "form_version", "position")
"""Fields of an opening that are no text."""


def read_pages(pages: Iterable[Sequence[Row]], *, simulated: bool | None = True) -> Frames:
    """Return what `read_frames` returns, from rows as `Store.rows` gives them.

    Raises:
        StoreError: a session's log breaks the rules of the loop, or can't be read.
        ValueError: `simulated` is something else than True, False and None.
    """
    sessions, attempts, digests = [], [], list[bytes]()
    with _uncollected():
        for rows in _ahead(pages):
            one, other = _frames(rows)
            sessions.append(one)
            attempts.append(other)
            digests += [digest(own) for own in by_session(rows)]
    return chosen(*_in_time(joined(sessions, SESSIONS), joined(attempts, ATTEMPTS), digests), simulated)


def read_generations(pages: Iterable[Sequence[Row]]) -> pd.DataFrame:
    """Return what `generations_frame` returns, from rows as `Store.rows` gives them. Raises: StoreError, as above.

    Its rows are in the order of the pages.
    """
    frames = []
    for rows in pages:
        try:
            frames.append(_generations(piece_of(rows)))
        except (Unusual, ImportError):
            frames.append(generations_frame(logs_of(rows)))
    return joined(frames, GENERATIONS)


def joined(frames: Sequence[pd.DataFrame], columns: dict[str, Column]) -> pd.DataFrame:
    """Return the frames one below the other, with the columns of the codebook also where there is none."""
    return pd.concat(frames, ignore_index=True) if frames else frame([], columns)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let Python not look for cycles: millions of rows come and go and have none, and looking takes a quarter."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _ahead(pages: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
    """Yield the pages, and let a thread read the next one meanwhile: the database and pyarrow leave Python alone."""
    left = iter(pages)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, left, None)
        while (rows := coming.result()) is not None:
            coming = reader.submit(next, left, None)
            yield rows


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
        piece = piece_of(rows)
        sessions = _sessions(piece)
        return sessions, _attempts(piece, sessions)
    except (Unusual, ImportError):
        frames = read_frames(logs_of(rows))
        return frames.sessions, frames.attempts


def _sessions(piece: Piece) -> pd.DataFrame:
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
        **{name: _text(opened[name]) for name in opened if name not in _NUMBERS},
        **{name: _known(opened[name]) for name in ("form_version", "position")},
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


def _attempts(piece: Piece, sessions: pd.DataFrame) -> pd.DataFrame:
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


def _generations(piece: Piece) -> pd.DataFrame:
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
        found[mask] = np.array([text or None for text in column.to_pylist()], dtype=object)[at]
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


def _known(values: Any) -> Any:
    """Return whole numbers, some of which may be missing: then they are Arrow's column still."""
    if isinstance(values, np.ndarray):
        return _whole(values)
    return _whole(values.fill_null(0).to_numpy(), values.is_valid().to_numpy(zero_copy_only=False))


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
