"""Heads of animals, as they look at you. A face has a unit of its own: the radius of the head; (0, 0) is its middle."""

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix
from imgloop_widgets.generators.scenes.painters.look import BLUSH, INK, WHITE, eye
from imgloop_widgets.generators.scenes.pen import Pen

PINK: RGB = (236, 160, 156)


def _both(*points: tuple[float, float]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    return list(points), [(-x, y) for x, y in points]


def _mouth(h: Pen, y: float, width: float, colour: RGB = INK) -> None:
    h.line(((-width, y - width * 0.55), (-width * 0.45, y - width * 0.95), (0, y - width * 0.35),
            (width * 0.45, y - width * 0.95), (width, y - width * 0.55)), 0.055, colour)  # fmt: skip


def _cheeks(h: Pen, x: float, y: float, r: float = 0.17) -> None:
    if h.detail:
        for s in (-1, 1):
            h.oval(s * x, y, r, r * 0.72, BLUSH, alpha=0.35)


def bear(h: Pen, coat: RGB, asleep: bool) -> None:
    dark, pale = darker(coat, 0.22), mix(coat, (250, 226, 190), 0.52)
    for s in (-1, 1):
        h.oval(s * 0.7, 0.72, 0.37, 0.37, coat, shade=0.2)
        h.oval(s * 0.7, 0.68, 0.2, 0.2, pale if h.detail else dark)
    h.blob(((0, 0.96), (0.62, 0.8), (0.98, 0.2), (0.92, -0.42), (0.5, -0.88), (0, -0.96), (-0.5, -0.88), (-0.92, -0.42),
            (-0.98, 0.2), (-0.62, 0.8)), coat, shade=0.24)  # fmt: skip
    _cheeks(h, 0.66, -0.2)
    h.oval(0, -0.4, 0.5, 0.42, pale, shade=0.08)
    h.oval(0, -0.18, 0.22, 0.15, INK)
    h.oval(-0.06, -0.13, 0.07, 0.035, (130, 116, 120))
    h.line(((0, -0.3), (0, -0.46)), 0.05, INK)
    _mouth(h, -0.36, 0.24)
    for s in (-1, 1):
        eye(h, s * 0.4, 0.12, 0.105, asleep=asleep)


def fox(h: Pen, coat: RGB, asleep: bool) -> None:
    for ear in _both((-0.92, 0.3), (-0.86, 1.3), (-0.12, 0.72)):
        h.poly(ear, coat)
        h.poly([(x * 0.95 - 0.0, y * 0.96) for x, y in ear], darker(coat, 0.12))
    for ear in _both((-0.76, 0.5), (-0.76, 1.08), (-0.3, 0.7)):
        h.poly(ear, (72, 48, 52))
    h.blob(
        (
            (0, 0.8),
            (0.5, 0.72),
            (0.88, 0.34),
            (1.1, -0.2),
            (0.86, -0.42),
            (0.5, -0.66),
            (0.2, -0.94),
            (0, -1.0),
            (-0.2, -0.94),
            (-0.5, -0.66),
            (-0.86, -0.42),
            (-1.1, -0.2),
            (-0.88, 0.34),
            (-0.5, 0.72),
        ),
        coat,
        shade=0.2,
    )
    for cheek in _both((0.0, -0.28), (0.26, 0.02), (0.62, -0.02), (1.06, -0.22), (0.8, -0.44), (0.48, -0.66),
                       (0.18, -0.92),
                       (0.0, -0.96)):  # fmt: skip
        h.blob(cheek, WHITE)
    h.oval(0, -0.82, 0.16, 0.13, INK)
    h.oval(-0.04, -0.78, 0.05, 0.03, (140, 128, 130))
    for s in (-1, 1):
        eye(h, s * 0.42, 0.1, 0.11, asleep=asleep)


def cat(h: Pen, coat: RGB, asleep: bool) -> None:
    stripe = darker(coat, 0.3) if sum(coat) > 260 else lighter(coat, 0.18)
    for ear in _both((-0.92, 0.2), (-0.82, 1.12), (-0.18, 0.74)):
        h.poly(ear, coat)
    for ear in _both((-0.76, 0.5), (-0.72, 0.92), (-0.36, 0.72)):
        h.poly(ear, PINK)
    h.blob(((0, 0.82), (0.6, 0.68), (1.0, 0.1), (0.94, -0.42), (0.5, -0.76), (0, -0.82), (-0.5, -0.76), (-0.94, -0.42),
            (-1.0, 0.1), (-0.6, 0.68)), coat, shade=0.2)  # fmt: skip
    if h.detail:
        for x in (-0.24, 0, 0.24):
            h.line(((x, 0.76 - abs(x) * 0.2), (x * 0.8, 0.48)), 0.09, stripe)
    for s in (-1, 1):
        h.oval(s * 0.2, -0.42, 0.26, 0.22, WHITE)
        eye(h, s * 0.42, 0.06, 0.15, asleep=asleep, colour=(40, 60, 44))
        if h.detail:
            for dy in (0.08, -0.06):
                h.line(((s * 0.42, -0.38 + dy * 0.4), (s * 1.2, -0.36 + dy * 2.4)), 0.03, WHITE)
    h.poly(((-0.12, -0.2), (0.12, -0.2), (0, -0.34)), (222, 120, 126))
    _mouth(h, -0.34, 0.18)


def dog(h: Pen, coat: RGB, asleep: bool) -> None:
    ears = darker(coat, 0.3)
    h.blob(((0, 0.92), (0.56, 0.78), (0.84, 0.2), (0.74, -0.4), (0.44, -0.88), (0, -0.98), (-0.44, -0.88),
            (-0.74, -0.4),
            (-0.84, 0.2), (-0.56, 0.78)), coat, shade=0.2)  # fmt: skip
    if h.detail:
        h.blob(((0, 0.9), (0.14, 0.4), (0.24, -0.2), (0, -0.4), (-0.24, -0.2), (-0.14, 0.4)), WHITE)
    for ear in _both((0.5, 0.86), (0.92, 0.72), (1.16, 0.0), (1.06, -0.56), (0.82, -0.5), (0.72, 0.1)):
        h.blob(ear, ears, shade=0.14)
    h.oval(0, -0.46, 0.46, 0.4, WHITE, shade=0.06)
    if not asleep:
        h.blob(((-0.13, -0.68), (0.13, -0.68), (0.12, -0.96), (0, -1.06), (-0.12, -0.96)), (232, 112, 118))
    h.oval(0, -0.22, 0.23, 0.16, INK)
    h.oval(-0.06, -0.17, 0.07, 0.035, (130, 116, 120))
    _mouth(h, -0.44, 0.26)
    for s in (-1, 1):
        eye(h, s * 0.38, 0.16, 0.12, asleep=asleep)


def rabbit(h: Pen, coat: RGB, asleep: bool) -> None:
    for s, turn in ((-1, 10), (1, -12)):
        h.oval(s * 0.42, 1.5, 0.25, 0.85, coat, turn=turn, shade=0.16)
        h.oval(s * 0.42, 1.46, 0.12, 0.62, PINK, turn=turn)
    h.oval(0, 0, 1.0, 0.88, coat, shade=0.18)
    _cheeks(h, 0.62, -0.26, 0.2)
    for s in (-1, 1):
        h.oval(s * 0.19, -0.36, 0.24, 0.2, WHITE)
        eye(h, s * 0.44, 0.12, 0.13, asleep=asleep)
    if h.detail:
        h.rect(-0.1, -0.64, 0.1, -0.46, WHITE)
    h.poly(((-0.12, -0.16), (0.12, -0.16), (0, -0.3)), (226, 124, 132))
    _mouth(h, -0.3, 0.16)


def deer(h: Pen, coat: RGB, asleep: bool, antlers: bool = True) -> None:
    bone = (196, 160, 112)
    if antlers:
        for s in (-1, 1):
            h.line(((s * 0.3, 0.8), (s * 0.62, 1.3), (s * 0.6, 1.9), (s * 0.95, 2.45)), 0.15, bone)
            for a, b in (((0.55, 1.2), (1.1, 1.5)), ((0.62, 1.75), (0.2, 2.2)), ((0.62, 1.75), (1.2, 2.0))):
                h.line(((s * a[0], a[1]), (s * b[0], b[1])), 0.12, bone)
    for s in (-1, 1):
        h.oval(s * 1.05, 0.56, 0.46, 0.22, coat, turn=s * 22, shade=0.1)
        h.oval(s * 1.06, 0.55, 0.3, 0.11, PINK, turn=s * 22)
    h.blob(((0, 0.95), (0.52, 0.8), (0.72, 0.3), (0.52, -0.4), (0.36, -0.95), (0, -1.15), (-0.36, -0.95), (-0.52, -0.4),
            (-0.72, 0.3), (-0.52, 0.8)), coat, shade=0.2)  # fmt: skip
    h.oval(0, -0.8, 0.36, 0.34, mix(coat, WHITE, 0.6))
    h.oval(0, -0.72, 0.22, 0.16, INK)
    _mouth(h, -0.86, 0.16)
    for s in (-1, 1):
        eye(h, s * 0.46, 0.14, 0.15, asleep=asleep)


def sheep(h: Pen, wool: RGB, asleep: bool) -> None:
    face = (84, 74, 82) if sum(wool) > 360 else (226, 200, 176)
    for s in (-1, 1):
        h.oval(s * 0.98, 0.16, 0.42, 0.19, face, turn=s * -20)
    h.blob(((0, 0.8), (0.5, 0.66), (0.66, 0.1), (0.5, -0.6), (0, -1.0), (-0.5, -0.6), (-0.66, 0.1), (-0.5, 0.66)), face,
           shade=0.14)  # fmt: skip
    for x, y, r in ((-0.46, 0.72, 0.34), (0, 0.9, 0.4), (0.46, 0.72, 0.34)):
        h.oval(x, y, r, r * 0.9, wool, shade=0.08)
    for s in (-1, 1):
        if not asleep:
            h.oval(s * 0.28, 0.06, 0.18, 0.2, WHITE)
        eye(h, s * 0.27, 0.04, 0.1, asleep=asleep, colour=(230, 226, 226) if asleep and sum(face) < 300 else INK)
    h.oval(-0.12, -0.6, 0.06, 0.05, darker(face, 0.6))
    h.oval(0.12, -0.6, 0.06, 0.05, darker(face, 0.6))


def cow(h: Pen, coat: RGB, asleep: bool, patch: RGB = (70, 62, 66)) -> None:
    for s in (-1, 1):
        h.line(((s * 0.42, 0.72), (s * 0.72, 0.98), (s * 0.68, 1.3)), 0.2, (232, 216, 186))
        h.oval(s * 1.08, 0.5, 0.42, 0.22, patch, turn=s * -14)
        h.oval(s * 1.08, 0.48, 0.26, 0.11, PINK, turn=s * -14)
    head = h.blob(((0, 0.86), (0.56, 0.78), (0.78, 0.3), (0.62, -0.4), (0.6, -0.8), (0, -1.0), (-0.6, -0.8),
                   (-0.62, -0.4), (-0.78, 0.3), (-0.56, 0.78)), coat, shade=0.16)  # fmt: skip
    h.inside(head).oval(-0.6, 0.4, 0.5, 0.6, patch)
    h.oval(0, -0.66, 0.68, 0.42, (240, 184, 172), shade=0.1)
    for s in (-1, 1):
        h.oval(s * 0.26, -0.58, 0.09, 0.12, (166, 96, 96))
        if not asleep:
            h.oval(s * 0.38, 0.18, 0.17, 0.19, WHITE)
        eye(h, s * 0.38, 0.17, 0.12, asleep=asleep)
    h.line(((-0.24, -0.86), (0, -0.92), (0.24, -0.86)), 0.05, (166, 96, 96))


def elephant(h: Pen, coat: RGB, asleep: bool) -> None:
    dark = darker(coat, 0.16)
    for ear in _both((0.5, 0.72), (1.2, 1.02), (1.75, 0.5), (1.62, -0.4), (1.1, -0.85), (0.66, -0.3)):
        h.blob(ear, dark, shade=0.12)
        h.blob([(x * 0.88 + (0.1 if x > 0 else -0.1), y * 0.8) for x, y in ear], mix(coat, PINK, 0.4))
    h.blob(((0, 0.98), (0.62, 0.8), (0.84, 0.2), (0.6, -0.5), (0, -0.72), (-0.6, -0.5), (-0.84, 0.2), (-0.62, 0.8)),
           coat,
           shade=0.2)  # fmt: skip
    for s in (-1, 1):
        h.blob(((s * 0.34, -0.48), (s * 0.56, -0.5), (s * 0.78, -1.02), (s * 0.66, -1.1)), (250, 240, 220))
        eye(h, s * 0.44, 0.14, 0.1, asleep=asleep)
    h.blob(
        (
            (-0.34, 0.05),
            (0.34, 0.05),
            (0.3, -0.6),
            (0.26, -1.2),
            (0.34, -1.62),
            (0.66, -1.72),
            (0.72, -1.5),
            (0.9, -1.56),
            (0.82, -1.96),
            (0.4, -2.04),
            (0.02, -1.8),
            (-0.12, -1.2),
            (-0.28, -0.6),
        ),
        coat,
        shade=0.16,
    )
    if h.detail:
        for y in (-0.4, -0.66, -0.92, -1.18):
            h.line(((-0.2 - y * 0.06, y), (0.03, y - 0.05), (0.22, y)), 0.04, dark)


def horse(h: Pen, coat: RGB, asleep: bool, mane: RGB = (70, 48, 40)) -> None:
    """A horse is best known from the side; the neck belongs to it."""
    h.blob(((-1.9, -1.6), (-1.35, 0.1), (-0.62, 1.06), (-0.1, 1.1), (0.1, 0.4), (-0.1, -0.6), (-0.5, -1.5),
            (-1.0, -2.4)),
           coat, shade=0.2)  # fmt: skip
    h.poly(((-0.3, 0.8), (-0.14, 1.52), (0.1, 0.86)), coat)
    h.blob(((-0.46, 0.9), (0.1, 1.06), (0.55, 0.62), (1.16, -0.16), (1.36, -0.6), (1.1, -0.94), (0.72, -0.82),
            (0.2, -0.3),
            (-0.4, -0.2), (-0.66, 0.3)), coat, shade=0.16)  # fmt: skip
    h.blob(((0.98, -0.1), (1.24, -0.24), (1.38, -0.6), (1.1, -0.94), (0.82, -0.86), (0.82, -0.44)), mix(coat, INK, 0.3))
    h.oval(1.18, -0.52, 0.06, 0.08, INK)
    h.blob(((0.34, 0.98), (0.1, 1.2), (-0.4, 1.16), (-0.9, 0.86), (-1.42, 0.16), (-1.9, -0.9), (-1.86, -1.5),
            (-1.4, -0.7),
            (-0.9, 0.1), (-0.5, 0.62), (0.1, 0.84)), mane, shade=0.1)  # fmt: skip
    eye(h, 0.3, 0.42, 0.12, asleep=asleep)
