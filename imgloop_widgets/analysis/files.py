"""Tables as files: CSV, Parquet and JSON, written and read; and the codebook beside them.

A missing value is empty in CSV and null in the others; a moment is ISO 8601, UTC; a mapping (the form's answers) is
JSON text in CSV and Parquet. In CSV all text is in quotes, so that a prompt of several lines stays one value. Written
twice from the same tables the files have the same bytes.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from imgloop_widgets.analysis.codebook import MOMENT, TABLES, Tables, described
from imgloop_widgets.errors import ImgloopError

FORMATS = ("csv", "parquet", "json")
CODEBOOK = "codebook.csv"
DELIMITERS = (",", ";", "\t")


def write(tables: Tables, folder: Path, formats: Iterable[str]) -> list[Path]:
    """Write every table in every format, and the codebook; return the files. folder: is there already."""
    files = []
    for kind in formats:
        for name, frame in tables.items():
            file = folder / f"{name}.{kind}"
            _WRITERS[kind](_plain(frame, name), file)
            files.append(file)
    book = folder / CODEBOOK
    pd.DataFrame(described()).to_csv(book, index=False, lineterminator="\n", encoding="utf-8")
    return [*files, book]


def write_frame(frame: pd.DataFrame, file: Path) -> None:
    """Write one frame of text, numbers and moments in the format that the file's ending names, whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    try:
        _WRITERS[file.suffix.lower().lstrip(".")](frame, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def read(file: Path) -> tuple[pd.DataFrame, list[int]]:
    """Return the values of a file as they stand in it, and each row's number there: the first row after a CSV's header
    is 2, as in a spreadsheet; in the other formats it is 1. In CSV every value is text, and missing ones are "".

    Raises:
        ImgloopError: it can't be read, is of another format, or a row has more or fewer values than the header.
    """
    reader = _READERS.get(file.suffix.lower().lstrip("."))
    if reader is None:
        raise ImgloopError(
            f"{file}: must be one of {', '.join(FORMATS)}; not {file.suffix or 'a file without ending'!r}"
        )
    try:
        return reader(file)
    except UnicodeDecodeError as error:
        raise ImgloopError(f"{file}: is not UTF-8 text (byte {error.start:,}); save it as UTF-8") from None
    except (ValueError, csv.Error, OSError) as error:
        raise ImgloopError(f"{file}: can't be read ({error}); look at it, or save it anew") from error


def hash_of(tables: Tables) -> str:
    """Return the sha256 (hex) over all values of all tables: the same whatever format they were read from.

    A table without a row counts as one that is not there: a new one in the codebook changes no hash of earlier data.
    """
    digest = hashlib.sha256()
    for name in sorted(name for name, frame in tables.items() if len(frame)):
        digest.update(f"{name}: {', '.join(tables[name].columns)}\n".encode())
        for line in _lines(_plain(tables[name], name)):
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _plain(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the frame with mappings as JSON text."""
    texts = {
        name: pd.Series(
            [None if value is None else json.dumps(value, sort_keys=True) for value in frame[name]], dtype="str"
        )
        for name, column in TABLES[table].columns.items()
        if column.dtype == "object"
    }
    return frame.assign(**texts)


def _moments(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its moments as text."""
    moments = [str(name) for name in frame if frame[name].dtype == MOMENT]
    return frame.assign(**{name: frame[name].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for name in moments})


def _write_csv(frame: pd.DataFrame, file: Path) -> None:
    _moments(frame).to_csv(file, index=False, lineterminator="\n", encoding="utf-8", quoting=csv.QUOTE_NONNUMERIC)


def _lines(frame: pd.DataFrame) -> Iterator[str]:
    """Yield each row as a JSON object."""
    ready = _moments(frame)
    plain = ready.astype(object).where(ready.notna(), None)
    names = list(plain.columns)
    for row in plain.itertuples(index=False, name=None):
        yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)


def _write_json(frame: pd.DataFrame, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.write("[")
        for place, line in enumerate(_lines(frame)):
            out.write(",\n" if place else "\n")
            out.write(line)
        out.write("\n]\n")


def _write_parquet(frame: pd.DataFrame, file: Path) -> None:
    frame.to_parquet(file, index=False, engine="pyarrow")


def _read_csv(file: Path) -> tuple[pd.DataFrame, list[int]]:
    text = file.read_bytes().decode("utf-8-sig")  # not read_text: a prompt's own line ends stay
    head = text[: text.find("\n") + 1 or None]
    delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # a value may be as long as its file
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise ImgloopError(f"{file}: is empty; its first row must name the columns")
    again = sorted({name for name in header if header.count(name) > 1})
    if again:
        raise ImgloopError(f"{file}, row 1: {', '.join(map(repr, again))} is there more than once; rename one of them")
    values, rows, wrong = [], [], []
    for number, row in enumerate(reader, 2):
        if not any(row):
            continue  # an empty line
        if len(row) != len(header):
            wrong.append(
                f"{file}, row {number}: has {len(row)} values for {len(header)} columns; "
                f"put text that has a {delimiter!r} in quotes"
            )
        values.append(row)
        rows.append(number)
    if wrong:
        raise ImgloopError(
            "\n".join([*wrong[:20], *([f"… and {len(wrong) - 20} more rows"] if len(wrong) > 20 else [])])
        )
    columns: list[Any] = list(zip(*values, strict=True)) or [()] * len(header)
    return pd.DataFrame({n: pd.Series(list(c), dtype=object) for n, c in zip(header, columns, strict=True)}), rows


def _read_json(file: Path) -> tuple[pd.DataFrame, list[int]]:
    found = json.loads(file.read_text(encoding="utf-8-sig"))
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ImgloopError(f"{file}: must be a list of objects, one for each row: [{{…}}, {{…}}]")
    names = list(dict.fromkeys(name for row in found for name in row))
    columns = {name: pd.Series([row.get(name) for row in found], dtype=object) for name in names}
    return pd.DataFrame(columns, index=range(len(found))), list(range(1, len(found) + 1))


def _read_parquet(file: Path) -> tuple[pd.DataFrame, list[int]]:
    frame = pd.read_parquet(file, engine="pyarrow")
    return frame.reset_index(drop=True), list(range(1, len(frame) + 1))


_WRITERS = {"csv": _write_csv, "parquet": _write_parquet, "json": _write_json}
_READERS = {"csv": _read_csv, "parquet": _read_parquet, "json": _read_json}
