"""What rises at the horizon, from far to near: mountains, hills, a forest or a skyline, a hill to stand on."""

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix, rgb
from imgloop_widgets.generators.scenes.mood import Mood
from imgloop_widgets.generators.scenes.painters.ground import Land, layer, ridge
from imgloop_widgets.generators.scenes.pen import Sheet, smooth
from imgloop_widgets.generators.scenes.scene import Thing
from imgloop_widgets.generators.scenes.vocabulary import TREES

WALLS: tuple[RGB, ...] = ((120, 134, 160), (150, 140, 156), (104, 122, 150), (170, 152, 150), (134, 150, 168))


def mountains(sheet: Sheet, mood: Mood, thing: Thing, horizon: float, chance: Chance) -> None:
    """Draw a mountain, or a range of them, with a lit side and a dark one."""
    count = thing.count if thing.count > 1 else 1
    size = {"tiny": 0.5, "small": 0.72, "large": 1.25, "huge": 1.55}.get(thing.size or "", 1.0)
    centre = {"left": 0.24, "centre": 0.5, "right": 0.76}.get(thing.x or "", chance.between("hill", 0.3, 0.7))
    rock = rgb(thing.colour) if thing.colour else (118, 126, 152)
    far = 0.5 if thing.depth != "foreground" else 0.25
    spread = 0.5 if thing.x is None else 0.24
    order = sorted(range(max(count, 1)), key=lambda k: -abs(k - (count - 1) / 2))
    for k in order:
        own = chance(k)
        share = 0.0 if count == 1 else (k / (count - 1)) * 2 - 1
        x = (
            centre
            if count == 1
            else (0.5 if thing.x is None else centre) + spread * share + own.between("x", -0.05, 0.05)
        )
        tall = size * own.between("tall", 0.27, 0.36) * (1.0 if count == 1 else 0.95 - 0.2 * abs(share))
        _peak(sheet, mood, x, horizon + 0.03, tall, rock, far + 0.1 * abs(share), own)


def _peak(sheet: Sheet, mood: Mood, x: float, y: float, tall: float, rock: RGB, far: float, chance: Chance) -> None:
    p, stream = sheet.pen(x, y, tall, mood.far(far)), chance.of("peak")
    lean = (stream.random() - 0.5) * 0.2
    wide = 0.95 + 0.2 * stream.random()
    left = [(-wide, 0.0), (-wide * 0.62, 0.3), (-wide * 0.45, 0.44), (-wide * 0.2, 0.8)]
    right = [(wide * 0.24, 0.74), (wide * 0.42, 0.52), (wide * 0.66, 0.3), (wide, 0.0)]
    outline = p.poly([*left, (lean, 1.0), *right], rock, to=lighter(rock, 0.2))
    inner = p.inside(outline)
    ridge_line = [(lean, 1.0), (lean + 0.08, 0.78), (lean - 0.02, 0.6), (lean + 0.12, 0.38), (lean + 0.02, 0.0)]
    inner.poly([*ridge_line, (wide, 0.0), *reversed(right)], darker(rock, 0.26), alpha=0.75)
    if sheet.detail:
        snow = 0.42 if mood.snowy else 0.66
        cap = [(-wide, 1.1), (-wide * 0.5, snow), (-wide * 0.26, snow + 0.06), (-wide * 0.16, snow - 0.07),
               (lean, snow + 0.05),
               (wide * 0.14, snow - 0.09), (wide * 0.25, snow + 0.05), (wide * 0.5, snow - 0.02),
               (wide, 1.1)]  # fmt: skip
        inner.poly(cap, (250, 251, 255))
        dark = [(lean, 1.02), (lean + 0.08, 0.78), (lean + 0.01, snow + 0.04), (wide * 0.14, snow - 0.09),
                (wide * 0.25, snow + 0.05), (wide * 0.5, snow - 0.02), (wide, 1.1)]  # fmt: skip
        inner.poly(dark, (196, 206, 228), alpha=0.8)


