"""Animals on four legs: one body with many measures, and a face for each kind.

To add one: a `Build`, a face in `faces.py`, a row in `ANIMALS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from imgloop_widgets.generators.scenes.colours import RGB, darker, mix
from imgloop_widgets.generators.scenes.painters import faces
from imgloop_widgets.generators.scenes.painters.look import INK, WHITE, Look
from imgloop_widgets.generators.scenes.pen import Pen


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The measures of a standing body, in its own height. half: half its length. back, belly: heights.

    leg: radius at the top. paw: radius at the foot. head: x, y, radius. tail: a key of `_TAILS`. heavy: bulge of the
    shoulders. coats: its natural colours. sock: colour of the feet; None: as the coat. bib: colour of the chest.
    shift: to the right, so that head and tail are as far from the middle.
    """

    half: float
    back: float
    belly: float
    leg: float
    paw: float
    head: tuple[float, float, float]
    tail: str
    coats: tuple[RGB, ...]
    heavy: float = 0.0
    sock: RGB | None = None
    bib: RGB | None = None
    sits: bool = True
    neck: float = 0.0
    marks: str = ""
    shift: float = 0.0


def _tail_stub(p: Pen, b: Build, coat: RGB) -> None:
    p.oval(-b.half * 1.02, b.back - 0.14, 0.07, 0.07, coat, shade=0.1)


def _tail_bushy(p: Pen, b: Build, coat: RGB) -> None:
    x, y = -b.half * 0.9, b.back - 0.12
    brush = p.blob(((x, y + 0.06), (x - 0.16, y + 0.1), (x - 0.34, y + 0.18), (x - 0.5, y + 0.12), (x - 0.62, y - 0.08),
                    (x - 0.48, y - 0.14), (x - 0.3, y - 0.14), (x - 0.12, y - 0.1)), coat, shade=0.22)  # fmt: skip
    p.inside(brush).blob(((x - 0.42, y + 0.22), (x - 0.5, y + 0.02), (x - 0.4, y - 0.18), (x - 0.8, y - 0.3),
                          (x - 0.8, y + 0.3)), WHITE)  # fmt: skip


def _tail_long(p: Pen, b: Build, coat: RGB) -> None:
    x, y = -b.half * 0.94, b.back - 0.1
    p.line(((x, y), (x - 0.14, y + 0.02), (x - 0.24, y + 0.16), (x - 0.2, y + 0.36), (x - 0.3, y + 0.46)), 0.085, coat)


def _tail_wag(p: Pen, b: Build, coat: RGB) -> None:
    x, y = -b.half * 0.94, b.back - 0.08
    p.blob(((x, y + 0.02), (x - 0.1, y + 0.1), (x - 0.2, y + 0.28), (x - 0.26, y + 0.26), (x - 0.2, y + 0.06),
            (x, y - 0.08)),
           coat, shade=0.1)  # fmt: skip


def _tail_flow(p: Pen, b: Build, coat: RGB) -> None:
    x, y = -b.half * 0.94, b.back - 0.06
    p.blob(((x + 0.03, y), (x - 0.08, y + 0.02), (x - 0.16, y - 0.16), (x - 0.14, y - 0.42), (x - 0.05, y - 0.5),
            (x - 0.03, y - 0.28)), darker(coat, 0.45), shade=0.1)  # fmt: skip


def _tail_tuft(p: Pen, b: Build, coat: RGB) -> None:
    x, y = -b.half * 0.98, b.back - 0.08
    p.line(((x, y), (x - 0.07, y - 0.1), (x - 0.06, y - 0.32)), 0.035, coat)
    p.oval(x - 0.06, y - 0.36, 0.04, 0.08, darker(coat, 0.5))


def _tail_fluff(p: Pen, b: Build, coat: RGB) -> None:
    p.oval(-b.half * 1.05, b.back * 0.62, 0.1, 0.1, WHITE if sum(coat) < 700 else mix(coat, INK, 0.08), shade=0.1)


