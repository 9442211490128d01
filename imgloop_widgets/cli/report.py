"""`imgloop report`: run the report's notebook over what has come in, and say where its files are."""

from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, open_study_file, require_results, short
from imgloop_widgets.cli.folders import ready

EXAMPLE = "imgloop report notebooks/look_alike --out results/reports"


def report(
    study: StudyPath,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the report goes; left out, reports/ of the results.")
    ] = None,
    results: ResultsFolder = None,
) -> None:
    """Make the report of a study, as HTML and pictures.

    Who came, how they scored, how long it took, and every session as a strip of pictures.
    """
    from imgloop_widgets.analysis.report import run_report
    from imgloop_widgets.store import open_store

    file = open_study_file(study, results)
    require_results(file, results)
    ready(out or file.results, "--out" if out else "--results")
    open_store(file.results).close()  # a store that can't be opened is said here, not in a notebook's traceback
    page = run_report(file.path, out)
    typer.echo(f"The report is {short(page)}; figures and tables are in {short(page.parent)}.")
