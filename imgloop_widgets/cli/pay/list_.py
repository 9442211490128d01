"""`imgloop pay list`: what the panel was asked to pay."""

from collections import defaultdict
from typing import TYPE_CHECKING

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, count, facts
from imgloop_widgets.cli.pay.about import open_paid

if TYPE_CHECKING:
    from imgloop_widgets.store import Payment

EXAMPLE = "imgloop pay list notebooks/my_study"


def list_(study: StudyPath, results: ResultsFolder = None, database: StoreUrl = None) -> None:
    """Print which files were made, and how much each asks the panel to pay."""
    from imgloop_widgets.store import has_results, open_results

    paid = open_paid(study, results, database)
    batches: dict[str, list[Payment]] = defaultdict(list)
    if has_results(paid.file.results):
        with open_results(paid.file.results) as store:
            for one in store.payments(paid.file.name):
                batches[one.batch].append(one)
    if not batches:
        typer.echo(f"{paid.file.name}: nothing was paid yet.")
        return
    rows = [(batch, _said(own)) for batch, own in batches.items()]
    typer.echo(facts(rows, indent=0))


def _said(own: "list[Payment]") -> str:
    amount = sum(one.amount for one in own)
    workers = len({one.worker_id for one in own})
    return f"{own[0].currency} {amount:>10,.2f}  {count(workers, 'worker')}" if amount else "taken back"