_TAILS: dict[str, Callable[[Pen, Build, RGB], None]] = {
    "stub": _tail_stub, "bushy": _tail_bushy, "long": _tail_long, "wag": _tail_wag, "flow": _tail_flow,
    "tuft": _tail_tuft, "fluff": _tail_fluff,
}  # fmt: skip


def _legs(p: Pen, b: Build, coat: RGB, near: bool, running: bool) -> None:
    tone = coat if near else darker(coat, 0.3)
    sock = (b.sock if near else darker(b.sock, 0.3)) if b.sock else tone
    top = (b.back + b.belly) / 2 - 0.02
    for end in (-1, 1):
        x = end * (b.half * 0.74 - b.leg * 0.3) + (0.0 if near else 0.09)
        step = (0.24 * end if near else -0.12 * end) * (1 if running else 0)
        foot, lift = x + step, 0.03 if running and near else 0.0
        p.limb(x, top, b.leg, foot, b.paw + lift, b.paw, tone, shade=0.14 if near else 0.0)
        if b.sock:
            p.limb(x + (foot - x) * 0.6, top * 0.4, b.paw * 1.08, foot, b.paw + lift, b.paw * 1.04, sock)
        p.oval(
            foot + b.paw * 0.35, b.paw * 0.72 + lift, b.paw * 1.35, b.paw * 0.75, sock if b.sock else darker(tone, 0.12)
        )


def _standing(p: Pen, b: Build, coat: RGB, running: bool) -> list[tuple[float, float]]:
    h, top, low = b.half, b.back, b.belly
    mid = (top + low) / 2
    _TAILS[b.tail](p, b, coat)
    _legs(p, b, coat, False, running)
    body = p.blob(((-h, mid + 0.02), (-h * 0.94, top - 0.08), (-h * 0.6, top), (0, top - 0.03 + b.heavy * 0.3),
                   (h * 0.55, top + b.heavy), (h * 0.96, top - 0.08), (h * 1.04, mid), (h * 0.76, low + 0.02),
                   (0, low), (-h * 0.7, low + 0.03)), coat, shade=0.24)  # fmt: skip
    _marks(p.inside(body), b, coat)
    _legs(p, b, coat, True, running)
    if b.neck:
        x, y, r = b.head
        p.blob(((h * 0.4, top), (x - r * 0.62, y + r * 0.1), (x + r * 0.45, y - r * 0.4), (h * 1.04, mid + 0.05),
                (h * 0.7, mid)),
               coat, shade=0.16)  # fmt: skip
    return body


def _marks(inner: Pen, b: Build, coat: RGB) -> None:
    h = b.half
    if b.bib and b.tail != "bushy":
        inner.oval(h * 0.1, b.belly - 0.02, h * 0.8, 0.1, b.bib, alpha=0.9)
    if b.bib and b.tail == "bushy":
        inner.blob(
            ((h * 0.72, b.back), (h * 1.2, b.back), (h * 1.2, b.belly), (h * 0.5, b.belly - 0.05), (h * 0.66, 0.42)),
            b.bib,
        )
    if b.marks == "patches":
        for x, y, rx, ry in (
            (-0.6, 0.7, 0.24, 0.16),
            (0.1, 0.56, 0.2, 0.2),
            (-0.2, 0.36, 0.12, 0.08),
            (0.85, 0.7, 0.14, 0.16),
        ):
            inner.blob([(x * h + rx * u, b.belly + (b.back - b.belly) * (y - 0.1) + ry * v) for u, v in
                        ((-1, 0), (-0.5, 0.9), (0.4, 0.8), (1, 0.2), (0.5, -0.8), (-0.6, -0.6))],
                        (70, 62, 66))  # fmt: skip
    elif b.marks == "stripes" and inner.detail:
        dark = darker(coat, 0.3) if sum(coat) > 260 else mix(coat, WHITE, 0.16)
        for i in range(5):
            x = -h * 0.75 + i * h * 0.3
            inner.line(((x, b.back + 0.02), (x + 0.03, b.back - 0.1)), 0.035, dark)
    elif b.marks == "dots" and inner.detail:
        for i in range(7):
            inner.oval(
                -h * 0.8 + i * h * 0.22, b.back - 0.09 - (i % 2) * 0.07, 0.018, 0.018, (250, 236, 214), alpha=0.9
            )


