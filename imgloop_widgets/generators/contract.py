"""The contract of a generator: a callable `(prompt, context) → image`, in one of four forms.

    def draw(prompt, context):                  return image
    async def draw(prompt, context):            return image
    def draw(prompt, context):                  yield Preview(…); yield Preview(…); yield image
    async def draw(prompt, context):            yield Preview(…); yield Preview(…); yield image

A function or an object with `__call__`. It gets the prompt and a `Context`, and gives a Pillow image, the bytes of an
image file, a path to one, or a `Generated` that holds one of these with what is needed to make it again. One that
yields gives any number of `Preview`s and then the image; whatever else is yielded ends it, and it is closed.

- It makes **one call and no retries**: retries, limits, the cache and the spending cap are around it (`generating`,
  `retrying`), for every generator alike. A client's own retries are set to 0, its timeout to `context.timeout_s`.
- It says what went wrong with `GenerationError(text, failure=…, retry_after_s=…)`; the text is for the researcher and
  may name the cause, never a key. A `TimeoutError` counts as `timeout`, a `ConnectionError` as `transient`. Any other
  exception is a mistake in the generator: not tried again, logged, and shown as one neutral sentence with a number.
- It may be called from several threads at once, and by several processes; async ones all run on one event loop.
- It may call `context.progress(0.4, "drawing", preview)`, and looks at `context.cancelled()` now and then when it takes
  long; an async one gets a CancelledError.

Attributes, each of them optional:

| attribute | meaning | left out |
| --- | --- | --- |
| `name` | what its images are stored under | the function's or the class's name |
| `version` | tells its images from those of an earlier version; part of the cache's key | "" |
| `price` | US dollars that one call costs at most, for the spending cap; 0: it is free | `price` in the study file |
| `settings` | JSON values that its images depend on beside prompt, seed and options; part of the cache's key | {} |

To add a generator: write the function; name it in the worker's notebook (`open_page(..., generate=my_function)`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

ImageLike = Image.Image | bytes | Path | str
"""A Pillow image, the bytes of an image file, or the path of one."""


class Progress(Protocol):
    """Tells the worker how far an image has got."""

    def __call__(self, share: float | None = None, text: str = "", preview: ImageLike | None = None) -> None:
        """share: what is done, 0 to 1; None: unknown. text: short. preview: how the image looks so far."""


def _no_progress(share: float | None = None, text: str = "", preview: ImageLike | None = None) -> None:
    """Nobody watches."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a generator may know of the attempt it works for.

    attempt: 1-based. target_id, category: of the target image. seed: 0 to 2**31 - 1, use it for all chance.
    idempotency_key: the same for every try to make this very image. deadline: UTC, when the worker's time is over;
    None: no limit. timeout_s: seconds that this call may take, > 0, never beyond the deadline; it is given up after
    them. options: what the study file says in `[[arm]] options` (negative prompt, guidance, …), JSON values; a
    generator that the study file names was made with them already. place, images: which of so many images of this
    prompt it is, 1-based; each is asked for by a call of its own, with a seed of its own. variation_of: the image,
    a WebP file, whose variation is asked for instead of new words; None: there is none. variation_seed: the seed
    that made it; None: unknown. One that does not look at these two draws the same words with another seed. target:
    the target's image file, for what revises or scores; None: there is none. target_sha256: hex, of that file.
    progress: see `Progress`. cancelled: returns True once nobody waits any more.
    """

    attempt: int
    target_id: str
    category: str
    seed: int
    idempotency_key: str
    deadline: datetime | None = None
    timeout_s: float = 180.0
    options: Mapping[str, Any] = field(default_factory=dict)
    place: int = 1
    images: int = 1
    variation_of: bytes | None = None
    variation_seed: int | None = None
    target: Path | None = None
    target_sha256: str = ""
    progress: Progress = _no_progress
    cancelled: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How far an image has got, yielded by a generator; the fields are those of `Progress`."""

    image: ImageLike | None = None
    share: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """An image with all that is needed to make it again; all of it is stored, and none of it is shown to a worker.

    parameters: JSON values, for example {"steps": 30, "guidance": 7.5}. model: its full name with revision, as the
    service or the file calls it. seed: that was used; None: the context's. revised_prompt: what the service made of the
    prompt before it drew. sent_prompt: what was sent, where the generator itself changed it. request_id: under which
    the service's support finds the call. cost: US dollars; None: unknown, the `price` counts. flags: what a safety
    filter said, such as ("nsfw",); a black image with a flag is a refusal.
    """

    image: ImageLike
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    seed: int | None = None
    revised_prompt: str | None = None
    sent_prompt: str | None = None
    request_id: str | None = None
    cost: float | None = None
    flags: tuple[str, ...] = ()


Returned = ImageLike | Generated
Yielded = Preview | ImageLike | Generated


class Generator(Protocol):
    """Anything that can be called with a prompt and a context."""

    def __call__(
        self, prompt: str, context: Context, /
    ) -> Returned | Awaitable[Returned] | Iterator[Yielded] | AsyncIterator[Yielded]:
        """Return the image of this prompt, or yield previews and then the image."""
        ...


class Reviser(Protocol):
    """Rewrites a prompt before it is sent, unseen by the worker: `open_page(..., revise=my_function)`."""

    def __call__(self, prompt: str, context: Context, /) -> str | Awaitable[str]:
        """Return the prompt to send. Both are stored; the worker sees only their own. Raises: as a generator does."""
        ...


def name_of(generator: object) -> str:
    """Return the name a generator's images are stored under."""
    return str(getattr(generator, "name", None) or getattr(generator, "__name__", None) or type(generator).__name__)


def version_of(generator: object) -> str:
    """Return the version a generator's images are stored under; "": it has none."""
    return str(getattr(generator, "version", ""))
