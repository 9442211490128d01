"""The sky: its light, the sun, the moon, stars, clouds, a rainbow."""

from math import cos, pi, sin

from PIL import Image, ImageDraw

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, lighter, mix
from imgloop_widgets.generators.scenes.mood import Mood
from imgloop_widgets.generators.scenes.pen import BARE, Sheet, ramp


def heaven(sheet: Sheet, mood: Mood, horizon: float) -> None:
    """Fill the sheet with the sky's light, down to a little below the horizon."""
    height = int(sheet.n * min(1.0, horizon + 0.1))
    top, middle, low = mood.sky
    colours = (middle, middle) if sheet.flat else (top, mix(top, middle, 0.6), middle, mix(middle, low, 0.6), low)
    sheet.image.paste(ramp(colours, sheet.n, height), (0, 0))
    if height < sheet.n:
        sheet.image.paste(colours[-1], (0, height, sheet.n, sheet.n))


def stars(sheet: Sheet, chance: Chance, count: int, colour: RGB = (255, 250, 228)) -> None:
    """Strew small stars over the upper part."""
    stream, n = chance.of("stars"), sheet.n
    for _ in range(count):
        x, y, r = stream.random() * n, stream.random() ** 1.3 * 0.56 * n, (0.0012 + 0.0028 * stream.random() ** 3) * n
        bright = stream.random()
        if bright > 0.9:
            sheet.glow(x, y, r * 6, r * 6, colour, 0.55)
        c = mix((150, 160, 210), colour, 0.35 + bright * 0.65)
        sheet.draw.ellipse((x - r, y - r, x + r, y + r), fill=c)
        if bright > 0.93:
            for dx, dy in ((r * 4, r * 0.6), (r * 0.6, r * 4)):
                sheet.draw.polygon(((x - dx, y), (x, y - dy), (x + dx, y), (x, y + dy)), fill=c)


def sun(sheet: Sheet, mood: Mood, x: float, y: float, height: float, colour: RGB | None) -> None:
    """Draw the sun around (x, y), shares of the picture. height: its diameter, a share."""
    n, r = sheet.n, height * sheet.n / 2
    disc = colour or {"sunset": (255, 176, 96), "dawn": (255, 226, 160)}.get(mood.time, (255, 224, 110))
    if not sheet.flat:
        sheet.glow(x * n, y * n, r * 5.5, r * 5.5, lighter(disc, 0.3), 0.55)
        sheet.glow(x * n, y * n, r * 2.4, r * 2.4, lighter(disc, 0.4), 0.8)
    pen = sheet.pen(x, y, height / 2, BARE)
    pen.oval(0, 0, 1, 1, disc)
    if sheet.detail and not sheet.flat:
        pen.oval(-0.08, 0.08, 0.8, 0.8, lighter(disc, 0.35), alpha=0.6)
    elif sheet.flat:
        for k in range(12):
            a = k * pi / 6
            pen.line(((1.2 * cos(a), 1.2 * sin(a)), (1.5 * cos(a), 1.5 * sin(a))), 0.12, disc)


def moon(sheet: Sheet, mood: Mood, x: float, y: float, height: float, colour: RGB | None, crescent: bool) -> None:
    """Draw the moon around (x, y); full or a crescent."""
    n, r = sheet.n, height * sheet.n / 2
    disc = colour or (252, 244, 214)
    if not sheet.flat:
        sheet.glow(x * n, y * n, r * 4.6, r * 4.6, mix(disc, (190, 206, 255), 0.4), 0.45)
    pen = sheet.pen(x, y, height / 2, BARE)
    if crescent:
        outer = [(cos(a), sin(a)) for a in (pi * (0.32 + 1.5 * k / 30) for k in range(31))]
        inner = [
            (0.36 + 0.82 * cos(a), 0.12 + 0.82 * sin(a))
            for a in (pi * (0.44 + 1.3 * k / 24) for k in range(24, -1, -1))
        ]
        pen.poly([*outer, *inner], disc)
        return
    outline = pen.oval(0, 0, 1, 1, disc, shade=0.14)
    if sheet.detail:
        spots = pen.inside(outline)
        for cx, cy, cr in (
            (-0.3, 0.3, 0.24),
            (0.36, 0.1, 0.16),
            (0.0, -0.42, 0.2),
            (-0.52, -0.2, 0.12),
            (0.5, -0.44, 0.12),
        ):
            spots.oval(cx, cy, cr, cr * 0.92, mix(disc, (170, 166, 170), 0.35), alpha=0.7)


