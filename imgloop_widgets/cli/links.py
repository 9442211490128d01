"""`imgloop links`: one link for each worker, spread evenly over the units."""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from imgloop_widgets.cli.arguments import DEFAULT_STUDY, StudyPath, count, open_study_file, short

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
    study: StudyPath = DEFAULT_STUDY,
    workers: Annotated[
        int | None, typer.Option(min=1, max=100_000, metavar="N", help="How many links; left out, one for each unit.")
    ] = None,
    base_url: Annotated[str, typer.Option(metavar="URL", help="Where the study is served.")] = "http://127.0.0.1:8866/",
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="What every worker's id begins with.")] = "w",
    to_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a table to this file; - for the screen.")
    ] = None,
) -> None:
    """Print links for workers, spread over the units.

    A study with open access believes a link as it stands: whoever has one can change the name in it.
    """
    from imgloop_widgets.cli.check import check_files
    from imgloop_widgets.identity import identify

    if not base_url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"must begin with http:// or https://; not {base_url!r}", param_hint="--base-url")
    file = open_study_file(study)
    library, _ = check_files(file, verify=False)
    units = len(file.about.targets or library.targets) * file.about.units_per_assignment
    made = make_links(base_url, workers or units, units, prefix)
    identify(made[-1].url.partition("?")[2])  # a prefix with a space makes a link that nobody may enter by
    if to_csv is None:
        for link in made:
            typer.echo(link.url)
    elif str(to_csv) == "-":
        write_csv(made, sys.stdout)
    else:
        with to_csv.open("w", encoding="utf-8", newline="") as out:
            write_csv(made, out)
        typer.echo(f"{short(to_csv)}: {count(len(made), 'link')}")


def write_csv(made: list[Link], out: TextIO) -> None:
    """Write the links as CSV: worker_id, unit, url."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["worker_id", "unit", "url"])
    table.writerows([link.worker_id, link.unit, link.url] for link in made)
