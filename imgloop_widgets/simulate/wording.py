"""Phrases ↔ prompt: how a simulated worker writes down what they see.

    ("brown bear", "forest", "night")  ↔  "A picture like the target: brown bear, forest, night"

The opening words stand only where the form asks for a longer text, so that a prompt can be read back into phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

OPENING = "A picture like the target: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """shortest, longest: characters of a prompt, both included."""

    shortest: int = 0
    longest: int = 10_000


def compose(phrases: Sequence[str], limits: Limits) -> str:
    """Return the prompt that names the phrases, the last ones left out where it would be too long."""
    kept = list(phrases)
    while True:
        text = ", ".join(kept)
        if len(text) < limits.shortest:
            text = OPENING + text
        if len(text) < limits.shortest:
            text = f"{text} {'. ' * limits.shortest}"[: limits.shortest - 1] + "."
        if len(text) <= limits.longest or not kept:
            return text[: limits.longest]
        kept.pop()


def fitted(prompt: str, limits: Limits) -> str:
    """Return a prompt of somebody else's within the limits: words are left out at its end, or added as by `compose`."""
    if len(prompt) > limits.longest:
        cut = prompt[: limits.longest + 1].rsplit(" ", 1)[0]
        prompt = cut[: limits.longest].rstrip(" ,")
    return compose([prompt], limits)


def phrases_of(prompt: str) -> tuple[str, ...]:
    """Return the phrases that a prompt of `compose` names."""
    return tuple(p for p in prompt.removeprefix(OPENING).rstrip(". ").split(", ") if p)
