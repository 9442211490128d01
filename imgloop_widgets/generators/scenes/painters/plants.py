"""Plants: trees, flowers and what else grows. Leaves take the season's colours unless a colour was said."""

from math import cos, pi, sin

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix
from imgloop_widgets.generators.scenes.painters.look import WHITE, Look
from imgloop_widgets.generators.scenes.pen import Pen

BARK: RGB = (118, 82, 62)
STALK: RGB = (88, 148, 76)
SNOW: RGB = (244, 248, 252)


def _trunk(p: Pen, top: float, wide: float, colour: RGB = BARK) -> None:
    p.blob(((-wide * 1.5, 0.0), (-wide * 0.8, 0.08), (-wide * 0.6, top * 0.6), (-wide * 0.5, top), (wide * 0.5, top),
            (wide * 0.6, top * 0.6), (wide * 0.8, 0.08), (wide * 1.5, 0.0)), colour, shade=0.2)  # fmt: skip


def _crown(p: Pen, look: Look, parts: tuple[tuple[float, float, float], ...], leaf: RGB) -> None:
    dark = darker(leaf, 0.2)
    for x, y, r in parts:
        p.oval(x + 0.015, y - r * 0.18, r, r * 0.92, dark)
    for x, y, r in parts:
        p.oval(x, y, r * 0.95, r * 0.88, leaf, shade=0.2)
    if p.detail:
        stream = look.chance.of("leaves")
        for x, y, r in parts:
            for _ in range(4):
                a, d = stream.random() * 2 * pi, stream.random() * r * 0.7
                lx, ly = x + cos(a) * d - r * 0.1, y + sin(a) * d + r * 0.1
                p.oval(
                    lx,
                    ly,
                    0.028,
                    0.018,
                    lighter(leaf, 0.2) if stream.random() < 0.6 else dark,
                    turn=stream.random() * 180,
                )


def _leaf(look: Look) -> RGB:
    return look.or_pick(*look.mood.leaves)


def _bare(p: Pen, look: Look) -> None:
    """A tree without leaves, snow on its branches."""
    _trunk(p, 0.5, 0.045)
    for x, y, tx, ty, w in (
        (0, 0.4, -0.26, 0.78, 0.04), (0, 0.44, 0.26, 0.82, 0.04), (0, 0.5, -0.06, 0.98, 0.04),
        (-0.13, 0.6, -0.34, 0.64, 0.025),
        (0.14, 0.64, 0.36, 0.68, 0.025), (-0.03, 0.7, 0.12, 0.94, 0.025), (-0.2, 0.7, -0.16, 0.9, 0.02),
        (0.2, 0.74, 0.18, 0.92, 0.02),
    ):  # fmt: skip
        p.limb(x, y, w * 0.62, tx, ty, w * 0.24, BARK)
        if p.detail:
            p.limb((x + tx * 2) / 3, (y + ty * 2) / 3 + w * 0.5, w * 0.24, tx, ty + w * 0.3, w * 0.2, SNOW)


def tree(p: Pen, look: Look) -> None:
    p.shadow(0, 0.36)
    if look.mood.season == "winter" and look.colour is None:
        _bare(p, look)
        return
    _trunk(p, 0.5, 0.05)
    p.limb(0.0, 0.36, 0.02, 0.15, 0.52, 0.014, BARK)
    form = look.chance.pick("form", ("round", "tall", "cloud"))
    parts = {
        "round": ((-0.17, 0.55, 0.19), (0.18, 0.56, 0.19), (0.0, 0.72, 0.26)),
        "tall": ((0.0, 0.5, 0.21), (-0.05, 0.66, 0.23), (0.05, 0.82, 0.18)),
        "cloud": ((-0.2, 0.58, 0.17), (0.21, 0.6, 0.16), (-0.08, 0.76, 0.2), (0.13, 0.78, 0.17), (0.02, 0.56, 0.18)),
    }[form]
    _crown(p, look, parts, _leaf(look))


def oak(p: Pen, look: Look) -> None:
    p.shadow(0, 0.5)
    if look.mood.season == "winter" and look.colour is None:
        _bare(p, look)
        return
    _trunk(p, 0.48, 0.085)
    for s in (-1, 1):
        p.limb(0, 0.32, 0.035, s * 0.25, 0.52, 0.02, BARK)
    _crown(p, look, ((-0.32, 0.52, 0.18), (0.33, 0.53, 0.18), (-0.2, 0.72, 0.2), (0.22, 0.73, 0.2), (0, 0.8, 0.2),
                     (0, 0.56, 0.23)),
           _leaf(look))  # fmt: skip


