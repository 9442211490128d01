"""A generator as a simulated worker meets it: it takes its time (on their clock alone), and now and then it fails."""

import random
from typing import Any

from imgloop_widgets.errors import Failure, GenerationError
from imgloop_widgets.generators.contract import Context, Generator, name_of, version_of
from imgloop_widgets.simulate.pace import Clock, Pace

FAULTS: tuple[tuple[Failure, str, float], ...] = (
    ("transient", "simulated: the service closed the connection", 5),
    ("timeout", "simulated: no answer in time", 2),
    ("rate_limited", "simulated: too many requests", 2),
    ("refused", "simulated: the wording was refused", 1),
)
"""Kind of failure, its text, and its share."""


class Service:
    """generator: makes the images; its name and version are kept. rate: the probability that a call fails, 0 to 1."""

    def __init__(self, generator: Generator, clock: Clock, *, rate: float, pace: Pace) -> None:
        self.name, self.version = name_of(generator), version_of(generator)
        self._generator, self._clock, self._rate, self._pace = generator, clock, rate, pace
        self._calls = 0
        self.failures = 0

    def __call__(self, prompt: str, context: Context, /) -> Any:
        """Return the image.

        Raises:
            GenerationError: with the probability `rate`; the kind follows from the session's seed, too.
        """
        self._calls += 1
        chance = random.Random(f"{context.seed}/{context.attempt}/{self._calls}")
        self._clock.advance(self._pace.of(self._pace.wait, chance))
        if chance.random() < self._rate:
            self.failures += 1
            kinds = [(kind, text) for kind, text, _ in FAULTS]
            kind, text = chance.choices(kinds, [share for *_, share in FAULTS])[0]
            raise GenerationError(text, failure=kind)
        return self._generator(prompt, context)
