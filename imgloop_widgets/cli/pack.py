"""`imgloop pack`: a study whole, as one archive."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    count,
    facts,
    open_any_file,
    require_played,
    short,
)
from imgloop_widgets.cli.folders import ready

if TYPE_CHECKING:
    from imgloop_widgets.moving import Manifest

EXAMPLE = "imgloop pack notebooks/look_alike --out look_alike.imgloop.zip"


def pack(
    study: StudyPath,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The archive; left out, <study>.imgloop.zip in the current folder."),
    ] = None,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="The secret keys of links and pseudonyms too.")
    ] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Write a study whole as one archive.

    All that the study has in the store, images and uploaded files too, to be unpacked elsewhere; with a study of
    ratings, the study whose images are judged. It names the workers: share an export instead. The study may be served
    meanwhile.
    """
    from imgloop_widgets.moving import pack as write
    from imgloop_widgets.moving.packing import SUFFIX
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.store import open_results

    file = open_any_file(study, results, database)
    require_played(file, results)
    path = out or Path(f"{file.name}{SUFFIX}")
    ready(path.absolute().parent, "--out")
    names = [file.name, file.ratings.source_name] if isinstance(file, RatingStudy) else [file.name]
    with open_results(file.results) as store:
        done = write(store, file.results, path, names, with_keys=with_keys)
    typer.echo(f"{file.name}: packed as {short(path)}, and read again\n{facts(held(done.manifest))}")


def held(manifest: "Manifest") -> list[tuple[str, object]]:
    """Return what an archive holds, for `facts`."""
    rows = {name: about.rows for name, about in manifest.tables.items()}
    kinds = ["images", "files", "other", "keys"]
    files = {kind: sum(path.startswith(f"{kind}/") for path in manifest.files) for kind in kinds}
    lines: list[tuple[str, object]] = [
        ("studies", ", ".join(manifest.studies) or "none"),
        ("sessions", rows["sessions"]),
        ("events", rows["events"]),
        ("other rows", sum(rows.values()) - rows["sessions"] - rows["events"]),
        *((kind, number) for kind, number in files.items() if number),
    ]
    if manifest.missing:
        lines.append(("missing", f"{count(len(manifest.missing), 'file')} that rows name: {manifest.missing[0]}, …"))
    return lines
