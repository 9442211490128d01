"""What a simulated worker sets beside the prompt, where their arm has something to be set.

They know nothing of seeds: half of the time they keep the one they had, else they take another. Guidance begins where
it stands and is moved a step now and then. Most leave the negative prompt empty.
"""

import random
from collections.abc import Mapping
from typing import Any

from imgloop_widgets.loop.controls import GUIDANCE, NEGATIVE, SEED, Controls, Scale

KEEPS = 0.5
"""The probability that a setting is left as it was."""

WRITES = 0.3
"""The probability that somebody writes what the image must not show."""

UNWANTED = ("blurry", "text", "people", "a frame", "low quality")
"""What they write there."""

SEEDS = 1000
"""The seeds that they think of where any number may be chosen: below this one."""


def settings(controls: Controls, before: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return what is set for the next image, as the page would send it. before: what was set for the last one."""
    found: dict[str, Any] = {}
    if controls.negative:
        had = before.get(NEGATIVE, "")
        found[NEGATIVE] = had or (chance.choice(UNWANTED) if chance.random() < WRITES else "")
    if controls.seeds is not None:
        kept = SEED in before and chance.random() < KEEPS
        found[SEED] = before[SEED] if kept else chance.choice(controls.seeds or range(SEEDS))
    if controls.guidance is not None:
        found[GUIDANCE] = _moved(controls.guidance, before.get(GUIDANCE), chance)
    return found


def _moved(scale: Scale, before: float | None, chance: random.Random) -> float:
    if before is None or chance.random() < KEEPS:
        return scale.start if before is None else before
    return min(scale.high, max(scale.low, before + chance.choice((-1, 1)) * scale.step))
