"""Make a target with a generator: its prompt and seed are hidden from workers, and kept for whoever needs them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.generators.contract import Context, Generator, name_of, version_of
from imgloop_widgets.generators.making import Made, Making
from imgloop_widgets.library import Target
from imgloop_widgets.targets.files import Hidden, NewTarget, add

MOST_SEED = 2**31 - 1


def make(
    folder: Path, about: NewTarget, generator: Generator, prompt: str, seed: int, options: Mapping[str, Any]
) -> Target:
    """Draw an image, add it as a target and return it.

    about: with an empty source, it is what made it. seed: 0 to 2**31 - 1. options: of the generator, for the record.

    Raises:
        ConfigurationError: all that is wrong; nothing was written.
        GenerationError: it could not be drawn.
    """
    problems = []
    if not prompt.strip():
        problems.append(Problem("--prompt", "must not be empty; write what is to be drawn"))
    elif _words(prompt) == _words(about.alt):
        what = "is the prompt itself, and workers are shown it; say what is to be seen in other words"
        problems.append(Problem("--alt", what))
    if not 0 <= seed <= MOST_SEED:
        problems.append(Problem("--seed", f"must be from 0 to {MOST_SEED}; not {seed}"))
    if problems:
        raise ConfigurationError(problems)
    made = drawn(generator, prompt, seed, target_id=about.id, category=about.category, options=options)
    name, version = name_of(generator), version_of(generator)
    source = about.source or f"drawn by {made.model or name}{' ' + version if version else ''}"
    whole = NewTarget(id=about.id, category=about.category, source=source, licence=about.licence, alt=about.alt)
    hidden = Hidden(prompt=prompt, seed=seed, generator=name, version=version, options=options)
    return add(folder, whole, made.webp, hidden)


def drawn(
    generator: Generator, prompt: str, seed: int, *, target_id: str, category: str, options: Mapping[str, Any]
) -> Made:
    """Return one image of a prompt. Raises: GenerationError; or what the generator raises."""
    context = Context(
        attempt=1,
        target_id=target_id,
        category=category,
        seed=seed,
        idempotency_key=f"target-{target_id}-{seed}",
        options=dict(options),
    )
    return Making(generator, prompt, context).run()


def _words(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")
