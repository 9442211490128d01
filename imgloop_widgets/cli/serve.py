"""`imgloop serve`: check the study, open the port, print workers' links, serve until Ctrl+C.

Sessions whose time is over are submitted by the server where no page is open to do it, every `SWEEP_S` seconds. Where
the study's panel is to be called (`calls` in [panel]), that is done every `TELL_S` seconds.
"""

import errno
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import imgloop_widgets
from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    kept,
    open_any_file,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.logs import Form, configure

EXAMPLE = "imgloop serve notebooks/look_alike --port 8866 --workers 10"

DESKS = {"monitor": "To watch and steer it", "review": "To review what came in"}
"""A researcher's page: its path, and the name of its notebook → what it is for."""

PORT = 8866
PORTS_TRIED = 20
SWEEP_S = 5.0
PER_LINK = 20
"""Pages of one link within a minute; whoever reloads more often waits."""
OPEN_PER_LINK = 10
"""Pages of one link at the same time: each has a kernel, and nobody needs more than one."""
TELL_S = 10.0
LARGEST_NUMBER = 255
"""Of a server: two digits of its pages' ids."""

OF_A_STUDY = ("imgloop_widgets.generators.", "sqlalchemy.dialects.", "psycopg.", "fsspec.")
"""How the names of modules begin that one study needs and another does not."""


class Kernels(StrEnum):
    """How the processes behind workers' pages are started."""

    FORKED = "forked"
    PLAIN = "plain"


_WHY_NOT = {
    errno.EADDRINUSE: "is in use by another program; stop it, or choose another with --port",
    errno.EACCES: "may not be used without more rights; choose one above 1023 with --port",
    errno.EADDRNOTAVAIL: "the address is not one of this machine's; choose 127.0.0.1 or 0.0.0.0 with --host",
}


def serve(
    study: StudyPath,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="N", help=f"Left out: {PORT}, or the next free one. 0: any free one."),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen at; 0.0.0.0 for every one of this machine.")
    ] = "127.0.0.1",
    results: ResultsFolder = None,
    database: StoreUrl = None,
    workers: Annotated[int, typer.Option(min=0, metavar="N", help="How many workers' links to print.")] = 5,
    kernels: Annotated[
        Kernels, typer.Option(help="forked: a page is ready sooner and needs less memory (Linux). plain: as ever.")
    ] = Kernels.FORKED,
    sessions: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Workers at the same time; left out, as many as fit. Others wait in line."
        ),
    ] = None,
    drain: Annotated[
        str,
        typer.Option(
            metavar="SPAN", help="After a signal to stop, workers may go on for so long, 10m; none is let in."
        ),
    ] = "0s",
    metrics: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="Where Prometheus reads numbers, for this machine; HOST:PORT for others."),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(
            min=0, max=LARGEST_NUMBER, metavar="N", help="Of this server among several behind one proxy: see deploy/."
        ),
    ] = None,
    log: Annotated[Form, typer.Option(help="text: lines for a person. json: an object a line.")] = Form.TEXT,
) -> None:
    """Serve a study to workers until Ctrl+C.

    Prints a link for each worker, and two for you: to watch and steer it, and to review what came in. What workers do
    is in the results folder the moment they see it.
    """
    drain_s = _seconds(drain)
    if port is None:
        port = free_port(PORT, host)
        if port != PORT:
            typer.echo(f"Port {PORT} is in use by another program; taking {port} (choose one with --port).")
    else:
        probe(port, host)
    from imgloop_widgets.access import Entrance
    from imgloop_widgets.access.telling import Teller, ask
    from imgloop_widgets.cli.check import WORKER_NOTEBOOK, check_files
    from imgloop_widgets.cli.links import make_links, panel_address, workers_of
    from imgloop_widgets.cli.monitor import LASTS, desk_link
    from imgloop_widgets.cli.of_ratings import open_checked
    from imgloop_widgets.cli.spans import until
    from imgloop_widgets.cli.units.about import name_of
    from imgloop_widgets.judging import OpenRatings
    from imgloop_widgets.opening import OpenStudy
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.serving.admission import Limits
    from imgloop_widgets.serving.operation import Operation

    file = open_any_file(study, results, database)
    of_ratings = isinstance(file, RatingStudy)
    desks = {} if of_ratings else find_desks(file.path.parent)
    if isinstance(file, RatingStudy):
        open_checked(file, WORKER_NOTEBOOK, verify=True)
    else:
        check_files(file, verify=True)
    ready(file.results, "--results")
    opened = OpenRatings.load(file.path) if of_ratings else OpenStudy.load(file.path)
    units, what = opened.units, "block" if of_ratings else "unit"
    entrance = Entrance(study=file, store=opened.store)
    panel = entrance.panel
    configure(log)
    operation = Operation(
        store_answers=lambda: opened.store.revoked(file.name),
        events=lambda: opened.store.event_counts(file.name),
        metrics=None if metrics is None else _address(metrics),
        drain_s=drain_s,
        number=number,
        limits=Limits(sessions=sessions, per_link=PER_LINK, open_per_link=OPEN_PER_LINK),
    )
    teller = Teller(entrance=entrance, has_next=lambda who: opened.has_next(who, datetime.now(UTC)), ask=ask)

    def announce(url: str) -> None:
        typer.echo(f"{file.name} is open at {url} ({count(units, what)}).")
        address = panel_address(file, url)
        if panel is not None and address is not None:
            typer.echo(f"{panel.title} is given this address, where people can reach it:\n  {address}")
        else:
            for link in make_links(file, url, workers_of(workers, 1, per_unit=of_ratings)):
                typer.echo(f"  {link.url}")
        for path in desks:
            typer.echo(f"{DESKS[path]}, for you alone, for {LASTS}:")
            typer.echo(f"  {desk_link(file, url, path, name_of(None), until(LASTS, 'LASTS'))}")
        typer.echo(f"Results go to {kept(file)}. {again('status', file)} shows who is there. Ctrl+C stops.")
        sys.stdout.flush()

    from imgloop_widgets.serving import app

    app.serve(
        file.path.parent / WORKER_NOTEBOOK,
        port=port,
        host=host,
        desks={
            path: (notebook, lambda query: entrance.admit_researcher(query, datetime.now(UTC)))
            for path, notebook in desks.items()
        },
        results=file.results.absolute(),
        title=file.about.title or file.name,
        admit=lambda query: entrance.admit(query, datetime.now(UTC)),
        instruction=opened.instruction,
        frame_ancestors=panel.frames if panel else (),
        form_targets=panel.frames if panel and panel.posts else (),
        every=[(SWEEP_S, lambda: opened.expire_overdue(datetime.now(UTC))), (TELL_S, teller.tell)],
        stays_s=0.0 if isinstance(opened, OpenRatings) else opened.stays_s,
        forked=kernels is Kernels.FORKED,
        preload=of_the_study(),
        study=file.path.absolute(),
        operation=operation,
        on_ready=announce,
    )
    typer.echo("Stopped. What workers did is stored; serve again and they go on where they were.")


