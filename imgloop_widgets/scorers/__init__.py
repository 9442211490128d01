"""Scorers: image and target → number, shown to a worker or hidden. `build("ssim")` gives one by name."""

from imgloop_widgets.scorers.contract import Scorer, as_scorer
from imgloop_widgets.scorers.named import NAMED, build

__all__ = ["NAMED", "Scorer", "as_scorer", "build"]
