"""Several images of one prompt, pure: the seed and the key of each, and which of them are still owed.

A prompt whose arm asks for n images owes the places 1 to n. Each is a call of its own, with a seed and an idempotency
key of its own that follow from the prompt's, so that the first one is the image that the prompt alone would give. They
come in any order, and one that fails takes none of the others with it. What came, once nothing is owed any more, is
the attempt's.
"""

import hashlib
from collections.abc import Iterable

from imgloop_widgets.events import GenerationFailed, ImageGenerated, PromptSubmitted


def image_seed(seed: int, place: int) -> int:
    """The seed of one of a prompt's images, 0 to 2**31 - 1. seed: the prompt's, and the first one's. place: 1-based."""
    return seed if place == 1 else derived(seed, "image", place)


def image_key(key: str, place: int) -> str:
    """The idempotency key of one of a prompt's images. key: the prompt's. place: 1-based."""
    return key if place == 1 else f"{key}-{place}"


def derived(seed: int, *parts: object) -> int:
    """A seed that follows from another one, 0 to 2**31 - 1."""
    digest = hashlib.sha256("/".join(map(str, (seed, *parts))).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def places_left(
    prompt: PromptSubmitted, came: Iterable[ImageGenerated], failures: Iterable[GenerationFailed]
) -> tuple[int, ...]:
    """The places of the prompt's images that have neither come nor failed, rising."""
    gone = {image.place for image in came}
    for failure in failures:
        if failure.place is None:
            return ()
        gone.add(failure.place)
    return tuple(place for place in range(1, prompt.images + 1) if place not in gone)