def cloud(sheet: Sheet, mood: Mood, x: float, y: float, height: float, chance: Chance, colour: RGB | None) -> None:
    """Draw a cloud that stands on (x, y), lit from above. All of it is one mask, so it may be translucent."""
    n = sheet.n
    w, h = int(height * n * 2.3), int(height * n)
    if w < 6 or h < 4:
        return
    mask = Image.new("L", (w, h), 0)
    draw, stream = ImageDraw.Draw(mask), chance.of("puffs")
    base = h * 0.92
    draw.rounded_rectangle((w * 0.06, base - h * 0.3, w * 0.94, base), radius=h * 0.15, fill=255)
    for k in range(6):
        share = (k + 0.5) / 6
        r = h * (0.2 + 0.24 * sin(share * pi)) * (0.8 + 0.4 * stream.random())
        cx, cy = w * (0.12 + 0.76 * share), base - r * 0.7 - h * 0.16 * sin(share * pi)
        draw.ellipse((cx - r, cy - r, cx + r, min(base, cy + r)), fill=255)
    top, low = cloud_colours(mood, colour)
    alpha = 235 if sheet.detail else 255
    mask = mask.point([int(v * alpha / 255) for v in range(256)])
    fill = ramp((top, top, mix(top, low, 0.5), low), w, h) if not sheet.flat else Image.new("RGB", (w, h), top)
    sheet.image.paste(fill, (int(x * n - w / 2), int(y * n - h)), mask)


def cloud_colours(mood: Mood, colour: RGB | None = None) -> tuple[RGB, RGB]:
    """Return the colours of a cloud, above and below."""
    if colour:
        return lighter(colour, 0.15), mix(colour, mood.sky[1], 0.35)
    white, below = {
        "day": ((255, 255, 255), (214, 228, 240)), "dawn": ((255, 240, 232), (242, 196, 196)),
        "sunset": ((255, 216, 178), (196, 112, 136)), "night": ((92, 110, 164), (50, 64, 116)),
    }[mood.time]  # fmt: skip
    gloom = {"rain": 0.5, "storm": 0.78, "fog": 0.2, "snow": 0.2}.get(mood.weather, 0.0)
    grey = mix(mood.sky[0], (64, 68, 84), 0.45)
    return mix(white, grey, gloom * 0.85), mix(below, grey, gloom)


def rainbow(sheet: Sheet, mood: Mood, x: float, horizon: float, scale: float) -> None:
    """Draw a rainbow that rises from the horizon."""
    n = sheet.n
    bands: tuple[RGB, ...] = (
        (232, 92, 92), (244, 158, 84), (250, 220, 110), (128, 200, 128), (110, 170, 226), (136, 124, 204),
    )  # fmt: skip
    wide = int(n * 0.92 * scale)
    half = wide // 2
    colour, mask = Image.new("RGB", (wide, half), mood.sky[1]), Image.new("L", (wide, half), 0)
    paint, cut = ImageDraw.Draw(colour), ImageDraw.Draw(mask)
    for k, band in enumerate(bands):
        r = half * (0.98 - 0.034 * k)
        paint.ellipse((half - r, half - r, half + r, half + r), fill=band)
    for share, level in ((0.98, 170), (0.98 - 0.034 * 6, 0)):
        r = half * share
        cut.ellipse((half - r, half - r, half + r, half + r), fill=level)
    sheet.image.paste(colour, (int(x * n - half), int(horizon * n - half + n * 0.02)), mask)
