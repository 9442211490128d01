"""The prompts that are drawn anew: those of a study's attempts, or the rows of a file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.loop import fold
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store import Store

SHORT = {"worker": "worker_id", "target": "target_id", "session": "session_id"}
"""Short names of a file's columns in a map."""

COLUMNS = ("prompt", "session_id", "worker_id", "arm", "target_id", "attempt")
"""What a file may have of a prompt; only the prompt itself is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A prompt and where it is from. attempt: 1-based. What is not known is empty."""

    prompt: str
    session_id: str
    worker_id: str = ""
    arm: str = ""
    target_id: str = ""
    attempt: int = 1


def items_of_store(store: Store, study: str, *, simulated: bool | None = None, first: bool = False) -> list[Item]:
    """Return the prompts of all images that were shown in a study, but for those of gold units.

    simulated: whether those of simulated workers are among them; None: only while there is nobody else. first: those of
    first attempts alone.
    """
    items: list[Item] = []
    for session_id, events in store.logs(study):
        state = fold(events)
        opened = state.opened
        assert opened is not None
        if opened.gold:
            continue
        attempts = state.attempts[:1] if first else state.attempts
        items += [
            Item(
                prompt=attempt.prompt.prompt,
                session_id=session_id,
                worker_id=opened.worker_id,
                arm=opened.arm,
                target_id=opened.target_id,
                attempt=attempt.number,
            )
            for attempt in attempts
        ]
    if simulated is None:
        simulated = all(item.worker_id.startswith(SIMULATED) for item in items)
    return [item for item in items if simulated or not item.worker_id.startswith(SIMULATED)]


def items_of_file(path: Path, columns: Mapping[str, str] | None = None, *, first: bool = False) -> list[Item]:
    """Return the prompts of a CSV, Parquet or JSON file. columns: ours → the file's; named alike they need none.

    A row without a session is part of that of its worker and target where it has both, else a session of its own;
    attempts without a number are numbered in their order.

    Raises:
        ImgloopError: it can't be read; a column is not there; a prompt is empty, or an attempt is no number from 1.
    """
    from imgloop_widgets.analysis import files

    raw, numbers = files.read(path)
    names = _names(path, {SHORT.get(ours, ours): theirs for ours, theirs in (columns or {}).items()}, list(raw.columns))
    rows = [
        {ours: row[theirs] for ours, theirs in names.items()}
        for row in ({str(name): _text(value) for name, value in row.items()} for row in raw.to_dict("records"))
    ]
    items, counts, wrong = [], Counter[str](), []
    for row, number in zip(rows, numbers, strict=True):
        session = _session(row, number)
        counts[session] += 1
        attempt = row.get("attempt") or str(counts[session])
        if not row["prompt"].strip():
            wrong.append(f"{path}, row {number}, column {names['prompt']!r}: must not be empty")
        if not attempt.isdigit() or int(attempt) < 1:
            wrong.append(f"{path}, row {number}, column {names['attempt']!r}: must be a number from 1; not {attempt!r}")
            continue
        about = {name: row.get(name, "") for name in ("worker_id", "arm", "target_id")}
        items.append(Item(prompt=row["prompt"], session_id=session, attempt=int(attempt), **about))
    if wrong:
        raise ImgloopError("\n".join([*wrong[:20], *([f"… and {len(wrong) - 20} more"] if len(wrong) > 20 else [])]))
    return [item for item in items if item.attempt == 1] if first else items


def _names(path: Path, columns: Mapping[str, str], there: list[Any]) -> dict[str, str]:
    for ours, theirs in columns.items():
        if ours not in COLUMNS:
            raise ImgloopError(f"--map {ours}={theirs}: {ours!r} is none of {', '.join([*SHORT, *COLUMNS])}")
        if theirs not in there:
            raise ImgloopError(f"--map {ours}={theirs}: {path} has no such column; it has {', '.join(map(str, there))}")
    names = {name: columns.get(name, name) for name in COLUMNS if name in columns or name in there}
    if "prompt" not in names:
        raise ImgloopError(
            f"{path}: no column is called prompt; add --map prompt=… (its columns: {', '.join(map(str, there))})"
        )
    return names


def _session(row: Mapping[str, str], number: int) -> str:
    if row.get("session_id"):
        return row["session_id"]
    if row.get("worker_id") and row.get("target_id"):
        return sha256(f"{row['worker_id']}\0{row['target_id']}".encode()).hexdigest()[:32]  # as an import names it
    return f"row-{number}"


def _text(value: Any) -> str:
    if value is None or value != value:  # a missing one, in pandas' words
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
