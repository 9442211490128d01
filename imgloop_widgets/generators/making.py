"""Make one image: call a generator, sync or async, and check and encode what it returns.

A sync generator runs in the calling thread; what an async one returns is awaited on one background event loop that
all generations of the process share, so that a client with open connections stays usable from call to call.
What comes back is decoded whole (a broken file must not reach a worker), brought to RGB and stored as WebP; what is
written into the file beside the picture (local models write the prompt there) is left out.
"""

import asyncio
import concurrent.futures
import functools
import inspect
import io
import os
import threading
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context, Generated, Generator, ImageLike
from imgloop_widgets.plain import plain

MAX_PIXELS = 4096 * 4096
MAX_SIDE = 16_383  # WebP's own limit
QUALITY = 90  # WebP: no difference a worker could see, a tenth of a PNG's bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """webp: the bytes of a WebP file. width, height: pixels. parameters: as the generator gave them."""

    webp: bytes
    width: int
    height: int
    parameters: Mapping[str, Any]


class Making:
    """One call of a generator. `run` blocks (any thread); `cancel` may be called from any other."""

    def __init__(self, generator: Generator, prompt: str, context: Context) -> None:
        self._generator, self._prompt, self._context = generator, prompt, context
        self._awaited: concurrent.futures.Future[Any] | None = None
        self._cancelled = False

    def run(self) -> Made:
        """Return the image.

        Raises:
            GenerationError: the generator said so, was cancelled, or returned what is no image. Any other exception
                is the generator's own.
        """
        if self._cancelled:
            raise GenerationError("cancelled", failure="cancelled")
        result = self._generator(self._prompt, self._context)
        if inspect.isawaitable(result):
            self._awaited = asyncio.run_coroutine_threadsafe(_await(result), _background_loop())
            if self._cancelled:
                self._awaited.cancel()
            try:
                result = self._awaited.result()
            except concurrent.futures.CancelledError:
                by_itself = GenerationError("the generator cancelled itself", failure="transient")
                raise GenerationError("cancelled", failure="cancelled") if self._cancelled else by_itself from None
        generated = result if isinstance(result, Generated) else Generated(image=result)
        return encode(generated)

    def cancel(self) -> None:
        """Stop waiting; an async generator gets a CancelledError, a sync one is left to look at its context."""
        self._cancelled = True
        if self._awaited is not None:
            self._awaited.cancel()


def encode(generated: Generated) -> Made:
    """Return the image as WebP.

    Raises:
        GenerationError: (bad_output) it is no image, can't be decoded, or has more than `MAX_PIXELS` pixels.
    """
    image = _opened(generated.image)
    width, height = image.size
    if not width or not height or width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        what = f"the image has {width} x {height} pixels; at most {MAX_PIXELS}, and {MAX_SIDE} on a side"
        raise GenerationError(what, failure="bad_output")
    buffer = io.BytesIO()
    try:
        image = _flat(ImageOps.exif_transpose(image))
        image.save(buffer, "WEBP", quality=QUALITY, method=2)
    except Exception as error:  # on a damaged file, a decoder may raise anything
        raise GenerationError(f"the image can't be decoded: {error!r}", failure="bad_output") from error
    parameters = plain(generated.parameters)  # what it notes must never cost its image
    if not isinstance(parameters, dict):
        parameters = {} if parameters is None else {"parameters": parameters}
    return Made(webp=buffer.getvalue(), width=image.width, height=image.height, parameters=parameters)


def _opened(image: ImageLike) -> Image.Image:
    if isinstance(image, Image.Image):
        return image
    if not isinstance(image, bytes | str | Path):
        kind = type(image).__name__
        raise GenerationError(
            f"a generator returns a Pillow image, bytes, a path, or Generated; not {kind}", failure="bad_output"
        )
    try:
        return Image.open(io.BytesIO(image) if isinstance(image, bytes) else image)
    except Exception as error:
        raise GenerationError(f"what the generator returned is no image: {error}", failure="bad_output") from error


def _flat(image: Image.Image) -> Image.Image:
    """Return the image in RGB, on white where it is transparent (a plain conversion gives black or worse)."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


async def _await(result: Awaitable[Any]) -> Any:
    try:
        return await result
    except (SystemExit, KeyboardInterrupt) as error:  # they would end the loop that all share
        raise RuntimeError(f"the generator raised {error!r}") from error


_starting = threading.Lock()


def _background_loop() -> asyncio.AbstractEventLoop:
    """Start the loop at the first use, never on import, and once in each process: a kernel may be forked."""
    with _starting:
        return _loop_of(os.getpid())


@functools.cache
def _loop_of(process: int) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="imgloop-generators", daemon=True).start()
    return loop
