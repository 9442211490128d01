"""Which of several images a simulated worker picks: mostly the one that looks most like the target.

They look as one does at first sight: at where which colours are. A judge, such as a machine worker's scorer, goes
before that. Now and then they take any image, so that a choice is better than chance and not perfect.
"""

import io
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from imgloop_widgets.loop import Attempt

LOOKS = 0.7
"""The probability that a worker takes the closest one, and not any of them."""

SIDE = 16
"""Pixels of an edge at first sight."""


def pick(attempt: Attempt, closeness: Callable[[Attempt], float], chance: random.Random) -> int:
    """Return the place of the image that is picked. closeness: of an attempt with that image alone; more is closer."""
    if chance.random() >= LOOKS:
        return chance.choice(attempt.images).place
    return max(attempt.images, key=lambda image: closeness(replace(attempt, images=(image,)))).place


def at_first_sight(image: bytes, target: Path) -> float:
    """Return how alike two images are at first sight, 0 to 1."""
    with Image.open(io.BytesIO(image)) as one, Image.open(target) as other:
        apart = ImageChops.difference(_small(one), _small(other))
    return 1 - sum(ImageStat.Stat(apart).mean) / (3 * 255)


def _small(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize((SIDE, SIDE))
