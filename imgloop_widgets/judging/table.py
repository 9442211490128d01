"""Images of a table in place of a first study: `source = "images.csv"`. They are put into the store once, as sessions.

    session,attempt,image,target,worker,arm,prompt,score
    s1,1,pictures/s1-1.png,bears-01,w7,new,a brown bear,4
    s1,2,pictures/s1-2.png,bears-01,w7,new,a brown bear at dusk,6

session, attempt, image (a path beside the table) and target (an id in targets.toml) must be there. worker: who must
not judge it; left out: nobody. score: whole; left out: 0. A session's id follows from the table's name and its own, so
that it is the same the next time. A row that is changed later changes nothing: what was judged stays what it was.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageOps

from imgloop_widgets.errors import ConfigurationError, Conflict, Problem
from imgloop_widgets.events import AttemptScored, Event, ImageGenerated, PromptSubmitted, SessionFinished, SessionOpened
from imgloop_widgets.library import Library, Target
from imgloop_widgets.store import Store

NEEDED = ("session", "attempt", "image", "target")
KNOWN = (*NEEDED, "worker", "arm", "prompt", "score")
GENERATOR = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table. number: as a spreadsheet counts, the header being row 1. file: of the image."""

    number: int
    session: str
    attempt: int
    file: Path
    values: Mapping[str, str]


def read_table(table: Path) -> list[Row]:
    """Return the rows of a table, by session and attempt.

    Raises:
        ConfigurationError: every mistake in it, by row.
    """
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem(table.name, f"can't be read as UTF-8 text ({error})")]) from None
    reader = csv.DictReader(io.StringIO(text))
    columns = reader.fieldnames or []
    problems = [Problem(table.name, f"has no column {name!r}; add it") for name in NEEDED if name not in columns]
    others = [str(name) for name in columns if name not in KNOWN]
    problems += [Problem(table.name, f"column {name!r} is not known; possible: {', '.join(KNOWN)}") for name in others]
    if problems:
        raise ConfigurationError(problems)
    rows, seen = [], set[tuple[str, int]]()
    for number, values in enumerate(reader, 2):
        where, file = f"{table.name}: row {number}", table.parent / (values["image"] or "")
        attempt = int(values["attempt"]) if (values["attempt"] or "").isdecimal() else 0
        if not (values["session"] and values["target"]):
            problems.append(Problem(where, "session and target must not be empty"))
        if attempt < 1:
            problems.append(Problem(where, f"attempt must be a whole number from 1; not {values['attempt']!r}"))
        if (values["session"], attempt) in seen:
            problems.append(Problem(where, "this session and attempt stand in an earlier row; keep one of them"))
        if not values["image"] or not file.is_file():
            problems.append(Problem(where, f"there is no file {values['image']!r} beside {table.name}"))
        if values.get("score") and not values["score"].isdecimal():
            problems.append(Problem(where, f"score must be a whole number, or empty; not {values['score']!r}"))
        seen.add((values["session"], attempt))
        rows.append(Row(number=number, session=values["session"], attempt=attempt, file=file, values=values))
    if problems:
        raise ConfigurationError(problems)
    return sorted(rows, key=lambda row: (row.session, row.attempt))


def table_problems(table: Path, library: Library) -> list[Problem]:
    """Return what is wrong with a table, and between it and the targets."""
    try:
        rows = read_table(table)
    except ConfigurationError as error:
        return list(error.problems)
    problems, known = [], {target.id for target in library.targets}
    for session in sessions_of(rows):
        first, where = session[0], f"{table.name}: row {session[0].number}"
        if first.values["target"] not in known:
            problems.append(Problem(where, f"there is no target {first.values['target']!r} in targets.toml"))
        if [row.attempt for row in session] != list(range(1, len(session) + 1)):
            problems.append(Problem(where, f"the attempts of {first.session!r} must be 1, 2, 3, … without a gap"))
        for name in ("target", "worker", "arm"):
            if len({row.values.get(name) or "" for row in session}) > 1:
                problems.append(Problem(where, f"the rows of {first.session!r} must have the same {name}"))
    return problems


def sessions_of(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows of each session."""
    names = dict.fromkeys(row.session for row in rows)
    return ([row for row in rows if row.session == name] for name in names)


def add_table(store: Store, library: Library, table: Path, study: str) -> None:
    """Put the sessions of a table into the store, those that are not there yet. study: their study's name."""
    there = {opened.session_id for opened in store.sessions(study)}
    new = [rows for rows in sessions_of(read_table(table)) if session_id(study, rows[0].session) not in there]
    at = datetime.fromtimestamp(table.stat().st_mtime, UTC)
    if new:
        with suppress(Conflict):  # another process has added them just now
            store.add_sessions(_log(store, library.target(rows[0].values["target"]), rows, study, at) for rows in new)


def session_id(study: str, session: str) -> str:
    """Return the id of a table's session, 32 hex digits."""
    return hashlib.sha256(f"{study}\0{session}".encode()).hexdigest()[:32]


def _log(store: Store, target: Target, rows: Sequence[Row], study: str, at: datetime) -> list[Event]:
    own, first = session_id(study, rows[0].session), rows[0].values
    log: list[Event] = [
        SessionOpened(
            seq=0,
            at=at,
            session_id=own,
            study=study,
            study_hash="",
            worker_id=first.get("worker") or f"author-of-{own}",
            unit_id=own,
            arm=first.get("arm") or "default",
            target_id=target.id,
            target_sha256=target.sha256,
            seed=0,
        )
    ]
    for row in rows:
        data, (width, height) = _webp(row.file)
        seq, values = len(log), row.values
        prompt = values.get("prompt") or ""
        log.append(PromptSubmitted(seq=seq, at=at, attempt=row.attempt, prompt=prompt, seed=0, idempotency_key=""))
        log.append(
            ImageGenerated(
                seq=seq + 1,
                at=at,
                attempt=row.attempt,
                image_sha256=store.put_image(data),
                width=width,
                height=height,
                wait_s=0.0,
                generator=GENERATOR,
            )
        )
        if row is not rows[-1] or values.get("score"):
            log.append(AttemptScored(seq=seq + 2, at=at, attempt=row.attempt, score=int(values.get("score") or 0)))
    log.append(SessionFinished(seq=len(log), at=at, reason="attempts_used"))
    return log


def _webp(file: Path) -> tuple[bytes, tuple[int, int]]:
    """Return an image as the store keeps it, and its size. Raises: ConfigurationError: it can't be read."""
    made = io.BytesIO()
    try:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            upright.convert("RGBA" if upright.has_transparency_data else "RGB").save(made, "WEBP", lossless=True)
    except (OSError, ValueError, SyntaxError) as error:
        raise ConfigurationError([Problem(str(file), f"is not an image that can be read ({error})")]) from None
    return made.getvalue(), upright.size