def pine(p: Pen, look: Look) -> None:
    snowy = look.mood.snowy
    leaf = look.colour or look.chance.pick("colour", ((46, 110, 88), (58, 122, 92), (42, 100, 84)))
    p.shadow(0, 0.26)
    p.rect(-0.035, 0, 0.035, 0.2, BARK)
    for low, high, wide in ((0.12, 0.5, 0.25), (0.32, 0.74, 0.2), (0.54, 1.0, 0.14)):
        tier = ((0, high), (wide * 0.45, (low * 1.2 + high) / 2.2), (wide, low), (wide * 0.5, low + 0.02),
                (0, low - 0.03),
                (-wide * 0.5, low + 0.02), (-wide, low), (-wide * 0.45, (low * 1.2 + high) / 2.2))  # fmt: skip
        p.poly(tier, leaf, shade=0.28)
        if p.detail:
            p.poly(
                ((0, high), (wide, low), (wide * 0.5, low + 0.02), (wide * 0.1, low - 0.02)),
                darker(leaf, 0.22),
                alpha=0.5,
            )
        if snowy:
            p.poly(((0, high), (wide * 0.42, low + (high - low) * 0.5), (wide * 0.2, low + (high - low) * 0.44),
                    (0.0, low + (high - low) * 0.52), (-wide * 0.24, low + (high - low) * 0.4),
                    (-wide * 0.46, low + (high - low) * 0.48)), SNOW)  # fmt: skip


def palm(p: Pen, look: Look) -> None:
    leaf = look.or_pick((66, 150, 96), (84, 162, 86))
    p.shadow(0.03, 0.3)
    trunk = p.blob(((-0.05, 0), (0.0, 0.3), (0.06, 0.55), (0.11, 0.8), (0.16, 0.8), (0.12, 0.54), (0.07, 0.28),
                    (0.05, 0)),
                   (166, 124, 84), shade=0.2)  # fmt: skip
    if p.detail:
        inner = p.inside(trunk)
        for i in range(9):
            inner.line(((-0.1, 0.06 + i * 0.08), (0.2, 0.09 + i * 0.08)), 0.012, (128, 92, 62))
    q = p.at(0.135, 0.8)
    for k, (angle, long) in enumerate(((200, 0.4), (160, 0.42), (-20, 0.4), (20, 0.42), (120, 0.34), (62, 0.36))):
        c = darker(leaf, 0.16) if k % 2 == 0 else leaf
        ux, uy = cos(angle * pi / 180), sin(angle * pi / 180)
        drop = 0.17 if k < 4 else 0.05
        tip = (ux * long, uy * long * 0.7 - drop)
        mid = (ux * long * 0.55, uy * long * 0.6 + 0.05)
        q.blob(((0, 0.02), (mid[0], mid[1] + 0.05), tip, (mid[0] * 1.02, mid[1] - 0.05), (0, -0.02)), c, shade=0.12)
    for x, y in ((-0.03, -0.04), (0.04, -0.05), (0.0, -0.07)):
        q.oval(x, y, 0.036, 0.036, (112, 76, 54), shade=0.2)


def flower(p: Pen, look: Look) -> None:
    petal = look.or_pick((232, 88, 92), (246, 184, 70), (214, 120, 190), (250, 246, 240), (120, 120, 214))
    p.line(((0, 0), (0.03, 0.3), (0, 0.66)), 0.05, STALK)
    for s in (-1, 1):
        p.blob(((0, 0.1), (s * 0.16, 0.34), (s * 0.3, 0.4), (s * 0.2, 0.16)), darker(STALK, 0.06), shade=0.1)
    for i in range(6):
        a = i * pi / 3 + 0.3
        p.oval(
            0.19 * cos(a),
            0.74 + 0.19 * sin(a),
            0.155,
            0.12,
            petal if i % 2 else lighter(petal, 0.1),
            turn=a * 180 / pi,
            shade=0.1,
        )
    p.oval(0, 0.74, 0.115, 0.115, (250, 206, 84) if petal != (246, 184, 70) else (150, 92, 54), shade=0.14)


