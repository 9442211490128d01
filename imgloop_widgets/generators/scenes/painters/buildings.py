"""Buildings. The colour that is said is that of the walls; the accent is that of the roof."""

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix
from imgloop_widgets.generators.scenes.painters.look import LAMP, WHITE, Look, window
from imgloop_widgets.generators.scenes.pen import Pen

SNOW: RGB = (244, 248, 252)
WOOD: RGB = (134, 90, 62)


def _roof(look: Look, *choices: RGB) -> RGB:
    roof = look.accent or look.chance.pick("roof", choices)
    return mix(roof, SNOW, 0.82) if look.mood.snowy and look.accent is None else roof


def _door(p: Pen, x: float, wide: float, tall: float, colour: RGB = WOOD) -> None:
    p.blob(((x - wide, 0), (x - wide, tall * 0.6), (x - wide * 0.7, tall * 0.94), (x, tall),
            (x + wide * 0.7, tall * 0.94),
            (x + wide, tall * 0.6), (x + wide, 0)), darker(colour, 0.25))  # fmt: skip
    p.poly(
        (
            (x - wide * 0.8, 0),
            (x - wide * 0.8, tall * 0.62),
            (x, tall * 0.92),
            (x + wide * 0.8, tall * 0.62),
            (x + wide * 0.8, 0),
        ),
        colour,
    )
    p.oval(x + wide * 0.45, tall * 0.42, wide * 0.14, wide * 0.14, (240, 206, 110))


def _bricks(p: Pen, wall: RGB, look: Look, x0: float, x1: float, y0: float, y1: float, count: int) -> None:
    if not p.detail:
        return
    stream = look.chance.of("bricks")
    for _ in range(count):
        x, y = x0 + stream.random() * (x1 - x0 - 0.06), y0 + stream.random() * (y1 - y0)
        tone = lighter(wall, 0.16) if stream.random() < 0.5 else darker(wall, 0.14)
        p.rect(x, y, x + 0.055, y + 0.024, tone)


def _flag(p: Pen, x: float, y: float, colour: RGB) -> None:
    p.line(((x, y), (x, y + 0.16)), 0.012, (92, 78, 74))
    p.blob(((x, y + 0.16), (x + 0.07, y + 0.14), (x + 0.13, y + 0.12), (x + 0.07, y + 0.09), (x, y + 0.08)), colour)


def house(p: Pen, look: Look) -> None:
    wall = look.or_pick((246, 232, 206), (240, 206, 160), (214, 226, 232), (232, 176, 150))
    roof = _roof(look, (196, 84, 66), (164, 74, 66), (96, 108, 138), (148, 98, 70))
    p.shadow(0, 0.56)
    p.rect(0.24, 0.66, 0.34, 0.98, darker((176, 104, 84), 0.1))
    p.rect(0.22, 0.95, 0.36, 1.0, (142, 88, 76))
    p.poly(((-0.44, 0), (0.44, 0), (0.44, 0.54), (-0.44, 0.54)), wall, shade=0.16)
    p.rect(-0.44, 0, 0.44, 0.045, darker(wall, 0.3))
    p.poly(((-0.44, 0.5), (0.44, 0.5), (0.44, 0.55), (-0.44, 0.55)), darker(wall, 0.24))
    p.poly(((-0.54, 0.52), (-0.36, 0.9), (0.36, 0.9), (0.54, 0.52)), roof, shade=0.22)
    if p.detail:
        dark = darker(roof, 0.2)
        for row, y in enumerate((0.6, 0.69, 0.78)):
            half = 0.54 - 0.18 * (y - 0.52) / 0.38
            p.line(((-half, y), (half, y)), 0.01, dark)
            for k in range(-4, 5):
                x = k * 0.11 + (0.055 if row % 2 else 0)
                if abs(x) < half - 0.03:
                    p.line(((x, y), (x, y + 0.08)), 0.008, dark)
    _door(p, 0.0, 0.09, 0.36, (150, 86, 62) if look.accent is None else darker(roof, 0.1))
    for x in (-0.34, 0.2):
        window(p, look, x, 0.2, x + 0.14, 0.38)
    if p.detail:
        for x in (-0.27, 0.27):
            for k in range(-3, 4):
                c = (232, 96, 104) if k % 2 else (96, 156, 84)
                p.oval(x + k * 0.028, 0.165, 0.02, 0.02, c)


