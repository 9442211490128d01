"""`LocalImages`: a stand-in for a model that picks one of the target's category from images/library.

Which image attempt k gets follows from the session's seed and k alone: the category's images are shuffled once per
round, so none comes twice before all have come, nor twice in a row, and a repeated request gets the very same image.
"""

import math
import random
import time
from collections.abc import Callable
from pathlib import Path

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context, Generated


class LocalImages:
    """images: category → its image files. delay_s: seconds to wait, as a service would make one wait, ≥ 0."""

    name = "local_images"
    version = "1"
    price = 0.0

    def __init__(self, images: Callable[[str], tuple[Path, ...]], *, delay_s: float = 0.0) -> None:
        if not 0 <= delay_s < math.inf:
            raise ValueError(f"delay_s must be 0 or more seconds; not {delay_s}")
        self._images, self._delay_s = images, delay_s

    def __call__(self, prompt: str, context: Context) -> Generated:
        """Return the image of this attempt; the prompt plays no part in it."""
        files = self._images(context.category)
        if not files:
            raise GenerationError(
                f"no image in the library's category {context.category!r}; add some", failure="invalid_parameters"
            )
        chosen = choose(files, context.seed, context.attempt)
        self._wait(context)
        return Generated(image=chosen, parameters={"file": f"{chosen.parent.name}/{chosen.name}"})

    def _wait(self, context: Context) -> None:
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < self._delay_s:
            if context.cancelled():
                raise GenerationError("cancelled", failure="cancelled")
            context.progress(passed / self._delay_s, "Looking for a picture")
            time.sleep(min(0.25, self._delay_s - passed))


def choose(files: tuple[Path, ...], seed: int, attempt: int) -> Path:
    """Return the file for an attempt (1-based) of the session with this seed."""
    round_number, place = divmod(attempt - 1, len(files))
    if len(files) < 3:  # of two, only the same order in each round keeps equals apart
        round_number = 0
    order = _shuffled(files, seed, round_number)
    if round_number and order[0] == _shuffled(files, seed, round_number - 1)[-1]:
        order[:2] = order[1], order[0]
    return order[place]


def _shuffled(files: tuple[Path, ...], seed: int, round_number: int) -> list[Path]:
    return random.Random(f"{seed}/{round_number}").sample(files, len(files))
