"""Pixel by pixel, and by structure: mean squared error, PSNR and SSIM, by scikit-image.

Both images are brought to one size first. These measures compare places: a bear that stands a little further to the
left is another picture to them, so they say little about what a picture shows.
"""

from typing import Any

from PIL import Image

from imgloop_widgets.scorers.contract import Scorer, needed, one_size

INSTALL = "'imgloop_widgets[scorers]'"
SMALLEST = 11
"""Pixels on a side that SSIM needs: its window."""

IDENTICAL_DB = 120.0
"""The PSNR of an image beside itself, which by its formula has no end: above that of any two images of 15 megapixels
or less that differ.
"""


def mse() -> Scorer:
    """The mean squared error over all pixels and channels, each from 0 to 1; range 0 to 1, less is better."""
    metrics = needed("skimage.metrics", "mse", INSTALL)

    def measure(image: Image.Image, target: Image.Image) -> float:
        return float(metrics.mean_squared_error(*_floats(image, target)))

    return Scorer(name="mse", version="1", measure=measure, higher_is_better=False, range=(0.0, 1.0))


def psnr() -> Scorer:
    """The peak signal-to-noise ratio, -10 · log10(mse), in decibels; from 0 to `IDENTICAL_DB`, more is better."""
    metrics = needed("skimage.metrics", "psnr", INSTALL)

    def measure(image: Image.Image, target: Image.Image) -> float:
        one, other = _floats(image, target)
        if (one == other).all():
            return IDENTICAL_DB
        return min(IDENTICAL_DB, float(metrics.peak_signal_noise_ratio(other, one, data_range=1.0)))

    return Scorer(name="psnr", version="1", measure=measure, range=(0.0, IDENTICAL_DB))


def ssim() -> Scorer:
    """The structural similarity index, the mean over the three channels; range -1 to 1, more is better.

    Source: Wang, Bovik, Sheikh and Simoncelli 2004, with their settings: a Gaussian window, sigma 1.5, K1 0.01,
    K2 0.03.
    """
    metrics = needed("skimage.metrics", "ssim", INSTALL)

    def measure(image: Image.Image, target: Image.Image) -> float:
        one, other = _floats(image, target)
        if min(one.shape[:2]) < SMALLEST:
            height, width = one.shape[:2]
            raise ValueError(f"SSIM needs {SMALLEST} pixels on each side; the images have {width} x {height}")
        found = metrics.structural_similarity(
            one, other, channel_axis=2, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        return float(found)

    return Scorer(name="ssim", version="1", measure=measure, range=(-1.0, 1.0))


def _floats(image: Image.Image, target: Image.Image) -> tuple[Any, Any]:
    """Return both, of one size, as arrays (height, width, 3) from 0 to 1."""
    import numpy as np

    one, other = one_size(image, target)
    return np.asarray(one, dtype="float64") / 255, np.asarray(other, dtype="float64") / 255
