"""`imgloop export`: what a study has gathered, as files to work with or to share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    facts,
    open_any_file,
    require_results,
    short,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop export notebooks/look_alike --format csv,units --out results/export"


def export(
    study: StudyPath,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the files go; left out, export/ of the results.")
    ] = None,
    formats: Annotated[
        str,
        typer.Option("--format", metavar="LIST", help="csv, parquet, json, units (a JSON file a session), or several."),
    ] = "csv",
    with_ids: Annotated[
        bool, typer.Option("--with-ids", help="Workers' ids in place of pseudonyms: for paying, not for sharing.")
    ] = False,
    with_answers: Annotated[
        bool, typer.Option("--with-answers", help="The form's answers and unsent drafts too.")
    ] = False,
    simulated: Annotated[
        bool | None,
        typer.Option(
            "--simulated/--no-simulated",
            help="Simulated workers too, or never; left out, only while there is nobody else.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace whatever is in the folder.")] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Write all that a study has gathered as tables.

    A codebook comes with them. Workers have pseudonyms, the same in every export; the key to them stays in the results
    folder. An export replaces an earlier one. Of a rating study everything about the images that are judged is written:
    the tables of the first study, ratings among them. What reviewers have decided is a table too, without their notes
    and messages: those are for yourself, and `imgloop review --csv` has them.
    """
    from imgloop_widgets.analysis.export import FORMATS, Wanted
    from imgloop_widgets.analysis.export import export as write
    from imgloop_widgets.store import has_results, open_results

    chosen = [name.strip() for name in formats.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in FORMATS]
    if unknown or not chosen:
        wrong = f"must be one or more of {', '.join(FORMATS)}, with commas between; not {formats!r}"
        raise typer.BadParameter(wrong, param_hint="--format")
    file = open_any_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        raise ImgloopError(
            f"nobody has played {file.name} yet, so there is nothing to export; {again('serve', file)} begins"
        )
    folder = out or file.results / "export"
    ready(folder.parent, "--out")
    wanted = Wanted(formats=tuple(chosen), with_ids=with_ids, with_answers=with_answers, simulated=simulated)
    with open_results(file.results) as store:
        done = write(file, store, folder, wanted, now=datetime.now(UTC), force=force)
    rows: list[tuple[str, object]] = [(name, count(number, "row")) for name, number in done.rows.items() if number]
    if done.units:
        rows.append(("units", count(done.units, "file")))
    rows.append(("workers", "with their ids: not for sharing" if with_ids else "with pseudonyms"))
    rows.append(("answers", "with the form's answers" if with_answers else "left out; --with-answers adds them"))
    typer.echo(f"{file.name}: exported to {short(done.folder)}\n{facts(rows)}")
