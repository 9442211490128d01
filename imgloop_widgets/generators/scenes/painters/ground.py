"""What lies under the things: which land it is, the ground itself, and what grows on it."""

from dataclasses import dataclass
from math import sin

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix, rgb
from imgloop_widgets.generators.scenes.mood import Mood
from imgloop_widgets.generators.scenes.pen import BARE, Point, Sheet
from imgloop_widgets.generators.scenes.scene import Scene, Thing
from imgloop_widgets.generators.scenes.vocabulary import KINDS

FLOWERS: tuple[RGB, ...] = ((252, 250, 246), (250, 208, 84), (236, 110, 110), (200, 140, 220))


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """What the ground is. base: a kind of zone land, or "sea" where there is nothing but water. horizon: a share.

    water: river, lake, sea, or None. afloat: depths between which boats float, or None. said: things of the scene that
    are drawn with the land, by kind.
    """

    base: str
    horizon: float
    water: str | None
    afloat: tuple[float, float] | None
    said: dict[str, Thing]
    absent: frozenset[str]

    @property
    def open_air(self) -> bool:
        """Whether there is a sky."""
        return self.base not in ("table", "plain")


def _aboard(scene: Scene, thing: Thing) -> bool:
    """Say whether a thing is on something that floats."""
    relation = thing.relation
    return relation is not None and relation.name == "on" and KINDS[scene.things[relation.to[0]].kind].zone == "water"


def land_of(scene: Scene, chance: Chance) -> Land:
    """Return the ground of a scene: what is said, else what suits its first thing, else chance."""
    said = {t.kind: t for t in scene.things if KINDS[t.kind].zone in ("land", "stream", "relief")}
    stands = [t for t in scene.things if KINDS[t.kind].zone == "ground" and not _aboard(scene, t)]
    floats = [t for t in scene.things if KINDS[t.kind].zone == "water"]
    water: str | None = next((k for k in ("sea", "lake", "river") if k in said), None)
    base = next((k for k in said if KINDS[k].zone == "land"), None)
    first = KINDS[scene.things[0].kind].group if scene.things else ""
    if water is None and "waterfall" in said:
        water = "pool"
    if base is None and not said and not floats and first in ("food", "shape"):
        base = "table" if first == "food" else "plain"
    if base == "beach" and water is None:
        water = "sea"
    if floats and water is None and base not in ("table", "plain"):
        water = "sea" if floats[0].kind == "boat" and base is None else "lake"
    if base is None and water == "sea" and not stands:
        base = "sea"
    if base is None:
        snow = scene.weather == "snow" or scene.season == "winter"
        base = "snowfield" if snow else "meadow"
        if water == "sea":
            base = chance.pick("shore", ("meadow", "beach"))
    horizon = {"sea": 0.5, "table": 0.6, "plain": 0.68, "city": 0.62, "forest": 0.6}.get(base, 0.58)
    if water == "sea" and base != "sea":
        horizon = 0.5
    afloat = {
        "sea": (0.1, 0.9) if base == "sea" else (0.03, 0.24),
        "lake": (0.2, 0.44),
        "river": (0.4, 0.8),
        "pool": (0.25, 0.4),
    }
    return Land(base=base, horizon=horizon, water=water, afloat=afloat.get(water or ""), said=said, absent=scene.absent)


def ridge(sheet: Sheet, height: float, rough: float, chance: Chance, *, waves: float = 1.0) -> list[Point]:
    """Return the upper edge of a layer of hills, in sheet pixels. height: y, a share. rough: how high the hills are."""
    n, stream = sheet.n, chance.of("ridge")
    a, b, c = (stream.random() * 6.3 for _ in range(3))
    f = waves * (0.8 + 0.4 * stream.random())
    rise = [0.6 * sin(a + k * 0.13 * f) + 0.3 * sin(b + k * 0.27 * f) + 0.12 * sin(c + k * 0.6 * f) for k in range(41)]
    return [(n * k / 40, n * (height - rough * up)) for k, up in enumerate(rise)]


def layer(
    sheet: Sheet, edge: list[Point], colour: RGB, mood: Mood, far: float, *, to: RGB | None = None, to_far: float = 0.0
) -> None:
    """Fill from an edge to the bottom of the sheet; far: haze of the upper edge, to_far of the lower."""
    n = sheet.n
    pen = sheet.pen(0, 1, 1, BARE)
    pen.fill([*edge, (n, n), (0, n)], mood.far(far)(colour), to=mood.far(to_far)(to or colour))


def ground(sheet: Sheet, mood: Mood, land: Land, chance: Chance) -> None:
    """Draw the ground itself, from the horizon to the lower edge."""
    base, horizon, own = land.base, land.horizon, chance("ground")
    thing = land.said.get(base)
    colour = rgb(thing.colour) if thing and thing.colour else mood.ground(base)
    if base == "sea":
        return
    if base in ("table", "plain"):
        _indoors(sheet, mood, land, colour)
        return
    shore = horizon + (1 - horizon) * 0.36 if land.water == "sea" else horizon
    rough = {"city": 0.0, "beach": 0.008, "desert": 0.024}.get(base, 0.014)
    layer(sheet, ridge(sheet, shore + 0.012, rough, own), colour, mood, 0.34, to=darker(colour, 0.08))
    if base == "city":
        _paving(sheet, mood, horizon)
        return
    if sheet.detail:
        n = 3 if base == "desert" else 2
        for k in range(n):
            y = shore + (1 - shore) * (0.3 + 0.34 * k)
            tone = lighter(colour, 0.06) if k % 2 == 0 else darker(colour, 0.04)
            layer(sheet, ridge(sheet, y, 0.02 + 0.008 * (base == "desert"), own(k), waves=0.8), tone, mood,
                  0.2 - 0.1 * k,
                  to=darker(tone, 0.1))  # fmt: skip


