"""Several groups in one figure: up to four share the axes, more have a panel each with the same axes.

table with a column `by`  →  groups  →  together (one axes, a legend)  or  panels (an axes each)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, QUIET, SERIES, rows, sheet
from imgloop_widgets.analysis.tidy import Floats
from imgloop_widgets.analysis.words import count

TOGETHER = len(SERIES)
"""Groups that share the axes; of more, lines and intervals would hide each other."""

LINE_HEIGHT = 10
"""Of a line of small text, points."""

TICKS = 20
"""From an axis to what is written below the names of its ticks, points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """name: of the group; "" where there is only one. rows: of the table. The others are how it is drawn; side: its
    place beside the others at the same x, -1 to 1.
    """

    name: str
    rows: pd.DataFrame
    colour: str = BLUE
    marker: str = "o"
    line: str = "-"
    side: float = 0.0


def groups(table: pd.DataFrame, by: str, first: str = "") -> list[Group]:
    """Return the groups of the table in the order of their names, `first` before all; one without a name where there
    is no such column, or one value in it.
    """
    names = table[by].drop_duplicates().tolist() if by in table else []
    if len(names) < 2:
        return [Group(name="", rows=table)]
    names = sorted(names, key=lambda name: (name != first, name))
    if len(names) > TOGETHER:
        return [Group(name=name, rows=table[table[by] == name]) for name in names]
    sides = np.linspace(-1, 1, len(names))
    return [
        Group(name=name, rows=table[table[by] == name], colour=colour, marker=marker, line=line, side=side)
        for name, (colour, marker, line), side in zip(names, SERIES, sides, strict=False)
    ]


def canvas(
    parts: Sequence[Group], alt: str, *, narrow: bool, extra: float = 0.0
) -> tuple[Figure, list[tuple[Axes, list[Group]]]]:
    """Return a figure, and each of its axes with the groups to draw there. extra: height below the axes, inches."""
    if len(parts) <= TOGETHER:
        figure = sheet(COLUMN if narrow else COLUMN * 1.35, 2.7 + extra, alt)
        return figure, [(_ready(figure.subplots()), list(parts))]
    columns = 2 if narrow else 4
    lines = -(-len(parts) // columns)
    figure = sheet(COLUMN if narrow else FULL, lines * (1.5 + extra) + 0.3, alt)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for unused in grid[len(parts) :]:
        unused.remove()
    for place in range(len(parts)):
        grid[place].tick_params(labelbottom=True)
    return figure, [(_ready(axes), [part]) for axes, part in zip(grid, parts, strict=False)]


def _ready(axes: Axes) -> Axes:
    rows(axes)
    return axes


def whole_ticks(axes: Axes, first: int, last: int, most: int) -> list[int]:
    """Set ticks at whole attempts, at most so many, and return them."""
    step = max(1, -(-(last - first + 1) // most))
    ticks = [k for k in range(first, last + 1) if (k - first) % step == 0]
    axes.set_xticks(ticks)
    return ticks


def under_axis(axes: Axes, ticks: Sequence[int], lines: Sequence[tuple[str, pd.Series]], head: str) -> float:
    """Write numbers under the axis and return how much room they take, in points.

    lines: of text: its name, and the numbers by attempt. head: what the numbers are, in a line above.
    """
    below = axes.get_xaxis_transform()
    how: dict[str, Any] = {"textcoords": "offset points", "va": "top", "fontsize": 7, "annotation_clip": False}
    left, down = axes.get_xlim()[0], -TICKS
    if head:
        axes.annotate(head, (left, 0), (0, down), xycoords=below, ha="left", color=QUIET, **how)
        down -= LINE_HEIGHT
    for i, (name, numbers) in enumerate(lines):
        y = down - i * LINE_HEIGHT
        for tick in ticks:
            if tick in numbers.index:
                axes.annotate(f"{numbers[tick]:,}", (tick, 0), (0, y), xycoords=below, ha="center", **how)
        if name:
            axes.annotate(short(name, 12), (left, 0), (-6, y), xycoords=below, ha="right", **how)
    return (len(lines) + bool(head)) * LINE_HEIGHT


def percent_axis(axes: Axes) -> None:
    """Make y a share from 0 to 1 that is read in percent."""
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])


def few_values(axes: Axes, most: int = 5) -> None:
    """Let there be no more than so many values at y."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))


def reach(table: pd.DataFrame, middle: str, low: str = "low", high: str = "high") -> Floats:
    """Return how far the intervals go below and above the middle: (2, rows); 0 where there is none.

    With few workers an interval of percentiles may leave out the middle, by a last digit: then it ends there.
    """
    ends = [table[middle] - table[low], table[high] - table[middle]]
    return np.asarray(np.maximum(np.nan_to_num(np.array(ends, dtype="float64")), 0), dtype="float64")


def who(rows: pd.DataFrame) -> str:
    """Return how many workers and sessions are in the rows of a table, in words. In: workers, sessions."""
    return f"{count(int(rows['workers'].max()), 'worker')}, {count(int(rows['sessions'].max()), 'session')}"


def short(name: object, most: int) -> str:
    """Return the name with its middle left out where it is too long: names often differ at their ends."""
    text = " ".join(str(name).split())
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[: most - 1 - half]}…{text[-half:]}"
