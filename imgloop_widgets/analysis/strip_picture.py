"""A strip as one picture, for a paper or a slide: 7.2 inches wide at 300 dots per inch when it has four columns.

Session 12
target bear-01 · 3 attempts · all attempts used
┌────────┐ ┌────────┐ ┌────────┐ ┌────────┐
│ target │ │   1    │ │   2    │ │ 3 best │      further attempts: more rows, to the right of the target
└────────┘ └────────┘ └────────┘ └────────┘
            prompt     prompt     prompt
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from imgloop_widgets.analysis.strips import MISSING, Strip, Tile
from imgloop_widgets.analysis.style import BLUE, INK, LINE, QUIET
from imgloop_widgets.analysis.typesetting import (
    Face,
    face_for,
    has_letters,
    house_face,
    is_rightwards,
    printable,
    wrap,
    write,
)

DPI = 300
COLUMNS = 4
SIDE = 504
"""Of a picture, pixels."""
GAP, MARGIN = 36, 18
TEXT, SMALL, TITLE = 30, 28, 38
LEADING = 1.32
MOST_LINES = 9
"""Of a prompt; what is left over is counted."""
PLATE = "#eef0f3"


def draw(strip: Strip) -> Image.Image:
    """Return the strip as a picture: RGB, on white."""
    per_row = COLUMNS - 1
    rows = [strip.attempts[i : i + per_row] for i in range(0, len(strip.attempts), per_row)] or [()]
    columns = 1 + max(map(len, rows))
    width = 2 * MARGIN + columns * SIDE + (columns - 1) * GAP
    texts = [[_text(tile) for tile in row] for row in rows]
    heights = [_label_height() + SIDE + max((text.height for text in row), default=0) for row in texts]
    head = _Head(strip, width - 2 * MARGIN)
    picture = Image.new("RGB", (width, head.height + sum(heights) + GAP * (len(rows) - 1) + 2 * MARGIN), "white")
    pen = ImageDraw.Draw(picture)
    head.write(pen)
    y = MARGIN + head.height
    _tile(picture, pen, strip.target, MARGIN, y)
    for row, prompts, height in zip(rows, texts, heights, strict=True):
        for column, (tile, text) in enumerate(zip(row, prompts, strict=True), 1):
            x = MARGIN + column * (SIDE + GAP)
            _tile(picture, pen, tile, x, y)
            text.write(pen, x, y + _label_height() + SIDE + 14)
        y += height + GAP
    return picture


def png(picture: Image.Image) -> bytes:
    """Return the picture as a PNG file that knows its size on paper."""
    file = io.BytesIO()
    picture.save(file, "PNG", dpi=(DPI, DPI))
    return file.getvalue()


class _Head:
    """The lines above the pictures."""

    def __init__(self, strip: Strip, width: int) -> None:
        self.title = strip.title
        self.face = face_for(strip.about, SMALL)
        self.width = width
        self.lines, _ = wrap(printable(strip.about, self.face), self.face, width, 3)

    @property
    def height(self) -> int:
        """Pixels."""
        return round(TITLE * 1.4) + len(self.lines) * _step(SMALL) + 24

    def write(self, pen: ImageDraw.ImageDraw) -> None:
        pen.text((MARGIN, MARGIN), self.title, font=house_face(TITLE, bold=True), fill=INK)
        for i, line in enumerate(self.lines):
            place = (MARGIN, MARGIN + round(TITLE * 1.4) + i * _step(SMALL))
            write(pen, place, line, self.face, self.width, QUIET, rightwards=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A prompt as it is drawn. note: below it, in a quiet colour."""

    lines: Sequence[str]
    face: Face
    rightwards: bool
    note: str

    @property
    def height(self) -> int:
        return 14 + (len(self.lines) + bool(self.note)) * _step(TEXT)

    def write(self, pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
        for line in self.lines:
            write(pen, (x, y), line, self.face, SIDE, INK, rightwards=self.rightwards)
            y += _step(TEXT)
        if self.note:
            pen.text((x, y), self.note, font=house_face(SMALL), fill=QUIET)


def _text(tile: Tile) -> _Text:
    prompt = tile.prompt or ""
    face = face_for(prompt, TEXT)
    lines, left = wrap(printable(prompt, face), face, SIDE, MOST_LINES)
    note = f"… and {left:,} more characters" if left else ""
    if not has_letters(prompt, face):
        note = "no font for this script here"
    return _Text(lines=lines, face=face, rightwards=is_rightwards(prompt), note=note)


def _tile(picture: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile, x: int, y: int) -> None:
    colour = BLUE if tile.best else INK
    label = f"{tile.label} ★ best" if tile.best else tile.label
    pen.text((x, y), label, font=house_face(TEXT, bold=tile.best), fill=colour)
    if tile.score:
        pen.text((x + SIDE, y), tile.score, font=house_face(TEXT, bold=True), fill=colour, anchor="ra")
    elif tile.prompt is not None:
        pen.text((x + SIDE, y), "no score", font=house_face(TEXT), fill=QUIET, anchor="ra")
    y += _label_height()
    image = _fitted(tile.picture)
    if image is None:
        pen.rectangle((x, y, x + SIDE - 1, y + SIDE - 1), fill=PLATE)
        note = tile.note or MISSING
        pen.text((x + SIDE // 2, y + SIDE // 2), note, font=house_face(SMALL), fill=QUIET, anchor="mm")
    else:
        picture.paste(image, (x, y))
    edge, width = (BLUE, 8) if tile.best else (LINE, 2)
    pen.rectangle((x, y, x + SIDE - 1, y + SIDE - 1), outline=edge, width=width)


def _fitted(data: bytes | None) -> Image.Image | None:
    """Return the whole image in a square; None: there is none, or it is damaged."""
    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data)) as image:
            return ImageOps.pad(image.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS, color=PLATE)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _step(size: int) -> int:
    return round(size * LEADING)


def _label_height() -> int:
    return _step(TEXT) + 6