def sunflower(p: Pen, look: Look) -> None:
    petal = look.or_pick((250, 196, 50), (248, 184, 44))
    p.shadow(0, 0.2, 0.3)
    p.line(((0, 0), (0.015, 0.3), (0, 0.72)), 0.04, STALK)
    for s, y in ((-1, 0.24), (1, 0.36)):
        p.blob(
            ((0, y), (s * 0.12, y + 0.13), (s * 0.26, y + 0.1), (s * 0.14, y - 0.02)), darker(STALK, 0.05), shade=0.14
        )
    for ring, c in ((0.06, darker(petal, 0.14)), (0.0, petal)):
        for i in range(14):
            a = (i + ring * 8) * 2 * pi / 14
            p.oval(0.165 * cos(a), 0.76 + 0.165 * sin(a), 0.085, 0.036, c, turn=a * 180 / pi)
    p.oval(0, 0.76, 0.12, 0.12, (112, 72, 48), shade=0.26)
    if p.detail:
        for i in range(24):
            a, r = i * 2.4, 0.02 * i**0.5
            p.oval(r * cos(a), 0.76 + r * sin(a), 0.009, 0.009, (78, 48, 38))


def mushroom(p: Pen, look: Look) -> None:
    cap = look.or_pick((216, 66, 56), (196, 124, 72))
    p.shadow(0, 0.36)
    p.blob(
        ((-0.16, 0.02), (-0.13, 0.4), (-0.1, 0.56), (0.1, 0.56), (0.13, 0.4), (0.16, 0.02), (0, -0.01)),
        (246, 232, 208),
        shade=0.18,
    )
    p.oval(0, 0.5, 0.36, 0.09, (226, 204, 176))
    dome = p.blob(((-0.48, 0.5), (-0.42, 0.76), (-0.2, 0.96), (0, 1.0), (0.2, 0.96), (0.42, 0.76), (0.48, 0.5),
                   (0.2, 0.46), (-0.2, 0.46)),
                  cap, shade=0.28)  # fmt: skip
    inner = p.inside(dome)
    for x, y, r in ((-0.22, 0.74, 0.085), (0.1, 0.86, 0.09), (0.3, 0.64, 0.07), (0.02, 0.6, 0.065), (-0.4, 0.56, 0.06)):
        inner.oval(x, y, r, r * 0.9, WHITE)


def cactus(p: Pen, look: Look) -> None:
    green = look.or_pick((78, 146, 98), (96, 156, 92))
    p.shadow(0, 0.3)
    for s, y, up in ((-1, 0.36, 0.74), (1, 0.46, 0.84)):
        p.limb(0, y, 0.066, s * 0.26, y, 0.066, darker(green, 0.06))
        p.limb(s * 0.26, y, 0.07, s * 0.26, up, 0.066, green, shade=0.18)
    p.limb(0, 0.02, 0.12, 0, 0.9, 0.1, green, shade=0.24)
    if p.detail:
        for x in (-0.05, 0.0, 0.05):
            p.line(((x, 0.06), (x, 0.9)), 0.012, darker(green, 0.22))
        for x, y in ((0.0, 1.0), (0.26, 0.9)):
            for k in (-1, 0, 1):
                p.oval(x + k * 0.03, y, 0.03, 0.036, (240, 120, 150), turn=k * -30)


def grass(p: Pen, look: Look) -> None:
    green = look.colour or mix(look.mood.grass, (60, 120, 66), 0.35)
    stream = look.chance.of("blades")
    for i in range(26):
        x = -0.85 + 1.7 * (i + stream.random()) / 26
        tall, lean = 0.45 + 0.55 * stream.random(), (stream.random() - 0.5) * 0.5
        c = (green, lighter(green, 0.16), darker(green, 0.16))[i % 3]
        p.blob(
            (
                (x - 0.035, 0),
                (x + lean * 0.4, tall * 0.6),
                (x + lean, tall),
                (x + lean * 0.4 + 0.05, tall * 0.55),
                (x + 0.035, 0),
            ),
            c,
        )


def bush(p: Pen, look: Look) -> None:
    leaf = look.colour or (darker(_leaf(look), 0.1) if not look.mood.snowy else (206, 220, 232))
    p.shadow(0, 0.7)
    _crown(
        p,
        look,
        ((-0.42, 0.3, 0.3), (0.42, 0.32, 0.3), (-0.14, 0.55, 0.36), (0.22, 0.52, 0.33), (0.0, 0.28, 0.34)),
        leaf,
    )
    if p.detail and not look.mood.snowy and look.chance.share("berries") < 0.5:
        for x, y in ((-0.4, 0.4), (0.1, 0.66), (0.4, 0.4), (-0.1, 0.3), (0.24, 0.26)):
            p.oval(x, y, 0.05, 0.05, (214, 62, 66), shade=0.2)


PLANTS = {
    "tree": tree, "oak": oak, "pine": pine, "palm": palm, "flower": flower, "sunflower": sunflower,
    "mushroom": mushroom,
    "cactus": cactus, "grass": grass, "bush": bush,
}  # fmt: skip
