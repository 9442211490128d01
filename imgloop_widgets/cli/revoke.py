"""`imgloop revoke`: a link or a worker that is let in no more."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, open_study_file
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop revoke w017 notebooks/look_alike"


def revoke(
    what: Annotated[str, typer.Argument(metavar="LINK|WORKER", help="A signed link, or a worker's id.")],
    study: StudyPath,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back: let them in again.")] = False,
    results: ResultsFolder = None,
) -> None:
    """Let a link or a worker in no more.

    It has effect at once, also while the study is served; a page that is open stays open. For a worker whose link was
    revoked, `imgloop links --worker ID` makes another. A worker who was revoked can't come in by any link, nor from a
    panel.
    """
    from imgloop_widgets.access.door import worker_digest
    from imgloop_widgets.access.tokens import digest
    from imgloop_widgets.store import open_results

    file = open_study_file(study, results)
    token = _token(what)
    name = f"worker {what!r}" if token is None else "this link"
    mark = worker_digest(file.name, what) if token is None else digest(token)
    with open_results(file.results) as store:
        changed = store.allow(file.name, mark) if undo else store.revoke(file.name, mark, datetime.now(UTC))
    is_now = "is let in again" if undo else "is let in no more"
    was = "was not revoked" if undo else "was revoked before"
    typer.echo(f"{file.name}: {name} {is_now if changed else was}.")


def _token(what: str) -> str | None:
    """Return the token of a link; None: it is a worker's id."""
    from imgloop_widgets.access.tokens import PARAMETER

    if "://" not in what:
        return None
    found = parse_qs(urlsplit(what).query).get(PARAMETER, [])
    if len(found) != 1:
        raise ImgloopError("this is no signed link (it has no t=…); give the whole link, or the worker's id")
    return found[0]
