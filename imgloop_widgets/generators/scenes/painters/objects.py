"""Food, plain shapes, and what else stands about."""

from collections.abc import Callable, Sequence
from math import cos, pi, sin

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix
from imgloop_widgets.generators.scenes.painters.look import WHITE, Look
from imgloop_widgets.generators.scenes.pen import Pen


def apple(p: Pen, look: Look) -> None:
    skin = look.or_pick((212, 58, 56), (198, 46, 54), (150, 190, 72))
    p.shadow(0, 0.42, 0.5)
    p.blob(((0, 0.76), (0.2, 0.84), (0.42, 0.72), (0.46, 0.44), (0.32, 0.1), (0.14, 0.01), (0, 0.05), (-0.14, 0.01),
            (-0.32, 0.1),
            (-0.46, 0.44), (-0.42, 0.72), (-0.2, 0.84)), skin, shade=0.34)  # fmt: skip
    p.oval(0, 0.76, 0.13, 0.045, darker(skin, 0.35))
    p.line(((0, 0.75), (0.02, 0.88), (0.08, 0.98)), 0.045, (104, 72, 52))
    p.blob(((0.05, 0.84), (0.16, 0.98), (0.38, 0.98), (0.28, 0.84)), (104, 166, 78), shade=0.2)
    p.oval(-0.25, 0.6, 0.07, 0.12, WHITE, turn=-24, alpha=0.55)


def cake(p: Pen, look: Look) -> None:
    icing = look.or_pick((246, 176, 192), (252, 240, 222), (150, 98, 72))
    sponge = (232, 184, 122)
    p.shadow(0, 0.6, 0.45)
    p.oval(0, 0.05, 0.56, 0.07, (236, 238, 242), shade=0.1)
    for low, high, half in ((0.05, 0.36, 0.44), (0.36, 0.62, 0.3)):
        p.poly(((-half, low + 0.02), (half, low + 0.02), (half, high), (-half, high)), sponge, shade=0.2)
        p.oval(0, low + 0.03, half, 0.05, darker(sponge, 0.1))
        drips: list[tuple[float, float]] = [(-half * 1.02, high)]
        for k in range(7):
            x = -half + (k + 0.5) * half * 2 / 7
            drips += [(x - half * 0.1, high - 0.1 - (k % 2) * 0.06), (x + half * 0.1, high - 0.1 - (k % 2) * 0.06),
                      (x + half / 7, high - 0.05)]  # fmt: skip
        p.poly([*drips, (half * 1.02, high)], icing)
        p.oval(0, high, half * 1.02, 0.06, lighter(icing, 0.3))
    for k in range(6 if p.detail else 0):
        x = -0.36 + k * 0.144
        p.oval(x, 0.38 - 0.04 * (1 - (x / 0.4) ** 2), 0.04, 0.04, (214, 60, 66), shade=0.2)
    for k, x in enumerate((-0.16, 0.0, 0.16)):
        p.rect(x - 0.02, 0.62, x + 0.02, 0.82, ((108, 170, 214), (250, 206, 92), (150, 200, 130))[k])
        p.oval(x, 0.88, 0.028, 0.055, (255, 176, 66), lit=True)
        p.glow(x, 0.88, 0.16, (255, 206, 110), 0.6)


def pizza(p: Pen, look: Look) -> None:
    p.shadow(0, 1.02, 0.4)
    p.oval(0, 0.42, 1.0, 0.44, (196, 130, 70), shade=0.14)
    p.oval(0, 0.48, 1.0, 0.44, (226, 168, 96), shade=0.2)
    p.oval(0, 0.49, 0.87, 0.37, (206, 76, 50))
    cheese = p.oval(0, 0.5, 0.84, 0.35, look.colour or (248, 206, 104), shade=0.16)
    inner = p.inside(cheese)
    stream = look.chance.of("topping")
    for k in range(9):
        a, r = k * 2.4 + stream.random() * 0.4, 0.28 + 0.5 * stream.random()
        inner.oval(r * cos(a), 0.5 + r * 0.42 * sin(a), 0.15, 0.07, (200, 66, 54), shade=0.14)
    for _ in range(8 if p.detail else 0):
        a, r = stream.random() * 2 * pi, 0.7 * stream.random() ** 0.5
        inner.oval(r * cos(a), 0.5 + r * 0.42 * sin(a), 0.07, 0.022, (84, 140, 70), turn=stream.random() * 180)
    for k in range(4):
        a = k * pi / 4 + 0.3
        p.line(((-0.93 * cos(a), 0.48 - 0.41 * sin(a)), (0.93 * cos(a), 0.48 + 0.41 * sin(a))), 0.014, (176, 112, 60))


