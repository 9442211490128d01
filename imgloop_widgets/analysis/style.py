"""The one style of all figures: sizes of paper, colours that a colour-blind reader tells apart, quiet axes.

A figure is a `matplotlib.figure.Figure` of its own (no pyplot, so no state is shared), and its label is its alternative
text. Fonts are those that matplotlib brings, so that a figure is the same on every machine.
"""

from collections.abc import Callable
from functools import wraps
from textwrap import fill
from typing import Any, ParamSpec

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

P = ParamSpec("P")

FULL = 7.2
"""Width of a page, inches."""
COLUMN = 3.5
"""Width of a column, inches."""

# Okabe and Ito, "Color Universal Design", 2008
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
INK = "#1c2330"
QUIET = "#5b6474"
LINE = "#c9ced6"

SERIES: tuple[tuple[str, str, str], ...] = (
    (BLUE, "o", "-"),
    (VERMILION, "s", "--"),
    (GREEN, "^", "-."),
    (PURPLE, "D", ":"),
)
"""Colour, marker and line of each of several groups on the same axes: told apart without colour too."""

PAPER: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",
    "svg.hashsalt": "imgloop",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def paper(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorate a function that returns a figure: it is drawn in the house's style."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.rc_context(PAPER):  # type: ignore[arg-type]  # its keys are Literals, ours are checked when set
            return draw(*args, **kwargs)

    return styled


def sheet(width: float, height: float, alt: str) -> Figure:
    """Return an empty figure. width, height: inches. alt: what it shows, in words."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.set_label(alt)
    return figure


def nothing(text: str) -> Figure:
    """Return a figure that says why there is none."""
    figure = sheet(COLUMN, 1.0, text)
    figure.text(0.5, 0.5, fill(text, 50), ha="center", va="center", color=QUIET)
    return figure


def rows(axes: Axes) -> None:
    """Lines across the axes to read values by, and no axis where they begin."""
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
