"""`imgloop review`: a link to the reviewer's page, or all that was decided as a table."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    count,
    require_played,
    short,
)
from imgloop_widgets.cli.monitor import LASTS, BaseUrl, Expires, open_steered, print_link
from imgloop_widgets.cli.spans import until
from imgloop_widgets.cli.units.about import Who, name_of
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.decisions import Decision
    from imgloop_widgets.study import Study

EXAMPLE = "imgloop review notebooks/look_alike --who anna --base-url https://study.example.org/"
COLUMNS = (
    "code", "worker_id", "session_id", "submission", "verdict", "message", "note", "bonus", "who", "at",
)  # fmt: skip


def review(
    study: StudyPath,
    expires: Expires = LASTS,
    base_url: BaseUrl = None,
    who: Who = None,
    to_csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write the decisions instead, one row a unit; - is the standard output."
        ),
    ] = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Print a link to the reviewer's page.

    On it finished units are looked at and decided about. Each reviewer gets a link of their own: their name is kept
    with all that they decide. Give it to nobody but researchers: it opens the monitor too. `imgloop revoke LINK` takes
    it back. With --csv what was decided is written as a table, with the messages to the workers.
    """
    file = open_steered(study, results, database)
    if to_csv is None:
        from imgloop_widgets.access.researchers import REVIEW_PATH

        print_link(file, base_url, REVIEW_PATH, name_of(who), until(expires, "--expires"))
        return
    require_played(file, results)
    rows = _rows(file)
    if str(to_csv) == "-":
        _write(rows, sys.stdout)
        return
    if not to_csv.absolute().parent.is_dir():
        raise ImgloopError(f"{to_csv}: the folder {to_csv.parent} is missing; make it first, or name another file")
    with to_csv.open("w", encoding="utf-8", newline="") as out:
        _write(rows, out)
    typer.echo(f"{short(to_csv)}: {count(len(rows), 'decision')}")


def _rows(file: "Study") -> "list[tuple[Decision, str]]":
    """Return the decisions that count, and what the panel calls the submission of each."""
    from imgloop_widgets.decisions import stand
    from imgloop_widgets.payouts.due import SUBMISSION
    from imgloop_widgets.store import open_results

    with open_results(file.results) as store:
        standings = stand(store.reviews(file.name))
        given = {one.session_id: one.values for one in store.arrivals(file.name)}
    parameter = SUBMISSION.get(file.about.access, "")
    counting = sorted(
        (one.decision for one in standings.values() if one.decision), key=lambda row: (row.at, row.session_id)
    )
    return [(row, given.get(row.session_id, {}).get(parameter, "")) for row in counting]


def _write(rows: "list[tuple[Decision, str]]", out: TextIO) -> None:
    from imgloop_widgets.decisions import code_of

    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row, submission in rows:
        about = (code_of(row.session_id), row.worker_id, row.session_id, submission)
        writer.writerow([*about, row.what, row.message, row.note, f"{row.bonus:.2f}", row.who, row.at.isoformat()])