def _seconds(text: str) -> float:
    from imgloop_widgets.crowd.arrivals import seconds

    try:
        return seconds(text)
    except ImgloopError as error:
        raise typer.BadParameter(str(error), param_hint="--drain") from None


def _address(text: str) -> tuple[str, int]:
    """Return host and port of `9100` (this machine alone) or `0.0.0.0:9100`."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise typer.BadParameter(f"must be a port, or HOST:PORT; not {text!r}", param_hint="--metrics")
    probe(int(port), host or "127.0.0.1")
    return host or "127.0.0.1", int(port)


def find_desks(study: Path) -> dict[str, Path]:
    """Return path → the notebook of a researcher's page; a page whose notebook is nowhere is left out.

    study: its folder. Its own notebook goes before one beside its folder, and that before the package's.
    """
    places = (study, study.parent, Path(imgloop_widgets.__file__).parents[1] / "notebooks")
    found = {
        path: [place / f"{path}.ipynb" for place in places if (place / f"{path}.ipynb").is_file()] for path in DESKS
    }
    return {path: files[0] for path, files in found.items() if files}


def of_the_study() -> tuple[str, ...]:
    """Return what loading the study has imported in this process: a page's kernel, which loads it too, needs the same.

    Its generators, that is, and what speaks to its database.
    """
    return tuple(sorted(name for name in sys.modules if f"{name}.".startswith(OF_A_STUDY)))


def probe(port: int, host: str) -> None:
    """Open the port and close it again.

    Raises:
        ImgloopError: it can't be had; says why and what to do.
    """
    from tornado.netutil import bind_sockets

    try:
        for opened in bind_sockets(port, host):
            opened.close()
    except OSError as error:
        why = _WHY_NOT.get(error.errno or 0, f"can't be had ({error.strerror}); choose another --host or --port")
        raise ImgloopError(f"port {port} at {host}: {why}") from error


def free_port(first: int, host: str) -> int:
    """Return the first port that can be had, from this one on.

    Raises:
        ImgloopError: neither this one nor those after it can be had; the reason of the first.
    """
    reason: ImgloopError | None = None
    for port in range(first, first + PORTS_TRIED):
        try:
            probe(port, host)
            return port
        except ImgloopError as error:
            reason = reason or error
    assert reason is not None
    raise reason