def hill(sheet: Sheet, mood: Mood, land: Land, thing: Thing, chance: Chance) -> None:
    """Draw one or more round hills that rise from the horizon."""
    size = {"tiny": 0.5, "small": 0.7, "large": 1.3, "huge": 1.7}.get(thing.size or "", 1.0)
    green = rgb(thing.colour) if thing.colour else mood.ground(land.base if land.base != "sea" else "meadow")
    for k in range(thing.count):
        own = chance if k == 0 else chance(k)
        x = {"left": 0.23, "centre": 0.5, "right": 0.77}.get(thing.x or "", own.between("hill", 0.3, 0.7))
        if thing.count > 1:
            x = (k + 0.5) / thing.count + own.between("x", -0.08, 0.08)
        tall = 0.26 * size * (1.0 if thing.count == 1 else 0.7)
        y = land.horizon + (1 - land.horizon) * 0.18
        p = sheet.pen(x, y, tall, mood.far(0.3))
        wide = 1.5
        points = [(-wide * 1.3, -0.3), (-wide, 0.02), (-wide * 0.6, 0.42), (-wide * 0.25, 0.86), (0, 1.0),
                  (wide * 0.25, 0.86),
                  (wide * 0.6, 0.42), (wide, 0.02), (wide * 1.3, -0.3)]  # fmt: skip
        outline = p.fill(p.px(smooth(points, closed=False)), lighter(green, 0.14), to=darker(green, 0.08))
        inner = p.inside(outline)
        inner.blob(((0.1, 1.1), (0.5, 0.8), (0.9, 0.2), (2.0, 0.0), (2.0, 1.2)), darker(green, 0.3), alpha=0.22)
        if sheet.detail and not land.absent & TREES:
            for j in range(5):
                tx = own.between(f"tree {j}", -0.9, 0.9)
                ty = 0.9 * max(0.0, 1 - abs(tx) / 1.25) ** 1.2 * own.between(f"up {j}", 0.45, 0.95)
                treeline(sheet, mood, y - tall * ty, tall * 0.2, 0.3, own(j), 1, span=(x + tall * tx, x + tall * tx))


def treeline(
    sheet: Sheet, mood: Mood, y: float, height: float, far: float, chance: Chance, count: int, *, conifer: float = 0.6,
    span: tuple[float, float] = (-0.05, 1.05),
) -> None:  # fmt: skip
    """Draw a row of trees far away, every one of two shapes. span: where it begins and ends, shares."""
    stream = chance.of("row")
    for k in range(count):
        x = span[0] + (span[1] - span[0]) * (k + stream.random()) / count
        tall = height * (0.7 + 0.6 * stream.random())
        pick, tone = stream.random(), stream.random()
        p = sheet.pen(x, y + 0.012 * stream.random(), tall, mood.far(far + 0.05 * tone))
        if pick < conifer:
            leaf = mix((44, 104, 86), (214, 226, 238), 0.5 if mood.snowy else 0.0)
            leaf = darker(leaf, tone * 0.2)
            p.poly(((-0.2, 0.04), (-0.1, 0.36), (-0.15, 0.36), (-0.06, 0.68), (-0.09, 0.68), (0, 1.0), (0.09, 0.68),
                    (0.06, 0.68),
                    (0.15, 0.36), (0.1, 0.36), (0.2, 0.04)), leaf)  # fmt: skip
            if mood.snowy and sheet.detail:
                for low, high, half in ((0.7, 1.0, 0.075), (0.4, 0.68, 0.09), (0.1, 0.36, 0.11)):
                    p.poly(((0, high), (half, low + 0.1), (0.02, low + 0.16), (-half, low + 0.1)), (240, 245, 251))
            p.rect(-0.025, -0.02, 0.025, 0.06, (96, 72, 60))
        else:
            leaf = darker(mood.leaves[int(tone * 2.99)], 0.12)
            p.rect(-0.03, -0.02, 0.03, 0.4, (96, 72, 60))
            p.oval(0, 0.6, 0.28, 0.38, leaf)
            p.oval(-0.06, 0.68, 0.17, 0.22, lighter(leaf, 0.14))


