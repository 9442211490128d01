"""`imgloop links`: a link for each worker, signed where the study wants it; or the address that a panel is given.

Which unit a link gives is decided when it is opened, unless it names one.
"""

import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, count, open_any_file, short
from imgloop_widgets.cli.spans import until
from imgloop_widgets.errors import ImgloopError, Refused

if TYPE_CHECKING:
    from imgloop_widgets.identity import Identity
    from imgloop_widgets.ratings import AnyStudy

DEFAULT_URL = "http://127.0.0.1:8866/"
EXAMPLE = "imgloop links --workers 36 --expires 7d --base-url https://study.example.org/ --csv links.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """worker_id, unit: whom it is for; unit None: the one that is due. url: to be opened in a browser."""

    worker_id: str
    unit: int | None
    url: str


def workers_of(number: int, units: int, prefix: str = "w", *, per_unit: bool = False) -> "list[Identity]":
    """Return so many workers, numbered from 1; worker n has unit n, and again from 1 after the last.

    per_unit: False: each has whatever unit is due when they come.
    """
    from imgloop_widgets.identity import Identity

    digits = max(3, len(str(number)))
    return [
        Identity(worker_id=f"{prefix}{n:0{digits}d}", unit=(n - 1) % units + 1 if per_unit else None)
        for n in range(1, number + 1)
    ]


def make_links(
    study: "AnyStudy", base_url: str, workers: "Sequence[Identity]", expires: datetime | None = None
) -> list[Link]:
    """Return a link for each worker, signed where the study wants it. expires: UTC; None: never.

    Raises:
        ImgloopError: the keys or the store can't be read, or written where there are none yet.
    """
    queries = _signed(study, workers, expires) if study.about.access == "signed" else [who.query for who in workers]
    return [
        Link(worker_id=who.worker_id, unit=who.unit, url=f"{base_url.rstrip('/')}/?{query}")
        for who, query in zip(workers, queries, strict=True)
    ]


def _signed(study: "AnyStudy", workers: "Sequence[Identity]", expires: datetime | None) -> list[str]:
    from imgloop_widgets.access.keys import keys
    from imgloop_widgets.access.tokens import PARAMETER, Token, digest, sign
    from imgloop_widgets.store import open_results

    secrets = [key.secret for key in keys(study.results)]
    with open_results(study.results) as store:
        revoked = store.revoked(study.name)
    texts = []
    for who in workers:
        number = 0
        while True:  # in place of a link that was revoked comes the next
            token = Token(study=study.name, worker_id=who.worker_id, unit=who.unit, expires=expires, number=number)
            text = sign(token, secrets)
            if digest(text) not in revoked:
                break
            number += 1
        texts.append(f"{PARAMETER}={text}")
    return texts


def panel_address(study: "AnyStudy", base_url: str) -> str | None:
    """Return the address that the study's panel is given; None: it is on none."""
    from imgloop_widgets.panels import panel_of

    panel = panel_of(study.about.access, study.panel)
    if panel is None:
        return None
    address = f"{base_url.rstrip('/')}/"
    return f"{address}?{panel.query}" if panel.query else address


def links(
    study: StudyPath,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, metavar="N", help="How many links; left out, as many as do all units."),
    ] = None,
    worker: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="For this worker; may be given more than once.")
    ] = None,
    unit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The unit of --worker.")] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How long they are valid: 90m, 12h, 7d, 2w; left out: for ever.")
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
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Print links for workers.

    When a worker opens theirs, they are given the unit that is due, in an arm by chance, and the same link gives them
    the next one; with --units each link names its unit. Links are signed: nobody can change the name in one, and
    `imgloop revoke` takes one back. The keys are made at first use, in the results folder. With access = "open" a link
    is believed as it stands. For a study on a panel, the address is printed that the panel is given. In a rating study
    there is a link for each block of items, and its unit is the rater's first block.
    """
    from imgloop_widgets.cli.check import WORKER_NOTEBOOK, check_files
    from imgloop_widgets.cli.of_ratings import open_checked
    from imgloop_widgets.identity import identity_of
    from imgloop_widgets.ratings import RatingStudy

    address = DEFAULT_URL if base_url is None else base_url
    if not address.startswith(("http://", "https://")):
        raise typer.BadParameter(f"must begin with http:// or https://; not {address!r}", param_hint="--base-url")
    if unit is not None and not worker:
        raise typer.BadParameter("needs --worker: whose unit is it?", param_hint="--unit")
    file = open_any_file(study, results, database)
    if isinstance(file, RatingStudy):
        number, units, name_units = open_checked(file, WORKER_NOTEBOOK, verify=False).units, 1, True  # the first block
    else:
        plan = check_files(file, verify=False).plan
        units = plan.units
        number = units if name_units else math.ceil(units / plan.units_per_worker)
    if unit is not None and unit > units:
        raise typer.BadParameter(f"must be from 1 to {units}; not {unit}", param_hint="--unit")
    if expires is not None and file.about.access != "signed":
        raise typer.BadParameter(f"has no effect with access = {file.about.access!r}", param_hint="--expires")
    ends = None if expires is None else until(expires, "--expires")
    given = panel_address(file, address)
    if given is not None:
        if worker or workers or to_csv:
            raise ImgloopError(
                f"{file.name} has one address for all, which {file.about.access} is given; ask for no more"
            )
        typer.echo(given)
    else:
        named = [_named(name, unit) for name in worker or ()]
        people = named or workers_of(workers or number, units, prefix, per_unit=name_units)
        try:
            identity_of(people[-1].worker_id, None)
        except Refused:  # its text is for a worker
            wrong = f"must have no spaces, and with the worker's number at most 100 characters; not {prefix!r}"
            raise typer.BadParameter(wrong, param_hint="--prefix") from None
        _tell(make_links(file, address, people, ends), to_csv)
    if base_url is None:
        note = f"The links are for {DEFAULT_URL}; if `imgloop serve` names another address, give it with --base-url."
        typer.echo(note, err=True)


def _named(worker_id: str, unit: int | None) -> "Identity":
    """Return the identity of a worker who was named on the command line."""
    from imgloop_widgets.identity import identity_of

    try:
        return identity_of(worker_id, None if unit is None else str(unit))
    except Refused:  # its text is for a worker
        wrong = f"must be 1 to 100 characters without spaces; not {worker_id!r}"
        raise typer.BadParameter(wrong, param_hint="--worker") from None


def _tell(made: list[Link], to_csv: Path | None) -> None:
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


def write_csv(made: list[Link], out: TextIO) -> None:
    """Write the links as CSV: worker_id, unit, url. unit: empty: the next that is due."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["worker_id", "unit", "url"])
    table.writerows([link.worker_id, link.unit, link.url] for link in made)