def banana(p: Pen, look: Look) -> None:
    skin = look.or_pick((250, 214, 76), (246, 204, 66))
    p.shadow(0, 0.6, 0.4)
    p.blob(((-0.66, 0.86), (-0.52, 0.42), (-0.16, 0.08), (0.3, 0.04), (0.64, 0.2), (0.62, 0.28), (0.28, 0.34),
            (0.0, 0.46), (-0.28, 0.7),
            (-0.52, 0.92)), skin, shade=0.28)  # fmt: skip
    p.line(((-0.58, 0.78), (-0.36, 0.46), (-0.06, 0.24), (0.3, 0.18), (0.6, 0.24)), 0.03, darker(skin, 0.16))
    p.poly(((-0.68, 0.84), (-0.74, 1.0), (-0.62, 1.02), (-0.52, 0.9)), (126, 92, 52))
    p.oval(0.64, 0.24, 0.05, 0.045, (110, 80, 50))


def rock(p: Pen, look: Look) -> None:
    stone = look.or_pick((150, 152, 162), (164, 156, 150), (134, 140, 152))
    p.shadow(0, 0.7)
    points = (
        (-0.66, 0.02),
        (-0.58, 0.44),
        (-0.24, 0.82),
        (0.2, 0.94),
        (0.5, 0.64),
        (0.68, 0.2),
        (0.6, 0.0),
        (0, -0.03),
    )
    outline = p.poly(points, stone, shade=0.26)
    inner = p.inside(outline)
    inner.poly(((-0.24, 0.82), (0.2, 0.94), (0.16, 0.6), (-0.3, 0.46), (-0.58, 0.44)), lighter(stone, 0.26), alpha=0.8)
    inner.poly(((0.16, 0.6), (0.5, 0.64), (0.7, 0.2), (0.6, 0), (0.24, 0.0)), darker(stone, 0.2), alpha=0.7)
    if look.mood.snowy:
        inner.blob(((-0.5, 0.62), (-0.2, 0.7), (0.1, 0.72), (0.42, 0.6), (0.6, 1.1), (-0.6, 1.1)), (246, 249, 253))


def fence(p: Pen, look: Look) -> None:
    wood = look.or_pick((250, 246, 238), (182, 134, 92))
    p.shadow(0, 1.7, 0.25)
    for y in (0.3, 0.66):
        p.rect(-1.8, y, 1.8, y + 0.1, darker(wood, 0.12))
    for k in range(11):
        x = -1.72 + k * 0.344
        p.poly(((x - 0.08, 0), (x - 0.08, 0.86), (x, 1.0), (x + 0.08, 0.86), (x + 0.08, 0)), wood, shade=0.14)


def _star_points(cx: float, cy: float, r: float) -> list[tuple[float, float]]:
    return [
        (cx + (r if k % 2 == 0 else r * 0.44) * sin(k * pi / 5), cy + (r if k % 2 == 0 else r * 0.44) * cos(k * pi / 5))
        for k in range(10)
    ]


def _heart_points() -> list[tuple[float, float]]:
    points = []
    for k in range(48):
        t = 2 * pi * k / 48
        up = 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)
        points.append((0.5 * sin(t) ** 3, 0.55 + 0.031 * up))
    return points


_OUTLINES: dict[str, Callable[[], Sequence[tuple[float, float]]]] = {
    "circle": lambda: [(0.48 * cos(k * pi / 36), 0.5 + 0.48 * sin(k * pi / 36)) for k in range(72)],
    "square": lambda: ((-0.46, 0.04), (0.46, 0.04), (0.46, 0.96), (-0.46, 0.96)),
    "triangle": lambda: ((-0.54, 0.04), (0.54, 0.04), (0, 0.98)),
    "star": lambda: _star_points(0, 0.5, 0.5),
    "heart": _heart_points,
}
_SHAPE_COLOURS: tuple[RGB, ...] = ((222, 78, 70), (70, 130, 200), (246, 190, 70), (92, 168, 130), (150, 104, 180))


def shape(kind: str) -> Callable[[Pen, Look], None]:
    """Return the painter of a plain shape, a little thick, with soft light on it."""

    def paint(p: Pen, look: Look) -> None:
        own = {"star": ((248, 200, 72),), "heart": ((226, 70, 84),)}.get(kind, _SHAPE_COLOURS)
        colour = look.or_pick(*own)
        if not look.aloft:
            p.shadow(0, 0.5, 0.4)
        elif look.mood.dark:
            p.glow(0, 0.5, 0.9, lighter(colour, 0.4), 0.4)
        points = _OUTLINES[kind]()
        p.poly([(x + 0.025, y - 0.025) for x, y in points], darker(colour, 0.35))
        outline = p.poly(points, colour, shade=0.24)
        p.inside(outline).oval(-0.2, 0.74, 0.16, 0.1, mix(colour, WHITE, 0.6), turn=30, alpha=0.5)

    return paint


OBJECTS: dict[str, Callable[[Pen, Look], None]] = {
    "apple": apple, "cake": cake, "pizza": pizza, "banana": banana, "rock": rock, "fence": fence,
    **{kind: shape(kind) for kind in _OUTLINES},
}  # fmt: skip
