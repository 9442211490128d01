"""`imgloop links`: one link for each worker, spread evenly over the units."""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from imgloop_widgets.cli.arguments import StudyPath, count, open_any_file, short
from imgloop_widgets.errors import ImgloopError, Refused

DEFAULT_URL = "http://127.0.0.1:8866/"
EXAMPLE = "imgloop links notebooks/look_alike --workers 36 --base-url https://study.example.org/ --csv links.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """worker_id, unit: whom it is for. url: to be opened in a browser."""

    worker_id: str
    unit: int
    url: str


def make_links(base_url: str, workers: int, units: int, prefix: str = "w") -> list[Link]:
    """Return a link for each of the workers, numbered from 1; worker n gets unit n, and again from 1 after the last."""
    from imgloop_widgets.identity import Identity

    digits = max(3, len(str(workers)))
    made = []
    for number in range(1, workers + 1):
        who = Identity(worker_id=f"{prefix}{number:0{digits}d}", unit=(number - 1) % units + 1)
        made.append(Link(worker_id=who.worker_id, unit=who.unit, url=f"{base_url.rstrip('/')}/?{who.query}"))
    return made


def links(
    study: StudyPath,
    workers: Annotated[
        int | None, typer.Option(min=1, max=100_000, metavar="N", help="How many links; left out, one for each unit.")
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help=f"Where the study is served, as `imgloop serve` says it; left out: {DEFAULT_URL}"
        ),
    ] = None,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="What every worker's id begins with.")] = "w",
    to_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a table to this file; - for the screen.")
    ] = None,
) -> None:
    """Print links for workers, spread over the units.

    In a rating study there is a link for each block of items, and its id is the rater's first block.
    A study with open access believes a link as it stands: whoever has one can change the name in it.
    """
    from imgloop_widgets.cli.check import WORKER_NOTEBOOK, check_files
    from imgloop_widgets.cli.of_ratings import open_checked
    from imgloop_widgets.identity import identify
    from imgloop_widgets.ratings import RatingStudy

    address = DEFAULT_URL if base_url is None else base_url
    if not address.startswith(("http://", "https://")):
        raise typer.BadParameter(f"must begin with http:// or https://; not {address!r}", param_hint="--base-url")
    file = open_any_file(study)
    if isinstance(file, RatingStudy):
        units, each = open_checked(file, WORKER_NOTEBOOK, verify=False).units, 1  # every rater's first block
    else:
        units = each = len(check_files(file, verify=False).targets) * file.about.units_per_assignment
    made = make_links(address, workers or units, each, prefix)
    try:
        identify(made[-1].url.partition("?")[2])
    except Refused:  # its text is for a worker
        wrong = f"must have no spaces, and with the worker's number at most 100 characters; not {prefix!r}"
        raise typer.BadParameter(wrong, param_hint="--prefix") from None
    if to_csv is None:
        for link in made:
            typer.echo(link.url)
    elif str(to_csv) == "-":
        write_csv(made, sys.stdout)
    else:
        if not to_csv.absolute().parent.is_dir():
            raise ImgloopError(f"{to_csv}: the folder {to_csv.parent} is missing; make it first, or name another file")
        with to_csv.open("w", encoding="utf-8", newline="") as out:
            write_csv(made, out)
        typer.echo(f"{short(to_csv)}: {count(len(made), 'link')}")
    if base_url is None:
        note = f"The links are for {DEFAULT_URL}; if `imgloop serve` names another address, give it with --base-url."
        typer.echo(note, err=True)


def write_csv(made: list[Link], out: TextIO) -> None:
    """Write the links as CSV: worker_id, unit, url."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["worker_id", "unit", "url"])
    table.writerows([link.worker_id, link.unit, link.url] for link in made)
