"""What is to be drawn: items by generators by draws, each with a name and a seed that follow from nothing else.

    replay_id = sha256(study, seed, item, label, generator, options, draw)
    seed      = the first 31 bits of sha256(seed, study, item, generator, options, draw)

So the same replay is known again after any interruption, on any machine; a draw more is a task more, and changes no
other. The version of a generator is recorded and no part of the name: to draw with a new one, give it a new label.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imgloop_widgets.generators.contract import Generator
from imgloop_widgets.replay.items import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A generator by name. options: JSON values, as in the study file. call: one that has no name here, instead."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    call: Generator | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One image to draw. model: the generator's label. draw: 1-based. seed: 0 to 2**31 - 1."""

    replay_id: str
    item: Item
    model: str
    draw: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """study: whose replays they are. source: where the prompts are from. generators: label → which. draws: of each
    prompt by each, ≥ 1. seed: of all chance.
    """

    study: str
    source: str
    items: Sequence[Item]
    generators: Mapping[str, Spec]
    draws: int
    seed: int

    def __len__(self) -> int:
        return len(self.items) * len(self.generators) * self.draws

    def tasks(self) -> Iterator[Task]:
        """Yield every task, all of one generator before the next, so that a model is loaded once."""
        for model, spec in self.generators.items():
            about = [spec.name, dict(spec.options)]
            for draw in range(1, self.draws + 1):
                for item in self.items:
                    key = [item.session_id, item.attempt, item.target_id, item.prompt, *about, draw]
                    yield Task(
                        replay_id=_hash([self.study, self.seed, model, *key]).hexdigest(),
                        item=item,
                        model=model,
                        draw=draw,
                        seed=int.from_bytes(_hash([self.seed, self.study, *key]).digest()[:4], "big") & 0x7FFFFFFF,
                    )


def _hash(parts: list[Any]) -> "hashlib._Hash":
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode())
