"""`imgloop units list`: the units that were given, with their codes."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, open_study_file, require_results

EXAMPLE = "imgloop units list notebooks/look_alike --all"


def list_(
    study: StudyPath,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """List the units that go on.

    Of each its code, worker, unit, arm, target, what its worker does, and the time that is left.
    """
    from imgloop_widgets.cli.watched import units_table
    from imgloop_widgets.opening import load_files
    from imgloop_widgets.store import has_results, open_results
    from imgloop_widgets.watching import Watch

    file = open_study_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        typer.echo(f"{file.name}: no unit was given yet.")
        return
    with open_results(file.results) as store:
        numbers = Watch(plan=load_files(file.path).plan).look(store, datetime.now(UTC)).numbers
    found = [one for one in numbers.units if every or one.tally.reason is None]
    typer.echo(units_table(found, numbers.at) if found else f"{file.name}: no unit goes on.")
