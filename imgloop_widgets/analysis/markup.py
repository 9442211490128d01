"""Pieces of a report as HTML: they read well in a notebook, and the page's own style (assets/) makes them look well.

Everything that comes from a worker or a file goes through `escape`. Pictures are part of the text (data URIs), so that
nothing is loaded from anywhere.
"""

import io
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import pandas as pd
from PIL import Image

from imgloop_widgets.analysis.words import HEADINGS, cell, count, digits

THUMB = 360
"""The longest side of a picture in a page, pixels."""

NARROW = "40rem"
"""Width of a screen up to which figures are shown as they are drawn for it; page.css has the same."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cell of a notebook shows. html: a piece of a page. text: the same in a few words, for a terminal."""

    html: str = field(repr=False)
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def table(frame: pd.DataFrame, caption: str, *, folded: bool = False) -> Shown:
    """Return the frame as a table, with its codes and numbers as people read them. It scrolls where it is too wide.

    folded: only its caption is shown until a reader opens it; for a long one whose numbers are in a figure.
    """
    columns, decimals = [str(name) for name in frame.columns], digits(frame)
    side = [' class="imgloop-text"' if frame[name].dtype == "str" else "" for name in frame.columns]
    head = "".join(
        f'<th scope="col"{how}>{escape(HEADINGS.get(name, name))}</th>' for name, how in zip(columns, side, strict=True)
    )
    body = []
    for row in frame.itertuples(index=False, name=None):
        first, *rest = [
            escape(cell(name, value, decimals.get(name, 2))) for name, value in zip(columns, row, strict=True)
        ]
        cells = "".join(f"<td{how}>{value}</td>" for value, how in zip(rest, side[1:], strict=True))
        body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    label = escape(caption, quote=True)
    html = (
        f'<div class="imgloop-table" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
    if folded:
        summary = f"{escape(caption)} ({count(len(frame), 'row')})"
        html = f'<details class="imgloop-folded"><summary>{summary}</summary>{html}</details>'
    return Shown(html, f"{caption} ({len(frame)} rows)")


def facts(pairs: Mapping[str, str], label: str) -> Shown:
    """Return names and values as a list."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs.items())
    return Shown(f'<dl class="imgloop-facts" aria-label="{escape(label, quote=True)}">{items}</dl>', label)


def lead(text: str) -> Shown:
    """Return the sentence that says what all is about."""
    return Shown(f'<p class="imgloop-lead">{escape(text)}</p>', text)


def note(text: str) -> Shown:
    """Return a sentence to be read beside something else."""
    return Shown(f'<p class="imgloop-note">{escape(text)}</p>', text)


def figure(name: str, svg: bytes, narrow: bytes, alt: str, width: float) -> Shown:
    """Return a figure that is as wide as there is room, up to a size that reads well.

    svg: its file. narrow: the same, drawn for a screen so narrow that the letters of the wide one would be too small.
    width: of the wide one on paper, inches.
    """
    html = (
        f'<figure class="imgloop-figure" aria-label="Figure {escape(name, quote=True)}" style="margin:0"><picture>'
        f'<source media="(max-width: {NARROW})" srcset="{data_uri(narrow, "image/svg+xml")}">'
        f'<img src="{data_uri(svg, "image/svg+xml")}" alt="{escape(alt, quote=True)}" '
        f'style="display:block;width:100%;max-width:{width * 7.6:.0f}em;height:auto;margin:0 auto"></picture></figure>'
    )
    return Shown(html, alt)


def data_uri(data: bytes, kind: str) -> str:
    """Return the data as an address that holds it. kind: its MIME type."""
    return f"data:{kind};base64,{b64encode(data).decode()}"


def thumbnail(data: bytes) -> bytes | None:
    """Return the image as a small WebP file; None: it is damaged."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            small = image.convert("RGB")
            small.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
            file = io.BytesIO()
            small.save(file, "WEBP", quality=82)
            return file.getvalue()
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
