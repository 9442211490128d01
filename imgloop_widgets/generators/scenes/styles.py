"""Styles: what is done to the finished picture. "flat" is not here: it is drawn without gradients from the start."""

from collections.abc import Callable

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.pen import noise


def watercolour(image: Image.Image, chance: Chance) -> Image.Image:
    """Return the picture as washes on paper: pale, uneven, darker at the edges, with a ragged white border."""
    n = image.width
    soft = image.reduce(2).filter(ImageFilter.MedianFilter(3)).resize((n, n), Image.Resampling.BICUBIC)
    soft = ImageEnhance.Color(soft).enhance(1.12)
    stream = chance.of("wash")
    uneven = ImageChops.add(noise(stream, n, 9), noise(stream, n, 34), scale=2.0)
    pale = Image.blend(soft, Image.new("RGB", (n, n), (255, 252, 244)), 0.32)
    washed = Image.composite(soft, pale, uneven.point([max(0, min(255, 40 + v)) for v in range(256)]))
    grey = washed.convert("L")
    rim = ImageChops.subtract(grey.filter(ImageFilter.GaussianBlur(n / 90)), grey).point(
        [min(120, v * 3) for v in range(256)]
    )
    washed.paste((70, 60, 90), (0, 0), rim.point([v // 2 for v in range(256)]))
    grain = noise(stream, n, n // 2).point([225 + v // 8 for v in range(256)])
    washed = ImageChops.multiply(washed, Image.merge("RGB", (grain,) * 3))
    inner = Image.new("L", (32, 32), 0)
    inner.paste(255, (2, 2, 30, 30))
    wobble = noise(stream, n, 22).point([64 + v // 2 for v in range(256)])
    ragged = ImageChops.add(inner.resize((n, n), Image.Resampling.BICUBIC), wobble, scale=2.0)
    ragged = ragged.point([max(0, min(255, (v - 110) * 7)) for v in range(256)])
    return Image.composite(washed, Image.new("RGB", (n, n), (253, 250, 243)), ragged)


def pixel(image: Image.Image, chance: Chance) -> Image.Image:
    """Return the picture as pixel art: 64 across, few colours."""
    n = image.width
    small = ImageEnhance.Color(image.resize((64, 64), Image.Resampling.BOX)).enhance(1.25)
    few = small.quantize(colors=28, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return few.resize((n, n), Image.Resampling.NEAREST)


def sketch(image: Image.Image, chance: Chance) -> Image.Image:
    """Return the picture as a pencil drawing with a breath of colour."""
    n = image.width
    grey = image.convert("L")
    fine = ImageChops.subtract(grey.filter(ImageFilter.GaussianBlur(n / 240)), grey)
    edge = grey.filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(n / 900))
    lines = ImageChops.add(
        fine.point([min(255, v * 7) for v in range(256)]), edge.point([min(255, int(v * 2.6)) for v in range(256)])
    )
    lines = ImageOps.expand(lines.crop((3, 3, n - 3, n - 3)), 3, 0)
    stream = chance.of("hatch")
    small = max(64, n // 2)
    hatch = Image.frombytes("L", (small, 3), stream.randbytes(small * 3)).resize(
        (int(n * 1.5), int(n * 1.5)), Image.Resampling.BICUBIC
    )
    hatch = hatch.rotate(38, Image.Resampling.BILINEAR).crop((n // 4, n // 4, n // 4 + n, n // 4 + n))
    dark = ImageOps.autocontrast(grey, cutoff=2).point([max(0, min(255, int((170 - v) * 1.3))) for v in range(256)])
    shading = ImageChops.multiply(hatch, dark).point([int(v * 0.75) for v in range(256)])
    paper = Image.blend(Image.new("RGB", (n, n), (250, 247, 240)), ImageEnhance.Color(image).enhance(0.9), 0.34)
    paper = ImageChops.add(paper, Image.new("RGB", (n, n), (10, 10, 8)))
    paper.paste((58, 56, 66), (0, 0), ImageChops.lighter(shading, lines))
    return paper


def neon(image: Image.Image, chance: Chance) -> Image.Image:
    """Return the picture as lines of light in the dark."""
    n = image.width
    vivid = ImageEnhance.Color(ImageOps.autocontrast(image, cutoff=1)).enhance(2.4)
    edges = vivid.filter(ImageFilter.GaussianBlur(n / 700)).filter(ImageFilter.FIND_EDGES)
    edges = ImageEnhance.Color(edges.point([min(255, int(v * 2.6)) for v in range(256)] * 3)).enhance(1.8)
    edges.paste((0, 0, 0), (0, 0, n, 2))
    edges.paste((0, 0, 0), (0, n - 2, n, n))
    edges.paste((0, 0, 0), (0, 0, 2, n))
    edges.paste((0, 0, 0), (n - 2, 0, n, n))
    halo = edges.reduce(4).filter(ImageFilter.GaussianBlur(n / 220)).resize((n, n), Image.Resampling.BILINEAR)
    halo = halo.point([min(255, int(v * 1.5)) for v in range(256)] * 3)
    base = ImageChops.multiply(vivid, Image.new("RGB", (n, n), (70, 48, 104)))
    return ImageChops.screen(ImageChops.screen(base, halo), edges)


STYLES: dict[str, Callable[[Image.Image, Chance], Image.Image]] = {
    "watercolour": watercolour, "pixel": pixel, "sketch": sketch, "neon": neon,
}  # fmt: skip
