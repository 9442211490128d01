"""`imgloop simulate --over-http`: who comes, by which links; and what is told of it.

Sessions are those of simulated workers, in the results of the server that is asked: ids begin with sim-, and reports,
pay and assignments know them as such. A link of anybody else is not played.
"""

import asyncio
import csv
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import typer

from imgloop_widgets.cli.arguments import count, short
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.rows import SIMULATED

if TYPE_CHECKING:
    from imgloop_widgets.crowd import Measured
    from imgloop_widgets.ratings import AnyStudy


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What the command line says. where: the server's address, or a CSV of links. arrivals, ramp: as they were typed.

    hold: how long all stay; None: until each is done. think_s, drops: see `crowd.Plan`. generator_s: seconds that the
    generator takes; None: as the store has it.
    """

    where: str
    workers: int
    seed: int
    arrivals: str | None = None
    ramp: str | None = None
    hold: str | None = None
    think_s: float = 20.0
    drops: float = 0.0
    generator_s: float | None = None
    to_json: Path | None = None


def come(coming: Coming, study: "AnyStudy | None") -> None:
    """Let the crowd come, and tell what it met with. study: whose links are made; None: the links are there.

    Raises:
        ImgloopError: there is no link to be played, or nobody had their form.
    """
    from imgloop_widgets.crowd import Plan, play
    from imgloop_widgets.crowd.arrivals import ramp, rate, seconds
    from imgloop_widgets.crowd.measured import as_json, as_text

    links = _links(coming, study)
    arrivals = ramp(coming.ramp, len(links)) if coming.ramp else rate(coming.arrivals or "2/s")
    hold_s = None if coming.hold is None else seconds(coming.hold)
    plan = Plan(think_s=coming.think_s, drops=coming.drops)
    typer.echo(f"{count(len(links), 'simulated worker')} to {urlsplit(links[0]).netloc}", err=True)
    shown = [""]

    def tell(measured: "Measured") -> None:
        line = f"  {measured.at_once} at it, {measured.sessions} came, {count(measured.errors.total(), 'error')}"
        if line != shown[0] and sys.stderr.isatty():
            typer.echo(f"\r{line:<60}", nl=False, err=True)
            shown[0] = line

    measured = asyncio.run(play(links, plan, arrivals, seed=coming.seed, hold_s=hold_s, progress=tell))
    if shown[0]:
        typer.echo(err=True)
    took = {name: coming.generator_s for name, _ in measured.images} if coming.generator_s else _took(study, measured)
    measured.less_the_generators(took)
    typer.echo(as_text(measured))
    if coming.to_json is not None:
        told = {**as_json(measured), "generator_known": len(took.keys() & {name for name, _ in measured.images})}
        coming.to_json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        typer.echo(f"All numbers are in {short(coming.to_json)}.", err=True)
    if not measured.sessions:
        raise ImgloopError("nobody had their form; the first error above says why")


def _links(coming: Coming, study: "AnyStudy | None") -> list[str]:
    if not coming.where.startswith(("http://", "https://")):
        return _of_file(Path(coming.where))[: coming.workers]
    query = urlsplit(coming.where).query
    if query:
        raise ImgloopError(f"{coming.where}: give the server's address without a query, or a CSV of links")
    digits, run = max(3, len(str(coming.workers))), secrets.token_hex(2)
    names = [f"{SIMULATED}{run}-{n:0{digits}d}" for n in range(1, coming.workers + 1)]
    return _made(study, coming.where, names)


def _made(study: "AnyStudy | None", address: str, names: Sequence[str]) -> list[str]:
    """Return a link for each worker, as the study's access wants it; open ones where no study is known."""
    from imgloop_widgets.cli.links import make_links
    from imgloop_widgets.identity import Identity
    from imgloop_widgets.panels import panel_of

    base = f"{address.rstrip('/')}/"
    people = [Identity(worker_id=name) for name in names]
    if study is None:
        return [f"{base}?{who.query}" for who in people]
    panel = panel_of(study.about.access, study.panel)
    if panel is None:
        return [link.url for link in make_links(study, base, people)]
    return [f"{base}?{urlencode({panel.worker: name, **dict.fromkeys(panel.keep, 'sim')})}" for name in names]


def _of_file(file: Path) -> list[str]:
    """Return the links of a CSV as `imgloop links --csv` writes it."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except UnicodeDecodeError:
        raise ImgloopError(f"{file}: is not UTF-8 text; write it with imgloop links --csv") from None
    if not rows or not {"worker_id", "url"} <= rows[0].keys():
        raise ImgloopError(f"{file}: must have the columns worker_id and url, as imgloop links --csv writes them")
    for number, row in enumerate(rows, start=2):
        if not row["worker_id"].startswith(SIMULATED) or not _is_of(row["worker_id"], row["url"]):
            what = f"is not of a simulated worker; make links with imgloop links --prefix {SIMULATED}"
            raise ImgloopError(f"{file}, line {number}: {what}")
    return [row["url"] for row in rows]


def _is_of(worker_id: str, url: str) -> bool:
    """Whether a link can be that worker's: an open one names them, and a signed one carries the name."""
    from imgloop_widgets.access.tokens import PARAMETER, worker_in

    values = parse_qs(urlsplit(url).query)
    if PARAMETER in values:
        return worker_in(values[PARAMETER][0]) == worker_id
    return worker_id in [value for found in values.values() for value in found]


def _took(study: "AnyStudy | None", measured: "Measured") -> Mapping[str, float]:
    """Return what the generator took for each image, as the study's store on this machine has it; by sha256."""
    from imgloop_widgets.events import ImageGenerated
    from imgloop_widgets.store import has_results, open_results

    wanted = {name for name, _ in measured.images}
    if study is None or not wanted or not has_results(study.results):
        return {}
    took: dict[str, float] = {}
    with open_results(study.results) as store:
        for session_id in [o.session_id for o in store.sessions(study.name) if o.worker_id.startswith(SIMULATED)]:
            for event in store.read(session_id):
                if isinstance(event, ImageGenerated) and event.image_sha256 in wanted and event.duration_s is not None:
                    took[event.image_sha256] = event.duration_s
    return took