def _sitting(p: Pen, b: Build, coat: RGB) -> tuple[float, float, float]:
    """Draw a body that sits and looks at you; return where its head goes."""
    wide = 0.3 + (0.08 if b.heavy else 0.0)
    if b.tail in ("bushy", "long", "wag"):
        tail = p.blob(((-0.1, 0.04), (-0.32, 0.02), (-0.6, 0.1), (-0.72, 0.3), (-0.62, 0.46), (-0.46, 0.34),
                       (-0.38, 0.18), (-0.1, 0.16)),
                      coat, shade=0.2) if b.tail == "bushy" else []  # fmt: skip
        if tail:
            p.inside(tail).oval(-0.64, 0.46, 0.2, 0.17, WHITE)
        else:
            p.line(((-0.1, 0.06), (-0.4, 0.05), (-0.5, 0.18), (-0.44, 0.32)), 0.085, coat)
    for s in (-1, 1):
        p.oval(s * wide * 0.8, 0.13, wide * 0.52, 0.16, darker(coat, 0.1), shade=0.14)
    body = p.blob(((0, 0.7), (wide * 0.66, 0.6), (wide * 0.95, 0.3), (wide * 0.9, 0.08), (0, 0.02), (-wide * 0.9, 0.08),
                   (-wide * 0.95, 0.3), (-wide * 0.66, 0.6)), coat, shade=0.24)  # fmt: skip
    bib = b.bib or mix(coat, (250, 228, 196), 0.4)
    p.inside(body).oval(0, 0.34, wide * 0.5, 0.27, bib)
    for s in (-1, 1):
        p.limb(s * wide * 0.36, 0.38, wide * 0.19, s * wide * 0.32, 0.08, wide * 0.17, coat, shade=0.1)
        p.oval(s * wide * 0.33, 0.05, wide * 0.24, 0.05, b.sock or darker(coat, 0.14))
        p.oval(s * wide * 1.06, 0.055, wide * 0.34, 0.06, b.sock or darker(coat, 0.14))
    r = max(b.head[2], 0.2) * 1.02
    return 0.0, 0.72, r


def _lying(p: Pen, b: Build, coat: RGB, asleep: bool) -> tuple[float, float, float]:
    """Draw a body on the ground; return where its head goes."""
    h, r = b.half * 1.04, b.head[2]
    high = max(0.4, (b.back - b.belly) * 1.15)
    body = p.blob(((-h, high * 0.36), (-h * 0.8, high * 0.86), (-h * 0.3, high), (h * 0.4, high * 0.86),
                   (h * 0.9, high * 0.5),
                   (h * 0.96, 0.05), (0, 0.0), (-h * 0.9, 0.03)), coat, shade=0.24)  # fmt: skip
    _marks(Pen(p.sheet, p.at(0, -b.belly * 0.6).m, p.tone, body), b, coat)
    p.oval(-h * 0.52, high * 0.3, h * 0.36, high * 0.3, darker(coat, 0.06), shade=0.14)
    if b.tail == "bushy":
        tail = p.blob(((-h * 0.9, 0.24), (-h * 1.05, 0.06), (-h * 0.5, -0.02), (0.06, 0.0), (0.16, 0.1), (0, 0.18),
                       (-h * 0.5, 0.16)),
                      coat, shade=0.2)  # fmt: skip
        p.inside(tail).oval(0.14, 0.08, 0.16, 0.14, WHITE)
    elif b.tail == "long":
        p.line(((-h * 0.9, 0.1), (-h * 0.5, 0.035), (0.0, 0.04)), 0.08, darker(coat, 0.1))
    p.limb(h * 0.5, 0.07, 0.06, h * 1.12, 0.055, 0.05, b.sock or darker(coat, 0.1))
    if b.neck and not asleep:
        return b.half * 1.0, high + r * 0.8, r
    return h * 0.78, max(r * 0.86, high * 0.42), r


