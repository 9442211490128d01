"""A scene → a picture. From back to front: sky, sun, clouds, land, water, things from far to near, weather, style."""

from PIL import Image

from imgloop_widgets.generators.scenes import layout
from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, rgb
from imgloop_widgets.generators.scenes.levels import Level
from imgloop_widgets.generators.scenes.mood import Mood, mood_of
from imgloop_widgets.generators.scenes.painters import PAINTERS, Look, air, ground, relief, sky, water
from imgloop_widgets.generators.scenes.painters.ground import Land, land_of
from imgloop_widgets.generators.scenes.pen import Sheet
from imgloop_widgets.generators.scenes.scene import Scene, Thing
from imgloop_widgets.generators.scenes.styles import STYLES
from imgloop_widgets.generators.scenes.vocabulary import KINDS


def draw(scene: Scene, seed: int | str, size: int, limits: Level) -> Image.Image:
    """Return the picture of a scene, RGB, size by size pixels; the same for the same arguments."""
    chance = Chance(seed)
    flat = scene.style == "flat"
    sheet = Sheet(size, fine=2 if size > 256 else 3, flat=flat, detail=limits.detail)
    mood, land = mood_of(scene, chance), land_of(scene, chance)
    if land.open_air:
        sky.heaven(sheet, mood, land.horizon)
        light = _heavens(sheet, mood, land, scene, chance)
        relief.relief(sheet, mood, land, chance)
        if land.water == "sea":
            water.sea(sheet, mood, land, chance, light)
    ground.ground(sheet, mood, land, chance)
    ground.undergrowth(sheet, mood, land, chance)
    if "waterfall" in land.said and land.open_air:
        water.waterfall(sheet, mood, land, chance)
    water.water(sheet, mood, land, chance)
    if "road" in land.said:
        water.road(sheet, mood, land, chance, across=any(KINDS[t.kind].group == "vehicle" for t in scene.things))
    _things(sheet, mood, land, scene, chance)
    if land.open_air:
        air.weather(sheet, mood, chance, land.horizon)
    image = sheet.finish()
    if limits.detail and not flat:
        image = air.last_light(image, mood)
    style = STYLES.get(scene.style or "")
    return style(image, chance("style")) if style else image


def _heavens(sheet: Sheet, mood: Mood, land: Land, scene: Scene, chance: Chance) -> tuple[float, RGB] | None:
    """Draw what shines and drifts in the sky; unless it was said or ruled out, chance decides what.

    Returns x and colour of the light that glitters on the sea.
    """
    light: tuple[float, RGB] | None = None
    said = {t.kind: t for t in scene.things}
    absent, night = scene.absent, mood.time == "night"
    clear = mood.weather in ("clear", "snow")
    if ("stars" in said) or (night and clear and "stars" not in absent):
        sky.stars(sheet, chance("stars"), (150 if "stars" in said else 70) if sheet.detail else 30)
    shines = not night and clear and not said.keys() & {"moon", "crescent"} and chance.share("sun") < 0.4
    if "sun" not in absent and ("sun" in said or shines):
        thing = said.get("sun") or Thing(kind="sun")
        own = chance("sun")
        x, y = layout.sky_spot(thing, own, Scene(time=mood.time))
        height = KINDS["sun"].height * layout.SIZES[thing.size or "medium"]
        light = (x, (255, 226, 150))
        sky.sun(sheet, mood, x, y, height, rgb(thing.colour) if thing.colour else None)
    moon = said.get("moon") or said.get("crescent")
    if "moon" not in absent and (moon or (night and clear and chance.share("moon") < 0.55)):
        thing = moon or Thing(kind="moon")
        x, y = layout.sky_spot(thing, chance("moon"), scene)
        height = KINDS["moon"].height * layout.SIZES[thing.size or "medium"]
        light = (x, (220, 226, 250))
        crescent = thing.kind == "crescent" if moon else chance("moon").share("crescent") < 0.3
        sky.moon(sheet, mood, x, y, height, rgb(thing.colour) if thing.colour else None, crescent)
    if "rainbow" in said:
        thing = said["rainbow"]
        x = layout.COLUMNS.get(thing.x or "", chance("rainbow").between("x", 0.44, 0.56))
        sky.rainbow(sheet, mood, x, land.horizon, {"small": 0.7, "tiny": 0.5, "huge": 1.2}.get(thing.size or "", 1.0))
    if mood.weather == "storm":
        air.lightning(sheet, chance)
    _clouds(sheet, mood, said.get("cloud"), absent, chance("cloud"))
    return light


def _clouds(sheet: Sheet, mood: Mood, thing: Thing | None, absent: frozenset[str], chance: Chance) -> None:
    if "cloud" in absent:
        return
    heavy = mood.weather in ("rain", "storm", "snow", "fog")
    count = thing.count if thing else 3 if mood.weather == "snow" else 5 if heavy else int(chance.share("count") * 3.2)
    size = layout.SIZES[(thing.size if thing else None) or "medium"] * (1.0 if thing or heavy else 0.62)
    colour = rgb(thing.colour) if thing and thing.colour else None
    for k in range(count):
        own = chance(k)
        x = layout.COLUMNS.get(
            (thing.x if thing else None) or "", (k + 0.5 + own.between("x", -0.4, 0.4)) / max(1, count)
        )
        if thing and thing.x and count > 1:
            x += (k / (count - 1) - 0.5) * 0.3
        y = layout.AIR.get((thing.y if thing else None) or "", own.between("y", 0.11, 0.2 if heavy else 0.3))
        wide = size * own.between("size", 0.8, 1.25) * (1.4 if heavy and thing is None else 1.0)
        sky.cloud(sheet, mood, x, y, 0.12 * wide, own, colour)


def _things(sheet: Sheet, mood: Mood, land: Land, scene: Scene, chance: Chance) -> None:
    spots = [
        s for s in layout.arrange(scene, chance, land.horizon, land.afloat) if scene.things[s.thing].kind in PAINTERS
    ]
    names = layout.names(scene)
    for spot in spots:
        thing = scene.things[spot.thing]
        own = chance(names[spot.thing], spot.number) if spot.number else chance(names[spot.thing])
        aloft = spot.aloft or KINDS[thing.kind].zone == "water"
        pose = thing.pose
        if thing.kind == "bird" and thing.relation and thing.relation.name == "on":
            pose = pose or "sitting"
        look = Look(
            colour=rgb(thing.colour) if thing.colour else None, accent=rgb(thing.accent) if thing.accent else None,
            pose=pose,
            chance=own, mood=mood, aloft=aloft,
        )  # fmt: skip
        tone = mood.far(max(0.0, 0.62 * (0.75 - spot.depth)))
        PAINTERS[thing.kind](sheet.pen(spot.x, spot.y, spot.height, tone, flip=spot.flip), look)