def castle(p: Pen, look: Look) -> None:
    wall = look.or_pick((206, 200, 204), (216, 196, 176), (190, 196, 214))
    roof = _roof(look, (182, 76, 84), (84, 104, 164), (120, 88, 146))
    flag = look.chance.pick("flag", ((232, 90, 80), (246, 190, 70), (84, 150, 200)))
    p.shadow(0, 0.6)

    def turret(x: float, half: float, low: float, high: float, tip: float, tone: RGB) -> None:
        p.rect(x - half, low, x + half, high, tone, shade=0.2)
        p.rect(x - half * 1.18, high - 0.03, x + half * 1.18, high + 0.015, darker(tone, 0.16))
        p.poly(((x - half * 1.4, high), (x, tip), (x + half * 1.4, high)), roof, shade=0.28)
        p.blob(((x - half * 0.3, high - 0.15), (x - half * 0.3, high - 0.09), (x, high - 0.06),
                (x + half * 0.3, high - 0.09),
                (x + half * 0.3, high - 0.15)), LAMP if look.mood.dark else (84, 80, 102),
                lit=look.mood.dark)  # fmt: skip
        _bricks(p, tone, look, x - half, x + half, low, high - 0.18, 5)

    back = darker(wall, 0.1)
    turret(-0.2, 0.09, 0.2, 0.66, 0.86, back)
    turret(0.22, 0.08, 0.2, 0.6, 0.8, back)
    turret(0.02, 0.12, 0.2, 0.76, 1.0, wall)
    _flag(p, 0.02, 0.98, flag)
    p.rect(-0.4, 0, 0.4, 0.36, wall, shade=0.14)
    for k in range(7):
        x = -0.4 + k * 0.122
        p.rect(x, 0.36, x + 0.068, 0.41, wall)
    _bricks(p, wall, look, -0.36, 0.36, 0.06, 0.32, 16)
    for x in (-0.46, 0.46):
        turret(x, 0.11, 0.0, 0.52, 0.76, wall)
        _flag(p, x, 0.74, flag)
    p.blob(
        ((-0.13, 0), (-0.13, 0.14), (-0.08, 0.23), (0, 0.26), (0.08, 0.23), (0.13, 0.14), (0.13, 0)), darker(wall, 0.34)
    )
    p.blob(((-0.1, 0), (-0.1, 0.13), (-0.06, 0.2), (0, 0.22), (0.06, 0.2), (0.1, 0.13), (0.1, 0)), (110, 74, 58))


def tower(p: Pen, look: Look) -> None:
    wall = look.or_pick((200, 192, 190), (210, 184, 158), (172, 176, 190))
    roof = _roof(look, (150, 82, 74), (86, 98, 140))
    p.shadow(0, 0.24)
    p.poly(((-0.15, 0), (0.15, 0), (0.12, 0.72), (-0.12, 0.72)), wall, shade=0.24)
    _bricks(p, wall, look, -0.12, 0.12, 0.03, 0.66, 20)
    p.rect(-0.16, 0.68, 0.16, 0.74, darker(wall, 0.16), shade=0.14)
    for k in range(4):
        p.rect(-0.16 + k * 0.09, 0.74, -0.11 + k * 0.09, 0.785, darker(wall, 0.08))
    p.poly(((-0.17, 0.77), (0, 1.0), (0.17, 0.77)), roof, shade=0.28)
    for x, y in ((0.0, 0.52), (-0.02, 0.3)):
        window(p, look, x - 0.03, y, x + 0.03, y + 0.1, frame=darker(wall, 0.24))
    _door(p, 0, 0.055, 0.17)


