"""Two levels of quality of one code path. A level is a set of limits that the parser and the painters obey.

| level | things | colours | positions, relations, poses | detail |
| --- | --- | --- | --- | --- |
| full | all | light and dark, too | yes | textures, decor, soft light |
| basic | the starred rows of the vocabulary | plain ones | no | plain shapes |
"""

from dataclasses import dataclass
from typing import Literal

Quality = Literal["full", "basic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """all_kinds: the whole vocabulary. shades: light and dark. places: positions, relations and poses.

    styles: other styles than the usual one. detail: textures and decor are drawn.
    """

    name: str
    all_kinds: bool
    shades: bool
    places: bool
    styles: bool
    detail: bool


LEVELS: dict[str, Level] = {
    "full": Level(name="full", all_kinds=True, shades=True, places=True, styles=True, detail=True),
    "basic": Level(name="basic", all_kinds=False, shades=False, places=False, styles=False, detail=False),
}


def level(quality: str) -> Level:
    """Return the level of this name.

    Raises:
        ValueError: there is no such level.
    """
    if quality not in LEVELS:
        raise ValueError(f"quality must be 'full' or 'basic'; not {quality!r}")
    return LEVELS[quality]
