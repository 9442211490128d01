"""Estimates below each other, each with its interval: what the figures of agreement, association and replay share."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from imgloop_widgets.analysis.figures.series import short
from imgloop_widgets.analysis.style import LINE, QUIET


def intervals(
    axes: Axes,
    places: Sequence[float],
    table: pd.DataFrame,
    value: str,
    *,
    colour: str,
    marker: str = "o",
    label: str = "",
) -> None:
    """Draw a point and its interval in each place of the y axis. In: value, low, high (NaN: no interval)."""
    middle = table[value].to_numpy(dtype="float64")
    reach = [np.nan_to_num(middle - table["low"]), np.nan_to_num(table["high"] - middle)]
    axes.errorbar(middle, places, xerr=np.maximum(reach, 0), fmt=marker, color=colour, markersize=4.5, elinewidth=1.3,
                  capsize=2.5, label=label or None)  # fmt: skip


def lines(axes: Axes, places: Sequence[float], names: Sequence[str]) -> None:
    """Name the places of the y axis, from top to bottom, with nothing but the names there."""
    axes.set_yticks(places, names)
    axes.set_ylim(max(places) + 0.6, min(places) - 0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def mark(axes: Axes, x: float, *, dashed: bool = False) -> None:
    """Draw a line down at a value that others are compared with."""
    axes.axvline(x, color=QUIET if dashed else LINE, linewidth=0.8, linestyle=(0, (4, 3)) if dashed else "-", zorder=0)


def beside(axes: Axes, texts: Sequence[str], places: Sequence[float]) -> None:
    """Write a text to the right of each place of the y axis."""
    for text, place in zip(texts, places, strict=True):
        axes.annotate(text, (1, place), (10, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                      va="center", fontsize=7.5, annotation_clip=False)  # fmt: skip


def said(value: float, low: float, high: float, digits: int = 2) -> str:
    """Return an estimate and its interval in words."""
    if np.isnan(value):
        return "not defined"
    return f"{value:.{digits}f}" + ("" if np.isnan(low) else f" ({low:.{digits}f} to {high:.{digits}f})")


def wrapped(name: object, width: int) -> str:
    """Return the name in two lines at most, of so many letters; its middle is left out where that is too little.

    A name of two parts, as a question of one of several rating studies has, is broken between them.
    """
    return textwrap.fill(short(name, 2 * width - 4).replace("/", "/ "), width).replace("/ ", "/")


def digits(value: float) -> int:
    """Return how many digits after the point show three of the number that count, 1 to 4."""
    return 2 if not value or np.isnan(value) else int(np.clip(2 - np.floor(np.log10(abs(value))), 1, 4))
