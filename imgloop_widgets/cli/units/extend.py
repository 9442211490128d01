"""`imgloop units extend`: give a unit's worker more time."""

from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath
from imgloop_widgets.cli.spans import span_of
from imgloop_widgets.cli.units.about import Code, Who, Why, steer

EXAMPLE = "imgloop units extend 5F2A90C1 10m notebooks/look_alike --why 'the image service was slow'"


def extend(
    code: Code,
    span: Annotated[str, typer.Argument(metavar="SPAN", help="How much more: 10m, 2h, 1d.")],
    study: StudyPath,
    who: Who = None,
    why: Why = "",
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Give the worker of a unit more time.

    The clock on their page moves. A unit whose time was over, and is not submitted yet, has this much from now.
    """
    name = steer("extend", code, study, results, database, who=who, why=why, more=span_of(span, "SPAN"))
    typer.echo(f"{name}: {span} more.")
