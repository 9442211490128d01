"""What simulated workers see in a target: the words of the prompt that it was made from.

The prompts of the targets stand in `prompts.toml` beside `targets.toml`. They are the researcher's: nothing that a
worker's page loads reads them. A target without one is seen through its alternative text.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.generators.scenes import parse, resemblance, words_of
from imgloop_widgets.generators.scenes.levels import Quality
from imgloop_widgets.generators.scenes.scene import Scene
from imgloop_widgets.library import Target

PROMPTS = "prompts.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A target as a scene. words: the phrases that describe it."""

    scene: Scene
    words: tuple[str, ...]

    def resemblance(self, prompt: str, quality: Quality = "full") -> float:
        """How close the picture of a prompt comes to the target, 0 to 1. quality: of `Scenes`, which draws it."""
        return resemblance(parse(prompt, quality), self.scene)


def sight(target: Target, prompts: dict[str, str]) -> Sight:
    """Return how a target is seen. prompts: id of a target → the prompt it was made from."""
    scene = parse(prompts.get(target.id) or target.alt)
    return Sight(scene=scene, words=tuple(words_of(scene)) or (target.category,))


def load_prompts(images: Path) -> dict[str, str]:
    """Return id of a target → its prompt. images: the folder with targets.toml; none where it has no prompts.toml.

    Raises:
        ConfigurationError: prompts.toml is there and can't be read.
    """
    file = images / PROMPTS
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get("target", [])
        return {str(row["id"]): str(row["prompt"]) for row in rows}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError([Problem(PROMPTS, f"can't be read ({error}); correct it or remove it")]) from None
    except (KeyError, TypeError):
        what = "needs an id and a prompt in every [[target]]; correct it or remove it"
        raise ConfigurationError([Problem(PROMPTS, what)]) from None
