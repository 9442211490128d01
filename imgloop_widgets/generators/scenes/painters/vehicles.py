"""Vehicles, on the ground, on the water and in the air."""

from math import cos, pi, sin

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix
from imgloop_widgets.generators.scenes.painters.look import GLASS, INK, LAMP, WHITE, Look
from imgloop_widgets.generators.scenes.pen import Pen

STEEL: RGB = (168, 174, 186)


def _wheel(p: Pen, x: float, r: float, y: float | None = None) -> None:
    y = r if y is None else y
    p.oval(x, y, r, r, (48, 46, 56), shade=0.14)
    p.oval(x, y, r * 0.55, r * 0.55, (204, 206, 212))
    p.oval(x, y, r * 0.2, r * 0.2, (110, 112, 124))


def _pane(look: Look) -> tuple[RGB, bool]:
    return (LAMP, True) if look.mood.dark else (GLASS, False)


def _lamp(p: Pen, look: Look, x: float, y: float, r: float) -> None:
    p.oval(x, y, r, r * 1.2, (255, 238, 180), lit=look.mood.dark)
    if look.mood.dark:
        p.poly(
            ((x, y + r), (x + 0.9, y + 0.16), (x + 0.9, y - 0.34), (x, y - r)), (255, 238, 180), alpha=0.22, lit=True
        )
        p.glow(x, y, r * 6, (255, 238, 180), 0.6)


def car(p: Pen, look: Look) -> None:
    paint = look.or_pick((214, 70, 62), (70, 132, 198), (246, 190, 72), (96, 168, 142))
    pane, lit = _pane(look)
    p.shadow(0, 1.0)
    p.blob(
        ((-0.62, 0.5), (-0.5, 0.82), (-0.24, 0.98), (0.16, 0.98), (0.4, 0.84), (0.62, 0.5)),
        darker(paint, 0.08),
        shade=0.16,
    )
    for x0, x1, x2, x3 in ((-0.5, -0.4, -0.06, -0.06), (0.03, 0.03, 0.22, 0.46)):
        p.poly(((x0, 0.54), (x1, 0.8 if x0 < 0 else 0.86), (x2, 0.86 if x0 < 0 else 0.84), (x3, 0.54)), pane, lit=lit)
    p.blob(((-0.96, 0.3), (-0.92, 0.5), (-0.6, 0.58), (0.5, 0.58), (0.84, 0.52), (0.98, 0.38), (0.96, 0.2),
            (0.6, 0.16), (-0.6, 0.16),
            (-0.92, 0.18)), paint, shade=0.26)  # fmt: skip
    if p.detail:
        p.line(((-0.01, 0.2), (-0.01, 0.54)), 0.014, darker(paint, 0.26))
        p.line(((-0.14, 0.46), (-0.06, 0.46)), 0.03, darker(paint, 0.3))
        p.rect(-0.94, 0.24, 0.94, 0.27, darker(paint, 0.18))
    for x in (-0.56, 0.56):
        p.oval(x, 0.2, 0.25, 0.23, darker(paint, 0.5))
        _wheel(p, x, 0.19)
    p.oval(-0.93, 0.4, 0.04, 0.06, (224, 62, 60))
    _lamp(p, look, 0.92, 0.4, 0.06)


def bus(p: Pen, look: Look) -> None:
    paint = look.or_pick((232, 164, 52), (206, 66, 62), (74, 138, 186))
    pane, lit = _pane(look)
    p.shadow(0, 1.0)
    p.blob(((-0.98, 0.14), (-1.0, 0.5), (-0.97, 0.94), (-0.8, 0.99), (0.8, 0.99), (0.95, 0.92), (1.0, 0.5),
            (0.98, 0.14), (0, 0.11)),
           paint, shade=0.22)  # fmt: skip
    p.rect(-0.985, 0.42, 0.99, 0.47, lighter(paint, 0.5))
    for k in range(5):
        x = -0.9 + k * 0.31
        p.rect(x, 0.55, x + 0.25, 0.84, pane, lit=lit)
        if not lit and p.detail:
            p.poly(((x, 0.55), (x + 0.14, 0.84), (x, 0.84)), lighter(GLASS, 0.3))
    p.poly(((0.68, 0.55), (0.96, 0.55), (0.93, 0.84), (0.68, 0.84)), pane, lit=lit)
    p.rect(0.44, 0.14, 0.62, 0.5, darker(paint, 0.14))
    for x in (-0.58, 0.7):
        p.oval(x, 0.18, 0.2, 0.19, darker(paint, 0.5))
        _wheel(p, x, 0.16)
    _lamp(p, look, 0.96, 0.27, 0.05)