def copse(sheet: Sheet, mood: Mood, horizon: float, chance: Chance) -> None:
    """Draw a few groups of trees on the far hills, some of them close enough to have a shape."""
    conifer = chance.pick("wood", (0.15, 0.5, 0.9))
    treeline(sheet, mood, horizon + 0.004, 0.055, 0.66, chance, 12, conifer=conifer)
    for k in range(3):
        own = chance(k)
        x, wide = own.between("x", -0.02, 1.02), own.between("wide", 0.1, 0.24)
        treeline(sheet, mood, horizon + own.between("y", 0.01, 0.05), own.between("tall", 0.08, 0.13), 0.46, own, 4 + k,
                 conifer=conifer, span=(x - wide / 2, x + wide / 2))  # fmt: skip


def skyline(sheet: Sheet, mood: Mood, horizon: float, chance: Chance) -> None:
    """Draw the houses of a city, two rows of them."""
    for row, (far, low, high, count) in enumerate(((0.72, 0.16, 0.36, 11), (0.34, 0.1, 0.26, 9))):
        stream = chance.of(f"city {row}")
        for k in range(count):
            x, wide = (k + 0.5) / count + (stream.random() - 0.5) * 0.04, (0.85 + 0.4 * stream.random()) / count
            tall, wall, roof = low + (high - low) * stream.random(), WALLS[int(stream.random() * 5)], stream.random()
            p = sheet.pen(x, horizon + 0.02, tall, mood.far(far))
            half = wide / tall / 2
            p.rect(-half, 0, half, 1, wall, shade=0.14 if row else 0.0)
            if roof < 0.3:
                p.poly(((-half, 1), (0, 1 + half * 0.7), (half, 1)), darker(wall, 0.2))
            elif roof < 0.45:
                p.rect(-0.01, 1, 0.01, 1.2, darker(wall, 0.2))
            rows, step = max(2, int(tall / 0.035)), half * 2 / 4
            for i in range(rows if sheet.detail else 0):
                for j in range(3):
                    on = stream.random()
                    lit = mood.dark and on < 0.55
                    cx, cy = -half + step * (j + 1), 1 - (i + 0.8) / (rows + 0.4)
                    p.rect(cx - step * 0.28, cy - 0.3 / rows, cx + step * 0.28, cy + 0.25 / rows,
                           mix((255, 214, 120), mood.haze, far * 0.4) if lit else darker(wall, 0.3),
                           lit=lit)  # fmt: skip


def relief(sheet: Sheet, mood: Mood, land: Land, chance: Chance) -> None:
    """Draw all that rises at the horizon."""
    horizon = land.horizon
    if "mountain" in land.said:
        mountains(sheet, mood, land.said["mountain"], horizon, chance("mountain"))
    if land.base != "sea" and land.water != "sea" and land.open_air:
        far = chance("far hills")
        if land.base != "city" and "hill" not in land.absent and sheet.detail:
            colour = mood.ground(land.base)
            flat = land.base == "desert" or "mountain" in land.said or "mountain" in land.absent
            if not flat and far.share("peaks") < 0.4:
                for k in range(5):
                    own = far("peak", k)
                    x, tall = (k + own.share("x")) / 5 * 1.2 - 0.1, own.between("tall", 0.16, 0.26)
                    _peak(sheet, mood, x, horizon + 0.02, tall, (118, 134, 168), 1.12, own)
            rough = 0.05 if land.base != "desert" else 0.03
            layer(
                sheet,
                ridge(sheet, horizon - 0.05, rough, far),
                mix(colour, (96, 130, 150), 0.35),
                mood,
                0.85,
                to_far=0.6,
            )
            layer(sheet, ridge(sheet, horizon - 0.012, rough * 0.62, far(1), waves=1.4),
                  mix(colour, (90, 130, 120), 0.16), mood,
                  0.56, to_far=0.4)  # fmt: skip
        if land.base == "city":
            skyline(sheet, mood, horizon, chance("city"))
        if land.base == "forest":
            conifer = chance("forest").pick("wood", (0.8, 0.55, 0.3))
            for k, (height, far_share, count) in enumerate(((0.2, 0.78, 22), (0.26, 0.55, 17), (0.34, 0.32, 12))):
                treeline(
                    sheet, mood, horizon + 0.016 * k, height, far_share, chance("forest", k), count, conifer=conifer
                )
        elif sheet.detail and land.base in ("meadow", "snowfield") and not land.absent & TREES:
            copse(sheet, mood, horizon, chance("copse"))
    if "hill" in land.said:
        hill(sheet, mood, land, land.said["hill"], chance("hill"))
