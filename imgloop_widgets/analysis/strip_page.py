"""Strips as HTML: pictures that stand side by side or below each other, prompts that a reader can copy and enlarge."""

from functools import lru_cache
from html import escape
from importlib.resources import files

from imgloop_widgets.analysis.markup import Shown, data_uri, thumbnail
from imgloop_widgets.analysis.strips import MISSING, Strip, Tile
from imgloop_widgets.analysis.words import count

LONG = 240
"""Characters of a prompt from which on it is folded."""


def page(strips: list[Strip]) -> Shown:
    """Return all strips, below each other, with the style that a notebook needs to show them well."""
    style = files("imgloop_widgets.analysis").joinpath("assets/strips.css").read_text(encoding="utf-8")
    html = f"<style>{style}</style>{''.join(map(_strip, strips))}" if strips else ""
    return Shown(html, count(len(strips), "strip"))


def _strip(strip: Strip) -> str:
    name = f"{strip.name}-title"
    shown = [tile for tile in (strip.target, *strip.attempts) if tile.picture or tile.note or tile.prompt is not None]
    tiles = "".join(map(_tile, shown))
    return (
        f'<section class="imgloop-strip" aria-labelledby="{name}">'
        f'<h3 id="{name}">{escape(strip.title)}</h3><p class="imgloop-about">{escape(strip.about)}</p>'
        f'<ol role="list">{tiles}</ol></section>'
    )


def _tile(tile: Tile) -> str:
    best = ' class="imgloop-best"' if tile.best else ""
    mark = '<span class="imgloop-mark">★ best</span>' if tile.best else ""
    score = tile.score or ("no score" if tile.prompt is not None else "")
    quiet = "" if tile.score else ' class="imgloop-quiet"'
    without = tile.picture is None and not tile.note
    label = escape(tile.label) + (" ★ best" if without and tile.best else "")
    head = f"<p><span>{label}</span> <span{quiet}>{escape(score)}</span></p>"
    frame = "" if without else f'<div class="imgloop-frame">{_picture(tile)}{mark}</div>'
    return f"<li{best}>{head}{frame}{_prompt(tile.prompt)}</li>"


def _picture(tile: Tile) -> str:
    small = _thumbnail(tile.picture) if tile.picture else None
    if small is None:
        return f'<div class="imgloop-none">{escape(tile.note or MISSING)}</div>'
    return f'<img src="{data_uri(small, "image/webp")}" alt="{escape(tile.alt, quote=True)}">'


@lru_cache(maxsize=64)
def _thumbnail(picture: bytes) -> bytes | None:
    return thumbnail(picture)  # a target is in many strips


def _prompt(prompt: str | None) -> str:
    if prompt is None:
        return ""
    if len(prompt) <= LONG:
        return f'<q dir="auto">{escape(prompt)}</q>'
    start = prompt[:LONG].rstrip()
    more = f"… {len(prompt) - len(start):,} more characters"
    return (
        f'<details><summary><q dir="auto">{escape(start)}</q><span class="imgloop-more">{more}</span>'
        '<span class="imgloop-less">show less</span></summary>'
        f'<q dir="auto">{escape(prompt)}</q></details>'
    )
