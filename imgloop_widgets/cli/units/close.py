"""`imgloop units close`: end a unit now."""

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath
from imgloop_widgets.cli.units.about import Code, Who, Why, Yes, steer

EXAMPLE = "imgloop units close 5F2A90C1 notebooks/look_alike --why 'the study is over'"


def close(
    code: Code,
    study: StudyPath,
    yes: Yes = False,
    who: Who = None,
    why: Why = "",
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """End a unit now.

    What was done so far is kept and counts, and the worker's page ends with their code. To have the unit done by
    somebody else, return it.
    """
    ask = "" if yes else "End {} now? It can't be undone"
    typer.echo(f"{steer('close', code, study, results, database, who=who, why=why, ask=ask)}: closed.")
