"""Results that Mephisto has exported, as tables: what its review app and `DataBrowser.get_data_from_unit` give.

    task_7_results.json   {unit: record, …}, as the review app exports a task
    units.json(l)         a list of records, or one a line
    units/*.json          a record each, as `imgloop export --format units` writes them

    record   {"worker_id", "unit_id", "assignment_id", "status", "task_start", "task_end",
              "data": {"inputs": {…}, "outputs": {…}, "times": {…}}}

A record is a session: its target is the assignment, whose units all show the same, unless its inputs name a target. The
loop's fields are told by their names in `outputs`: the first prompt stands under its own name, then fieldset k has
`<score>__k__` (of image k) and `<prompt>__k__` (for the next one). An attempt is an image that was shown: fieldset k
is there. Where our own export has added `attempts`, those are taken. The other fields are the answers.

What Mephisto does not store stays empty: images, generators, and how long each attempt took.
"""

import json
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imgloop_widgets.analysis.imports import Imported, read_files
from imgloop_widgets.analysis.tables import sha256_of
from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem

NAMES = ("prompt", "score")
"""What a map may name: the beginnings of the loop's fields."""

STATUS = {
    "in task": "open",
    "onboarding": "open",
    "waiting": "open",
    "returned": "withdrawn",
    "disconnect": "withdrawn",
    "expired": "expired",
    "timeout": "expired",
}
"""Its status of a unit → ours; any other (completed, approved, rejected, soft_rejected, …): not known how it ended."""

_LOOP = re.compile(r"(?P<name>.+?)__(?P<number>\d+)__")
_NEEDED = ("worker_id", "unit_id", "assignment_id", "data")


