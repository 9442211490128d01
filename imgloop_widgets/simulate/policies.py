"""How simulated workers play: what they write next, and how they score.

| policy | writes | scores | leaves |
| --- | --- | --- | --- |
| random | whatever comes to mind | very roughly | at the end |
| hill_climber | what they see, one phrase more each time; keeps what raised the score | honestly | at the end |
| early_quitter | as the hill climber | honestly | after an attempt or two, half of them without a word |
| perfectionist | as the hill climber, but looks closely from the start | strictly, hardly ever a 10 | at the end |

A policy has no memory: all it knows is what the page shows (`Seen`), so that an interrupted worker can go on. All
chance is an argument. To add one: write its class, add a line to `POLICIES`, give it a weight in `MIX`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from imgloop_widgets.simulate.wording import Limits, compose, phrases_of


class Leaving(Enum):
    """What a worker does instead of writing a prompt."""

    EXIT = "presses Exit"
    WALK_AWAY = "closes the page without a word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt with its score (None: the image is before them now). resemblance: to the target, 0 to 1."""

    prompt: str
    score: int | None
    resemblance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a worker has before them.

    words: what there is to be named in the target. tried: the attempts so far. lowest, highest: the scale.
    """

    words: tuple[str, ...]
    tried: tuple[Tried, ...]
    limits: Limits
    lowest: int
    highest: int


class Policy(Protocol):
    """How one kind of worker plays."""

    @property
    def name(self) -> str:
        """Its name in `MIX`."""
        ...

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Return the next prompt, or how they leave. In `seen.tried` every attempt has its score."""
        ...

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Return the score of the latest of `seen.tried`, on the scale."""
        ...


def on_scale(seen: Seen, resemblance: float) -> int:
    """Return a resemblance (0 to 1, what lies outside counts as the nearest end) as a whole number on the scale.

    People see what is missing more than what is there: half alike is a third of the way up.
    """
    share: float = min(1.0, max(0.0, resemblance)) ** 1.6
    return seen.lowest + round((seen.highest - seen.lowest) * share)


FLOURISHES = ("very detailed", "beautiful", "high quality", "realistic", "like a photo", "a bit better", "please")
"""What people add when all is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HillClimber:
    """looks: the share of the target's words that the first prompt names, from and to. error: of the score, 0 to 1."""

    name: str = "hill_climber"
    looks: tuple[float, float] = (0.1, 0.7)
    error: float = 0.07

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Name some words at first, then one more each time, beside what has served best."""
        if not seen.tried:
            return compose(self._first(seen.words, chance), seen.limits)
        closest = max(seen.tried, key=lambda t: t.resemblance if t.score is None else t.score)
        best = phrases_of(closest.prompt)
        named = {phrase for tried in seen.tried for phrase in phrases_of(tried.prompt)}
        new = [word for word in seen.words if word not in named]
        added = chance.choice(new) if new else chance.choice(FLOURISHES)
        kept = [phrase for phrase in seen.words if phrase in best or phrase == added]
        return compose([*kept, *(phrase for phrase in (*best, added) if phrase not in kept)], seen.limits)

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Score what they see, give or take a little."""
        return on_scale(seen, chance.gauss(seen.tried[-1].resemblance, self.error))

    def _first(self, words: Sequence[str], chance: random.Random) -> list[str]:
        count = max(1, round(len(words) * chance.uniform(*self.looks)))
        chosen = set(chance.sample(range(len(words)), min(count, len(words))))
        return [word for place, word in enumerate(words) if place in chosen]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyQuitter(HillClimber):
    """begins, patience: the probability that they write the first prompt, and each one after it, 0 to 1."""

    name: str = "early_quitter"
    begins: float = 0.85
    patience: float = 0.35

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Go on as a hill climber, or leave."""
        if chance.random() < (self.patience if seen.tried else self.begins):
            return HillClimber.next_prompt(self, seen, chance)
        return Leaving.EXIT if chance.random() < 0.5 else Leaving.WALK_AWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Perfectionist(HillClimber):
    """strictness: what they take off every score, 0 to 1. content: the probability of a 10 for a perfect image."""

    name: str = "perfectionist"
    looks: tuple[float, float] = (0.5, 1.0)
    error: float = 0.03
    strictness: float = 0.12
    content: float = 0.3

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Find something to be better; the top of the scale only now and then, and for a perfect image."""
        resemblance = seen.tried[-1].resemblance
        if resemblance > 0.99 and chance.random() < self.content:
            return seen.highest
        return min(seen.highest - 1, on_scale(seen, chance.gauss(resemblance - self.strictness, self.error)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomWords:
    """vocabulary: phrases to choose from. error: of the score, 0 to 1."""

    vocabulary: tuple[str, ...]
    name: str = "random"
    error: float = 0.25

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Name one to five phrases, whatever the target shows."""
        return compose(chance.sample(self.vocabulary, chance.randint(1, 5)), seen.limits)

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Score with hardly a look."""
        return on_scale(seen, chance.gauss(seen.tried[-1].resemblance, self.error))


MIX: Mapping[str, float] = {"hill_climber": 0.5, "random": 0.15, "early_quitter": 0.2, "perfectionist": 0.15}
"""The share of each policy in a population."""


def policies(vocabulary: tuple[str, ...]) -> dict[str, Policy]:
    """Return one policy of each kind by its name. vocabulary: what random workers choose from, 5 phrases or more."""
    every: tuple[Policy, ...] = (HillClimber(), RandomWords(vocabulary=vocabulary), EarlyQuitter(), Perfectionist())
    return {policy.name: policy for policy in every}
