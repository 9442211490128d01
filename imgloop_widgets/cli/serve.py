"""`imgloop serve`: check the study, open the port, print workers' links, serve until Ctrl+C.

Sessions whose time is over are submitted by the server where no page is open to do it, every `SWEEP_S` seconds.
"""

import errno
import logging
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    kept,
    open_study_file,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop serve notebooks/look_alike --port 8866 --workers 10"

PORT = 8866
PORTS_TRIED = 20
SWEEP_S = 5.0

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
) -> None:
    """Serve a study to workers until Ctrl+C.

    Prints a link for each worker. What they do is in the results folder the moment they see it.
    """
    if port is None:
        port = free_port(PORT, host)
        if port != PORT:
            typer.echo(f"Port {PORT} is in use by another program; taking {port} (choose one with --port).")
    else:
        probe(port, host)
    from imgloop_widgets.cli.check import WORKER_NOTEBOOK, check_files
    from imgloop_widgets.cli.links import make_links
    from imgloop_widgets.opening import OpenStudy

    file = open_study_file(study, results, database)
    check_files(file, verify=True)
    ready(file.results, "--results")
    opened = OpenStudy.load(file.path)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")

    def announce(url: str) -> None:
        typer.echo(f"{file.name} is open at {url} ({count(opened.units, 'unit')}).")
        for link in make_links(url, workers):
            typer.echo(f"  {link.url}")
        typer.echo(f"Results go to {kept(file)}. {again('status', file)} shows who is there. Ctrl+C stops.")
        sys.stdout.flush()

    from imgloop_widgets.serving import app

    app.serve(
        file.path.parent / WORKER_NOTEBOOK,
        port=port,
        host=host,
        results=file.results.absolute(),
        title=file.about.title or file.name,
        every=[(SWEEP_S, lambda: opened.expire_overdue(datetime.now(UTC)))],
        stays_s=opened.stays_s,
        on_ready=announce,
    )
    typer.echo("Stopped. What workers did is stored; serve again and they go on where they were.")


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
