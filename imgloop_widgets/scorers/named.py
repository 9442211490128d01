"""The scorers that a study file and the commands can name, with their options.

| name | what it compares | best | needs |
| --- | --- | --- | --- |
| mse, psnr, ssim | pixels and structure, place by place | 0, 120, 1 | the extra `scorers` |
| phash, dhash | rough shapes: bits that differ | 0 | the extra `scorers` |
| colours, ciede2000 | colours, anywhere and place by place | 1, 0 | the extra `scorers` |
| open_nsfw | the pooled layer of a small network; not validated as perceptual | 1 | the extra `scorers` |
| unsafe | no likeness: whether the image may be pornographic | 0 | the extra `scorers` |
| clip, lpips, dreamsim | what pictures show, as networks see it | 1, 0, 0 | a package, and weights in a local file |

To add one: its module, with a function that returns a `Scorer`, and a line in `NAMED`. What a scorer needs is imported
when it is built, and never before.
"""

import difflib
import importlib
from typing import Any

from imgloop_widgets.scorers.contract import Scorer

NAMED: dict[str, str] = {
    "ssim": "structure",
    "mse": "structure",
    "psnr": "structure",
    "phash": "hashes",
    "dhash": "hashes",
    "colours": "colour",
    "ciede2000": "colour",
    "open_nsfw": "open_nsfw",
    "unsafe": "open_nsfw",
    "clip": "clip",
    "lpips": "lpips",
    "dreamsim": "dreamsim",
}
"""Name → the module here whose function of that name returns the scorer."""


def build(name: str, /, **options: Any) -> Scorer:
    """Return the scorer of this name.

    Raises:
        ValueError: there is none of this name, it does not take these options, or the weights are not there.
        ImgloopError: a package that it needs is missing.
    """
    if name not in NAMED:
        close = difflib.get_close_matches(name, NAMED, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(NAMED)}"
        raise ValueError(f"the scorer {name!r} is not known; {hint}")
    module = importlib.import_module(f"imgloop_widgets.scorers.{NAMED[name]}")
    try:
        made: Scorer = getattr(module, name)(**options)
    except TypeError as error:
        if options:
            raise ValueError(f"the scorer {name!r} does not take these options: {error}") from None
        raise
    return made
