"""`imgloop forget`: remove a worker, and all that there is of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    facts,
    open_study_file,
    require_results,
    short,
)
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.store import Holdings

EXAMPLE = "imgloop forget w017 notebooks/look_alike"


def forget(
    worker: Annotated[str, typer.Argument(metavar="WORKER", help="The worker's id, as their link had it.")],
    study: StudyPath,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Remove a worker and all there is of them.

    Their sessions in all studies of the results folder, drafts, incidents, and the images and files that are theirs
    alone.
    Stop serving first. What was made from the results before (reports, exports, backups) is yours to remove.
    """
    from imgloop_widgets.analysis.pseudonyms import known_pseudonyms
    from imgloop_widgets.store import has_results, open_results

    file = open_study_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        raise ImgloopError(f"there are no results in {short(file.results)}, so nothing of {worker!r}")
    names = known_pseudonyms(file.results)
    with open_results(file.results) as store:
        there = store.holdings(worker)
        if not there.sessions:
            typer.echo(f"There is nothing of {worker!r} in {short(file.results)}; look whether the id is right.")
            return
        if not yes:
            typer.echo(f"Of {worker!r} in {short(file.results)}:\n{facts(_rows(there))}")
            typer.confirm("Remove all of it? It can't be undone", abort=True)
        removed = store.forget(worker)
    typer.echo(f"Removed of {worker!r} from {short(file.results)}:\n{facts(_rows(removed))}")
    for line in _elsewhere(file.results, names.of(worker) if names else None):
        typer.echo(line)


def _rows(holdings: "Holdings") -> list[tuple[str, object]]:
    rows = holdings.rows
    kept = f" ({holdings.shared} more stay: others were shown them too)" if holdings.shared else ""
    return [
        ("sessions", rows["sessions"]),
        ("events", rows["events"]),
        ("drafts", rows["drafts"]),
        ("incidents", rows["incidents"]),
        ("images", f"{len(holdings.images)}{kept}"),
        ("files", len(holdings.files)),
    ]


def _elsewhere(results: Path, pseudonym: str | None) -> list[str]:
    """Say what still holds something of the worker."""
    lines = []
    if pseudonym:
        lines.append(f"In exports made before they are {pseudonym}: remove those rows there, or export anew.")
    made = [name for name in ("reports", "export", "imported") if (results / name).is_dir()]
    if made:
        where = " and ".join(short(results / name) for name in made)
        lines.append(f"{where} may still show their work; make them anew, or remove them.")
    return lines
