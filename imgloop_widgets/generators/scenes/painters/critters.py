"""Animals with wings or fins: bird, owl, duck, fish, butterfly."""

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix
from imgloop_widgets.generators.scenes.painters.look import BLUSH, INK, WHITE, Look, eye
from imgloop_widgets.generators.scenes.pen import Pen

BEAK: RGB = (240, 164, 60)


def bird(p: Pen, look: Look) -> None:
    coat = look.or_pick((80, 138, 206), (222, 92, 76), (240, 178, 66), (96, 160, 150))
    dark, asleep = darker(coat, 0.24), look.pose == "sleeping"
    perched = look.pose in ("sitting", "standing", "sleeping") or (look.aloft is False)
    if perched:
        if not look.aloft:
            p.shadow(0, 0.4)
        for x in (-0.06, 0.1):
            p.line(((x, 0.2), (x + 0.02, 0.02)), 0.03, darker(BEAK, 0.2))
        p.blob(((-0.35, 0.36), (-0.8, 0.3), (-0.78, 0.2), (-0.3, 0.2)), dark)
        body = p.blob(((-0.42, 0.34), (-0.2, 0.62), (0.02, 0.92), (0.3, 0.98), (0.46, 0.78), (0.42, 0.42), (0.2, 0.16),
                       (-0.14, 0.14)),
                      coat, shade=0.24)  # fmt: skip
        p.inside(body).oval(0.36, 0.34, 0.26, 0.28, mix(coat, WHITE, 0.7))
        p.blob(((0.12, 0.56), (-0.2, 0.56), (-0.56, 0.3), (-0.16, 0.26), (0.1, 0.36)), dark, shade=0.12)
        p.poly(((0.44, 0.84), (0.66, 0.74), (0.43, 0.68)), BEAK)
        p.oval(0.36, 0.68, 0.06, 0.045, BLUSH, alpha=0.4)
        eye(p, 0.28, 0.8, 0.055, asleep=asleep)
        return
    p.blob(((0.0, 0.6), (0.12, 0.98), (0.0, 1.2), (-0.3, 1.1), (-0.26, 0.7)), darker(dark, 0.1))
    p.poly(((-0.4, 0.5), (-0.86, 0.56), (-0.8, 0.42), (-0.9, 0.32), (-0.4, 0.36)), dark)
    body = p.blob(((-0.5, 0.44), (-0.2, 0.62), (0.2, 0.7), (0.46, 0.78), (0.62, 0.64), (0.5, 0.4), (0.1, 0.24),
                   (-0.3, 0.3)),
                  coat, shade=0.22)  # fmt: skip
    p.inside(body).oval(0.2, 0.26, 0.42, 0.16, mix(coat, WHITE, 0.7))
    p.poly(((0.58, 0.68), (0.82, 0.6), (0.58, 0.54)), BEAK)
    eye(p, 0.45, 0.65, 0.05)
    p.blob(
        ((0.16, 0.56), (0.06, 0.86), (-0.3, 1.24), (-0.62, 1.28), (-0.5, 0.98), (-0.34, 0.6), (-0.1, 0.46)),
        dark,
        shade=0.16,
    )
    if p.detail:
        for k in (0.0, 0.14):
            p.line(((-0.52 + k, 1.14 - k), (-0.3 + k, 0.8 - k * 0.6)), 0.025, darker(dark, 0.25))


def owl(p: Pen, look: Look) -> None:
    coat = look.or_pick((150, 112, 80), (128, 98, 78), (168, 140, 112))
    dark, pale, asleep = darker(coat, 0.26), mix(coat, (255, 240, 214), 0.62), look.pose == "sleeping"
    if not look.aloft:
        p.shadow(0, 0.36)
    for s in (-1, 1):
        p.poly(((s * 0.3, 0.82), (s * 0.33, 1.02), (s * 0.08, 0.9)), dark)
        p.oval(s * 0.12, 0.03, 0.1, 0.045, BEAK)
    body = p.blob(((0, 0.95), (0.27, 0.9), (0.36, 0.66), (0.36, 0.3), (0.2, 0.06), (0, 0.02), (-0.2, 0.06),
                   (-0.36, 0.3),
                   (-0.36, 0.66), (-0.27, 0.9)), coat, shade=0.22)  # fmt: skip
    inner = p.inside(body)
    inner.oval(0, 0.26, 0.23, 0.32, pale)
    if p.detail:
        for row, y in enumerate((0.46, 0.36, 0.26, 0.16)):
            for k in range(-1 - row % 2, 3):
                x = k * 0.1 + (0.05 if row % 2 else 0)
                inner.line(((x - 0.03, y), (x, y - 0.03), (x + 0.03, y)), 0.018, coat)
    for s in (-1, 1):
        p.blob(
            ((s * 0.3, 0.6), (s * 0.39, 0.44), (s * 0.36, 0.16), (s * 0.22, 0.1), (s * 0.22, 0.36)), dark, shade=0.14
        )
    for s in (-1, 1):
        p.oval(s * 0.15, 0.74, 0.165, 0.165, pale, shade=0.06)
        if not asleep:
            p.oval(s * 0.14, 0.74, 0.105, 0.105, (246, 194, 70))
        eye(p, s * 0.14, 0.74, 0.066 if not asleep else 0.05, asleep=asleep)
    p.poly(((-0.05, 0.68), (0.05, 0.68), (0, 0.57)), BEAK)


