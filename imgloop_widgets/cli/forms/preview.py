"""`imgloop forms preview`: the form in a browser, with all its versions in a chooser."""

import logging
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import short
from imgloop_widgets.cli.serve import free_port, probe
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop forms preview forms/animals"

HOST = "127.0.0.1"
PORT = 8876
"""Not that of `imgloop serve`, whose links are with workers."""


def preview(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", show_default=False, help="The folder of a form, or a single file.")
    ],
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="N", help=f"Left out: {PORT}, or the next free one. 0: any free one."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, and leave it to you to open it.")
    ] = False,
) -> None:
    """Show a form in the browser, until Ctrl+C.

    It looks as it does to a worker. All its versions are in a chooser. A form with the loop in it is played in memory,
    with images by the generator Scenes. Mistakes are listed on the page; reload it once they are corrected.
    """
    if not path.exists():
        raise ImgloopError(f"{path}: there is no such folder or file; give the folder of a form, or its file")
    if port is None:
        port = free_port(PORT, HOST)
    else:
        probe(port, HOST)
    from imgloop_widgets.serving import app
    from imgloop_widgets.serving.preview import write_notebook

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")

    def announce(url: str) -> None:
        typer.echo(f"{short(path)} is shown at {url} for as long as this runs. Ctrl+C stops.")
        sys.stdout.flush()
        if not no_browser:  # in a thread: a browser of the terminal does not come back
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    with tempfile.TemporaryDirectory(prefix="imgloop-preview-") as folder:
        notebook = write_notebook(Path(folder), path)
        app.serve(notebook, port=port, host=HOST, title=f"Preview of {path.resolve().name}", on_ready=announce)
    typer.echo("Stopped.")
