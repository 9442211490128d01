"""Colours: which there are, wherever they are, and how far they lie apart, place by place."""

from typing import Any

from PIL import Image

from imgloop_widgets.scorers.contract import Scorer, needed, one_size

INSTALL = "'imgloop_widgets[scorers]'"
BINS = 8
"""Parts of each of the three channels."""

LONGEST = 128
"""Pixels on a side for colour differences: they are slow, and what a place looks like is not in single pixels."""


def colours() -> Scorer:
    """The share of their colours that two pictures have in common, wherever in the picture; 0 to 1, more is better.

    The intersection of two histograms (Swain and Ballard 1991) of 8 x 8 x 8 boxes in RGB; sizes may differ.
    """

    def measure(image: Image.Image, target: Image.Image) -> float:
        import numpy as np

        return float(np.minimum(_histogram(image), _histogram(target)).sum())

    return Scorer(name="colours", version="1", measure=measure, range=(0.0, 1.0))


def ciede2000() -> Scorer:
    """The mean colour difference ΔE₀₀ over all places; from 0, less is better. About 2 is just to be seen.

    Source: Sharma, Wu and Dalal 2005, by scikit-image. The images are shrunk to 128 pixels on a side at most.
    """
    color = needed("skimage.color", "ciede2000", INSTALL)

    def measure(image: Image.Image, target: Image.Image) -> float:
        one, other = one_size(image, target)
        size = (min(LONGEST, one.width), min(LONGEST, one.height))
        labs = [color.rgb2lab(_small(picture, size)) for picture in (one, other)]
        return float(color.deltaE_ciede2000(*labs).mean())

    return Scorer(name="ciede2000", version="1", measure=measure, higher_is_better=False, range=(0.0, float("inf")))


def _histogram(image: Image.Image) -> Any:
    """Return the share of pixels in each box, (512,)."""
    import numpy as np

    boxes = np.asarray(image, dtype="int64") * BINS // 256
    places = (boxes[..., 0] * BINS + boxes[..., 1]) * BINS + boxes[..., 2]
    return np.bincount(places.ravel(), minlength=BINS**3) / places.size


def _small(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)
