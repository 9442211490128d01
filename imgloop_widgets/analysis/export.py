"""What a study has gathered, as files to work with or to share.

results/export/
├── participants.csv, sessions.csv, attempts.csv, …   every table of the codebook (or .parquet, .json)
├── codebook.csv                                      what every column means
├── units/<session_id>.json                           a session each, in the reference's shape
└── export.json                                       where it comes from

Workers, raters and reviewers have pseudonyms unless their ids are asked for; the form's answers and unsent drafts, in
which people write about themselves, are left out unless they are asked for. What reviewers have written about people,
their notes and messages, is in no export. An export is whole or not there.
"""

import json
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from imgloop_widgets.analysis import files
from imgloop_widgets.analysis.codebook import TABLES, Tables
from imgloop_widgets.analysis.frames import state_of
from imgloop_widgets.analysis.provenance import provenance
from imgloop_widgets.analysis.pseudonyms import pseudonyms
from imgloop_widgets.analysis.tables import plan_of, store_tables
from imgloop_widgets.analysis.units import unit
from imgloop_widgets.errors import ConfigurationError, ImgloopError
from imgloop_widgets.forms import FormFile, LoopParts, load_form, loop_parts
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.loop import Rules
from imgloop_widgets.plans import Plan
from imgloop_widgets.ratings import AnyStudy, RatingStudy
from imgloop_widgets.store import Store
from imgloop_widgets.study import Study

UNITS = "units"
FORMATS = (*files.FORMATS, UNITS)
ABOUT = "export.json"

WORKERS = ("worker_id", "rater_id", "reviewer_id")
"""Columns that name a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """formats: of `FORMATS`. with_ids: workers' ids in place of pseudonyms. with_answers: the form's answers, and what
    was typed and not sent. simulated: as in `frames.read_frames`.
    """

    formats: Collection[str] = ("csv",)
    with_ids: bool = False
    with_answers: bool = False
    simulated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """folder: of the files. rows: table → number of its rows. units: files of sessions."""

    folder: Path
    rows: dict[str, int]
    units: int


def export(
    study: AnyStudy, store: Store, folder: Path, wanted: Wanted, *, now: datetime, force: bool = False
) -> Exported:
    """Write an export, in place of an earlier one. study: of ratings: the study whose images are judged is exported.

    Raises:
        ImgloopError: the folder holds something else and `force` is not given, or is the folder of results itself.
        StoreError: the store can't be read.
    """
    _may_replace(study, folder, force)
    name = study.ratings.source_name if isinstance(study, RatingStudy) else study.name
    plan: Callable[[], Plan | None] = (lambda: None) if isinstance(study, RatingStudy) else lambda: plan_of(study)
    tables = store_tables(store, name, simulated=wanted.simulated, plan=plan)
    name_of: Callable[[str], str] = str if wanted.with_ids else pseudonyms(study.results).of
    shared = shareable(tables, name_of, with_answers=wanted.with_answers)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        made = Path(beside) / "made"
        made.mkdir()
        files.write(shared, made, [kind for kind in wanted.formats if kind != UNITS])
        if isinstance(study, RatingStudy):
            units = 0  # they are of a loop, whose form is in the other study's file
        else:
            units = _write_units(study, store, made, set(tables["sessions"]["session_id"]), name_of, wanted)
        about = {
            **provenance(shared["sessions"], study=name, data_hash=files.hash_of(shared)),
            "exported_at": now.isoformat(timespec="seconds"),
            "with_ids": wanted.with_ids,
            "with_answers": wanted.with_answers,
            "rows": {name: len(frame) for name, frame in shared.items()},
        }
        (made / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(Path(beside) / "old")
        made.rename(folder)
    return Exported(folder=folder, rows=about["rows"], units=units)


def shareable(tables: Tables, name_of: Callable[[str], str], *, with_answers: bool) -> Tables:
    """Return the tables with other names for the workers, and without the form's answers unless they are wanted."""
    shared = {}
    for table, frame in tables.items():
        changed: dict[str, Any] = {}
        for column in set(WORKERS) & set(frame.columns):
            names = {worker: name_of(worker) for worker in frame[column].unique()}
            changed[column] = frame[column].map(names).astype("str")
        if not with_answers and "answers" in frame:
            changed["answers"] = pd.Series([None] * len(frame), index=frame.index, dtype="object")
        if table == "events":
            pairs = zip(frame["kind"], frame["data"], strict=True)
            data = [_event_data(kind, text, name_of, with_answers) for kind, text in pairs]
            changed["data"] = pd.Series(data, index=frame.index, dtype="str")
        shared[table] = frame.assign(**changed)[list(TABLES[table].columns)]
    return shared


_PRIVATE = {
    "FormSubmitted": "answers",
    "SessionFinished": "draft",
    "LoopFinished": "draft",
    "StepSubmitted": "answers",
}
"""Kind of event → its field that people may write about themselves in."""


def _event_data(kind: str, text: str, name_of: Callable[[str], str], with_answers: bool) -> str:
    private = _PRIVATE.get(kind) if not with_answers else None
    if kind != "SessionOpened" and not private:
        return text
    data = json.loads(text)
    if kind == "SessionOpened":
        data["worker_id"] = name_of(data["worker_id"])
    if private:
        data[private] = {}
    return json.dumps(data, ensure_ascii=False)


def _write_units(
    study: Study, store: Store, made: Path, chosen: set[str], name_of: Callable[[str], str], wanted: Wanted
) -> int:
    """Write a file for each session and return how many."""
    if UNITS not in wanted.formats:
        return 0
    folder, arms, written = made / UNITS, {arm.name: _played(study, arm.name) for arm in study.arms}, 0
    folder.mkdir()
    for session_id, log in store.logs(study.name):
        if session_id in chosen:
            state = state_of(session_id, log)
            assert state.opened is not None
            name = name_of(state.opened.worker_id)
            parts, rules = arms.get(state.opened.arm) or next(iter(arms.values()))  # an arm may be gone from the file
            record = unit(state, name, parts=parts, rules=rules, answers=wanted.with_answers)
            text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
            (folder / f"{session_id}.json").write_text(text, encoding="utf-8", errors="backslashreplace")
            written += 1
    return written


def _played(study: Study, arm: str) -> tuple[LoopParts | None, Rules]:
    """Return the loop's fields in the arm's form (the same in all its versions; None: unreadable) and its rules."""
    try:
        form: FormFile = load_form(study.form_of(arm))
        return loop_parts(form.versions[0].form({TARGET_TOKEN: "target"})), study.rules_of(arm)
    except ConfigurationError:
        return None, study.rules_of(arm)


def _may_replace(study: AnyStudy, folder: Path, force: bool) -> None:
    if study.results.resolve().is_relative_to(folder.resolve()):
        raise ImgloopError(f"{folder}: holds the results themselves, with all ids; name another folder with --out")
    if folder.exists() and not (folder / ABOUT).is_file() and not force:
        raise ImgloopError(
            f"{folder}: holds something else; name another folder with --out, or replace it with --force"
        )
