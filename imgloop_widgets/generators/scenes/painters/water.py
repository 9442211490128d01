"""Water: the sea, lakes, rivers, a waterfall; and roads, which lie on the land as rivers do."""

from math import sin

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix, rgb
from imgloop_widgets.generators.scenes.mood import Mood
from imgloop_widgets.generators.scenes.painters.ground import Land
from imgloop_widgets.generators.scenes.pen import BARE, Point, Sheet, smooth
from imgloop_widgets.generators.scenes.scene import Thing


def water_colours(mood: Mood, colour: RGB | None) -> tuple[RGB, RGB]:
    """Return the colour of water far away (it mirrors the sky) and near."""
    far = mix(mood.sky[2], mood.sky[1], 0.45)
    near = mood.tone(colour or (52, 132, 172))
    if mood.time in ("sunset", "dawn") and colour is None:
        near = mix(near, mood.sky[0], 0.62)
    if mood.snowy and colour is None:
        near = mix(near, mood.tone((196, 220, 234)), 0.3)
    return mix(near, far, 0.6), mix(near, far, 0.12)


def water(sheet: Sheet, mood: Mood, land: Land, chance: Chance) -> None:
    """Draw the water of a land; the sea lies behind the ground, everything else on it."""
    thing = land.said.get(land.water or "")
    colour = rgb(thing.colour) if thing and thing.colour else None
    painters = {"lake": lake, "river": river, "pool": pool}
    if land.water in painters and land.base not in ("table", "plain"):
        painters[land.water](sheet, mood, land, chance("water"), colour)


