"""`imgloop import`: other people's tables, checked, as a folder that reports can read."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import LEFT_OUT, ResultsFolder, count, default_study, facts, open_study_file, short
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.analysis.imports import Imported

EXAMPLE = (
    "imgloop import attempts.csv --map worker=steering_user_id --map target=goal_image --map arm=model "
    "--map metric.dreamsim=dreamsim --name steerability"
)
FOLDER = "imported"
MEPHISTO = "mephisto"


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="CSV, Parquet or JSON files, or a folder of them, such as an export."),
    ],
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OURS=THEIRS",
            help="A column of ours and what the file calls it; metric.NAME=COLUMN for a measured value.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME",
            help="mephisto: units that Mephisto has exported, in JSON; --map prompt=NAME and score=NAME say how the "
            "loop's fields begin, where they don't so.",
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the file holds; left out, what it is named after, else attempts."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the folder; left out, the first file's name.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an import of this name.")] = False,
    study: Annotated[
        Path | None, typer.Option(metavar="STUDY", help=f"A study file or its folder, for its results; {LEFT_OUT}.")
    ] = None,
    results: ResultsFolder = None,
) -> None:
    """Read other people's tables, for reports.

    They are checked first. A row of attempts needs a worker and a target; sessions are made of both together. All that
    is wrong is listed by file, row and column, and then nothing is written.
    """
    from imgloop_widgets.analysis.codebook import TABLES
    from imgloop_widgets.analysis.imports import read_files, save, table_files

    if source not in (None, MEPHISTO):
        raise typer.BadParameter(f"must be {MEPHISTO}; not {source!r}", param_hint="--from")
    if table is not None and table not in TABLES:
        raise typer.BadParameter(f"must be one of {', '.join(TABLES)}; not {table!r}", param_hint="--table")
    columns = columns_of(maps or [])
    found = [file for path in files for file in table_files(path)] if source is None else []
    called = name or files[0].resolve().stem
    if not re.fullmatch(r"[\w][\w.-]{0,63}", called):
        wrong = f"may have up to 64 letters, digits, '_', '.' and '-'; not {called!r}"
        raise typer.BadParameter(wrong, param_hint="--name")
    folder = _results(study, results) / FOLDER / called
    if folder.exists() and not force:
        raise ImgloopError(f"{short(folder)}: is there already; name another with --name, or replace it with --force")
    ready(folder.parent, "--results")
    imported = (
        read_files(found, columns, study=called, table=table)
        if source is None
        else _from_mephisto(files, columns, called)
    )
    save(imported, folder, force=force)
    rows: list[tuple[str, object]] = [
        (name, count(len(frame), "row")) for name, frame in imported.tables.items() if len(frame)
    ]
    if imported.left_out:
        rows.append(("left out", ", ".join(imported.left_out)))
    typer.echo(f"{called}: imported to {short(folder)}\n{facts(rows)}")


def columns_of(maps: list[str]) -> dict[str, str]:
    """Return ours → theirs of `--map` options. Raises: typer.BadParameter: one is not written OURS=THEIRS."""
    columns: dict[str, str] = {}
    for text in maps:
        ours, equals, theirs = text.partition("=")
        if not (ours and equals and theirs):
            raise typer.BadParameter(f"must be written OURS=THEIRS; not {text!r}", param_hint="--map")
        if ours in columns:
            raise typer.BadParameter(f"{ours} is given more than once", param_hint="--map")
        columns[ours] = theirs
    return columns


def _from_mephisto(files: list[Path], columns: dict[str, str], study: str) -> "Imported":
    from imgloop_widgets.analysis.mephisto import NAMES, read_mephisto

    if unknown := [name for name in columns if name not in NAMES]:
        raise typer.BadParameter(f"must be one of {', '.join(NAMES)}; not {unknown[0]!r}", param_hint="--map")
    return read_mephisto(files, columns, study=study)


def _results(study: Path | None, results: Path | None) -> Path:
    """Return the folder of results: the one that is named, else the study's."""
    return results if results is not None else open_study_file(study or default_study()).results
