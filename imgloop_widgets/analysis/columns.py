"""The frames of a million attempts: the same as `frames` makes, without an object for each event.

    store.pages  →  two thousand sessions  →  `pieces`: columns  →  frames
    store.pages  →  the next two thousand  →  …, at the same time in another process (`readers`)

Where a piece is in any way unusual (a step that is not legal, a field that is missing or of another type) nothing is
decided here: that piece goes through the fold, which has the last word. A property test compares the two. Without
pyarrow or msgspec everything goes through the fold.
"""

import gc
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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
    logs_of,
    passed,
    piece_of,
)
from imgloop_widgets.analysis.readers import each
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store.log import to_json
from imgloop_widgets.store.packs import BETWEEN, Pack, unpacked

Page = Callable[[], Sequence[Pack]]
"""Reads some whole sessions."""

_NO_TEXT = ("seed", "form_version", "position", "gold")
"""Fields of an opening that are no text."""

COLUMNS_AT_ONCE = 4
"""Columns that are joined at once, at most: each takes memory."""

OWN = [name for name in ATTEMPTS if name not in ("session_id", "worker_id", "simulated", "arm", "target_id")]
"""Columns of an attempt that are not its session's."""


def read_pages(pages: Iterable[Page], *, simulated: bool | None = True, processes: int | None = None) -> Frames:
    """Return what `read_frames` returns, from pages as `Store.pages` gives them.

    processes: that read at once, as in `readers.each`. The result is the same.

    Raises:
        StoreError: a session's log breaks the rules of the loop, or can't be read.
        ValueError: `simulated` is something else than True, False and None.
    """
    with _uncollected():
        found = each(_frames, pages, processes)
    sessions = joined([page.sessions for page in found], SESSIONS)
    digests = [digest for page in found for digest in page.digests]
    columns = {name: [page.attempts[name] for page in found] for name in OWN}
    found.clear()  # the columns are let go one after the other
    order = _in_time(sessions)
    rows = np.argsort(np.repeat(_rank(order), sessions["attempts"]), kind="stable")
    sessions = sessions.take(order).reset_index(drop=True)
    attempts = _attempts_of(sessions, columns, rows) if columns["attempt"] else frame([], ATTEMPTS)
    return chosen(sessions, attempts, [digests[place] for place in order], simulated)


def read_generations(pages: Iterable[Page], *, processes: int | None = None) -> pd.DataFrame:
    """Return what `generations_frame` returns, from pages as `Store.pages` gives them. Raises: StoreError, as above.

    Its rows are in the order of the pages.
    """
    with _uncollected():
        return joined(each(_prompts, pages, processes), GENERATIONS)


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


def _in_time(sessions: pd.DataFrame) -> Ints:
    """Return the order by opened_at and session_id."""
    if sessions["session_id"].is_monotonic_increasing:  # as the store gives them: that is half of it
        order: Ints = np.argsort(sessions["opened_at"].dt.tz_localize(None).to_numpy(), kind="stable")
        return order
    return sessions[["opened_at", "session_id"]].sort_values(["opened_at", "session_id"]).index.to_numpy()


def _rank(order: Ints) -> Ints:
    """Return the place of each one in an order."""
    rank = np.empty(len(order), dtype="int64")
    rank[order] = np.arange(len(order))
    return rank


