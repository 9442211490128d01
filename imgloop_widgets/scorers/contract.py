"""The contract of a scorer: a plain callable `(image, target) → number`.

Both are Pillow images in RGB: grey ones are brought to it, transparent ones laid on white, a phone's orientation is
applied. What is asked of every scorer, and tested for those of this package: an image gets the best value beside
itself; where a measure is symmetric, so is its scorer; more noise or blur is never better.

To bring your own: any function of two images will do (`as_scorer` gives it a name and a direction). To add one to the
package: a module here with a function that returns a `Scorer`, and a line in `named.NAMED`.
"""

import importlib
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from PIL import Image, ImageOps

from imgloop_widgets.errors import ImgloopError

ImageLike = Image.Image | bytes | Path | str
"""A Pillow image, the bytes of an image file, or the path of one."""

Measure = Callable[[Image.Image, Image.Image], float]
"""Takes the image and the target, both RGB."""

UNBOUNDED = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A measure with what is known of it.

    name: as it stands in the study file and in the table of metrics. version: another one wherever the same two images
    would get another value. higher_is_better: whether more is closer to the target. range: the lowest and the highest
    value there can be; infinite where there is none.
    """

    name: str
    version: str
    measure: Measure
    higher_is_better: bool = True
    range: tuple[float, float] = UNBOUNDED

    def __call__(self, image: ImageLike, target: ImageLike) -> float:
        """Return the value, a finite number.

        Raises:
            ValueError: the images can't be compared, or the measure gave no finite number.
        """
        value = float(self.measure(flat(image), flat(target)))
        if not math.isfinite(value):
            raise ValueError(f"the scorer {self.name!r} must give a finite number; not {value}")
        return value

    def quality(self, value: float) -> float:
        """Return where a value lies between the worst (0) and the best (1) that there can be.

        Raises:
            ValueError: the range has no end, so that there is no worst or no best.
        """
        low, high = self.range
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"the scorer {self.name!r} has no range, so its values can't be put on a scale")
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return share if self.higher_is_better else 1 - share


def as_scorer(given: Callable[..., float]) -> Scorer:
    """Return a plain function as a scorer.

    Its attributes `name`, `version`, `higher_is_better` and `range` are taken where it has them; else it is called as
    in Python, is of no version, more is better, and its range has no end.

    Raises:
        ValueError: it can't be called, or its range is none.
    """
    if isinstance(given, Scorer):
        return given
    if not callable(given):
        raise ValueError(f"a scorer must be a function of (image, target) that returns a number; not {given!r}")
    name = str(getattr(given, "name", None) or getattr(given, "__name__", None) or type(given).__name__)
    between = getattr(given, "range", UNBOUNDED)
    try:
        low, high = map(float, between)
    except (TypeError, ValueError):
        low = high = math.nan
    if not low < high:
        raise ValueError(f"the range of the scorer {name!r} must be (lowest, highest), two numbers; not {between!r}")
    return Scorer(
        name=name,
        version=str(getattr(given, "version", "")),
        measure=given,
        higher_is_better=bool(getattr(given, "higher_is_better", True)),
        range=(low, high),
    )


def flat(image: ImageLike) -> Image.Image:
    """Return the image in RGB, upright, on white where it is transparent.

    Raises:
        ValueError: it is no image, or can't be decoded.
    """
    if not isinstance(image, Image.Image):
        if not isinstance(image, bytes | str | Path):
            raise ValueError(f"a scorer takes Pillow images, bytes or paths; not {type(image).__name__}")
        try:
            image = Image.open(io.BytesIO(image) if isinstance(image, bytes) else image)
            image.load()
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"the image can't be read ({error}); look at the file") from error
    if image.getexif():
        image = ImageOps.exif_transpose(image)
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else _from_grey(image)
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _from_grey(image: Image.Image) -> Image.Image:
    """Return the image in RGB; greys of 16 bits are scaled, where Pillow alone would cut them off at 255."""
    if image.mode.startswith("I;16") or image.mode == "I":
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    return image.convert("RGB")


def one_size(image: Image.Image, target: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return both at the smaller width and the smaller height of the two, so that either may come first.

    An image of another shape is stretched.
    """
    size = (min(image.width, target.width), min(image.height, target.height))
    return _resized(image, size), _resized(target, size)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def needed(module: str, scorer: str, install: str) -> Any:
    """Return a module that a scorer needs. install: what pip is to be given.

    Raises:
        ImgloopError: it is not installed.
    """
    try:
        found: ModuleType = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        what = f"the scorer {scorer!r} needs the package {module}, which is missing; install it: pip install {install}"
        raise ImgloopError(what) from None
    return found


def weights(path: object, scorer: str, what: str) -> Path:
    """Return the path of a model's weights. what: such a file or folder is, such as `a checkpoint of open_clip`.

    Raises:
        ValueError: none is given, or there is nothing there.
    """
    if path is None:
        raise ValueError(f"the scorer {scorer!r} needs path = {what}; no package on the registry carries its weights")
    found = Path(str(path))
    if not found.exists():
        raise ValueError(f"the scorer {scorer!r}: there is nothing at {found}; path must be {what}")
    return found