def train(p: Pen, look: Look) -> None:
    paint = look.or_pick((60, 112, 108), (190, 62, 58), (64, 86, 146))
    trim, pane = look.accent or (226, 178, 82), _pane(look)
    p.shadow(0, 1.5, 0.3)
    p.rect(-1.5, 0.0, 1.5, 0.03, (104, 96, 98))
    for k in range(13):
        p.rect(-1.46 + k * 0.24, -0.035, -1.36 + k * 0.24, 0.0, (124, 90, 70))
    for x0, x1, c in ((-1.46, -0.78, (198, 92, 70)), (-0.7, -0.02, (232, 180, 88))):
        c = mix(c, paint, 0.35 if look.colour else 0.0)
        p.rect(x0, 0.16, x1, 0.66, c, shade=0.2)
        p.rect(x0 - 0.03, 0.64, x1 + 0.03, 0.72, darker(c, 0.3))
        for k in range(3):
            p.rect(x0 + 0.07 + k * 0.2, 0.36, x0 + 0.21 + k * 0.2, 0.56, pane[0], lit=pane[1])
        for x in (x0 + 0.16, x1 - 0.16):
            _wheel(p, x, 0.09, 0.12)
        p.rect(x1, 0.18, x1 + 0.1, 0.22, INK)
    p.rect(0.06, 0.16, 0.5, 0.84, paint, shade=0.18)
    p.rect(0.14, 0.5, 0.42, 0.74, pane[0], lit=pane[1])
    p.rect(0.0, 0.82, 0.56, 0.9, darker(paint, 0.3))
    p.blob(
        ((0.46, 0.24), (0.46, 0.62), (0.9, 0.63), (1.26, 0.62), (1.32, 0.44), (1.26, 0.24)),
        lighter(paint, 0.06),
        shade=0.26,
    )
    for x in (0.7, 0.96):
        p.rect(x, 0.235, x + 0.035, 0.635, trim)
    p.poly(
        ((1.04, 0.6), (1.02, 0.9), (1.0, 0.96), (1.22, 0.96), (1.2, 0.9), (1.18, 0.6)), darker(paint, 0.4), shade=0.16
    )
    p.oval(0.78, 0.66, 0.08, 0.08, trim)
    p.poly(((1.2, 0.22), (1.48, 0.03), (1.2, 0.03)), (196, 72, 62))
    p.rect(0.06, 0.16, 1.3, 0.24, darker(paint, 0.4))
    for x, r in ((0.24, 0.14), (0.6, 0.14), (0.98, 0.1), (1.2, 0.1)):
        _wheel(p, x, r, r + 0.03)
    _lamp(p, look, 1.31, 0.46, 0.05)
    for k, (x, y, r) in enumerate(((1.08, 1.06, 0.08), (0.98, 1.17, 0.11), (0.8, 1.28, 0.14), (0.55, 1.36, 0.17))):
        p.oval(x, y, r, r * 0.86, (240, 240, 244), alpha=0.85 - k * 0.16)


def bicycle(p: Pen, look: Look) -> None:
    paint = look.or_pick((206, 66, 70), (58, 130, 150), (240, 178, 66))
    p.shadow(0, 0.8, 0.3)
    for x in (-0.46, 0.46):
        points = [(x + 0.32 * cos(i * pi / 20), 0.33 + 0.32 * sin(i * pi / 20)) for i in range(41)]
        p.line(points, 0.055, (54, 52, 62), curve=False)
        for k in range(6 if p.detail else 0):
            a = k * pi / 6
            p.line(((x - 0.3 * cos(a), 0.33 - 0.3 * sin(a)), (x + 0.3 * cos(a), 0.33 + 0.3 * sin(a))), 0.01, STEEL)
    for start, end in (((-0.46, 0.33), (-0.2, 0.74)), ((-0.46, 0.33), (-0.06, 0.3)), ((-0.06, 0.3), (-0.22, 0.78)),
                 ((-0.06, 0.3), (0.3, 0.74)),
                 ((-0.2, 0.72), (0.3, 0.74)), ((0.46, 0.33), (0.28, 0.88))):  # fmt: skip
        p.line((start, end), 0.055, paint)
    p.blob(((-0.38, 0.82), (-0.36, 0.88), (-0.1, 0.86), (-0.12, 0.8)), (92, 62, 52))
    p.line(((0.28, 0.86), (0.3, 0.98), (0.44, 0.98)), 0.05, (74, 74, 86))
    p.oval(-0.06, 0.3, 0.07, 0.07, STEEL)
    p.line(((-0.06, 0.3), (0.04, 0.16)), 0.035, (74, 74, 86))


