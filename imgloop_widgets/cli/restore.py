"""`imgloop restore`: a backup, into an empty store."""

from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, facts, kept, open_any_file, short
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.cli.pack import held

EXAMPLE = "imgloop restore monday.imgloop.zip notebooks/look_alike --results results_again"


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="An archive of imgloop backup.")],
    study: StudyPath,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Read a backup into an empty store.

    STUDY says where results are kept: nothing was done yet in its results folder, or the database that --store names.
    A backup of SQLite goes into PostgreSQL too, and back. To join an archive with what is there, use unpack.
    """
    from imgloop_widgets.moving import Archive
    from imgloop_widgets.moving import restore as write
    from imgloop_widgets.store import open_results

    file = open_any_file(study, results, database)
    ready(file.results, "--results")
    with Archive(archive) as opened, open_results(file.results) as store:
        write(opened, store, file.results)
        rows = held(opened.manifest)
    typer.echo(f"{short(archive)}: restored to {kept(file)}\n{facts(rows)}")
