"""Frames checked on their way in: every violation, by file, row and column, with what to do. All at once.

    text or values  →  `converted` (each column to its type)  →  pandera, lazily, a schema made of the codebook
                    →  keys that a table refers to

The codebook is the only source: a type, whether a value may be missing, the least number, and the key of a table.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.codebook import MOMENT, TABLES, Column, Tables, typed
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

LISTED = 20
"""Violations that are listed one by one; of the others the number is said."""

YES, NO = ("true", "1", "yes"), ("false", "0", "no")


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """file: its name. row: as a spreadsheet counts, the header being row 1; 0: none in particular. column: as the file
    calls it. what: is wrong, and what to do.
    """

    file: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        where = [
            self.file,
            *([f"row {self.row}"] if self.row else []),
            *([f"column {self.column!r}"] if self.column else []),
        ]
        return f"{', '.join(where)}: {self.what}"


class Violations(ImgloopError):
    """Data that is not as the codebook says; `violations` holds every one, in the order of the file."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations: tuple[Violation, ...] = tuple(sorted(set(violations)))
        number, listed = len(self.violations), self.violations[:LISTED]
        lines = [
            f"{number:,} {'thing is' if number == 1 else 'things are'} wrong in the data:",
            *(f"  {v}" for v in listed),
        ]
        if number > len(listed):
            files = {name: sum(v.file == name for v in self.violations) for name in {v.file for v in self.violations}}
            more = ", ".join(f"{name} {count:,}" for name, count in sorted(files.items()))
            lines.append(f"  … and {number - len(listed):,} more (in all: {more}); mend these and run it again")
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a frame comes from. file: its name. rows: the row in the file of each of its rows. names: column of the
    codebook → what the file calls it.
    """

    file: str
    rows: Sequence[int]
    names: Mapping[str, str]

    def violation(self, place: int | None, column: str, what: str) -> Violation:
        """Return a violation. place: the row of the frame, from 0; None: of the column as a whole."""
        row = 0 if place is None else int(self.rows[place])
        return Violation(self.file, row, self.names.get(column, column), what)


def converted(values: pd.Series, name: str, column: Column, source: Source) -> tuple[pd.Series, list[Violation]]:
    """Return the values with the column's type, and those that can't have it; these are missing in what is returned.

    values: text as it stands in a file, where nothing stands for a missing value; or values of any type.
    """
    gone = values.isna() | (values == "") if values.dtype == object or str(values.dtype) == "str" else values.isna()
    given = values.where(~gone, None)
    wrong: pd.Series | None = None
    match column.dtype:
        case "str" if not column.missing:
            return _text(values.where(values.notna(), "")), []
        case "str":
            return _text(given), []
        case "int64" | "Int64":
            made, wrong, must = _whole(given)
        case "float64":
            made = pd.to_numeric(given, errors="coerce").astype("float64")
            wrong, must = made.isna() | np.isinf(made), "be a number"
        case "bool" | "boolean":
            made, must = _yes_or_no(given), "be true or false"
        case _ if column.dtype == MOMENT:
            made = _moment(given)
            must = "be a moment with a time zone, like 2026-01-31T09:00:00Z"
        case _:
            made, must = _mapping(given), 'be a JSON object, like {"age": 30}'
    bad = (made.isna() if wrong is None else wrong) & ~gone
    what = f"must {must}; not "
    found = [source.violation(place, name, what + f"{values.iloc[place]!r:.60}") for place in places(bad)]
    if not column.missing:
        found += [source.violation(place, name, "is missing; it is required") for place in places(gone)]
    return made, found


def places(mask: pd.Series) -> list[int]:
    """Return where the mask is true, from 0."""
    return [int(place) for place in np.flatnonzero(mask)]


def check(tables: Tables, sources: Mapping[str, Source], *, refer: bool = True) -> list[Violation]:
    """Return every violation of the codebook in the frames.

    sources: of each table. refer: whether to look also for rows that belong to no row of another table.
    """
    found: list[Violation] = []
    for table, frame in tables.items():
        found += _checked(table, frame, sources[table])
    for table, frame in tables.items() if refer else ():
        other = TABLES[table].within
        if other in tables:
            key = TABLES[other].key[0]
            lost = frame[key].notna() & ~frame[key].isin(tables[other][key])
            what = f"is in no row of {sources[other].file}; add it there, or leave this row out"
            found += [
                sources[table].violation(place, key, f"{frame[key].iloc[place]!r} {what}") for place in places(lost)
            ]
    return found


def schema(table: str) -> "DataFrameSchema":
    """Return the schema of a table, made of its codebook."""
    import pandera.pandas as pa

    about = TABLES[table]
    columns = {}
    for name, column in about.columns.items():
        checks = [] if column.least is None else [pa.Check.ge(column.least, error=f"must be {column.least:g} or more")]
        if column.dtype == "str" and not column.missing and column.given:
            checks.append(pa.Check(lambda text: text.str.strip() != "", error="is missing; it is required"))
        columns[name] = pa.Column(column.dtype, checks, nullable=column.missing)
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


def _checked(table: str, frame: pd.DataFrame, source: Source) -> list[Violation]:
    import pandera.errors

    found: list[Violation] = []
    try:
        schema(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        for case in error.failure_cases.itertuples(index=False):
            place = None if pd.isna(case.index) else int(case.index)
            column = str(case.column) if case.schema_context == "Column" else ""
            found.append(source.violation(place, column, _words(str(case.check), case.failure_case)))
    key = list(TABLES[table].key)
    if key:
        again = frame.duplicated(key, keep="first") & frame[key].notna().all(axis=1)
        names = ", ".join(source.names.get(name, name) for name in key)
        for place in places(again):
            values = ", ".join(str(value) for value in frame[key].iloc[place])
            what = f"the same {names} ({values}) stand in an earlier row; keep one of them"
            found.append(source.violation(place, "", what))
    return found


def _words(check: str, case: object) -> str:
    if check == "not_nullable":
        return "is missing; it is required"
    if check.startswith("is missing"):
        return check
    return f"{check}; not {case}"


def _text(values: pd.Series) -> pd.Series:
    texts: pd.Series = values.map(lambda value: value if isinstance(value, str) else str(value), na_action="ignore")
    return texts.astype("str")


def _whole(values: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    numbers = pd.to_numeric(values, errors="coerce")
    floats = numbers.astype("float64")
    wrong = floats.isna() | (floats != np.floor(floats)) | (floats.abs() >= 2**63)
    exact = [
        None if bad else int(v) if isinstance(v, (int, np.integer)) else _int(v)
        for v, bad in zip(values, wrong, strict=True)
    ]
    made = pd.Series(exact, index=values.index, dtype="Int64")
    return made, wrong, "be a whole number (a measured value is mapped as metric.NAME)"


def _int(value: Any) -> int:
    try:
        return int(value)  # text with more digits than a float keeps
    except ValueError:
        return int(float(value))


def _yes_or_no(values: pd.Series) -> pd.Series:
    words = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    return values.map(
        lambda v: v if isinstance(v, (bool, np.bool_)) else words.get(str(v).strip().lower()), na_action="ignore"
    )


def _moment(values: pd.Series) -> pd.Series:
    def moment(value: Any) -> Any:
        try:
            found = pd.Timestamp(value)
        except (ValueError, TypeError):
            return pd.NaT
        return pd.NaT if found.tzinfo is None else found.tz_convert("UTC")

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return typed(values, Column(MOMENT, ""))
    return pd.Series(
        [pd.NaT if v is None or v is pd.NaT else moment(v) for v in values], index=values.index, dtype=MOMENT
    )


def _mapping(values: pd.Series) -> pd.Series:
    def mapping(value: Any) -> Any:
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    return pd.Series([mapping(value) for value in values], index=values.index, dtype="object")
