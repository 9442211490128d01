"""The generator: a plain callable `(prompt, context) → image` that draws what the prompt says."""

from PIL import Image

from imgloop_widgets.generators.contract import Context, Generated
from imgloop_widgets.generators.scenes.levels import Quality, level
from imgloop_widgets.generators.scenes.parse import parse
from imgloop_widgets.generators.scenes.picture import draw
from imgloop_widgets.generators.scenes.scene import Scene

VERSION = "1"
"""Raise it whenever a prompt's picture changes."""


class Scenes:
    """Draws pictures from words, without a model and without a network.

    quality: "full", or "basic" (a smaller vocabulary, no positions and relations, fewer details).
    size: pixels of an edge, 16 to 2048.

    Raises:
        ValueError: quality or size is none of these.
    """

    price = 0.0

    def __init__(self, quality: Quality = "full", size: int = 512) -> None:
        self.level = level(quality)
        if not 16 <= size <= 2048:
            raise ValueError(f"size must be between 16 and 2048 pixels; not {size}")
        self.quality, self.size = quality, size
        self.name = "scenes" if quality == "full" else f"scenes-{quality}"
        self.version = VERSION

    def __call__(self, prompt: str, context: Context, /) -> Generated:
        """Return the picture of a prompt; the same one for the same prompt and `context.seed`."""
        return Generated(
            image=self.draw(prompt, context.seed),
            parameters={"quality": self.quality, "size": self.size, "seed": context.seed},
        )

    def draw(self, prompt: str, seed: int) -> Image.Image:
        """Return the picture of a prompt, RGB, size by size."""
        scene = parse(prompt, self.quality)
        # nothing understood: the words themselves are the seed of a landscape
        own = f"{seed}/{prompt.strip().lower()}" if scene == Scene() else seed
        return draw(scene, own, self.size, self.level)