def _attempts_of(sessions: pd.DataFrame, columns: dict[str, list[pd.Series]], rows: Ints) -> pd.DataFrame:
    """Return the attempts of the sessions, in their order.

    columns: those in `OWN`, page by page; they are taken out of the dictionary. rows: the order of the attempts.
    """
    owner = np.repeat(np.arange(len(sessions)), sessions["attempts"])

    def column(name: str) -> Any:
        if name in columns:
            return pd.concat(columns.pop(name), ignore_index=True).take(rows).array
        return sessions[name].take(owner).array

    with ThreadPoolExecutor(min(COLUMNS_AT_ONCE, os.cpu_count() or 1)) as pool:
        return pd.DataFrame(dict(zip(ATTEMPTS, pool.map(column, ATTEMPTS), strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """sessions: in the order of their ids. attempts: theirs, with the columns in `OWN`. digests: of the sessions."""

    sessions: pd.DataFrame
    attempts: pd.DataFrame
    digests: list[bytes]


def _frames(packs: Sequence[Pack]) -> _Page:
    try:
        piece = piece_of(packs)
        return _Page(sessions=_sessions(piece), attempts=_attempts(piece), digests=list(map(_digest, packs)))
    except (Unusual, ImportError):
        frames = read_frames(logs_of(packs))
        digests = list(map(digest, unpacked(packs)))
        return _Page(sessions=frames.sessions, attempts=frames.attempts[OWN], digests=digests)


def _digest(pack: Pack) -> bytes:
    """Return `frames.digest` of a session whose events are in order."""
    session_id, _, *columns = pack
    return hashlib.sha256("\n".join((session_id, *columns)).replace(BETWEEN, "\n").encode()).digest()


def _prompts(packs: Sequence[Pack]) -> pd.DataFrame:
    try:
        return _generations(piece_of(packs))
    except (Unusual, ImportError):
        return generations_frame(logs_of(packs))


def _sessions(piece: Piece) -> pd.DataFrame:
    opened, size = piece.fields[OPENED], len(piece.first)
    finished, scored = piece.places[FINISHED], piece.places[SCORED]
    over = _flags(size, piece.session[finished])
    end = np.zeros(size, dtype="int64")
    end[piece.session[finished]] = piece.at[finished]
    begin = piece.at[piece.first]
    reasons: NDArray[np.object_] = np.full(size, None, dtype=object)
    reasons[piece.session[finished]] = piece.fields[FINISHED]["reason"]
    answers: list[dict[str, Any]] = [{} for _ in range(size)]
    answered = piece.session[piece.places[ANSWERED]].tolist()
    for owner, given in zip(answered, piece.fields[ANSWERED]["answers"], strict=True):
        answers[owner] = given
    owner, scores = piece.session[scored], piece.fields[SCORED]["score"]
    which, leading = np.unique(owner, return_index=True)
    trailing = len(owner) - 1 - np.unique(owner[::-1], return_index=True)[1]
    top = np.maximum.reduceat(scores, leading) if len(leading) else scores
    values: dict[str, Any] = {
        "session_id": _text(list(piece.ids)),
        **{name: _text(opened[name]) for name in opened if name not in _NO_TEXT},
        **{name: _known(opened[name]) for name in ("form_version", "position")},
        "gold": opened["gold"],
        "gold_passed": pd.arrays.BooleanArray(*passed(piece)),
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


def _attempts(piece: Piece) -> pd.DataFrame:
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
    values: dict[str, Any] = {
        "attempt": image["attempt"],
        "prompt": _text(_taken(prompt["prompt"], asked)),
        "score": _whole(scores, scored),
        "best": _best(owner, scores, scored),
        "write_s": np.maximum(0.0, (at[shown - 1] - begun) / 1e6),
        "wait_s": image["wait_s"],
        "judge_s": np.where(scored, np.maximum(0.0, (after - at[shown]) / 1e6), np.nan),
        "image_sha256": _text(image["image_sha256"]),
        "images": _whole(np.ones(len(owner), dtype="int64")),
        "picked": _whole(np.zeros(len(owner), dtype="int64"), np.zeros(len(owner), dtype=bool)),
        "generator": _text(image["generator"]),
        "generator_version": _text(image["version"]),
        "seed": _whole(prompt["seed"][asked]),
        "submitted_at": _moment(at[shown - 1]),
    }
    return pd.DataFrame({name: values[name] for name in OWN})


def _generations(piece: Piece) -> pd.DataFrame:
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
    outcome[failed] = np.array(failure["failure"], dtype=object)[at_failure]
    wait = np.full(len(places), np.nan)
    wait[shown], wait[failed] = image["wait_s"][at_image], failure["wait_s"][at_failure]
    wait[left] = np.maximum(0.0, (piece.at[ends[left]] - piece.at[places[left]]) / 1e6)

    def of(mask: Flags, column: Any, at: Ints) -> Any:
        found: NDArray[np.object_] = np.full(len(places), None, dtype=object)
        found[mask] = np.array([text or None for text in column], dtype=object)[at]
        return _text(list(found))

    def pixels(name: str) -> Any:
        found = np.zeros(len(places), dtype="int64")
        found[shown] = image[name][at_image]
        return _whole(found, shown)

    parameters: NDArray[np.object_] = np.full(len(places), None, dtype=object)
    parameters[shown] = list(map(_parameters, _data(piece, ends[shown])))
    values: dict[str, Any] = {
        "session_id": _text(_taken(piece.ids, owner)),
        "worker_id": _text(_taken(opened["worker_id"], owner)),
        "seq": places - piece.first[owner],
        "place": np.ones(len(places), dtype="int64"),
        "variation_of": _text([None] * len(places)),
        "attempt": prompt["attempt"],
        "prompt": _text(prompt["prompt"]),
        "controls": _text(list(map(_controls, _data(piece, places)))),
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


def _data(piece: Piece, places: Ints) -> list[str]:
    """Return the JSON texts of these events."""
    return _taken(piece.data, places)


def _taken(values: Sequence[str], places: Ints) -> list[str]:
    return [values[place] for place in places.tolist()]


def _controls(data: str) -> str | None:
    if '"controls": {"' not in data:  # the usual case: none
        return None
    controls = json.loads(data).get("controls")
    return to_json(controls, "controls") if controls else None


def _parameters(data: str) -> str:
    return to_json(json.loads(data).get("parameters", {}), "parameters")


def _simulated(workers: Sequence[str]) -> Flags:
    return np.array([worker.startswith(SIMULATED) for worker in workers], dtype=bool)


def _flags(size: int, places: Ints) -> Flags:
    flags = np.zeros(size, dtype=bool)
    flags[places] = True
    return flags


def _whole(values: Ints, known: Flags | None = None) -> Any:
    return pd.arrays.IntegerArray(
        np.ascontiguousarray(values, dtype="int64"), np.zeros(len(values), dtype=bool) if known is None else ~known
    )


def _known(values: Any) -> Any:
    """Return whole numbers, some of which may be missing: then they are no array yet."""
    if isinstance(values, np.ndarray):
        return _whole(values)
    known = np.array([value is not None for value in values], dtype=bool)
    return _whole(np.array([value or 0 for value in values], dtype="int64"), known)


def _spread(size: int, places: Ints, values: Ints) -> Any:
    spread = np.zeros(size, dtype="int64")
    spread[places] = values
    return _whole(spread, _flags(size, places))


def _moment(microseconds: Ints, known: Flags | None = None) -> Any:
    moments = microseconds.astype("datetime64[us]")
    if known is not None:
        moments[~known] = np.datetime64("NaT")
    return pd.Series(moments).dt.tz_localize("UTC")


def _text(values: Sequence[str | None]) -> Any:
    dtype = pd.api.types.pandas_dtype("str")
    if not hasattr(dtype, "__from_arrow__"):
        return pd.Series(list(values), dtype="str")
    import pyarrow as pa

    return dtype.__from_arrow__(pa.array(values, pa.large_string()))
