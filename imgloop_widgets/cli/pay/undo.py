"""`imgloop pay undo`: files that were not used, so that what they pay is owed again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, count
from imgloop_widgets.cli.pay.about import open_paid
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.store import Payment

EXAMPLE = "imgloop pay undo 20260302-091500 notebooks/my_study"


def undo(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="The name of the files' folder; see pay list.")],
    study: StudyPath,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Take files back that the panel was not given.

    What they ask for is owed again, and is in the next files.
    """
    from imgloop_widgets.store import open_results

    paid, now = open_paid(study, results, database), datetime.now(UTC)

    def choose(before: "Sequence[Payment]") -> "Sequence[Payment]":
        own = [one for one in before if one.batch == batch]
        if not own:
            known = ", ".join(dict.fromkeys(one.batch for one in before)) or "none yet"
            raise ImgloopError(f"there are no files {batch!r}; there are: {known}")
        if sum(one.amount for one in own) == 0:
            raise ImgloopError(f"{batch} was taken back already")
        return [replace(one, amount=-one.amount, at=now) for one in own]

    with open_results(paid.file.results) as store:
        back = store.pay(paid.file.name, choose)
    typer.echo(f"{batch}: {count(len(back), 'payment')} taken back; do not give its files to the panel.")
