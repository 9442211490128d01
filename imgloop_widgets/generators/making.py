"""Make one image by one call: call a generator of any form, and check and encode what it gives.

A sync generator runs in the calling thread; what is async on the loop that all generations share (`calling`).

What comes back is checked before a worker can see it: its size before it is decoded (some kilobytes can unfold to
gigabytes), then decoded whole, brought to RGB and stored as WebP; what is written into the file beside the picture
(local models write the prompt there) is left out. One that is black or white all over is what a model gives that has
failed, or, with a flag, what a safety filter has left of it. Any other single colour is taken: a first callback paints
one.
"""

import inspect
import io
import math
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.calling import Call
from imgloop_widgets.generators.contract import Context, Generated, Generator, ImageLike, Preview
from imgloop_widgets.plain import plain, plain_text

MAX_PIXELS = 4096 * 4096
MAX_SIDE = 16_383  # WebP's own limit
MAX_BYTES = 64 * 1024 * 1024
"""Of a file, before it is decoded."""

QUALITY = 90  # WebP: no difference a worker could see, a tenth of a PNG's bytes
PREVIEW_SIDE = 512
DARK, LIGHT = 4, 251
"""From 0 to 255: an image is black where no value is above the one, white where none is below the other."""

KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Files that are opened. Not all that Pillow knows: for some it starts another program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """webp: the bytes of a WebP file. width, height: pixels. The others are those of `Generated`, in JSON's terms."""

    webp: bytes
    width: int
    height: int
    parameters: Mapping[str, Any]
    model: str = ""
    seed: int | None = None
    revised_prompt: str | None = None
    sent_prompt: str | None = None
    request_id: str | None = None
    cost: float | None = None
    flags: tuple[str, ...] = ()


class Making(Call):
    """One call of a generator. `run` blocks (any thread)."""

    def __init__(self, generator: Generator, prompt: str, context: Context) -> None:
        super().__init__()
        self._generator, self._prompt, self._context = generator, prompt, context

    def run(self) -> Made:
        """Return the image.

        Raises:
            GenerationError: the generator said so, was cancelled, or returned what is no image. Any other exception
                is the generator's own.
        """
        return encode(self.drawn())

    def drawn(self) -> Generated:
        """Return what the generator gave, unchecked. Raises: as `run`."""
        self.unless_cancelled()
        result = self.waited_for(self._generator(self._prompt, self._context))
        if isinstance(result, AsyncIterator):
            result = self.on_the_loop(self._last_of_async(result))
        elif isinstance(result, Iterator):
            result = self._last_of(result)
        return result if isinstance(result, Generated) else Generated(image=result)

    def _last_of(self, yielded: Iterator[Any]) -> Any:
        try:
            for item in yielded:
                if not isinstance(item, Preview):
                    return item
                self.unless_cancelled()
                self._context.progress(item.share, item.text, item.image)
        finally:
            if inspect.isgenerator(yielded):
                yielded.close()
        raise GenerationError(NO_IMAGE, failure="bad_output")

    async def _last_of_async(self, yielded: AsyncIterator[Any]) -> Any:
        try:
            async for item in yielded:
                if not isinstance(item, Preview):
                    return item
                self._context.progress(item.share, item.text, item.image)
        finally:
            if inspect.isasyncgen(yielded):
                await yielded.aclose()
        raise GenerationError(NO_IMAGE, failure="bad_output")


NO_IMAGE = "the generator ended without an image; one that yields previews yields the image last, and returns nothing"


def encode(generated: Generated) -> Made:
    """Return the image as WebP, with what the generator noted.

    Raises:
        GenerationError: (bad_output) it is no image, can't be decoded, has more than `MAX_PIXELS` pixels, or is black
            or white all over; (refused) it is so and has flags.
    """
    image = _opened(generated.image)
    width, height = image.size
    if not width or not height or width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        what = f"the image has {width} x {height} pixels; at most {MAX_PIXELS}, and {MAX_SIDE} on a side"
        raise GenerationError(what, failure="bad_output")
    buffer = io.BytesIO()
    try:
        image = _flat(ImageOps.exif_transpose(image))
        blank = _blank(image)
        if blank is None:
            image.save(buffer, "WEBP", quality=QUALITY, method=2)
    except Exception as error:  # on a damaged file, a decoder may raise anything
        raise GenerationError(f"the image can't be decoded: {error!r}", failure="bad_output") from error
    flags = _flags(generated.flags)
    if blank is not None:
        said = f", with {', '.join(flags)}" if flags else ""
        raise GenerationError(f"the image is {blank} all over{said}", failure="refused" if flags else "bad_output")
    return Made(webp=buffer.getvalue(), width=image.width, height=image.height, **_notes(generated), flags=flags)


def _notes(generated: Generated) -> dict[str, Any]:
    """What the generator noted beside its image, in JSON's terms; whatever it is, it must never cost the image."""
    parameters = plain(generated.parameters)
    if not isinstance(parameters, dict):
        parameters = {} if parameters is None else {"parameters": parameters}
    seed, cost = plain(generated.seed), plain(generated.cost)
    texts = {name: getattr(generated, name) for name in ("revised_prompt", "sent_prompt", "request_id")}
    return {
        "parameters": parameters,
        "model": "" if generated.model is None else plain_text(generated.model),
        "seed": seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        "cost": float(cost) if isinstance(cost, int | float) and 0 <= cost < math.inf else None,
        **{name: None if text is None else plain_text(text) for name, text in texts.items()},
    }


def _flags(flags: Any) -> tuple[str, ...]:
    given = plain(flags)
    return tuple(plain_text(flag) for flag in given) if isinstance(given, list | dict) else (plain_text(given),)


def _blank(image: Image.Image) -> str | None:
    """Return black or white where an RGB image is that and nothing else."""
    lows, highs = zip(*image.getextrema(), strict=True)  # of RGB: a pair for each channel
    return "black" if max(highs) <= DARK else "white" if min(lows) >= LIGHT else None


def thumbnail(image: ImageLike) -> bytes:
    """Return a small WebP of how an image looks so far.

    Raises:
        GenerationError: it is no image.
    """
    opened = _opened(image)
    if opened.width * opened.height > MAX_PIXELS:
        raise GenerationError("the preview is too large", failure="bad_output")
    small = _flat(opened)
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=60, method=0)
    return buffer.getvalue()


def _opened(image: ImageLike) -> Image.Image:
    if isinstance(image, Image.Image):
        return image
    if not isinstance(image, bytes | str | Path):
        kind = type(image).__name__
        raise GenerationError(
            f"a generator returns a Pillow image, bytes, a path, or Generated; not {kind}", failure="bad_output"
        )
    try:
        size = len(image) if isinstance(image, bytes) else Path(image).stat().st_size
        if size <= MAX_BYTES:
            return Image.open(io.BytesIO(image) if isinstance(image, bytes) else image, formats=KINDS)
    except Exception as error:
        start = f"; it begins with {image[:40]!r}" if isinstance(image, bytes) else ""
        what = f"what the generator returned is no image: {error}{start}"
        raise GenerationError(what, failure="bad_output") from error
    raise GenerationError(f"the image's file has {size} bytes; at most {MAX_BYTES}", failure="bad_output")


def _flat(image: Image.Image) -> Image.Image:
    """Return the image in RGB, on white where it is transparent (a plain conversion gives black or worse)."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
