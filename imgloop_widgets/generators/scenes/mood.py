"""The light and the seasons: time, weather and season → the colours of sky, ground, leaves and distance."""

from dataclasses import dataclass

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, mix
from imgloop_widgets.generators.scenes.pen import Tone
from imgloop_widgets.generators.scenes.scene import Scene
from imgloop_widgets.generators.scenes.vocabulary import KINDS

_TIMES: dict[str, tuple[tuple[RGB, RGB, RGB], RGB, tuple[float, float, float]]] = {
    # sky from top to horizon, haze, ambient light
    "day": (((92, 164, 222), (152, 206, 236), (232, 244, 240)), (198, 224, 236), (1.0, 1.0, 1.0)),
    "dawn": (((134, 150, 208), (238, 186, 190), (255, 228, 190)), (244, 212, 200), (1.0, 0.93, 0.92)),
    "sunset": (((82, 66, 134), (226, 110, 104), (255, 200, 116)), (240, 160, 120), (1.0, 0.83, 0.74)),
    "night": (((13, 20, 54), (28, 44, 98), (66, 92, 148)), (48, 68, 122), (0.6, 0.66, 0.9)),
}
_WASH = {"day": 0.0, "dawn": 0.05, "sunset": 0.07, "night": 0.15}
"""How much of the haze lies even on the nearest things; it binds the colours together."""

OPEN_AIR = frozenset(name for name, kind in KINDS.items() if kind.zone in ("land", "stream", "relief", "sky")) - {
    "table",
    "plain",
}

_WEATHERS: dict[str, tuple[RGB, float, float]] = {
    # what the sky greys to, how much, and the light that is left
    "clear": ((0, 0, 0), 0.0, 1.0),
    "rain": ((138, 154, 172), 0.62, 0.86),
    "storm": ((70, 76, 98), 0.72, 0.78),
    "snow": ((206, 216, 228), 0.5, 0.97),
    "fog": ((216, 222, 226), 0.66, 0.95),
}
_GRASS: dict[str, RGB] = {
    "spring": (150, 200, 96), "summer": (124, 182, 84), "autumn": (202, 172, 92), "winter": (234, 240, 247),
}  # fmt: skip
_LEAVES: dict[str, tuple[RGB, ...]] = {
    "spring": ((136, 192, 92), (160, 204, 104), (244, 178, 196)),
    "summer": ((78, 150, 84), (96, 164, 82), (64, 138, 92)),
    "autumn": ((228, 134, 52), (206, 84, 50), (238, 184, 66)),
    "winter": ((222, 230, 240), (210, 222, 236), (232, 238, 246)),
}
_GROUNDS: dict[str, RGB] = {
    "desert": (234, 196, 132), "beach": (242, 220, 170), "snowfield": (238, 244, 250), "city": (164, 168, 176),
    "table": (190, 134, 88), "plain": (240, 230, 214),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """All that time, weather and season decide. sky: from top to horizon. tone: of the nearest things.

    snowy: snow lies on everything. dark: lamps and windows are lit.
    """

    time: str
    weather: str
    season: str
    sky: tuple[RGB, RGB, RGB]
    haze: RGB
    tone: Tone
    grass: RGB
    leaves: tuple[RGB, ...]
    snowy: bool
    dark: bool

    def ground(self, land: str) -> RGB:
        """Return the colour of a kind of ground, before the light."""
        if land in _GROUNDS:
            return _GROUNDS[land]
        return mix(self.grass, (70, 110, 76), 0.25) if land == "forest" and not self.snowy else self.grass

    def far(self, share: float) -> Tone:
        """Return the tone of things at a distance. share: 0 near, 1 at the horizon."""
        extra = 0.35 if self.weather == "fog" else 0.12 if self.weather in ("rain", "snow", "storm") else 0.0
        return self.tone.away(min(0.92, self.tone.share + share * (0.62 + extra) + extra * 0.5))


def mood_of(scene: Scene, chance: Chance) -> Mood:
    """Return the light of a scene; what it does not say is decided by chance."""
    kinds = {thing.kind for thing in scene.things}
    share = chance.share("time")
    guess = "day" if share < 0.64 else "dawn" if share < 0.77 else "sunset" if share < 0.92 else "night"
    if scene.style == "neon" or kinds & {"stars", "moon", "crescent"}:
        guess = "night"
    elif kinds & {"sun", "rainbow"} and guess == "night":
        guess = "day"
    indoors = not kinds & OPEN_AIR and scene.things and KINDS[scene.things[0].kind].group in ("food", "shape")
    if scene.weather in ("rain", "snow", "fog") and guess != "night":
        guess = "day"
    time = scene.time or ("day" if indoors else guess)
    weather = scene.weather or "clear"
    season = scene.season or chance.pick("season", ("spring", "summer", "summer", "autumn"))
    snowy = season == "winter" or weather == "snow" or "snowfield" in kinds
    if snowy:
        season = "winter"

    sky, haze, ambient = _TIMES[time]
    grey, much, left = _WEATHERS[weather]
    if time == "night":
        grey = mix(grey, (20, 26, 52), 0.72)
    elif time == "sunset":
        grey = mix(grey, (150, 90, 90), 0.3)
    sky = (mix(sky[0], grey, much), mix(sky[1], grey, much), mix(sky[2], grey, much * 0.75))
    haze = mix(haze, grey, much * 0.8)
    warm, green, cool = (a * left for a in ambient)
    return Mood(
        time=time, weather=weather, season=season, sky=sky, haze=haze,
        tone=Tone((warm, green, cool), haze, _WASH[time]),
        grass=_GRASS[season], leaves=_LEAVES[season], snowy=snowy,
        dark=time in ("night", "sunset") or weather == "storm",
    )  # fmt: skip
