"""Perceptual hashes, by ImageHash: how many of 64 bits differ between two images; 0 for the same.

They were made to find copies of an image. Between pictures that merely show the same thing, they are close to chance
(32 bits).
"""

from collections.abc import Callable
from typing import Any

from PIL import Image

from imgloop_widgets.scorers.contract import Scorer, needed

INSTALL = "'imgloop_widgets[scorers]'"
BITS = 64


def phash() -> Scorer:
    """By the lowest frequencies of the picture in grey (a cosine transform): bits that differ, 0 to 64."""
    return _distance("phash", needed("imagehash", "phash", INSTALL).phash)


def dhash() -> Scorer:
    """By where the picture in grey gets darker from left to right: bits that differ, 0 to 64."""
    return _distance("dhash", needed("imagehash", "dhash", INSTALL).dhash)


def _distance(name: str, hash_of: Callable[[Image.Image], Any]) -> Scorer:
    def measure(image: Image.Image, target: Image.Image) -> float:
        return float(hash_of(image) - hash_of(target))

    return Scorer(name=name, version="1", measure=measure, higher_is_better=False, range=(0.0, float(BITS)))
