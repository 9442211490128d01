"""Builds a desk for a generator of a name, and puts it on a port of this machine."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generation_server.desk import Desk
from imgloop_widgets.generation_server.server import serve
from imgloop_widgets.generation_server.workshop import Workshop
from imgloop_widgets.generators.named import build
from imgloop_widgets.library import Library


def desk(generator: str, options: Mapping[str, Any], **more: Any) -> Desk:
    """Return the desk of a generator. options: as in a study file, paths from the current folder. more: see `Desk`.

    Raises:
        ValueError: there is no such generator, it does not take these options, or its model can't be loaded.
    """
    if generator == "local_images":
        raise ValueError("'local_images' picks from a study's own images and can't be served; choose another generator")
    nothing = Library(folder=Path(), targets=())
    try:
        workshop = Workshop(lambda **asked: build(generator, nothing, Path(), **{**options, **asked}))
    except GenerationError as error:
        raise ValueError(str(error)) from error
    return Desk(workshop, **more)


def serve_here(
    generator: str, options: Mapping[str, Any], *, port: int, host: str, on_ready: Callable[[str], object], **more: Any
) -> None:
    """Serve a generator on this machine until a signal comes. Raises: ValueError: see `desk`."""
    serve(desk(generator, options, **more), port=port, host=host, on_ready=on_ready)
