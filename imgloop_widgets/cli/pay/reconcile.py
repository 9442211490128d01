"""`imgloop pay reconcile`: the panel's own list beside the study's."""

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, count, short
from imgloop_widgets.cli.pay.about import Maps, all_worked, on_record, open_paid, read_list

if TYPE_CHECKING:
    from imgloop_widgets.payouts import Finding

EXAMPLE = "imgloop pay reconcile notebooks/my_study --panel-csv prolific_export.csv --csv todo.csv"
COLUMNS = ("kind", "worker_id", "submission", "session_id", "status", "owed", "paid", "what_to_do")
SHOWN = 10
"""Lines of a kind that are printed."""


def reconcile(
    study: StudyPath,
    panel_csv: Annotated[Path, typer.Option(metavar="FILE", help="The panel's own list of who took part, as CSV.")],
    to_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a row for each that is not as it should be.")
    ] = None,
    maps: Maps = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Hold the panel's own list beside the study's.

    Who has finished here and not there, or there and not here, who has returned or timed out, who comes twice, and for
    whom more was paid than is owed: each with what to do. Nothing is written to the store.
    """
    from imgloop_widgets.payouts import reconcile as compare
    from imgloop_widgets.store import open_results

    paid = open_paid(study, results, database)
    there = read_list(panel_csv, paid.file.about.access, maps)
    with open_results(paid.file.results) as store:
        sessions = all_worked(store, paid)
        found = compare(paid.reward, sessions, there.listed, on_record(store.payments(paid.file.name)))
    if to_csv is not None:
        _write(found, to_csv)
    listed, here = count(len(there.listed), "submission"), count(len(sessions), "session")
    typer.echo(f"{paid.file.name}: {listed} in {there.name}, {here} here.")
    for line in _told(found):
        typer.echo(line)
    if not found:
        typer.echo("All is as it should be.")
    if to_csv is not None:
        typer.echo(f"{short(to_csv)}: {count(len(found), 'row')}")


def _told(found: "Sequence[Finding]") -> list[str]:
    from imgloop_widgets.payouts import WHAT_TO_DO

    lines, order = [], list(WHAT_TO_DO)
    for kind, group in groupby(sorted(found, key=lambda one: order.index(one.kind)), lambda one: one.kind):
        own = list(group)
        lines.append(f"{count(len(own), 'row')}: {WHAT_TO_DO[kind]}")
        for one in own[:SHOWN]:
            about = [one.worker_id, one.submission and f"submission {one.submission}", one.status]
            about.append(f"owed {one.owed:.2f}, paid {one.paid:.2f}" if one.session_id else "")
            lines.append("  " + "  ".join(text for text in about if text))
        if len(own) > SHOWN:
            lines.append(f"  … and {len(own) - SHOWN} more")
    return lines


def _write(found: "Sequence[Finding]", path: Path) -> None:
    from imgloop_widgets.payouts import WHAT_TO_DO

    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for one in found:
            amounts = (f"{one.owed:.2f}", f"{one.paid:.2f}")
            about = (one.kind, one.worker_id, one.submission, one.session_id, one.status)
            writer.writerow([*about, *amounts, WHAT_TO_DO[one.kind]])
