"""A scorer within the loop: asked for each image, shown to the worker or hidden.

    [[arm]]
    scorer = "clip"
    scorer_options = { path = "/models/ViT-B-32.pt" }
    show_metric = true        # false: the worker sees nothing of it
    metric_range = [0.2, 0.9] # what is shown as 0 and as 100; left out: the scorer's own range

The notebook's own function goes before it: `open_page(study, scorer=my_function)`. To be shown, that needs the lowest
and the highest value it can give: `my_function.range = (0, 1)`. A scorer that is shown is asked before the worker sees
the image, a hidden one after.

One of the package is built with the first image and not with the page, which must be there at once. A score that
can't be computed never costs an image: it is an incident, and `imgloop score` can fill it in later (the notebook's own
by `scoring.score_attempts`).
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imgloop_widgets.scorers.contract import Scorer
from imgloop_widgets.scorers.named import build

UNRANGED = (
    "set show_metric = false, set metric_range, or give a function its lowest and highest value: "
    "my_function.range = (0, 1)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InLoop:
    """name, options: as in the study file. shown: whether the worker sees it, from 0 (worst) to 100 (best). between:
    the values that are shown as 0 and as 100; None: the worst and the best that there can be. own: the notebook's, with
    its name; None: the one that the study file names.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    shown: bool = False
    between: tuple[float, float] | None = None
    own: Scorer | None = None

    def scorer(self) -> Scorer:
        """Return the scorer, built once in each process.

        Raises:
            ValueError: there is none of this name, it lacks what it needs, or it has no range and is to be shown.
            ImgloopError: a package is missing.
        """
        made = self.own or _built(self.name, json.dumps(dict(self.options), sort_keys=True))
        if self.shown and self.between is None:
            try:
                made.quality(0.0)
            except ValueError as error:
                raise ValueError(f"{error}; {UNRANGED}") from None
        return made

    def percent(self, value: float) -> int:
        """Return what a worker is shown for a value, 0 to 100."""
        if self.between is None:
            return round(100 * self.scorer().quality(value))
        bottom, top = self.between
        return round(100 * min(1.0, max(0.0, (value - bottom) / (top - bottom))))

    def of(self, image: bytes, target: Path) -> float:
        """Return the value of an image. Raises: whatever the scorer does."""
        return self.scorer()(image, target)


@functools.lru_cache(8)
def _built(name: str, options: str) -> Scorer:
    return build(name, **json.loads(options))