def light_pool(sheet: Sheet, mood: Mood, land: Land) -> None:
    """Lay a soft light on the middle of the ground, where the things will stand."""
    if sheet.detail and not sheet.flat and land.open_air and land.base != "sea":
        n, low = sheet.n, 1 - land.horizon
        light = mix(mood.tone((255, 250, 206)), mood.sky[2], 1.0 if mood.time == "night" else 0.4)
        sheet.glow(n * 0.46, n * (land.horizon + low * 0.5), n * 0.62, n * low * 0.52, light, 0.26)


def _indoors(sheet: Sheet, mood: Mood, land: Land, colour: RGB) -> None:
    n, y = sheet.n, land.horizon
    if land.base == "plain":
        layer(sheet, [(0, 0), (n, 0)], lighter(colour, 0.4), mood, 0.0, to=colour)
        layer(sheet, [(0, n * y), (n, n * y)], lighter(colour, 0.1), mood, 0.0, to=darker(colour, 0.12))
        sheet.glow(n * 0.4, n * 0.3, n * 0.6, n * 0.5, (255, 255, 250), 0.5)
        return
    layer(sheet, [(0, 0), (n, 0)], (236, 214, 190), mood, 0.0, to=(214, 186, 160))
    sheet.glow(n * 0.3, n * 0.22, n * 0.6, n * 0.5, (255, 246, 222), 0.6)
    layer(sheet, [(0, n * y), (n, n * y)], lighter(colour, 0.1), mood, 0.0, to=darker(colour, 0.16))
    pen = sheet.pen(0, 1, 1, mood.tone)
    pen.rect(0, 1 - y - 0.012, 1, 1 - y, darker(colour, 0.2))
    if sheet.detail:
        for k in range(-3, 10):
            pen.line(
                ((k * 0.16 + 0.05, 0), (0.5 + (k * 0.16 - 0.45) * 0.62, 1 - y - 0.012)), 0.003, darker(colour, 0.16)
            )


def _paving(sheet: Sheet, mood: Mood, horizon: float) -> None:
    pen = sheet.pen(0, 1, 1, mood.tone)
    low = 1 - horizon
    pen.rect(0, low * 0.78, 1, low * 0.84, (198, 200, 204))
    pen.poly(((0, 0), (1, 0), (1, low * 0.78), (0, low * 0.78)), (98, 102, 114), to=(82, 86, 100))
    for k in range(6):
        x = k * 0.2 + 0.02
        pen.poly(
            ((x, low * 0.36), (x + 0.11, low * 0.36), (x + 0.12, low * 0.4), (x + 0.01, low * 0.4)), (236, 232, 214)
        )


def undergrowth(sheet: Sheet, mood: Mood, land: Land, chance: Chance) -> None:
    """Strew what grows on the ground: tufts, small flowers, pebbles; nothing where it was ruled out."""
    if not sheet.detail or land.base in ("sea", "table", "plain", "city"):
        return
    light_pool(sheet, mood, land)
    stream, colour = chance.of("undergrowth"), mood.ground(land.base)
    start = land.horizon + (1 - land.horizon) * (0.42 if land.water == "sea" else 0.1)
    season = 0.0 if mood.snowy else {"spring": 0.5, "summer": 0.36, "autumn": 0.1}.get(mood.season, 0.0)
    for _ in range(64):
        x, depth, pick, extra = stream.random(), stream.random() ** 0.8, stream.random(), stream.random()
        y = start + (1 - start) * depth
        p = sheet.pen(x, y, 0.016 + 0.03 * depth, mood.far(0.3 * (1 - depth)))
        if land.base in ("beach", "desert"):
            if pick < 0.4:
                p.oval(0, 0, 0.3 * extra, 0.16 * extra, darker(colour, 0.2))
        elif mood.snowy:
            if pick < 0.4:
                p.oval(0, 0, 1.2, 0.2, darker(colour, 0.06))
        elif pick < season and "flower" not in land.absent:
            petal = FLOWERS[int(extra * 3.99)]
            p.line(((0, 0), (0, 0.7)), 0.1, (96, 150, 80))
            for dx, dy in ((-0.17, 0.8), (0.17, 0.8), (0, 0.97), (0, 0.65)):
                p.oval(dx, dy, 0.17, 0.15, petal)
            p.oval(0, 0.81, 0.11, 0.1, (246, 196, 80))
        elif "grass" not in land.absent:
            tone = darker(colour, 0.16) if extra < 0.6 else lighter(colour, 0.2)
            for lean in (-0.45, 0.0, 0.4):
                p.poly(((lean * 0.2 - 0.1, 0), (lean, 1.0 - abs(lean) * 0.5), (lean * 0.2 + 0.1, 0)), tone)
