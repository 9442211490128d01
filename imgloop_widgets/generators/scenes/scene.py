"""What a prompt says, as values: a `Scene` holds `Thing`s and a setting.

None always means "not said": the seed decides it. Every word here is one of the canonical names of the vocabulary.

    Scene ── things: Thing(kind, colour, size, count, x, y, depth, pose, facing, relation → other things)
          └─ time, weather, season, style, absent (what must not be drawn)
"""

from dataclasses import dataclass

TIMES = ("dawn", "day", "sunset", "night")
WEATHERS = ("clear", "rain", "snow", "fog", "storm")
SEASONS = ("spring", "summer", "autumn", "winter")
STYLES = ("flat", "watercolour", "pixel", "sketch", "neon")
SIZES = ("tiny", "small", "medium", "large", "huge")
POSES = ("standing", "sitting", "sleeping", "running", "flying")
RELATIONS = ("left of", "right of", "behind", "in front of", "above", "under", "on", "next to", "between")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How a thing stands to others. name: one of `RELATIONS`. to: positions in `Scene.things` (two for "between")."""

    name: str
    to: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One noun of the prompt with all that is said of it.

    kind: a key of `vocabulary.KINDS`. colour, accent: "red" or "light red"; accent is the colour of a roof or a sail.
    size: one of `SIZES`. count: 1 to 12. x: left, centre, right. y: top, middle, bottom.
    depth: foreground, background. pose: one of `POSES`. facing: left, right.
    """

    kind: str
    colour: str | None = None
    accent: str | None = None
    size: str | None = None
    count: int = 1
    x: str | None = None
    y: str | None = None
    depth: str | None = None
    pose: str | None = None
    facing: str | None = None
    relation: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a prompt says. absent: kinds (and weathers) that are ruled out ("no clouds")."""

    things: tuple[Thing, ...] = ()
    time: str | None = None
    weather: str | None = None
    season: str | None = None
    style: str | None = None
    absent: frozenset[str] = frozenset()
