"""`imgloop qualifications import`: give many workers theirs, from a file."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, count
from imgloop_widgets.cli.qualifications.about import StudyOption, Why, mistakes, store_of
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop qualifications import allowed.csv --study notebooks/onboarding"
COLUMNS = ("worker", "name")
LISTED = 20


def import_(
    file: Annotated[Path, typer.Argument(metavar="CSV", help="Columns worker, name and, if it is not 1, value.")],
    why: Why = "",
    study: StudyOption = None,
    results: ResultsFolder = None,
) -> None:
    """Give qualifications from a file.

    An allow list is such a file with a name of your own, which the study requires; a block list has the name blocked.
    All rows are given, or where one is wrong none.
    """
    from imgloop_widgets.qualifying import typed_value
    from imgloop_widgets.store import Grant

    rows = _rows(file)
    now, reason = datetime.now(UTC), why or f"from {file.name}"
    with store_of(study, results) as (_, store):
        store.grant(
            Grant(worker_id=worker, name=name, value=typed_value(value), at=now, why=reason)
            for worker, name, value in rows
        )
    typer.echo(f"{count(len(rows), 'qualification')} of {count(len({row[0] for row in rows}), 'worker')} given.")


def _rows(file: Path) -> list[tuple[str, str, str]]:
    """Return worker, name and value of each row. Raises: ImgloopError: every mistake, with its row."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImgloopError(f"{file}: can't be read ({error}); name a CSV file in UTF-8") from None
    table = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        raise ImgloopError(
            f"{file}: has no column {' and none '.join(missing)}; it needs worker, name and perhaps value"
        )
    rows, wrong = [], []
    for number, row in enumerate(table, start=2):
        worker, name, value = ((row.get(key) or "").strip() for key in ("worker", "name", "value"))
        rows.append((worker, name, value or "1"))
        wrong += [f"row {number}: {what}" for what in mistakes(worker, name, value or "1")]
    if wrong:
        raise ImgloopError("\n".join([f"{file}: nothing was given:", *(f"  {line}" for line in wrong[:LISTED])]))
    return rows