def duck(p: Pen, look: Look) -> None:
    coat = look.or_pick((250, 246, 236), (250, 212, 92), (176, 140, 104))
    head = coat if look.colour or sum(coat) > 500 else (52, 116, 86)
    if not look.aloft:
        p.shadow(0, 0.5, 0.3)
    p.blob(((-0.5, 0.34), (-0.66, 0.62), (-0.3, 0.46), (0.1, 0.42), (0.4, 0.44), (0.46, 0.2), (0.24, 0.02),
            (-0.3, 0.02)), coat,
           shade=0.22)  # fmt: skip
    p.blob(((0.14, 0.34), (-0.16, 0.46), (-0.5, 0.36), (-0.3, 0.14), (0.04, 0.14)), darker(coat, 0.12), shade=0.12)
    p.blob(((0.2, 0.36), (0.2, 0.66), (0.46, 0.62), (0.48, 0.3)), head if head != coat else coat)
    p.oval(0.34, 0.76, 0.2, 0.2, head, shade=0.18)
    p.blob(((0.5, 0.78), (0.72, 0.72), (0.72, 0.66), (0.5, 0.64)), BEAK, shade=0.1)
    eye(p, 0.38, 0.81, 0.036, asleep=look.pose == "sleeping")


def fish(p: Pen, look: Look) -> None:
    coat = look.or_pick((242, 138, 62), (232, 96, 92), (92, 150, 206), (244, 192, 74))
    p = p.at(0, 0.1, 1.0, turn=14)
    p.blob(((-0.42, 0.4), (-0.84, 0.78), (-0.74, 0.4), (-0.84, 0.06)), darker(coat, 0.1), shade=0.2)
    p.blob(((-0.2, 0.7), (0.0, 0.98), (0.3, 0.84), (0.2, 0.66)), darker(coat, 0.16))
    body = p.blob(((-0.52, 0.42), (-0.2, 0.7), (0.24, 0.78), (0.6, 0.58), (0.72, 0.4), (0.56, 0.2), (0.2, 0.06),
                   (-0.24, 0.16)), coat,
                  shade=0.26)  # fmt: skip
    inner = p.inside(body)
    inner.oval(0.1, 0.06, 0.6, 0.2, lighter(coat, 0.5))
    for x in (-0.22, 0.1):
        inner.poly(((x, 0.0), (x + 0.12, 0.0), (x + 0.14, 1.0), (x + 0.02, 1.0)), WHITE, alpha=0.85)
    p.blob(((0.14, 0.36), (-0.12, 0.3), (-0.14, 0.16), (0.1, 0.22)), darker(coat, 0.2))
    p.oval(0.48, 0.5, 0.1, 0.1, WHITE)
    eye(p, 0.5, 0.5, 0.06)
    p.line(((0.68, 0.34), (0.6, 0.3)), 0.03, darker(coat, 0.4))


def butterfly(p: Pen, look: Look) -> None:
    coat = look.or_pick((240, 146, 54), (92, 140, 220), (226, 110, 160), (248, 206, 80))
    dark = darker(coat, 0.5)
    p = p.at(0, 0.0, 1.0, turn=look.chance.between("turn", -14, 14))
    for s in (-1, 1):
        for wing in (
            ((0.03, 0.56), (0.2, 0.96), (0.52, 1.02), (0.6, 0.72), (0.4, 0.5)),
            ((0.03, 0.5), (0.36, 0.46), (0.46, 0.24), (0.28, 0.04), (0.08, 0.24)),
        ):
            points = [(s * x, y) for x, y in wing]
            cx, cy = sum(x for x, _ in points) / 5, sum(y for _, y in points) / 5
            p.blob(points, dark)
            p.blob([(cx + (x - cx) * 0.84, cy + (y - cy) * 0.84) for x, y in points], coat, shade=0.2)
            p.oval(cx + s * 0.1, cy + 0.1, 0.055, 0.055, lighter(coat, 0.6))
        p.line(((s * 0.02, 0.8), (s * 0.12, 1.0), (s * 0.2, 1.04)), 0.025, INK)
    p.limb(0, 0.2, 0.03, 0, 0.74, 0.05, INK)
    p.oval(0, 0.8, 0.065, 0.065, INK)


CRITTERS = {"bird": bird, "owl": owl, "duck": duck, "fish": fish, "butterfly": butterfly}
