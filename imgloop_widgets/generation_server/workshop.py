"""Makes the generators that requests need, and the files of their images.

A request may ask for another size, a negative prompt, more steps: options of the generator's class, as in a study file.
For each such set there is a generator of its own, kept while it is used; a pipeline that they share is loaded once.
"""

import functools
import inspect
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from PIL import Image

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generation_server.protocol import Format
from imgloop_widgets.generators.contract import Context, Generated, Generator
from imgloop_widgets.generators.making import Making

KEPT = 32
"""Sets of options whose generators are kept."""


@runtime_checkable
class Batching(Protocol):
    """A generator that draws several prompts together."""

    def many(self, prompts: Sequence[str], contexts: Sequence[Context]) -> list[Generated | GenerationError]:
        """Return the images, or what went wrong with each. Raises: GenerationError: none could be made."""
        ...


@runtime_checkable
class Loading(Protocol):
    """A generator whose model takes long to load."""

    def load(self) -> None:
        """Load it now. Raises: GenerationError: it can't be loaded."""
        ...


class Workshop:
    """make: builds the generator with these options, before those of the server's own.

    Raises:
        ValueError: it can't be built.
        GenerationError: its model can't be loaded.
    """

    def __init__(self, make: Callable[..., Generator]) -> None:
        self._make = functools.lru_cache(KEPT)(lambda options: make(**json.loads(options)))
        first = self._make("{}")  # what is wrong is told when the server starts, not at the first image
        self._takes = frozenset(inspect.signature(type(first)).parameters)
        self.batching = isinstance(first, Batching)
        if isinstance(first, Loading):
            first.load()

    def options(self, wanted: Mapping[str, Any]) -> str:
        """Return a request's options as the generator has them, as one text that tells who can be drawn together.

        Raises:
            ValueError: it does not take them.
        """
        given = dict(wanted)
        if "width" in given and "width" not in self._takes and "size" in self._takes:  # of generators of squares
            if given["width"] != given.pop("height"):
                raise ValueError("size must be a square, such as '512x512'")
            given["size"] = given.pop("width")
        for name in given:
            if name not in self._takes:
                raise ValueError(f"{'size' if name in ('width', 'height') else name} is not possible with this model")
        text = json.dumps(given, sort_keys=True)
        self._make(text)
        return text

    def draw(
        self, options: str, prompts: Sequence[str], contexts: Sequence[Context]
    ) -> list[Generated | GenerationError]:
        """Return the images of a batch, or what went wrong with each. Any other exception is the generator's own."""
        generator = self._make(options)
        try:
            if isinstance(generator, Batching):
                return generator.many(prompts, contexts)
            return [Making(generator, p, c).drawn() for p, c in zip(prompts, contexts, strict=True)]
        except GenerationError as error:
            return [error] * len(prompts)


def file_of(generated: Generated, kind: Format) -> bytes:
    """Return an image as a file, without what other programs write beside the picture.

    Raises:
        GenerationError: it is no image.
    """
    image = generated.image
    try:
        data = io.BytesIO(image) if isinstance(image, bytes) else image
        opened = data if isinstance(data, Image.Image) else Image.open(data)
        buffer = io.BytesIO()
        plain = opened if opened.mode in ("RGB", "RGBA") and kind != "jpeg" else opened.convert("RGB")
        plain.info = {}
        plain.save(buffer, kind.upper(), **({} if kind == "png" else {"quality": 95}))
    except Exception as error:  # on a damaged file, a decoder may raise anything
        raise GenerationError(f"the generator returned no image: {error!r}", failure="bad_output") from error
    return buffer.getvalue()
