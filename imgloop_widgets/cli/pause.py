"""`imgloop pause`: let a study stand still."""

from datetime import UTC, datetime

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, again, open_study_file
from imgloop_widgets.cli.units.about import Who, Why, name_of

EXAMPLE = "imgloop pause notebooks/look_alike --why 'the instruction has a mistake'"


def pause(
    study: StudyPath,
    why: Why = "",
    who: Who = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Pause a study.

    Nobody begins and nobody gets a new image; whoever is at it is told so, their time stands still, and nothing is
    lost. It goes on with `imgloop resume`.
    """
    from imgloop_widgets.store import open_results
    from imgloop_widgets.watching import steer_study

    file = open_study_file(study, results, database)
    with open_results(file.results) as store:
        steer_study(store, file.name, "pause", who=name_of(who), why=why, now=datetime.now(UTC))
    typer.echo(f"{file.name} is paused. {again('resume', file)} lets it go on.")
