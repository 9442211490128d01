"""The contract of a generator: a plain callable `(prompt, context) → image`.

A generator may be a function, an `async` function, or an object with `__call__`. It gets the prompt and a
`Context`, and returns a Pillow image, the bytes of an image file, a path to one, or a `Generated` that holds one
of these with what is needed to make it again. It may call `context.progress(0.4, "drawing")`, should look at
`context.cancelled()` now and then when it takes long, and may raise `GenerationError` to say what kind of failure
it was; any other exception is logged and shown to the worker as one neutral sentence with an incident number.

To add a generator: write the function; name it in the worker's notebook (`open_page(..., generate=my_function)`);
give it `name` and `version` attributes if its images are to be told apart from those of an earlier version.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

ImageLike = Image.Image | bytes | Path | str
"""A Pillow image, the bytes of an image file, or the path of one."""


def _no_progress(share: float | None, text: str = "") -> None:
    """Nobody watches."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a generator may know of the attempt it works for.

    attempt: 1-based. target_id, category: of the target image. seed: 0 to 2**31 - 1, use it for all chance.
    idempotency_key: the same for every try to make this very image. deadline: UTC, when the worker's time is over.
    progress: call it with the share that is done (0 to 1, or None where unknown) and a short text.
    cancelled: returns True once the worker no longer waits.
    """

    attempt: int
    target_id: str
    category: str
    seed: int
    idempotency_key: str
    deadline: datetime | None = None
    progress: Callable[..., None] = _no_progress
    cancelled: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """An image with all that is needed to make it again.

    parameters: JSON values, for example {"model": "…", "steps": 30}; stored with the attempt, never shown to a worker.
    """

    image: ImageLike
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Generator(Protocol):
    """Anything that can be called with a prompt and a context."""

    def __call__(self, prompt: str, context: Context, /) -> ImageLike | Generated | Awaitable[ImageLike | Generated]:
        """Return the image of this prompt."""
        ...
