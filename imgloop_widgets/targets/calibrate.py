"""Calibrate targets: how close the true prompt comes, and with which seed it comes closest.

    for each target with a hidden prompt: the prompt drawn with n seeds → scored beside the target → the best seed

Source: Vodrahalli and Zou, ICML 2024: every player of a target gets one fixed seed, the best of 50 under the true
prompt, so that whoever finds the prompt sees the target, nearly. The spread says how much is left to luck. The
target's own seed is left out where the same generator drew it: with it, the prompt gives the target itself.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from imgloop_widgets.engines import Engine
from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem
from imgloop_widgets.generators.contract import Generator
from imgloop_widgets.generators.named import build
from imgloop_widgets.library import Library, Target
from imgloop_widgets.scorers import Scorer
from imgloop_widgets.scoring import Asked
from imgloop_widgets.targets.files import PROMPTS, document, inline, locked, rows_of, write
from imgloop_widgets.targets.make import drawn

NOTED = ("generator", "scorer", "version", "seeds", "seed", "value", "mean", "worst")
"""What is kept of a calibration, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """The generator that draws, by name. label: what it is called in the record. folder: of paths among its options."""

    name: str
    label: str
    options: Mapping[str, Any]
    library: Library
    folder: Path

    def generator(self) -> Generator:
        """Return it. Raises: ImgloopError: there is none of this name, or it does not take these options."""
        try:
            return build(self.name, self.library, self.folder, **self.options)
        except ValueError as error:
            raise ImgloopError(f"generator {self.label!r}: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What came of a target. seed: the best of `seeds`. value: its score; worst, mean: of all of them."""

    target_id: str
    generator: str
    scorer: str
    version: str
    seeds: int
    seed: int
    value: float
    mean: float
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    target: Target
    prompt: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trying:
    """Called, it makes what draws and scores."""

    drawer: Drawer
    asked: Asked

    def __call__(self) -> Callable[[_Try], tuple[str, int, float]]:
        generator, scorer = self.drawer.generator(), self.asked.scorer()
        return functools.partial(_value, generator, scorer, self.drawer.options)


def _value(generator: Generator, scorer: Scorer, options: Mapping[str, Any], one: _Try) -> tuple[str, int, float]:
    target = one.target
    made = drawn(generator, one.prompt, one.seed, target_id=target.id, category=target.category, options=options)
    return target.id, one.seed, scorer(made.webp, target.file)


def calibrate(
    library: Library,
    ids: Sequence[str],
    drawer: Drawer,
    metric: str,
    asked: Asked,
    engine: Engine,
    *,
    seeds: int,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Calibration]:
    """Calibrate targets, keep the results in prompts.toml, and return them in the order of the ids.

    ids: of targets with a prompt there; none: all of them. metric: what the score is called. seeds: how many are tried
    of each, ≥ 1. progress: called with the number of images that are done.

    Raises:
        ConfigurationError: a target is not known or has no prompt.
        ImgloopError: the generator or the scorer can't be built.
        GenerationError: an image can't be drawn; nothing was written.
    """
    prompts = {str(row["id"]): row for row in rows_of(document(library.folder, PROMPTS)) if row.get("prompt")}
    chosen = _chosen(library, ids, prompts)
    scorer = asked.scorer()
    tries = [
        _Try(target=target, prompt=str(prompts[target.id]["prompt"]), seed=seed)
        for target in chosen
        for seed in _seeds(prompts[target.id], drawer, seeds)
    ]
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for done, (target_id, seed, value) in enumerate(engine.run(_Trying(drawer=drawer, asked=asked), tries), 1):
        found[target_id][seed] = value
        progress(done)
    made = [_best(target.id, found[target.id], drawer.label, metric, scorer) for target in chosen]
    _keep(library.folder, made)
    return made


def _chosen(library: Library, ids: Sequence[str], prompts: Mapping[str, Any]) -> list[Target]:
    if not ids:
        chosen = [target for target in library.targets if target.id in prompts]
        if not chosen:
            what = "has no prompt of any target; make targets with `imgloop targets make`, or write their prompts there"
            raise ConfigurationError([Problem(PROMPTS, what)])
        return chosen
    targets = [library.target(target_id) for target_id in dict.fromkeys(ids)]
    lacking = [target.id for target in targets if target.id not in prompts]
    if lacking:
        raise ConfigurationError(
            [Problem(PROMPTS, f"has no prompt of {name!r}; write it there, or leave it out") for name in lacking]
        )
    return targets


def _seeds(row: Mapping[str, Any], drawer: Drawer, number: int) -> list[int]:
    own = row.get("seed") if row.get("generator", drawer.name) == drawer.name else None
    return [seed for seed in range(1, number + 2) if seed != own][:number]


def _best(target_id: str, found: Mapping[int, float], generator: str, metric: str, scorer: Scorer) -> Calibration:
    order = sorted(found, key=lambda seed: (-found[seed] if scorer.higher_is_better else found[seed], seed))
    return Calibration(
        target_id=target_id,
        generator=generator,
        scorer=metric,
        version=scorer.version,
        seeds=len(found),
        seed=order[0],
        value=found[order[0]],
        mean=sum(found.values()) / len(found),
        worst=found[order[-1]],
    )


def _keep(folder: Path, made: Iterable[Calibration]) -> None:
    """Write each result into its target's table, in place of an earlier one by the same generator and scorer."""
    with locked(folder):
        prompts = document(folder, PROMPTS)
        rows = {str(row.get("id")): row for row in rows_of(prompts)}
        for one in made:
            values = {name: getattr(one, name) for name in NOTED}
            record = inline({k: round(value, 6) if isinstance(value, float) else value for k, value in values.items()})
            row = rows[one.target_id]
            others = [
                c for c in row.get("calibration", []) if (c["generator"], c["scorer"]) != (one.generator, one.scorer)
            ]
            kept = tomlkit.array()
            kept.extend([*others, record])
            row["calibration"] = kept.multiline(True)
        write(folder / PROMPTS, tomlkit.dumps(prompts).encode())
