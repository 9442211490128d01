"""What a worker may set beside the prompt of an image: a negative prompt, the seed, how close to the prompt.

A study's arm says which of them there are. What is set is stored with the prompt (`PromptSubmitted.controls`) and
reaches the generator: the seed as the context's seed, the others in the context's options.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imgloop_widgets.errors import Refused

NEGATIVE, SEED, GUIDANCE = "negative_prompt", "seed", "guidance"
MOST_CHARACTERS = 10_000
LARGEST_SEED = 2**31 - 1


def beside(name: str) -> str:
    """The name of a control among the fields of a page, and of a refusal: no field of a form has a colon."""
    return f"control:{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A number to be set. low, high: both included. step: from low on. start: where it stands at first."""

    low: float
    high: float
    start: float
    step: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Which there are. negative: of prompts. seeds: to choose one from, empty: any number; None: none is chosen.
    guidance: how close to the prompt; None: it is not set.
    """

    negative: bool = False
    seeds: tuple[int, ...] | None = None
    guidance: Scale | None = None


def check_controls(controls: Controls, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was set: of the controls that there are, and nothing else.

    Raises:
        Refused: one of them is missing or out of its bounds; beside its field.
    """
    found: dict[str, Any] = {}
    if controls.negative:
        found[NEGATIVE] = _negative(given.get(NEGATIVE, ""))
    if controls.seeds is not None:
        found[SEED] = _seed(given.get(SEED), controls.seeds)
    if controls.guidance is not None:
        found[GUIDANCE] = _guidance(given.get(GUIDANCE), controls.guidance)
    return found


def _negative(text: object) -> str:
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise Refused(f"Please write at most {MOST_CHARACTERS} characters.", field=beside(NEGATIVE))
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\0"
    if "\0" in text:
        raise Refused("There are characters that can't be stored; please type it again.", field=beside(NEGATIVE))
    return text.strip()


def _seed(seed: object, seeds: tuple[int, ...]) -> int:
    if isinstance(seed, str) and seed.strip().isdecimal() and seed.isascii():
        seed = int(seed.strip()[:20])  # as it was typed
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        what = f"one of {', '.join(map(str, seeds))}" if seeds else f"a whole number from 0 to {LARGEST_SEED}"
        raise Refused(f"Please choose {what}.", field=beside(SEED))
    if seeds and seed not in seeds:
        raise Refused(f"Please choose one of {', '.join(map(str, seeds))}.", field=beside(SEED))
    return seed


def _guidance(value: object, scale: Scale) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused("Please choose a number.", field=beside(GUIDANCE))
    if not scale.low <= value <= scale.high:
        raise Refused(f"Please choose a number from {scale.low:g} to {scale.high:g}.", field=beside(GUIDANCE))
    return float(value)
