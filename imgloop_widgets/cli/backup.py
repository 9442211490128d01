"""`imgloop backup`: all that a results folder has, as one archive."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    facts,
    kept,
    open_any_file,
    require_played,
    short,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.cli.pack import held

EXAMPLE = "imgloop backup notebooks/look_alike --out /mnt/backups/monday.imgloop.zip"


def backup(
    study: StudyPath,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The archive; left out, backup-<moment>.imgloop.zip in the current folder."),
    ] = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Write a whole results folder as one archive.

    All studies of the store, images, uploaded files, reports, and the secret keys: keep it where nobody else can read
    it, and on another disk. The study may be served meanwhile. The archive is read again and compared before it gets
    its name. `imgloop restore` reads it into an empty store, of either database.
    """
    from imgloop_widgets.moving import back_up
    from imgloop_widgets.moving.packing import SUFFIX
    from imgloop_widgets.store import open_results

    file = open_any_file(study, results, database)
    require_played(file, results)
    path = out or Path(f"backup-{datetime.now(UTC):%Y%m%d-%H%M%S}{SUFFIX}")
    ready(path.absolute().parent, "--out")
    with open_results(file.results) as store:
        done = back_up(store, file.results, path.absolute())
    typer.echo(f"{kept(file)}: backed up as {short(path)}, and read again\n{facts(held(done.manifest))}")