_BEAR = Build(half=0.53, back=0.78, belly=0.24, leg=0.13, paw=0.095, head=(0.4, 0.68, 0.245), tail="stub", heavy=0.06,
              coats=((138, 92, 58), (120, 78, 52), (154, 104, 66)))  # fmt: skip
_FOX = Build(shift=0.13, half=0.4, back=0.6, belly=0.3, leg=0.085, paw=0.045, head=(0.42, 0.6, 0.29), tail="bushy",
             sock=(72, 48, 52), bib=WHITE,
             coats=((228, 112, 48), (222, 102, 44), (234, 124, 58)))  # fmt: skip
_CAT = Build(half=0.4, back=0.62, belly=0.26, leg=0.085, paw=0.06, head=(0.36, 0.68, 0.28), tail="long",
             marks="stripes",
             coats=((236, 150, 74), (128, 124, 132), (84, 78, 84), (232, 214, 188)), bib=WHITE)  # fmt: skip
_DOG = Build(half=0.42, back=0.62, belly=0.28, leg=0.09, paw=0.065, head=(0.4, 0.7, 0.28), tail="wag", bib=WHITE,
             coats=((198, 144, 88), (162, 108, 70), (222, 180, 122)))  # fmt: skip
_HORSE = Build(shift=-0.06, half=0.4, back=0.66, belly=0.36, leg=0.075, paw=0.04, head=(0.47, 0.83, 0.15), tail="flow",
               sits=False,
               sock=(70, 54, 50), coats=((150, 92, 58), (118, 72, 50), (186, 140, 96), (214, 208, 202)))  # fmt: skip
_DEER = Build(half=0.32, back=0.52, belly=0.29, leg=0.055, paw=0.028, head=(0.34, 0.66, 0.13), tail="fluff",
              sits=False, neck=1.0,
              bib=(246, 228, 200), marks="dots", coats=((184, 122, 72), (170, 112, 68)))  # fmt: skip
_RABBIT = Build(half=0.3, back=0.42, belly=0.08, leg=0.1, paw=0.06, head=(0.18, 0.4, 0.2), tail="fluff",
                coats=((190, 164, 140), (232, 224, 216), (150, 128, 112)))  # fmt: skip
_COW = Build(shift=-0.06, half=0.55, back=0.74, belly=0.28, leg=0.09, paw=0.058, head=(0.56, 0.7, 0.19), tail="tuft",
             sits=False,
             marks="patches",
             sock=(82, 72, 76), coats=((246, 240, 232),))  # fmt: skip
_SHEEP = Build(half=0.4, back=0.78, belly=0.3, leg=0.06, paw=0.045, head=(0.46, 0.62, 0.2), tail="stub", sits=False,
               marks="wool",
               sock=(84, 74, 82), coats=((246, 240, 228),))  # fmt: skip
_ELEPHANT = Build(half=0.5, back=0.86, belly=0.3, leg=0.135, paw=0.1, head=(0.38, 0.68, 0.24), tail="tuft", sits=False,
                  heavy=0.03,
                  coats=((150, 156, 172), (138, 146, 164)))  # fmt: skip

Face = Callable[[Pen, RGB, bool], None]
_FACES: dict[str, tuple[Build, Face]] = {
    "bear": (_BEAR, faces.bear), "fox": (_FOX, faces.fox), "cat": (_CAT, faces.cat), "dog": (_DOG, faces.dog),
    "horse": (_HORSE, faces.horse), "deer": (_DEER, faces.deer), "rabbit": (_RABBIT, faces.rabbit),
    "cow": (_COW, faces.cow), "sheep": (_SHEEP, faces.sheep), "elephant": (_ELEPHANT, faces.elephant),
}  # fmt: skip


