"""The generators a study file can name, with their options.

To add one: write its module, import it in a function here, add a line to `NAMED`.
"""

import difflib
from collections.abc import Callable
from typing import Any

from imgloop_widgets.generators.contract import Generator
from imgloop_widgets.generators.local_images import LocalImages
from imgloop_widgets.library import Library


def _local_images(library: Library, /, **options: Any) -> Generator:
    empty = [category for category in library.categories if not library.images(category)]
    if empty:
        raise ValueError(f"'local_images' finds no images in library/{empty[0]}; put at least one there")
    return LocalImages(library.images, **options)


def _scenes(library: Library, /, **options: Any) -> Generator:
    from imgloop_widgets.generators.scenes import Scenes  # a study that brings its own model need not load it

    return Scenes(**options)


NAMED: dict[str, Callable[..., Generator]] = {"local_images": _local_images, "scenes": _scenes}


def build(name: str, library: Library, /, **options: Any) -> Generator:
    """Return the generator of this name.

    Raises:
        ValueError: there is none of this name, or it does not take these options.
    """
    if name not in NAMED:
        close = difflib.get_close_matches(name, NAMED, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(NAMED)}"
        raise ValueError(f"generator {name!r} is not known; {hint}")
    try:
        return NAMED[name](library, **options)
    except TypeError as error:
        raise ValueError(f"generator {name!r} does not take these options: {error}") from None