def barn(p: Pen, look: Look) -> None:
    wall = look.or_pick((186, 62, 54), (172, 56, 52))
    roof = _roof(look, (92, 84, 92), (112, 92, 84))
    p.shadow(0, 0.64)
    p.poly(((-0.56, 0), (0.56, 0), (0.56, 0.5), (0.42, 0.8), (0, 0.98), (-0.42, 0.8), (-0.56, 0.5)), wall, shade=0.18)
    if p.detail:
        for k in range(-5, 6):
            p.line(((k * 0.1, 0.02), (k * 0.1, 0.62)), 0.008, darker(wall, 0.2))
    p.poly(((-0.62, 0.48), (-0.46, 0.83), (0, 1.03), (0.46, 0.83), (0.62, 0.48), (0.55, 0.48), (0.41, 0.76), (0, 0.93),
            (-0.41, 0.76),
            (-0.55, 0.48)), roof, shade=0.12)  # fmt: skip
    p.rect(-0.26, 0, 0.26, 0.46, WHITE)
    p.rect(-0.23, 0, 0.23, 0.43, darker(wall, 0.12))
    for a, b in (
        ((-0.23, 0), (0, 0.43)),
        ((0, 0), (-0.23, 0.43)),
        ((0, 0), (0.23, 0.43)),
        ((0.23, 0), (0, 0.43)),
        ((0, 0), (0, 0.43)),
    ):
        p.line((a, b), 0.026, WHITE)
    window(p, look, -0.09, 0.6, 0.09, 0.76)


def lighthouse(p: Pen, look: Look) -> None:
    band = look.or_pick((208, 64, 58), (46, 92, 150))
    if look.accent and min(band) > 220:  # "white and red": the bands are red
        band = look.accent
    roof = look.accent if look.accent and min(look.accent) < 220 else band
    p.shadow(0, 0.26)
    p.blob(((-0.3, -0.01), (-0.22, 0.06), (0, 0.08), (0.22, 0.06), (0.3, -0.01)), (126, 122, 130), shade=0.2)
    body = p.poly(((-0.15, 0.03), (0.15, 0.03), (0.095, 0.76), (-0.095, 0.76)), WHITE, shade=0.26)
    inner = p.inside(body)
    for y in (0.12, 0.36, 0.6):
        inner.rect(-0.2, y, 0.2, y + 0.12, band, shade=0.24)
    p.rect(-0.14, 0.75, 0.14, 0.78, (74, 78, 92))
    p.rect(-0.07, 0.78, 0.07, 0.88, LAMP if look.mood.dark else (248, 226, 150), lit=look.mood.dark)
    for x in (-0.07, 0.0, 0.07):
        p.line(((x, 0.78), (x, 0.88)), 0.012, (74, 78, 92))
    p.blob(((-0.1, 0.87), (-0.07, 0.94), (0, 0.99), (0.07, 0.94), (0.1, 0.87)), roof, shade=0.2)
    _door(p, 0, 0.04, 0.14)
    window(p, look, -0.022, 0.5, 0.022, 0.57)
    if look.mood.dark:
        for s in (-1, 1):
            p.poly(
                ((s * 0.05, 0.84), (s * 0.9, 1.02), (s * 0.9, 0.74), (s * 0.05, 0.82)),
                (255, 236, 170),
                alpha=0.26,
                lit=True,
            )
        p.glow(0, 0.83, 0.4, LAMP, 0.75)


