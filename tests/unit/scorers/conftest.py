"""Pictures to compare: one that `Scenes` draws, and what noise and blur make of it."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from imgloop_widgets.generators.scenes import Scenes


@pytest.fixture(scope="session")
def bear() -> Image.Image:
    """A picture with many edges and colours, 128 x 128."""
    return Scenes(size=128).draw("a large brown bear on the left in a forest at night, next to a lake", 3)


@pytest.fixture(scope="session")
def fox() -> Image.Image:
    """Another picture of the same size."""
    return Scenes(size=128).draw("two red foxes in front of a house with a blue roof in winter", 4)


@pytest.fixture(scope="session")
def noisy(bear: Image.Image) -> list[Image.Image]:
    """The bear under more and more of the same noise."""
    noise = np.random.default_rng(1).normal(size=(128, 128, 3))
    values = np.asarray(bear, dtype="float64")
    return [Image.fromarray(np.clip(values + sd * noise, 0, 255).astype("uint8")) for sd in (0, 8, 24, 64, 160)]


@pytest.fixture(scope="session")
def blurred(bear: Image.Image) -> list[Image.Image]:
    """The bear out of focus, more and more."""
    return [bear.filter(ImageFilter.GaussianBlur(radius)) for radius in (0, 1, 3, 8, 20)]
