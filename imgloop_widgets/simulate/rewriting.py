"""Rewrite a prompt without seeing anything else: neither the target, nor an image, nor a score.

What remains of a gain when nobody looks: Vafa et al. (arXiv 2503.17482) compare people with k machine rewrites of their
first prompt. A `Rewriter` is any function of a prompt, a number and chance; `paraphrase` is one by rules, so that a
baseline needs no model. A language model is a better one: write the function, and give it to `play_machines`.
"""

import random
import re
from collections.abc import Callable
from typing import Protocol


class Rewriter(Protocol):
    """Says a prompt in other words."""

    def __call__(self, prompt: str, number: int, chance: random.Random, /) -> str:
        """Return the rewrite of this number, 1-based. chance: of this rewrite alone."""
        ...


WORDS: dict[str, tuple[str, ...]] = {
    "picture": ("image", "scene"), "image": ("picture", "scene"), "photo": ("photograph", "picture"),
    "big": ("large", "huge"), "large": ("big", "huge"), "small": ("little", "tiny"), "little": ("small", "tiny"),
    "old": ("ancient", "aged"), "pretty": ("lovely", "beautiful"), "beautiful": ("lovely", "pretty"),
    "dark": ("dim", "shadowy"), "bright": ("light", "vivid"), "house": ("cottage", "home"), "boat": ("ship",),
    "ship": ("boat",), "forest": ("wood", "woodland"), "wood": ("forest",), "sea": ("ocean",), "ocean": ("sea",),
    "hill": ("slope", "mountain"), "mountain": ("peak", "hill"), "night": ("nighttime",), "morning": ("dawn",),
    "evening": ("dusk",), "sunset": ("dusk", "evening"), "near": ("beside", "next to"), "beside": ("near", "next to"),
    "behind": ("in back of",), "many": ("several", "lots of"), "several": ("many", "a few"), "two": ("a pair of",),
    "stands": ("is standing",), "sits": ("is sitting",), "sleeps": ("is sleeping",), "with": ("and",),
}  # fmt: skip
"""Word → others that say nearly the same."""

MANNERS = ("highly detailed", "clear and sharp", "natural light", "well composed", "in high quality", "realistic")
"""What can be added to any prompt and says nothing of a target."""

OPENINGS = ("A picture of ", "An image showing ", "A scene with ", "A view of ")


def paraphrase(prompt: str, number: int, chance: random.Random, /) -> str:
    """Return the prompt in other words, by one or more rules; another one for each number, nearly always."""
    text = prompt
    for rule in chance.sample(RULES, chance.randint(1, min(len(RULES), 1 + number))):
        text = rule(text, chance)
    return text if text != prompt else _mannered(prompt, chance)


def _reworded(prompt: str, chance: random.Random) -> str:
    """Words in place of others."""

    def other(found: re.Match[str]) -> str:
        word = found.group()
        if word.lower() not in WORDS or chance.random() < 0.3:
            return word
        new = chance.choice(WORDS[word.lower()])
        return new[0].upper() + new[1:] if word[0].isupper() else new

    return re.sub(r"[A-Za-z]+", other, prompt)


def _reordered(prompt: str, chance: random.Random) -> str:
    """Phrases in another order."""
    phrases = [phrase.strip() for phrase in prompt.rstrip(". ").split(",")]
    return ", ".join(chance.sample(phrases, len(phrases)))


def _mannered(prompt: str, chance: random.Random) -> str:
    """A manner added at the end."""
    return f"{prompt.rstrip('., ')}, {chance.choice(MANNERS)}"


def _opened(prompt: str, chance: random.Random) -> str:
    """Other words at the beginning."""
    bare = next((prompt.removeprefix(o) for o in OPENINGS if prompt.startswith(o)), prompt)
    return chance.choice(OPENINGS) + (bare[:1].lower() + bare[1:] if bare[:2].istitle() else bare)


RULES: tuple[Callable[[str, random.Random], str], ...] = (_reworded, _reordered, _mannered, _opened)