def bridge(p: Pen, look: Look) -> None:
    wall = look.or_pick((178, 168, 166), (196, 170, 140))
    dark = darker(wall, 0.4)
    p.shadow(0, 1.2, 0.25)
    p.blob(((-1.35, 0.0), (-1.3, 0.3), (-0.7, 0.56), (0, 0.68), (0.7, 0.56), (1.3, 0.3), (1.35, 0.0)), wall, shade=0.18)
    _bricks(p, wall, look, -1.0, 1.0, 0.3, 0.5, 20)
    for x, half, tall in ((-0.72, 0.25, 0.34), (0, 0.34, 0.46), (0.72, 0.25, 0.34)):
        p.blob(
            (
                (x - half, -0.02),
                (x - half * 0.9, tall * 0.5),
                (x, tall),
                (x + half * 0.9, tall * 0.5),
                (x + half, -0.02),
            ),
            dark,
        )
    p.line(((-1.36, 0.36), (-0.7, 0.66), (0, 0.78), (0.7, 0.66), (1.36, 0.36)), 0.07, darker(wall, 0.14))
    for k in range(-4, 5):
        x = k * 0.3
        y = 0.76 - 0.23 * (x / 1.2) ** 2
        p.rect(x - 0.04, y - 0.06, x + 0.04, y + 0.13, lighter(wall, 0.1))


def windmill(p: Pen, look: Look) -> None:
    wall = look.or_pick((246, 238, 226), (220, 190, 158))
    roof = _roof(look, (150, 88, 70), (92, 96, 124))
    p.shadow(0, 0.3)
    p.poly(((-0.22, 0), (0.22, 0), (0.14, 0.56), (-0.14, 0.56)), wall, shade=0.22)
    p.blob(((-0.17, 0.55), (-0.12, 0.66), (0, 0.72), (0.12, 0.66), (0.17, 0.55)), roof, shade=0.22)
    _door(p, 0, 0.06, 0.2)
    window(p, look, -0.035, 0.34, 0.035, 0.44)
    turn = look.chance.between("turn", 10, 70)
    for k in range(4):
        q = p.at(0, 0.6, 1, turn=turn + 90 * k)
        q.poly(((0.02, 0.05), (0.11, 0.08), (0.11, 0.4), (0.02, 0.4)), WHITE, alpha=0.92)
        if p.detail:
            for y in (0.14, 0.23, 0.32):
                q.line(((0.02, y), (0.11, y)), 0.008, WOOD)
            q.line(((0.065, 0.06), (0.065, 0.4)), 0.008, WOOD)
        q.line(((0, 0), (0, 0.41)), 0.022, WOOD)
    p.oval(0, 0.6, 0.035, 0.035, darker(WOOD, 0.2))


def tent(p: Pen, look: Look) -> None:
    cloth = look.or_pick((236, 146, 62), (86, 150, 160), (212, 92, 82), (238, 200, 96))
    p.shadow(0, 0.72)
    p.poly(((0.1, 1.0), (0.66, 0.06), (-0.2, 0)), darker(cloth, 0.2))
    p.poly(((-0.1, 0.98), (0.12, 1.0), (0.68, 0.05), (0.3, 0)), darker(cloth, 0.1), shade=0.2)
    p.poly(((-0.1, 0.98), (-0.66, 0), (0.32, 0)), cloth, shade=0.2)
    p.poly(((-0.1, 0.9), (-0.32, 0), (0.05, 0)), LAMP if look.mood.dark else (88, 62, 56), lit=look.mood.dark)
    p.poly(((-0.1, 0.94), (0.05, 0), (0.22, 0)), lighter(cloth, 0.3))
    p.line(((-0.14, 1.06), (-0.06, 0.9)), 0.03, WOOD)
    p.line(((-0.05, 1.06), (-0.14, 0.9)), 0.03, WOOD)
    if look.mood.dark:
        p.glow(-0.14, 0.3, 0.6, LAMP, 0.4)


BUILDINGS = {
    "house": house, "castle": castle, "tower": tower, "barn": barn, "lighthouse": lighthouse, "bridge": bridge,
    "windmill": windmill, "tent": tent,
}  # fmt: skip