def _wool(p: Pen, coat: RGB, low: float, high: float, half: float) -> None:
    middle, tall = (low + high) / 2, (high - low) / 2
    ring = ((-0.9, 0.1), (-0.72, 0.62), (-0.3, 0.86), (0.2, 0.84), (0.66, 0.64), (0.9, 0.1), (0.7, -0.5), (0.2, -0.72),
            (-0.3, -0.72),
            (-0.74, -0.5))  # fmt: skip
    for x, y in ring:
        p.oval(x * half, middle + y * tall, half * 0.36, tall * 0.42, darker(coat, 0.14) if y < 0 else coat)
    p.oval(0, middle, half * 0.98, tall * 0.94, coat, shade=0.2)
    if p.detail:
        for x, y in ((-0.5, 0.3), (0.0, 0.45), (0.42, 0.2), (-0.2, -0.1), (0.2, -0.3), (-0.6, -0.25)):
            cx, cy = x * half, middle + y * tall
            p.line(((cx - 0.06, cy), (cx, cy + 0.05), (cx + 0.06, cy)), 0.018, darker(coat, 0.16))


def animal(kind: str) -> Callable[[Pen, Look], None]:
    """Return the painter of an animal on four legs."""

    def paint(pen: Pen, look: Look) -> None:
        build, face = _FACES[kind]
        coat = look.or_pick(*build.coats)
        asleep = look.pose == "sleeping"
        still = look.pose == "sitting" or asleep
        if not still:
            pen = pen.at(build.shift, 0)
        if not look.aloft:
            pen.shadow(0, build.half * 1.12)
        if still and not (build.sits and not asleep):
            x, y, r = _lying(pen, build, coat, asleep)
        elif still or (kind == "rabbit" and look.pose != "running"):
            x, y, r = _sitting(pen, build, coat) if kind != "rabbit" else _sitting_small(pen, build, coat)
        else:
            _standing(pen, build, coat, look.pose == "running")
            x, y, r = build.head
        if kind == "sheep":
            _wool(
                pen, coat, 0.05 if still else build.belly - 0.06, 0.6 if still else build.back + 0.04, build.half * 1.05
            )
        if kind == "deer" and look.chance.share("antlers") < 0.35:
            faces.deer(pen.at(x, y, r * 1.15), coat, asleep, antlers=False)
        elif kind == "horse":
            mane = look.accent or darker(coat, 0.5)
            if still:
                x, y = x - 0.05, max(y, 0.52)
            faces.horse(pen.at(x, y, r), coat, asleep, mane)
        else:
            face(pen.at(x, y, r), coat, asleep)

    return paint


def _sitting_small(p: Pen, b: Build, coat: RGB) -> tuple[float, float, float]:
    """Draw a rabbit as it sits, from the side."""
    p.oval(-0.3, 0.13, 0.09, 0.09, WHITE if sum(coat) < 690 else mix(coat, INK, 0.1), shade=0.1)
    p.blob(
        ((-0.3, 0.1), (-0.24, 0.34), (-0.02, 0.46), (0.2, 0.4), (0.28, 0.2), (0.24, 0.02), (-0.22, 0.0)),
        coat,
        shade=0.22,
    )
    p.oval(-0.12, 0.15, 0.17, 0.15, darker(coat, 0.07), shade=0.14)
    p.limb(-0.16, 0.045, 0.045, 0.06, 0.04, 0.04, darker(coat, 0.1))
    p.limb(0.16, 0.2, 0.06, 0.2, 0.05, 0.045, coat, shade=0.1)
    p.oval(0.22, 0.04, 0.07, 0.04, darker(coat, 0.1))
    return 0.2, 0.5, 0.2


ANIMALS = {kind: animal(kind) for kind in _FACES}
