"""`imgloop units return`: let a unit be done again, by somebody else."""

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath
from imgloop_widgets.cli.units.about import Code, Who, Why, Yes, steer

EXAMPLE = "imgloop units return 5F2A90C1 notebooks/look_alike --why 'all prompts were the same word'"


def return_(
    code: Code,
    study: StudyPath,
    yes: Yes = False,
    who: Who = None,
    why: Why = "",
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Let a unit be done again by somebody else.

    One that goes on ends now, and its worker's page with their code. All that was done stays on record, and no more
    counts among the units.
    """
    ask = "" if yes else "Return {}? It is due again, and can't be taken back"
    typer.echo(
        f"{steer('return', code, study, results, database, who=who, why=why, ask=ask)}: returned, and due again."
    )