def glints(sheet: Sheet, chance: Chance, colour: RGB, y0: float, y1: float, x0: float, x1: float, count: int) -> None:
    """Strew short lines of light; y0 is the far edge."""
    stream, n = chance.of("glints"), sheet.n
    for _ in range(count if sheet.detail else count // 3):
        share = stream.random()
        x, y = x0 + (x1 - x0) * stream.random(), y0 + (y1 - y0) * share
        half, thick = (0.012 + 0.03 * share) * (0.6 + stream.random()) * n, max(1.0, (0.0012 + 0.0026 * share) * n)
        cx, cy = x * n, y * n
        sheet.draw.polygon(((cx - half, cy), (cx, cy - thick), (cx + half, cy), (cx, cy + thick)), fill=colour)


def sea(sheet: Sheet, mood: Mood, land: Land, chance: Chance, light: tuple[float, RGB] | None) -> None:
    """Fill from the horizon to the bottom with the sea. light: x and colour of what glitters on it."""
    thing, n, y = land.said.get("sea"), sheet.n, land.horizon
    far, near = water_colours(mood, rgb(thing.colour) if thing and thing.colour else None)
    pen = sheet.pen(0, 1, 1, BARE)
    bottom = 0.0 if land.base == "sea" else (1 - y) * 0.5
    pen.poly(((0, bottom), (1, bottom), (1, 1 - y), (0, 1 - y)), far, to=near)
    own = chance("sea")
    low = 1.0 if land.base == "sea" else y + (1 - y) * 0.36
    rough = 1.8 if mood.weather == "storm" else 1.0
    if sheet.detail:
        for k in range(5 if land.base == "sea" else 2):
            share = (k + 1) / 6
            edge = y + (1 - y) * share**1.2
            shift = own.between(f"wave {k}", 0, 6)
            tall, often = rough * (0.003 + 0.009 * share), 0.95 - 0.5 * share
            wave: list[Point] = [(n * i / 48, n * (edge - tall * sin(shift + i * often))) for i in range(49)]
            if edge + 0.02 < low:
                tone = mix(far, near, min(1.0, share * 1.25))
                pen.fill(
                    [*wave, (n, n * min(1.0, edge + 0.12)), (0, n * min(1.0, edge + 0.12))],
                    lighter(tone, 0.09),
                    to=tone,
                )
    glints(
        sheet, own, mix(far, (255, 255, 255), 0.4 if mood.time != "night" else 0.16), y + 0.008, low - 0.01, 0, 1, 46
    )
    if light is not None and sheet.detail:
        x, shine = light
        for k in range(4):
            reach = 0.05 + 0.055 * k
            y0, y1 = y + (low - y) * (0.02 + 0.25 * k), y + (low - y) * (0.25 + 0.25 * k)
            glints(sheet, own(f"path {k}"), mix(near, shine, 0.85 - 0.1 * k), y0, y1, x - reach, x + reach, 14)
    if land.base == "beach":
        shore = [(n * k / 30, n * (low + 0.012 + 0.008 * sin(k * 0.5 + own.share("surf") * 6))) for k in range(31)]
        pen.fill([*shore, (n, n * (low - 0.012)), (0, n * (low - 0.012))], mix(near, (255, 255, 255), 0.7))


def lake(sheet: Sheet, mood: Mood, land: Land, chance: Chance, colour: RGB | None) -> None:
    """Draw a lake in the middle distance."""
    thing = land.said.get("lake")
    x = {"left": 0.28, "right": 0.72}.get((thing.x if thing else None) or "", 0.5)
    size = {"tiny": 0.4, "small": 0.65, "large": 1.25, "huge": 1.5}.get((thing.size if thing else None) or "", 1.0)
    depth = {"foreground": 0.72, "background": 0.16}.get((thing.depth if thing else None) or "", 0.34)
    y = land.horizon + (1 - land.horizon) * (0.1 + 0.8 * depth)
    rx, ry = 0.42 * size, 0.098 * size
    far, near = water_colours(mood, colour)
    pen = sheet.pen(x, y, 1, BARE)
    wobble = chance.of("shore")
    shape: list[Point] = []
    for u, v in (
        (-1, 0.05),
        (-0.8, 0.62),
        (-0.35, 0.95),
        (0.2, 0.86),
        (0.7, 0.72),
        (1, 0.1),
        (0.82, -0.6),
        (0.3, -0.92),
        (-0.3, -0.86),
        (-0.8, -0.6),
    ):
        k = 0.94 + 0.12 * wobble.random()
        shape.append((u * rx * k, v * ry * k))
    bank = mood.far(0.2)(darker(mood.ground(land.base), 0.16))
    pen.blob([(px * 1.03, py * 1.06 - 0.003) for px, py in shape], bank)
    outline = pen.blob(shape, far, to=near)
    if not sheet.flat:
        pen.inside(outline).oval(0.0, ry * 0.9, rx * 0.9, ry * 0.4, mix(far, bank, 0.4), alpha=0.5)
    glints(sheet, chance, mix(far, (255, 255, 255), 0.45), y - ry * 0.6, y + ry * 0.7, x - rx * 0.6, x + rx * 0.6, 16)


def _winding(chance: Chance, x: float, top: float, wide: float) -> tuple[list[Point], list[Point]]:
    """Return the two banks of what winds from the horizon to the lower edge."""
    bend = chance.pick("bend", (1, -1))
    left, right = [], []
    for k in range(9):
        t = k / 8
        y = top + (1.02 - top) * t**1.5
        cx = x + bend * 0.13 * sin(t * 5.2) * (0.35 + 0.65 * t)
        half = 0.008 + wide * t**1.6
        left.append((cx - half, 1 - y))
        right.append((cx + half, 1 - y))
    return smooth(left, closed=False), smooth(right, closed=False)


def river(sheet: Sheet, mood: Mood, land: Land, chance: Chance, colour: RGB | None) -> None:
    """Draw a river that winds towards us."""
    thing = land.said.get("river")
    x = {"left": 0.28, "right": 0.72}.get((thing.x if thing else None) or "", 0.5)
    size = {"tiny": 0.5, "small": 0.7, "large": 1.3, "huge": 1.7}.get((thing.size if thing else None) or "", 1.0)
    far, near = water_colours(mood, colour)
    left, right = _winding(chance, x, land.horizon + 0.012, 0.17 * size)
    pen = sheet.pen(0, 1, 1, BARE)
    bank = mood.far(0.15)(darker(mood.ground(land.base), 0.18))
    pen.poly(
        [(px - 0.012 * (1 - py), py) for px, py in left] + [(px + 0.012 * (1 - py), py) for px, py in reversed(right)],
        bank,
    )
    pen.poly([*left, *reversed(right)], far, to=near)
    light, stream = mix(far, (255, 255, 255), 0.5), chance.of("flow")
    for _ in range(22 if sheet.detail else 8):
        k = int(len(left) * (0.2 + 0.78 * stream.random()))
        k = min(k, len(left) - 4)
        t = 0.15 + 0.7 * stream.random()
        points = [(left[k + j][0] * (1 - t) + right[k + j][0] * t, left[k + j][1]) for j in range(4)]
        pen.line(points, 0.003 + 0.003 * (1 - points[0][1]), light, curve=False)


def _straight(sheet: Sheet, mood: Mood, land: Land, thing: Thing) -> None:
    """Draw a road from left to right, for what drives on it."""
    low = 1 - land.horizon
    tar = rgb(thing.colour) if thing.colour else (112, 114, 124)
    pen = sheet.pen(0, 1, 1, mood.tone)
    pen.poly(((0, low * 0.13), (1, low * 0.13), (1, low * 0.5), (0, low * 0.5)), darker(mood.ground(land.base), 0.2))
    pen.poly(((0, low * 0.15), (1, low * 0.15), (1, low * 0.48), (0, low * 0.48)), lighter(tar, 0.08), to=tar)
    for k in range(7):
        x = k * 0.17 - 0.06
        pen.poly(
            ((x, low * 0.29), (x + 0.09, low * 0.29), (x + 0.1, low * 0.315), (x + 0.01, low * 0.315)), (238, 234, 216)
        )


def road(sheet: Sheet, mood: Mood, land: Land, chance: Chance, *, across: bool) -> None:
    """Draw a road that winds towards us; a path of earth unless it has a colour of its own. across: for vehicles."""
    thing = land.said["road"]
    if land.base == "city":
        return  # a city has its street
    if across:
        _straight(sheet, mood, land, thing)
        return
    x = {"left": 0.28, "right": 0.72}.get(thing.x or "", 0.5)
    earth = rgb(thing.colour) if thing.colour else (214, 186, 140) if land.base != "city" else (96, 100, 112)
    left, right = _winding(chance("road"), x, land.horizon + 0.02, 0.14)
    pen = sheet.pen(0, 1, 1, mood.tone)
    edge = [(px - 0.008 * (1 - py), py) for px, py in left] + [
        (px + 0.008 * (1 - py), py) for px, py in reversed(right)
    ]
    pen.poly(edge, darker(earth, 0.22))
    pen.poly([*left, *reversed(right)], mix(earth, mood.haze, 0.25), to=earth)
    if sheet.detail:
        for k in range(6, len(left) - 3, 7):
            pen.poly([((left[j][0] + right[j][0]) / 2 + s * 0.02 * (right[j][0] - left[j][0]), left[j][1])
                      for s, j in ((-1, k), (1, k), (1, k + 3), (-1, k + 3))], lighter(earth, 0.5))  # fmt: skip


def pool(sheet: Sheet, mood: Mood, land: Land, chance: Chance, colour: RGB | None) -> None:
    """Draw the pool of a waterfall."""
    thing = land.said.get("waterfall")
    x = {"left": 0.25, "centre": 0.5, "right": 0.75}.get((thing.x if thing else None) or "", 0.5)
    far, near = water_colours(mood, colour)
    pen = sheet.pen(x, land.horizon + (1 - land.horizon) * 0.3, 1, BARE)
    pen.oval(0, -0.004, 0.335, 0.082, mood.far(0.1)(darker(mood.ground(land.base), 0.2)))
    pen.oval(0, 0, 0.32, 0.076, far, to=near)


def waterfall(sheet: Sheet, mood: Mood, land: Land, chance: Chance) -> None:
    """Draw a cliff with water that falls from it."""
    thing = land.said["waterfall"]
    x = {"left": 0.25, "centre": 0.5, "right": 0.75}.get(thing.x or "", 0.5)
    size = {"tiny": 0.55, "small": 0.75, "large": 1.2, "huge": 1.4}.get(thing.size or "", 1.0)
    y = land.horizon + (1 - land.horizon) * 0.26
    p = sheet.pen(x, y, 0.5 * size, mood.far(0.22))
    rock: RGB = (122, 120, 134)
    outline = p.poly(((-0.72, -0.02), (-0.66, 0.36), (-0.5, 0.52), (-0.46, 0.84), (-0.2, 0.98), (0.24, 1.0),
                      (0.44, 0.86), (0.5, 0.5),
                      (0.66, 0.34), (0.74, -0.02)), rock, shade=0.24)  # fmt: skip
    inner = p.inside(outline)
    stream = chance("waterfall").of("rock")
    for _ in range(12 if sheet.detail else 0):
        cx, cy = stream.random() * 1.4 - 0.7, stream.random()
        tone = lighter(rock, 0.2) if stream.random() < 0.5 else darker(rock, 0.2)
        inner.poly(((cx, cy), (cx + 0.16, cy + 0.03), (cx + 0.12, cy - 0.12), (cx - 0.03, cy - 0.1)), tone, alpha=0.6)
    moss = mood.grass if mood.snowy else darker(mood.grass, 0.12)
    p.blob(
        (
            (-0.5, 0.86),
            (-0.36, 1.0),
            (0, 1.06),
            (0.34, 1.03),
            (0.5, 0.9),
            (0.3, 0.93),
            (0.16, 0.9),
            (-0.16, 0.9),
            (-0.3, 0.9),
        ),
        moss,
        shade=0.12,
    )
    for s in (-1, 1):
        p.blob(((s * 0.46, 0.5), (s * 0.58, 0.5), (s * 0.7, 0.34), (s * 0.6, 0.37), (s * 0.5, 0.42)), moss, shade=0.1)
        for cx, cy, r in ((0.6, 0.0, 0.12), (0.74, 0.02, 0.09), (0.46, 0.01, 0.08)):
            p.oval(s * cx, cy, r, r * 0.7, darker(moss, 0.12), shade=0.16)
    fall: RGB = rgb(thing.colour) if thing.colour else (206, 232, 244)
    p.poly(((-0.16, 1.0), (0.16, 1.0), (0.22, 0.0), (-0.22, 0.0)), fall, to=(244, 250, 254))
    for k in range(7):
        cx = -0.13 + k * 0.043
        p.line(
            ((cx, 0.98 - (k % 3) * 0.06), (cx * 1.3, 0.1 + (k % 2) * 0.12)),
            0.016,
            (150, 200, 226) if k % 2 else (255, 255, 255),
        )
    for cx, r in ((-0.2, 0.1), (0.02, 0.13), (0.2, 0.1)):
        p.glow(cx, 0.02, r * 2.2, (250, 253, 255), 0.85)
