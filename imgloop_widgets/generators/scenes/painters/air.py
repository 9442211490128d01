"""Weather in front of everything: rain, snow, fog, lightning; and the last light over the whole picture."""

from PIL import Image, ImageDraw

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB, mix
from imgloop_widgets.generators.scenes.mood import Mood
from imgloop_widgets.generators.scenes.pen import Sheet, soft_disc


def lightning(sheet: Sheet, chance: Chance) -> None:
    """Draw a bolt from the clouds to the horizon."""
    stream, n = chance.of("bolt"), sheet.n
    x, y = (0.25 + 0.5 * stream.random()) * n, 0.12 * n
    left, right = [(x, y)], [(x + 0.014 * n, y)]
    for k in range(1, 7):
        x += (0.06 if k % 2 else -0.035) * n * (0.6 + 0.6 * stream.random())
        y += 0.066 * n
        wide = 0.011 * n * (1 - k / 7)
        left.append((x - wide, y))
        right.append((x + wide, y))
    sheet.glow(x, y * 0.6, 0.34 * n, 0.4 * n, (214, 220, 255), 0.5)
    sheet.draw.polygon([*left, *reversed(right)], fill=(255, 250, 214))


def weather(sheet: Sheet, mood: Mood, chance: Chance, horizon: float) -> None:
    """Lay the weather over the picture."""
    if mood.weather == "fog":
        _fog(sheet, mood, horizon)
    if mood.weather in ("rain", "storm"):
        _streaks(sheet, chance, 230 if mood.weather == "storm" else 170)
    if mood.weather == "snow":
        _flakes(sheet, chance)


def _streaks(sheet: Sheet, chance: Chance, count: int) -> None:
    n, stream = sheet.n, chance.of("rain")
    mask = Image.new("L", (n, n), 0)
    draw = ImageDraw.Draw(mask)
    for _ in range(count if sheet.detail else count // 3):
        x, y, near = stream.random() * 1.2 * n, stream.random() * n - 0.05 * n, stream.random()
        long = (0.025 + 0.05 * near) * n
        draw.line(
            (x, y, x - long * 0.28, y + long),
            fill=int(70 + 110 * near),
            width=max(1, round((0.0015 + 0.0018 * near) * n)),
        )
    sheet.image.paste((232, 242, 250), (0, 0), mask)


def _flakes(sheet: Sheet, chance: Chance) -> None:
    n, stream = sheet.n, chance.of("snow")
    mask = Image.new("L", (n, n), 0)
    draw = ImageDraw.Draw(mask)
    for _ in range(190 if sheet.detail else 60):
        x, y, near = stream.random() * n, stream.random() * n, stream.random() ** 2.2
        r = (0.0022 + 0.0075 * near) * n
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(250 - 90 * near))
    sheet.image.paste((252, 253, 255), (0, 0), mask)


def _fog(sheet: Sheet, mood: Mood, horizon: float) -> None:
    n = sheet.n
    veil: RGB = mix(mood.haze, (236, 238, 240), 0.35 if mood.time != "night" else 0.05)
    levels = (40, 76, 126, 150, 92, 54, 40)
    column = Image.new("L", (1, len(levels)))
    column.putdata(levels)
    sheet.image.paste(veil, (0, 0), column.resize((n, n), Image.Resampling.BICUBIC))
    bands = ((0.2, horizon + 0.06, 0.6, 0.42), (0.8, horizon + 0.16, 0.66, 0.42), (0.4, 0.93, 0.7, 0.36))
    for x, y, rx, alpha in bands:
        sheet.glow(x * n, y * n, rx * n, 0.09 * n, veil, alpha)


def last_light(image: Image.Image, mood: Mood) -> Image.Image:
    """Return the picture with a little more light in its middle than at its corners."""
    n = image.width
    dark: RGB = {"night": (6, 8, 30), "sunset": (70, 20, 60), "dawn": (90, 60, 100)}.get(mood.time, (40, 50, 90))
    disc = soft_disc(100).resize((n, n), Image.Resampling.BILINEAR, box=(13, 13, 51, 51))
    image.paste(dark, (0, 0), disc.point([max(0, 30 - v) for v in range(256)]))
    return image