def read_mephisto(paths: Sequence[Path], names: Mapping[str, str], *, study: str) -> Imported:
    """Return the tables of exported results. names: `prompt`, `score` → how the fields' names begin; left out: so.

    Raises:
        ConfigurationError: everything that is no record of a unit.
        ImgloopError: a file can't be read, or no record has a prompt.
    """
    files = [file for path in paths for file in _files(path)]
    starts = {name: names.get(name, name) for name in NAMES}
    sessions, attempts, wrong = list[dict[str, Any]](), list[dict[str, Any]](), list[Problem]()
    for where, record in (pair for file in files for pair in _records(file)):
        lacking = [name for name in _NEEDED if name not in record]
        if lacking or not isinstance(record.get("data"), dict):
            wrong.append(Problem(where, f"is no record of a unit: it lacks {', '.join(lacking) or 'its data'}"))
            continue
        session, own = _session(record, starts, study)
        sessions.append(session)
        attempts += own
    if wrong:
        raise ConfigurationError(wrong)
    if not attempts:
        raise ImgloopError(
            f"{paths[0]}: no unit has an attempt ({len(sessions)} units); where the fields have other names, say how "
            "they begin: --map prompt=NAME --map score=NAME"
        )
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("sessions", sessions), ("attempts", attempts)):
            (Path(folder) / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
        found = read_files([Path(folder) / "sessions.json", Path(folder) / "attempts.json"], {}, study=study)
    return replace(found, files={file.name: sha256_of(file) for file in files}, map=dict(names))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(path.rglob("*.json"))
        if not found:
            raise ImgloopError(f"{path}: holds no JSON file; name the folder or file that Mephisto has exported")
        return found
    return [path]


def _records(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the records of a file, and where each stands."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImgloopError(f"{file}: can't be read ({error})") from error
    try:
        value = json.loads(text)
    except ValueError as error:
        try:
            value = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise ImgloopError(f"{file}: is no JSON ({error}); export the results anew") from None
    if isinstance(value, dict) and "data" not in value:
        named: Iterable[tuple[str, Any]] = ((f"{file.name}: unit {name}", one) for name, one in value.items())
        named = [(where, one) for where, one in named if one != {}]  # a unit that nobody was given
    elif isinstance(value, list):
        named = [(f"{file.name}: record {number}", one) for number, one in enumerate(value, start=1)]
    else:
        named = [(file.name, value)]
    for where, one in named:
        yield where, one if isinstance(one, dict) else {}


def _session(
    record: Mapping[str, Any], starts: Mapping[str, str], study: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    data = record["data"]
    inputs, outputs = (_final(data.get(name)) for name in ("inputs", "outputs"))
    session_id, worker = f"unit-{record['unit_id']}", str(record["worker_id"])
    target = str(inputs.get("target_id") or record["assignment_id"])
    common = {"session_id": session_id, "worker_id": worker, "target_id": target, "arm": str(inputs.get("arm", ""))}
    numbered = _numbered(outputs)
    rows = data["attempts"] if isinstance(data.get("attempts"), list) else _attempts(outputs, numbered, starts)
    attempts = [{**common, "simulated": False, **row} for row in rows]
    scores = [row["score"] for row in rows if row.get("score") is not None]
    times = data.get("times") or {}
    begin, end = (_moment(record.get(name) or times.get(name)) for name in ("task_start", "task_end"))
    session = {
        **common,
        "study": study,
        "study_hash": "",
        "simulated": False,
        "unit_id": str(record["unit_id"]),
        "target_sha256": "",
        "opened_at": begin.isoformat() if begin else None,
        "started": bool(rows) or bool(_first(outputs, starts)),
        "finished_at": end.isoformat() if end else None,
        "status": STATUS.get(str(record.get("status")).lower().replace("_", " "), "unknown"),
        "duration_s": (end - begin).total_seconds() if begin and end and end >= begin else None,
        "attempts": len(rows),
        "first_score": scores[0] if scores else None,
        "last_score": scores[-1] if scores else None,
        "best_score": max(scores, default=None),
        "answers": _answers(outputs, starts),
    }
    return session, attempts


def _final(part: Any) -> dict[str, Any]:
    """Return a unit's inputs or outputs; older versions have them in `final_submission`."""
    found = part if isinstance(part, dict) else {}
    inner = found.get("final_submission")
    return inner if isinstance(inner, dict) else found


def _numbered(outputs: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Return k → the fields of dynamic fieldset k, by their names without it."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in outputs.items():
        if match := _LOOP.fullmatch(key):
            found.setdefault(int(match["number"]), {})[match["name"]] = value
    return dict(sorted(found.items()))


def _attempts(
    outputs: Mapping[str, Any], numbered: Mapping[int, Mapping[str, Any]], starts: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the attempts of a unit whose fields alone are known."""
    prompt, rows = _first(outputs, starts), []
    for number, fields in enumerate(numbered.values(), start=1):
        if not prompt:
            break
        score = _beginning(fields, starts["score"])
        rows.append({"attempt": number, "prompt": str(prompt), "score": _score(score)})
        prompt = _beginning(fields, starts["prompt"])
    return rows


def _first(outputs: Mapping[str, Any], starts: Mapping[str, str]) -> Any:
    return _beginning({key: value for key, value in outputs.items() if not _LOOP.fullmatch(key)}, starts["prompt"])


def _beginning(fields: Mapping[str, Any], start: str) -> Any:
    return next((value for name, value in fields.items() if name.startswith(start) and value not in ("", None)), None)


def _answers(outputs: Mapping[str, Any], starts: Mapping[str, str]) -> dict[str, Any]:
    loop = starts.values()
    return {
        key: value
        for key, value in outputs.items()
        if not _LOOP.fullmatch(key) and not any(key.startswith(start) for start in loop)
    }


def _score(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _moment(seconds: Any) -> datetime | None:
    """Return a moment of seconds since 1970; 0 is none, as Mephisto writes it."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not math.isfinite(seconds) or seconds <= 0:
        return None
    return datetime.fromtimestamp(seconds, UTC)
