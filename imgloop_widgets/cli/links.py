"""`imgloop links`: one link for each worker; which unit it gives is decided when it is opened, or named in it."""

import csv
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from imgloop_widgets.cli.arguments import StudyPath, count, open_study_file, short
from imgloop_widgets.errors import ImgloopError, Refused

DEFAULT_URL = "http://127.0.0.1:8866/"
EXAMPLE = "imgloop links notebooks/look_alike --workers 36 --base-url https://study.example.org/ --csv links.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """worker_id, unit: whom it is for; unit None: the one that is due. url: to be opened in a browser."""

    worker_id: str
    unit: int | None
    url: str


def make_links(base_url: str, workers: int, units: int | None = None, prefix: str = "w") -> list[Link]:
    """Return a link for each of the workers, numbered from 1.

    units: how many there are: worker n gets unit n, and again from 1 after the last; None: whichever is due.
    """
    from imgloop_widgets.identity import Identity

    digits = max(3, len(str(workers)))
    made = []
    for number in range(1, workers + 1):
        unit = None if units is None else (number - 1) % units + 1
        who = Identity(worker_id=f"{prefix}{number:0{digits}d}", unit=unit)
        made.append(Link(worker_id=who.worker_id, unit=who.unit, url=f"{base_url.rstrip('/')}/?{who.query}"))
    return made


def links(
    study: StudyPath,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, metavar="N", help="How many links; left out, as many as do all units."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help=f"Where the study is served, as `imgloop serve` says it; left out: {DEFAULT_URL}"
        ),
    ] = None,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="What every worker's id begins with.")] = "w",
    name_units: Annotated[
        bool,
        typer.Option("--units", help="Name a unit in each link, spread evenly; left out, a link gives what is due."),
    ] = False,
    to_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a table to this file; - for the screen.")
    ] = None,
) -> None:
    """Print links for workers.

    When a worker opens theirs, they are given the unit that is due, in an arm by chance, and the same link gives them
    the next one. With --units each link names its unit. A study with open access believes a link as it stands: whoever
    has one can change the name in it.
    """
    from imgloop_widgets.cli.check import check_files
    from imgloop_widgets.identity import identify

    address = DEFAULT_URL if base_url is None else base_url
    if not address.startswith(("http://", "https://")):
        raise typer.BadParameter(f"must begin with http:// or https://; not {address!r}", param_hint="--base-url")
    file = open_study_file(study)
    plan = check_files(file, verify=False).plan
    enough = plan.units if name_units else math.ceil(plan.units / plan.units_per_worker)
    made = make_links(address, workers or enough, plan.units if name_units else None, prefix)
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
