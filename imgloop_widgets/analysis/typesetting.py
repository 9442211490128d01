"""Text of any kind in a picture: wrapped, in its own direction, with no character that stops the drawing.

The font is the one that matplotlib brings (Latin, Greek, Cyrillic, Hebrew, Arabic, …). Where it lacks a text's letters,
the font of this machine that has the most of them is taken. An emoji or another sign that no font has is written as its
Unicode name in brackets: `[bear face]`. Shaping and the order of mixed directions are libraqm's; without it (Pillow
says so) right-to-left text is drawn unshaped, and nothing fails.
"""

import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.font_manager import findSystemFonts
from matplotlib.ft2font import FT2Font
from PIL import ImageDraw, ImageFont, features

Face = ImageFont.FreeTypeFont


@cache
def house_face(size: int, *, bold: bool = False) -> Face:
    """Return the font that matplotlib brings. size: pixels."""
    return ImageFont.truetype(_house_file(bold=bold), size)


def face_for(text: str, size: int) -> Face:
    """Return the font that has the most letters of this text: the house's where it has all of them."""
    letters = {c for c in text if unicodedata.category(c)[0] in "LMN"}
    missing = letters - _coverage(_house_file())
    if not missing:
        return house_face(size)
    best = max([_house_file(), *_system_files()], key=lambda file: len(letters & _coverage(file)))
    try:
        return ImageFont.truetype(best, size)
    except OSError:
        return house_face(size)


def has_letters(text: str, face: Face) -> bool:
    """Whether the font has more than half of the text's letters."""
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    return 2 * sum(c in _coverage(str(face.path)) for c in letters) >= len(letters)


def printable(text: str, face: Face) -> str:
    """Return the text in one line, without invisible signs; signs that the font lacks are named in brackets."""
    known = _coverage(str(face.path))
    return " ".join("".join(_printed(character, known) for character in " ".join(text.split())).split())


def _printed(character: str, known: frozenset[str]) -> str:
    category, name = unicodedata.category(character), unicodedata.name(character, "sign")
    if category in ("Cc", "Cf", "Cs", "Co", "Cn") or "VARIATION SELECTOR" in name:
        return ""
    if character in known or category[0] in "LMNZ":  # a letter without a glyph stays: a box in its place
        return character
    plain = unicodedata.normalize("NFKC", character)
    if known.issuperset(plain):
        return plain
    return "" if category == "Sk" else f" [{name.lower()}] "  # a skin tone alone says nothing


def wrap(text: str, face: Face, width: int, most: int) -> tuple[list[str], int]:
    """Return the lines, at most `most`, and how many characters are left over. width: pixels."""
    lines: list[str] = []
    rest = text.strip()
    while rest and len(lines) < most:
        end = _fitting(rest, face, width)
        lines.append(rest[:end].strip())
        rest = rest[end:].lstrip()
    return lines, len(rest)


def write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], line: str, face: Face, width: int, fill: str, *, rightwards: bool
) -> None:
    """Draw one line. at: its left upper corner, pixels. rightwards: False: the text it is from runs to the left."""
    x, y = at
    if not rightwards and features.check("raqm"):
        draw.text((x + width, y), line, font=face, fill=fill, anchor="ra", direction="rtl")
    else:
        draw.text((x, y), line, font=face, fill=fill)


def is_rightwards(text: str) -> bool:
    """Whether the first letter with a direction runs from left to right; text without one does too."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return True
            case "R" | "AL":
                return False
    return True


def _fitting(text: str, face: Face, width: int) -> int:
    """Return how many characters of the text fit in a line: whole words, or as much of a word as there is room for."""
    window = text[:_WINDOW]
    if window == text and face.getlength(text) <= width:
        return len(text)
    ends = [i for i, character in enumerate(window) if character == " " and face.getlength(window[:i]) <= width]
    if ends:
        return ends[-1]
    end = 1
    while end < len(window) and (unicodedata.combining(text[end]) or face.getlength(text[: end + 1]) <= width):
        end += 1
    return end


_WINDOW = 300  # characters looked at; a line has fewer


def _house_file(*, bold: bool = False) -> str:
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


@cache
def _system_files() -> tuple[str, ...]:
    return tuple(sorted(file for file in findSystemFonts() if "emoji" not in file.lower()))


@cache
def _coverage(file: str) -> frozenset[str]:
    """Return the characters that the font has; none where it can't be read."""
    try:
        return frozenset(map(chr, FT2Font(file).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()
