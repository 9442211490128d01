"""`imgloop monitor`: a link to the researcher's page."""

from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, again, open_any_file, short
from imgloop_widgets.cli.links import DEFAULT_URL
from imgloop_widgets.cli.spans import until
from imgloop_widgets.cli.units.about import Who, name_of
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from imgloop_widgets.ratings import AnyStudy
    from imgloop_widgets.study import Study

EXAMPLE = "imgloop monitor notebooks/look_alike --who anna --expires 12h --base-url https://study.example.org/"
LASTS = "7d"

Expires = Annotated[str, typer.Option(metavar="SPAN", help="How long it is valid: 90m, 12h, 7d, 2w.")]
BaseUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help=f"Where the study is served, as `imgloop serve` says it; left out: {DEFAULT_URL}"),
]


def desk_link(study: "AnyStudy", base_url: str, path: str, who: str, expires: "datetime") -> str:
    """Return a link to a researcher's page. path: of the page. who: is written beside all that is done there.

    expires: UTC.

    Raises:
        ImgloopError: the keys can't be read, or written where there are none yet.
    """
    from imgloop_widgets.access.keys import keys
    from imgloop_widgets.access.tokens import PARAMETER, RESEARCHER, Token, sign

    secrets = [key.secret for key in keys(study.results)]
    token = Token(study=study.name, worker_id=who, expires=expires)
    return f"{base_url.rstrip('/')}/{path}?{PARAMETER}={sign(token, secrets, RESEARCHER)}"


def monitor(
    study: StudyPath,
    expires: Expires = LASTS,
    base_url: BaseUrl = None,
    who: Who = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Print a link to the researcher's page.

    On it a study is watched and steered; the page for reviewing is a click away. Give it to nobody but researchers: who
    has it sees workers' ids, and can pause the study and end units. The name of whoever it is for is in it, and is kept
    with all that is done by it. `imgloop revoke LINK` takes it back. A study of ratings has no such page: `imgloop
    status` shows how far its raters are.
    """
    from imgloop_widgets.access.researchers import PATH

    print_link(open_steered(study, results, database), base_url, PATH, name_of(who), until(expires, "--expires"))


def open_steered(study: "Path", results: "Path | None", database: str | None) -> "Study":
    """Return the study, as `open_study_file` does. Raises: ImgloopError: it is one of ratings; says what to do."""
    from imgloop_widgets.ratings import RatingStudy

    file = open_any_file(study, results, database)
    if isinstance(file, RatingStudy):
        raise ImgloopError(
            f"{short(file.path)} is a study of ratings, which has no units to watch, steer or review; "
            f"{again('status --watch', file)} shows how far its raters are, and the report agreement of "
            f"{file.ratings.source_name} what they said"
        )
    return file


def print_link(file: "Study", base_url: str | None, path: str, who: str, expires: "datetime") -> None:
    """Print a link to a researcher's page, and beside it what address is meant where none was given."""
    address = DEFAULT_URL if base_url is None else base_url
    if not address.startswith(("http://", "https://")):
        raise typer.BadParameter(f"must begin with http:// or https://; not {address!r}", param_hint="--base-url")
    typer.echo(desk_link(file, address, path, who, expires))
    if base_url is None:
        note = (
            f"The link is for {DEFAULT_URL}; if {again('serve', file)} names another address, give it with --base-url."
        )
        typer.echo(note, err=True)
