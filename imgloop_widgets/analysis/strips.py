"""For a session a strip of pictures: the target, then every attempt with its prompt and score, the best one marked.

    Data → choose → strip → strip_picture.draw (PNG, for a paper) and strip_page.write (HTML, for the report)

A strip holds all that is shown, so that both look the same. A picture that can't be read is None, with a note; where
there are no pictures at all, as in tables from files, there is no note either, and no room for one.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.data import SCORE, Data, Value
from imgloop_widgets.analysis.words import REASON_WORDS, count, duration
from imgloop_widgets.errors import ImgloopError

MISSING = "picture is missing"
CHANGED = "target has been changed since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A picture. picture: an image file's bytes; None: see `note`;
    neither: there never was one here. alt: what it is, for those who can't see it.

    prompt, score: None for the target; score also where none was given. best: the best of several attempts.
    """

    label: str
    picture: bytes | None
    alt: str
    note: str = ""
    prompt: str | None = None
    score: str | None = None
    best: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A session. number: 1, 2, … in the order they came. name: of its files. about: how it went, in words."""

    number: int
    name: str
    about: str
    target: Tile
    attempts: tuple[Tile, ...]

    @property
    def title(self) -> str:
        """What the session is called in a report."""
        return f"Session {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Sessions to show. sessions: rows of `sessions_frame`, in the order they came; left_out: with images, not shown.

    without: sessions that have no image, and so no strip.
    """

    sessions: pd.DataFrame
    left_out: int
    without: int


def choose(sessions: pd.DataFrame, *, most: int, seed: int) -> Choice:
    """Return all sessions with an image, or an even chance's choice of `most` of them.

    Raises:
        ValueError: `most` is negative.
    """
    if most < 0:
        raise ValueError(f"most must be 0 or more; not {most}")
    shown = sessions[sessions["attempts"] > 0]
    places = np.sort(np.random.default_rng(seed).permutation(len(shown))[:most])
    chosen = shown.iloc[places]
    return Choice(sessions=chosen, left_out=len(shown) - len(chosen), without=len(sessions) - len(shown))


def strips(data: Data, choice: Choice) -> list[Strip]:
    """Return the strips of the chosen sessions."""
    value = data.value()
    attempts = value.attempts[value.attempts["session_id"].isin(choice.sessions["session_id"])]
    groups = dict(iter(attempts.groupby("session_id")))
    return [_session(data, value, number, row, groups[row["session_id"]]) for number, row in choice.sessions.iterrows()]


def _session(data: Data, value: Value, place: Hashable, session: "pd.Series[Any]", attempts: pd.DataFrame) -> Strip:
    """Return one session's strip. place: its index in `data.sessions`, 0-based. attempts: its own, of the value."""
    number = int(str(place)) + 1
    known = attempts[value.name].dropna()
    best = known.idxmax() if len(known) > 1 else None  # the earliest of several; of a single one nothing is said
    return Strip(
        number=number,
        name=f"session-{number:04d}-{session['session_id'][:8]}",
        about=_about(session),
        target=_target(data, session["target_id"], session["target_sha256"]),
        attempts=tuple(_attempt(data, value, row, best=index == best) for index, row in attempts.iterrows()),
    )


def _about(session: "pd.Series[Any]") -> str:
    parts = [f"target {session['target_id']}", count(int(session["attempts"]), "attempt")]
    if session["status"] in REASON_WORDS:
        parts.append(REASON_WORDS[session["status"]])
    if pd.notna(session["duration_s"]):
        parts.append(duration(session["duration_s"]))
    return " · ".join(parts)


def _target(data: Data, target_id: str, digest: str) -> Tile:
    try:
        target = data.target(target_id)
        picture = target.file.read_bytes()
    except (ImgloopError, OSError):
        if data.store is None:
            return Tile(label="Target", picture=None, alt="")
        return Tile(label="Target", picture=None, alt=f"Target {target_id}: {MISSING}", note=MISSING)
    if sha256(picture).hexdigest() != digest:
        return Tile(label="Target", picture=None, alt=f"Target {target_id}: {CHANGED}", note=CHANGED)
    return Tile(label="Target", picture=picture, alt=f"Target: {target.alt}")


def _attempt(data: Data, value: Value, row: "pd.Series[Any]", *, best: bool) -> Tile:
    label = f"Attempt {row['attempt']}"
    try:
        picture = data.image(row["image_sha256"])
    except ImgloopError:
        picture = None
    return Tile(
        label=label,
        picture=picture,
        alt=f"{label}: the picture made from the prompt below" if picture else f"{label}: {MISSING}",
        note="" if picture or data.store is None else MISSING,
        prompt=row["prompt"],
        score=_score(row[value.name], value),
        best=best,
    )


def _score(number: Any, value: Value) -> str | None:
    if pd.isna(number):
        return None
    if value.name != SCORE:
        return f"{value.name} {number:.3g}"
    return f"{number:g} / {value.scale[1]:g}" if value.given else f"{number:g}"
