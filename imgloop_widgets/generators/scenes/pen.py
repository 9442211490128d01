"""Drawing: a `Sheet` is the picture at several times its size, a `Pen` draws on it in a thing's own coordinates.

A pen's unit is the height of the thing; x goes right, y goes up, and (0, 0) is where it stands. A pen knows the light:
every colour goes through its `Tone` (time of day, haze of the distance), and `shade` gives a shape volume (light from
the upper left). The sheet is made smaller at the end, which smooths all edges.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import cos, hypot, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from imgloop_widgets.generators.scenes.colours import RGB, darker, lighter, mix

Point = tuple[float, float]


class Tone:
    """How light changes a colour. ambient: a factor for each channel. haze, share: what it fades to, how much."""

    __slots__ = ("_seen", "ambient", "haze", "share")

    def __init__(self, ambient: tuple[float, float, float], haze: RGB, share: float = 0.0) -> None:
        self.ambient, self.haze, self.share = ambient, haze, share
        self._seen: dict[RGB, RGB] = {}

    def __call__(self, colour: RGB) -> RGB:
        found = self._seen.get(colour)
        if found is None:
            lit = tuple(min(255, int(c * a)) for c, a in zip(colour, self.ambient, strict=True))
            found = self._seen[colour] = mix((lit[0], lit[1], lit[2]), self.haze, self.share)
        return found

    def away(self, share: float) -> "Tone":
        """Return the tone of things farther away. share: of haze, 0 to 1."""
        return Tone(self.ambient, self.haze, share)


BARE = Tone((1.0, 1.0, 1.0), (0, 0, 0))
"""Leaves colours as they are: for what has the light in its colours already."""


class Sheet:
    """The picture in the making. size: pixels of the finished picture. fine: how many times larger it is drawn."""

    def __init__(self, size: int, *, fine: int, flat: bool = False, detail: bool = True) -> None:
        self.size, self.fine, self.flat, self.detail = size, fine, flat, detail
        self.n = size * fine
        self.image = Image.new("RGB", (self.n, self.n), (255, 255, 255))
        self.draw = ImageDraw.Draw(self.image)

    def finish(self) -> Image.Image:
        """Return the picture at its own size."""
        return self.image if self.fine == 1 else self.image.reduce(self.fine)

    def pen(self, x: float, y: float, height: float, tone: Tone, *, flip: bool = False) -> "Pen":
        """Return a pen. x, y: where the thing stands, shares of the picture from its upper left. height: a share."""
        scale = height * self.n
        return Pen(self, (-scale if flip else scale, 0.0, 0.0, -scale, x * self.n, y * self.n), tone)

    def glow(self, x: float, y: float, rx: float, ry: float, colour: RGB, alpha: float) -> None:
        """Lay a soft light (or shadow) over the picture. x, y, rx, ry: pixels of the sheet."""
        box = (int(x - rx), int(y - ry), int(x + rx), int(y + ry))
        w, h = box[2] - box[0], box[3] - box[1]
        if w < 2 or h < 2 or box[2] <= 0 or box[3] <= 0 or box[0] >= self.n or box[1] >= self.n:
            return
        left, top = max(0, box[0]), max(0, box[1])
        right, bottom = min(self.n, box[2]), min(self.n, box[3])
        part = tuple(
            v * 64 / s for v, s in ((left - box[0], w), (top - box[1], h), (right - box[0], w), (bottom - box[1], h))
        )
        mask = soft_disc(int(alpha * 100)).resize(
            (right - left, bottom - top), Image.Resampling.BILINEAR, box=(part[0], part[1], part[2], part[3])
        )
        self.image.paste(colour, (left, top, right, bottom), mask)


@cache
def soft_disc(percent: int) -> Image.Image:
    """Return a mask of 64 by 64 that is strongest in the middle and fades to nothing at the edge."""
    strength, disc = 255 * percent / 100, Image.new("L", (64, 64))
    far = ((min(1.0, hypot(x - 31.5, y - 31.5) / 31.0)) for y in range(64) for x in range(64))
    disc.putdata([int(strength * (1 - d) ** 1.6) for d in far])
    return disc


def noise(stream: Random, size: int, cells: int) -> Image.Image:
    """Return a mask of soft random spots. cells: how many across."""
    spots = Image.frombytes("L", (cells, cells), stream.randbytes(cells * cells))
    return spots.resize((size, size), Image.Resampling.BICUBIC)


def ramp(colours: Sequence[RGB], width: int, height: int) -> Image.Image:
    """Return a picture that goes from the first colour (top) to the last (bottom)."""
    column = Image.new("RGB", (1, len(colours)))
    column.putdata(list(colours))
    return column.resize((width, height), Image.Resampling.BILINEAR, box=(0, 0.5, 1, len(colours) - 0.5))


def corners(tl: RGB, tr: RGB, bl: RGB, br: RGB, width: int, height: int) -> Image.Image:
    """Return a picture with these colours at its corners."""
    square = Image.new("RGB", (2, 2))
    square.putdata([tl, tr, bl, br])
    return square.resize((width, height), Image.Resampling.BILINEAR, box=(0.5, 0.5, 1.5, 1.5))


@cache
def _circle(steps: int) -> tuple[Point, ...]:
    return tuple((cos(2 * pi * i / steps), sin(2 * pi * i / steps)) for i in range(steps))


@cache
def _weights(steps: int) -> tuple[tuple[float, float, float, float], ...]:
    found = []
    for i in range(steps):
        t = i / steps
        a, b = t * t, t * t * t
        found.append(((2 * a - t - b) / 2, (2 - 5 * a + 3 * b) / 2, (t + 4 * a - 3 * b) / 2, (b - a) / 2))
    return tuple(found)


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 7) -> list[Point]:
    """Return a smooth curve through the points."""
    n, out = len(points), []
    weights = _weights(steps)
    for i in range(n if closed else n - 1):
        (x1, y1), (x2, y2) = points[i], points[(i + 1) % n]
        x0, y0 = points[i - 1] if closed or i else (x1, y1)
        x3, y3 = points[(i + 2) % n] if closed or i + 2 < n else (x2, y2)
        out += [(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3) for a, b, c, d in weights]
    if not closed:
        out.append(points[-1])
    return out


class Pen:
    """Draws on a sheet in a thing's own coordinates. clip: an outline in sheet pixels that nothing leaves."""

    __slots__ = ("clip", "m", "sheet", "tone")

    def __init__(
        self,
        sheet: Sheet,
        m: tuple[float, float, float, float, float, float],
        tone: Tone,
        clip: list[Point] | None = None,
    ) -> None:
        self.sheet, self.m, self.tone, self.clip = sheet, m, tone, clip

    @property
    def detail(self) -> bool:
        """Whether small things are worth drawing."""
        return self.sheet.detail

    def at(self, x: float, y: float, scale: float = 1.0, *, turn: float = 0.0, flip: bool = False) -> "Pen":
        """Return a pen for a part: moved, made smaller, turned anticlockwise by degrees."""
        a, b, c, d, e, f = self.m
        co, si = cos(turn * pi / 180) * scale, sin(turn * pi / 180) * scale
        s = -1.0 if flip else 1.0
        m = ((a * co + b * si) * s, b * co - a * si, (c * co + d * si) * s, d * co - c * si)
        return Pen(self.sheet, (*m, a * x + b * y + e, c * x + d * y + f), self.tone, self.clip)

    def inside(self, outline: list[Point]) -> "Pen":
        """Return a pen that can't leave an outline (what a drawing call returned)."""
        return Pen(self.sheet, self.m, self.tone, outline)

    def px(self, points: Sequence[Point]) -> list[Point]:
        """Return points in sheet pixels."""
        a, b, c, d, e, f = self.m
        return [(a * x + b * y + e, c * x + d * y + f) for x, y in points]

    @property
    def unit(self) -> float:
        """Pixels of the sheet per unit."""
        return hypot(self.m[0], self.m[2])

    def poly(self, points: Sequence[Point], colour: RGB, **how: object) -> list[Point]:
        """Fill a shape with straight edges; see `fill` for how."""
        return self.fill(self.px(points), colour, **how)  # type: ignore[arg-type]  # passed on as they are

    def blob(self, points: Sequence[Point], colour: RGB, **how: object) -> list[Point]:
        """Fill a smooth closed shape through the points."""
        return self.fill(self.px(smooth(points)), colour, **how)  # type: ignore[arg-type]  # passed on as they are

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: RGB, *, turn: float = 0.0, **how: object
    ) -> list[Point]:
        """Fill an ellipse around (x, y), turned anticlockwise by degrees."""
        steps = 16 if max(rx, ry) * self.unit < 10 else 36 if max(rx, ry) * self.unit < 120 else 72
        points = [(rx * u, ry * v) for u, v in _circle(steps)]
        pen = self.at(x, y, turn=turn)
        return self.fill(pen.px(points), colour, **how)  # type: ignore[arg-type]  # passed on as they are

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: RGB, **how: object) -> list[Point]:
        """Fill a rectangle."""
        return self.poly(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour, **how)

    def limb(
        self, x0: float, y0: float, r0: float, x1: float, y1: float, r1: float, colour: RGB, **how: object
    ) -> list[Point]:
        """Fill a tapered bar with round ends, from radius r0 to radius r1."""
        length = hypot(x1 - x0, y1 - y0) or 1e-6
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        points: list[Point] = []
        for x, y, r, side in ((x0, y0, r0, -1), (x1, y1, r1, 1)):
            for i in range(9):
                angle = pi / 2 - pi * i / 8
                along, across = side * cos(angle) * r, side * sin(angle) * r
                points.append((x + ux * along - uy * across, y + uy * along + ux * across))
        return self.fill(self.px(points), colour, **how)  # type: ignore[arg-type]  # passed on as they are

    def line(
        self, points: Sequence[Point], width: float, colour: RGB, *, alpha: float = 1.0, curve: bool = True
    ) -> None:
        """Draw a line of constant width through the points, with round ends."""
        path = self.px(smooth(points, closed=False) if curve and len(points) > 2 else points)
        thick = max(1, round(width * self.unit))
        if alpha < 1 or self.clip:
            half = max(thick / 2, 0.5)
            for (ax, ay), (bx, by) in pairwise(path):
                d = hypot(bx - ax, by - ay) or 1.0
                ox, oy = -(by - ay) / d * half, (bx - ax) / d * half
                self.fill([(ax + ox, ay + oy), (bx + ox, by + oy), (bx - ox, by - oy), (ax - ox, ay - oy)], colour,
                           alpha=alpha)  # fmt: skip
            return
        paint = self.tone(colour)
        self.sheet.draw.line(path, fill=paint, width=thick, joint="curve")
        if thick > 3:
            r = thick / 2 - 0.5
            for x, y in (path[0], path[-1]):
                self.sheet.draw.ellipse((x - r, y - r, x + r, y + r), fill=paint)

    def glow(self, x: float, y: float, r: float, colour: RGB, alpha: float, *, flat: float = 1.0) -> None:
        """Lay a soft light around (x, y), or a soft shadow. flat: height / width."""
        ((px, py),) = self.px([(x, y)])
        self.sheet.glow(px, py, r * self.unit, r * self.unit * flat, colour, alpha)

    def shadow(self, x: float, r: float, alpha: float = 0.42) -> None:
        """Lay the soft shadow of a thing on the ground."""
        dark = mix(self.tone((30, 40, 62)), (20, 22, 48), 0.5)
        self.glow(x + 0.06 * r, 0.0, r * 1.25, dark, alpha, flat=0.24)

    def fill(
        self, path: list[Point], colour: RGB, *, shade: float = 0.0, to: RGB | None = None, alpha: float = 1.0,
        lit: bool = False,
    ) -> list[Point]:  # fmt: skip
        """Fill an outline. shade: volume, 0 to 0.5. to: colour at the bottom. lit: shines by itself."""
        sheet = self.sheet
        base = colour if lit else self.tone(colour)
        if sheet.flat:
            shade = 0.0
        if shade == 0 and to is None and alpha >= 1 and self.clip is None:
            sheet.draw.polygon(path, fill=base)
            return path
        xs, ys = [p[0] for p in path], [p[1] for p in path]
        left, top = max(0, int(min(xs))), max(0, int(min(ys)))
        right, bottom = min(sheet.n, int(max(xs)) + 2), min(sheet.n, int(max(ys)) + 2)
        w, h = right - left, bottom - top
        if w <= 0 or h <= 0:
            return path
        mask = Image.new("L", (w, h), 0)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in path], fill=int(255 * min(alpha, 1.0)))
        if self.clip is not None:
            limit = Image.new("L", (w, h), 0)
            ImageDraw.Draw(limit).polygon([(x - left, y - top) for x, y in self.clip], fill=255)
            mask = ImageChops.darker(mask, limit)
        if to is not None and not sheet.flat:
            bottom_colour = to if lit else self.tone(to)
            sheet.image.paste(ramp((base, bottom_colour), w, h), (left, top), mask)
        elif shade:
            tl, tr = lighter(base, shade * 1.1), lighter(base, shade * 0.25)
            bl, br = darker(base, shade * 0.55), darker(base, shade * 1.35)
            sheet.image.paste(corners(tl, tr, bl, br, w, h), (left, top), mask)
        else:
            sheet.image.paste(base, (left, top, right, bottom), mask)
        return path


def blurred(image: Image.Image, radius: float, shrink: int = 4) -> Image.Image:
    """Return the image blurred; made on a smaller copy, which is many times faster."""
    small = image.reduce(shrink).filter(ImageFilter.GaussianBlur(radius / shrink))
    return small.resize(image.size, Image.Resampling.BILINEAR)