def boat(p: Pen, look: Look) -> None:
    hull = look.or_pick((196, 82, 66), (62, 108, 156), (146, 96, 66), (244, 240, 232))
    sail = look.accent or look.chance.pick("sail", (WHITE, (250, 234, 206), (244, 196, 92)))
    p.glow(0, 0.0, 0.62, (20, 40, 70), 0.4, flat=0.16)
    p.line(((0.0, 0.14), (0.0, 0.98)), 0.026, (120, 84, 62))
    p.blob(((-0.03, 0.95), (-0.16, 0.6), (-0.4, 0.28), (-0.2, 0.25), (-0.03, 0.25)), darker(sail, 0.1), shade=0.12)
    p.blob(((0.03, 0.94), (0.3, 0.66), (0.42, 0.3), (0.2, 0.25), (0.03, 0.25)), sail, shade=0.16)
    if p.detail:
        p.line(((0.03, 0.6), (0.33, 0.56)), 0.012, darker(sail, 0.16))
        p.poly(((0.0, 1.0), (-0.14, 0.96), (0.0, 0.92)), (222, 80, 70))
    body = p.poly(((-0.5, 0.2), (-0.36, 0.0), (0.3, 0.0), (0.54, 0.22), (0.0, 0.18)), hull, shade=0.24)
    p.inside(body).poly(
        ((-0.6, 0.15), (0.7, 0.16), (0.7, 0.3), (-0.6, 0.3)), mix(hull, WHITE, 0.72 if sum(hull) < 650 else 0.0)
    )
    for k in range(3):
        w = 0.5 - k * 0.12
        p.line(
            ((-w, -0.02 - k * 0.04), (-w * 0.3, -0.03 - k * 0.04), (w * 0.4, -0.02 - k * 0.04)), 0.014, WHITE, alpha=0.5
        )


def balloon(p: Pen, look: Look) -> None:
    one = look.or_pick((226, 84, 74), (246, 174, 66), (92, 148, 206), (148, 106, 180))
    two = look.accent or (
        lighter(one, 0.62) if look.colour else look.chance.pick("stripe", ((252, 236, 206), (250, 206, 96)))
    )
    points = ((0, 1.0), (0.24, 0.94), (0.35, 0.74), (0.3, 0.52), (0.12, 0.27), (0, 0.25), (-0.12, 0.27), (-0.3, 0.52),
              (-0.35, 0.74),
              (-0.24, 0.94))  # fmt: skip
    skin = p.blob(points, one, shade=0.3)
    inner = p.inside(skin)
    for wide, c in ((0.62, two), (0.24, one)):
        inner.blob(
            [(x * wide, y if 0.3 < y < 0.97 else y + (0.02 if y > 0.5 else -0.02)) for x, y in points], c, shade=0.24
        )
    p.glow(-0.14, 0.84, 0.16, WHITE, 0.35)
    for x in (-0.08, 0.08):
        p.line(((x, 0.27), (x * 0.8, 0.12)), 0.009, (96, 74, 64))
    p.blob(((-0.085, 0.13), (-0.07, 0.01), (0.07, 0.01), (0.085, 0.13)), (158, 108, 66), shade=0.2)
    p.rect(-0.09, 0.115, 0.09, 0.14, (120, 80, 54))
    if look.mood.dark:
        p.glow(0, 0.36, 0.3, LAMP, 0.55)


def plane(p: Pen, look: Look) -> None:
    paint = look.or_pick((246, 244, 240), (226, 92, 82), (108, 164, 210))
    trim = look.accent or ((206, 74, 70) if sum(paint) > 640 else WHITE)
    p = p.at(0, 0.1, 1, turn=6)
    p.poly(((0.3, 0.5), (-0.1, 0.92), (-0.3, 0.92), (-0.12, 0.48)), darker(paint, 0.2))
    p.poly(((-0.86, 0.46), (-1.16, 0.96), (-0.92, 0.96), (-0.56, 0.5)), trim, shade=0.14)
    body = p.blob(((-1.2, 0.5), (-0.7, 0.6), (0.5, 0.62), (1.05, 0.52), (1.28, 0.36), (1.1, 0.22), (0.4, 0.16),
                   (-0.6, 0.24)), paint,
                  shade=0.26)  # fmt: skip
    p.inside(body).rect(-1.3, 0.28, 1.4, 0.33, trim)
    for k in range(7):
        p.oval(-0.5 + k * 0.2, 0.46, 0.045, 0.055, LAMP if look.mood.dark else (92, 136, 170), lit=look.mood.dark)
    p.blob(((0.94, 0.54), (1.1, 0.48), (1.16, 0.42), (0.98, 0.42)), (92, 136, 170))
    p.poly(((0.36, 0.32), (-0.26, -0.2), (-0.5, -0.2), (-0.16, 0.3)), darker(paint, 0.12), shade=0.16)
    p.poly(((-0.8, 0.42), (-1.2, 0.24), (-1.32, 0.26), (-1.06, 0.44)), darker(paint, 0.12))


VEHICLES = {
    "car": car, "bus": bus, "train": train, "bicycle": bicycle, "boat": boat, "balloon": balloon, "plane": plane,
}  # fmt: skip
