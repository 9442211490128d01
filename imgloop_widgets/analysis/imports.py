"""Other people's tables: any CSV, Parquet or JSON file, with a map from our columns to theirs.

    attempts.csv  --map worker=steering_user_id --map target=goal_image --map metric.dreamsim=dreamsim
         │
         ▼
    attempts   session_id from worker and target; attempts numbered in their order where the file has no number
    sessions, participants   made of the attempts, where no file brings them
    metrics    a row for each metric.NAME and attempt

A column of the file that is named like one of ours needs no map. What no column is mapped to is empty, and columns
that nobody asked for are left out (`Imported.left_out` names them). All that is wrong is found before anything is
written.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from imgloop_widgets.analysis import files
from imgloop_widgets.analysis.codebook import METRICS, TABLES, Column, Tables, empty, typed
from imgloop_widgets.analysis.schema import Source, Violation, Violations, check, converted, places
from imgloop_widgets.analysis.tables import (
    best_of,
    participants_of,
    session_ids,
    sessions_of,
    sha256_of,
    whole,
)
from imgloop_widgets.errors import ImgloopError

SHORT = {
    "worker": "worker_id",
    "target": "target_id",
    "session": "session_id",
    "unit": "unit_id",
    "image": "image_sha256",
    "version": "generator_version",
    "rater": "rater_id",
}
"""Short names of columns in a map."""

METRIC = "metric."
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"attempts": {"simulated": False}, "generations": {"place": 1}}
"""Table → what stands in a column that its file lacks."""
ABOUT = "import.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """tables: all of them. files: name → sha256. left_out: columns of the files that nobody asked for."""

    tables: Tables
    files: Mapping[str, str]
    left_out: Sequence[str] = ()
    map: Mapping[str, str] = field(default_factory=dict)

    @property
    def data_hash(self) -> str:
        """sha256 (hex) over all tables."""
        return files.hash_of(self.tables)


def read_files(paths: Sequence[Path], columns: Mapping[str, str], *, study: str, table: str | None = None) -> Imported:
    """Return the tables of files. columns: ours → theirs. study: the name that the sessions get.

    table: what the files are; None: what a file is named after (sessions.csv), attempts where that is no table.

    Raises:
        Violations: everything that is wrong in the data.
        ImgloopError: a file can't be read, or the map names a column that there is not.
    """
    reading = _Reading(study, {SHORT.get(ours, ours): theirs for ours, theirs in columns.items()})
    for path in paths:
        name = table or (path.stem if path.stem in TABLES else "attempts")
        if name in reading.sources:
            raise ImgloopError(
                f"{path}: {reading.sources[name].file} holds {name} already; import one file for each table"
            )
        reading.add(path, name)
    return reading.result({path.name: sha256_of(path) for path in paths}, columns)


def save(imported: Imported, folder: Path, *, force: bool = False, now: datetime | None = None) -> None:
    """Write the tables as Parquet, with the codebook and what they come from, whole or not at all.

    Raises:
        ImgloopError: the folder is there already, and `force` is not given.
    """
    if folder.exists() and not force:
        raise ImgloopError(f"{folder}: is there already; name another with --name, or replace it with --force")
    folder.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "files": dict(imported.files),
        "map": dict(imported.map),
        "left_out": list(imported.left_out),
        "imported_at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "data_hash": imported.data_hash,
        "rows": {name: len(frame) for name, frame in imported.tables.items()},
    }
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        made = Path(beside) / "made"
        made.mkdir()
        files.write(imported.tables, made, ["parquet"])
        (made / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(Path(beside) / "old")
        made.rename(folder)


def load(folder: Path | str) -> Imported:
    """Return what `save` has written, checked again.

    Raises:
        ImgloopError: the folder is none that `imgloop import` made, or its tables were changed since.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImgloopError(
            f"{folder}: is not a folder that `imgloop import` made ({error}); import the files anew"
        ) from None
    there = [file for name in TABLES if (file := folder / f"{name}.parquet").is_file()]  # an older one has fewer
    found = read_files(there, {}, study="")
    if found.data_hash != about["data_hash"]:
        raise ImgloopError(f"{folder}: its tables were changed since they were imported; import the files anew")
    return Imported(tables=found.tables, files=about["files"], left_out=about["left_out"], map=about["map"])


