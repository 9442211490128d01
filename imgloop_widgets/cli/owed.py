"""`imgloop owed`: what the study owes, and to whom."""

import csv
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    facts,
    open_study_file,
    require_results,
    short,
)
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.loop import State
    from imgloop_widgets.pay import Owed
    from imgloop_widgets.store import Store
    from imgloop_widgets.study_tables import Pay

EXAMPLE = "imgloop owed notebooks/look_alike --csv owed.csv"
COLUMNS = ("worker_id", "unit_id", "session_id", "reason", "currency", "base", "bonus", "total", "why")


def owed(
    study: StudyPath,
    to_csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write one row a unit to this file; - is the standard output."),
    ] = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Print what is owed to each worker.

    The study file's [pay] says how much: the base, and bonuses. Only finished units count, and no simulated worker. A
    bonus for the best share is settled once nobody plays any more. What a reviewer has rejected is not owed, and a
    bonus that they gave is (`imgloop review`).
    """
    from imgloop_widgets.pay import by_worker
    from imgloop_widgets.store import has_results, open_results

    file = open_study_file(study, results, database)
    require_results(file, results)
    if file.pay is None:
        raise ImgloopError(f"{file.path.name} has no table [pay]; write there what a unit pays: base = 2.00")
    rows: list[Owed] = []
    going_on, paid = 0, Decimal(0)
    if has_results(file.results):
        with open_results(file.results) as store:
            rows, states = earned(store, file.name, file.pay)
            going_on = sum(state.finished is None for state in states)
            paid = sum((payment.amount for payment in store.payments(file.name)), paid)
    if str(to_csv) == "-":
        _write(rows, file.pay.currency, sys.stdout)
        return
    if to_csv is not None:
        if not to_csv.absolute().parent.is_dir():
            raise ImgloopError(f"{to_csv}: the folder {to_csv.parent} is missing; make it first, or name another file")
        with to_csv.open("w", encoding="utf-8", newline="") as out:
            _write(rows, file.pay.currency, out)
    workers = by_worker(rows)
    lines = [(w.worker_id, f"{w.total:>10,.2f}  {count(w.units, 'unit')}, bonus {w.bonus:,.2f}") for w in workers]
    whole = sum(w.total for w in workers)
    typer.echo(f"{file.name} owes {file.pay.currency} {whole:,.2f} to {count(len(workers), 'worker')}.")
    if paid:
        typer.echo(f"{file.pay.currency} {paid:,.2f} of it was asked of the panel already ({again('pay list', file)}).")
    if lines:
        typer.echo(facts(lines))
    if going_on:
        typer.echo(f"{count(going_on, 'session is', 'sessions are')} still open, and nothing is owed for those yet.")
    if to_csv is not None:
        typer.echo(f"{short(to_csv)}: {count(len(rows), 'unit')}")


def earned(store: "Store", study: str, pay: "Pay") -> "tuple[list[Owed], list[State]]":
    """Return what each finished session earns, and all sessions."""
    from imgloop_widgets.decisions import stand
    from imgloop_widgets.loop import fold
    from imgloop_widgets.pay import owed as count_up

    states = [fold(events) for _, events in store.logs(study)]
    metrics: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    if any(bonus.metric for bonus in pay.bonus):
        for one in store.metrics(study):  # by session and attempt
            if one.value is not None:
                metrics[one.session_id][one.metric].append(one.value)
    return count_up(pay, states, metrics, stand(store.reviews(study))), states


def _write(rows: "list[Owed]", currency: str, out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        amounts = (f"{row.base:.2f}", f"{row.bonus:.2f}", f"{row.total:.2f}")
        why = "; ".join(row.why)
        writer.writerow([row.worker_id, row.unit_id, row.session_id, row.reason, currency, *amounts, why])