def read_tables(path: Path) -> Imported:
    """Return the tables of a folder that `save` or an export has written, or that has files named like the tables; or
    of one file of attempts.

    Raises:
        Violations: everything that is wrong in the data.
        ImgloopError: there is no such folder or file, or it can't be read.
    """
    if (path / ABOUT).is_file():
        return load(path)
    return read_files(table_files(path), {}, study=path.resolve().stem)


def table_files(path: Path) -> list[Path]:
    """Return a file itself; of a folder, those that are named after tables, each in the first format that there is.

    Raises:
        ImgloopError: it does not exist, or has none.
    """
    if not path.exists():
        raise ImgloopError(f"{path}: it does not exist; look whether its name is right")
    if path.is_file():
        return [path]
    found = [next((f for kind in files.FORMATS if (f := path / f"{name}.{kind}").is_file()), None) for name in TABLES]
    if not any(found):
        raise ImgloopError(f"{path}: holds no file that is named after a table ({', '.join(TABLES)}); name the file")
    return [file for file in found if file]


class _Reading:
    """Collects tables, their sources and their violations."""

    def __init__(self, study: str, columns: Mapping[str, str]) -> None:
        self.study, self.columns = study, columns
        self.tables: Tables = {}
        self.sources: dict[str, Source] = {}
        self.left_out: list[str] = []
        self._wrong: list[Violation] = []
        self._measured: dict[str, pd.Series] = {}
        self._used: set[str] = set()

    def add(self, path: Path, table: str) -> None:
        """Read a file as a table."""
        raw, rows = files.read(path)
        names = self._names(path, table, raw)
        source = Source(file=path.name, rows=rows, names=names)
        self.sources[table] = source
        columns = TABLES[table].columns
        if raw.empty and not len(raw.columns):  # a list in JSON that has no row
            self._read(table, empty(table), source)
            return
        lacking = [name for name, column in columns.items() if column.given and name not in names]
        if lacking:
            short = {long: name for name, long in SHORT.items()}
            hints = ", ".join(f"--map {short.get(name, name)}=…" for name in lacking)
            there = ", ".join(map(str, raw.columns))
            raise ImgloopError(
                f"{path}: no column is mapped to {', '.join(lacking)}; add {hints} (its columns: {there})"
            )
        values, wrong = {}, list[Violation]()
        for ours, theirs in names.items():
            made, found = converted(raw[theirs], ours, columns.get(ours, METRICS["value"]), source)
            values[ours] = made
            wrong += found
        self._wrong += wrong
        bad = {violation.row for violation in wrong}
        good = [place for place, row in enumerate(rows) if row not in bad]  # what else is wrong there is found too
        frame = pd.DataFrame(values, index=range(len(raw))).iloc[good].reset_index(drop=True)
        self._read(table, frame, Source(file=path.name, rows=[rows[place] for place in good], names=names))

    def _read(self, table: str, frame: pd.DataFrame, source: Source) -> None:
        """Keep a table with the types of its codebook; the measured values of attempts apart."""
        columns = TABLES[table].columns
        types = {name: columns.get(str(name), METRICS["value"]) for name in frame}
        frame = pd.DataFrame({name: typed(frame[name], column) for name, column in types.items()}, index=frame.index)
        self._measured |= {name: frame.pop(name) for name in map(str, frame.columns) if name not in columns}
        self.tables[table], self.sources[table] = frame, source

    def result(self, hashes: Mapping[str, str], columns: Mapping[str, str]) -> Imported:
        """Check everything and return it. Raises: Violations; ImgloopError: a map was of no use."""
        unused = [f"{ours}={theirs}" for ours, theirs in self.columns.items() if ours not in self._used]
        if unused:
            raise ImgloopError(f"--map {' --map '.join(unused)}: no file has such a column; look at its name")
        if "attempts" in self.tables:
            self._attempts(self.tables["attempts"])
        for name in self.sources:
            defaults = _DEFAULTS.get(name, {})
            self.tables[name] = _filled(self.tables[name], TABLES[name].columns, defaults)
        refer = not self._wrong  # else what refers to a row that could not be read would seem to be lost
        given = {name: self.tables[name] for name in self.sources}
        self._wrong += check(given, self.sources, refer=refer)
        if "attempts" in self.tables:
            self._wrong += self._disagreements(self.tables["attempts"])
        if self._wrong:
            raise Violations(self._wrong)
        self._derive()
        return Imported(tables=whole(self.tables), files=hashes, left_out=tuple(self.left_out), map=dict(columns))

    def _names(self, path: Path, table: str, raw: pd.DataFrame) -> dict[str, str]:
        """Return ours → theirs. Raises: ImgloopError: the map names what neither knows."""
        columns, names = TABLES[table].columns, {}
        for ours, theirs in self.columns.items():
            if not (
                any(ours in about.columns for about in TABLES.values()) or (ours.startswith(METRIC) and ours != METRIC)
            ):
                known = ", ".join(dict.fromkeys([*SHORT, *columns, f"{METRIC}NAME"]))
                raise ImgloopError(f"--map {ours}={theirs}: {ours!r} is none of our columns; possible: {known}")
            if theirs in raw.columns and (ours in columns or (ours.startswith(METRIC) and table == "attempts")):
                names[ours] = theirs
                self._used.add(ours)
        names |= {name: name for name in columns if name in raw.columns and name not in names}
        self.left_out += [f"{path.name}: {name}" for name in raw.columns if name not in names.values()]
        return names

    def _attempts(self, frame: pd.DataFrame) -> None:
        """Fill in what attempts need, and make their metrics."""
        if "sessions" not in self.tables or "session_id" not in frame:
            frame["session_id"] = session_ids(frame["worker_id"], frame["target_id"], frame.get("session_id"))
        if "attempt" not in frame:
            frame["attempt"] = frame.groupby("session_id").cumcount() + 1
        if "score" not in frame:
            frame["score"] = pd.Series(pd.NA, index=frame.index, dtype="Int64")
        if "best" not in frame:
            frame["best"] = best_of(frame)
        keys = frame[["session_id", "attempt"]]
        parts = [keys.assign(metric=name.removeprefix(METRIC), value=found) for name, found in self._measured.items()]
        if parts:
            made = pd.concat(
                [*([self.tables["metrics"]] if "metrics" in self.tables else []), *parts], ignore_index=True
            )
            self.tables["metrics"] = pd.DataFrame({name: typed(made[name], column) for name, column in METRICS.items()})
            self.sources.pop("metrics", None)

    def _disagreements(self, attempts: pd.DataFrame) -> list[Violation]:
        """Return where attempts differ from their session in what a session has one of."""
        source, found = self.sources["attempts"], list[Violation]()
        given = "sessions" in self.sources
        sessions = (
            (self.tables["sessions"] if given else attempts).drop_duplicates("session_id").set_index("session_id")
        )
        where = (
            f"its session in {self.sources['sessions'].file}" if given else "an earlier row of this worker and target"
        )
        for name in ("worker_id", "target_id", "arm"):
            if name == "arm" and given and "arm" not in source.names:
                continue
            theirs = attempts["session_id"].map(sessions[name])
            what = f"{where} has another {name}; correct it{'' if given else ', or map session=…'}"
            other = theirs.notna() & (attempts[name] != theirs)
            found += [source.violation(place, name, what) for place in places(other)]
        return found

    def _derive(self) -> None:
        """Make sessions of attempts, and participants of sessions, where no file has brought them."""
        if "attempts" in self.tables and "sessions" not in self.tables:
            self.tables["sessions"] = sessions_of(self.tables["attempts"], self.study)
        if "sessions" in self.tables and "participants" not in self.tables:
            self.tables["participants"] = participants_of(self.tables["sessions"])


def _filled(frame: pd.DataFrame, columns: Mapping[str, Column], values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the frame with all columns; those that it lacks are `values`, or missing, or empty."""
    nothing = {"str": "", "bool": False, "int64": 0}
    made = {}
    for name, column in columns.items():
        if name in frame:
            made[name] = frame[name]
            continue
        value = values.get(name, None if column.missing else nothing.get(column.dtype))
        made[name] = pd.Series(value, index=frame.index, dtype=column.dtype)
    return pd.DataFrame(made, index=frame.index)
