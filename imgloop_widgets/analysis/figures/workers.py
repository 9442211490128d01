"""The work of each worker: compared → a strip for each signal, every worker a point, those outside numbered."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from imgloop_widgets.analysis.figures.series import short
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, LINE, QUIET, VERMILION, nothing, paper, sheet
from imgloop_widgets.analysis.tidy import Floats
from imgloop_widgets.analysis.words import SIGNAL_WORDS, count, duration
from imgloop_widgets.analysis.workers import LOGARITHMIC, SHARES, SHORTEST_S, summary

NOBODY = "There is nothing to draw yet: no worker has such a value."

LANES: tuple[float, ...] = (0.0, 0.36, -0.36, 0.62, -0.62)
"""Heights at which workers who are outside are drawn, so that their numbers do not hide each other."""

APART = 0.08
"""Of the axis' width: numbers nearer than that need another lane."""

SECONDS: tuple[tuple[float, ...], ...] = (
    (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000),
    (0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600),
)
"""Ticks of an axis of times; the closer ones where there would be fewer than three."""


@paper
def worker_signals(compared: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `workers.compared`: a strip for each signal. Box: the middle half of the workers; dashes: the fences."""
    if compared.empty:
        return nothing(NOBODY)
    table = summary(compared).set_index("signal")
    columns = 1 if narrow else 2
    lines = -(-len(table) // columns)
    figure = sheet(COLUMN if narrow else FULL, 0.95 * lines + 0.1, _text(table))
    panels: NDArray[Any] = figure.subplots(lines, columns, squeeze=False).ravel()
    for unused in panels[len(table) :]:
        unused.remove()
    for axes, (signal, row) in zip(panels, table.iterrows(), strict=False):
        _strip(axes, compared[compared["signal"] == signal], row, str(signal))
    return figure


def _strip(axes: Axes, own: pd.DataFrame, row: pd.Series, signal: str) -> None:
    least = SHORTEST_S if signal in LOGARITHMIC else -np.inf
    value = own["value"].clip(lower=least).to_numpy()
    low, middle, high = (max(float(row[name]), least) for name in ("lower", "middle", "upper"))
    fences = [
        fence for fence in (row["fence_low"], row["fence_high"]) if not (np.isnan(fence) or _at_end(signal, fence))
    ]
    signal_axis(axes, signal, np.append(value, fences))
    axes.fill_betweenx([-0.42, 0.42], low, high, color=LINE, alpha=0.55, linewidth=0)
    axes.plot([middle, middle], [-0.42, 0.42], color=QUIET, linewidth=1.2)
    for fence in fences:
        axes.axvline(fence, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
    outside = own["outside"].to_numpy()
    up = np.random.default_rng(0).uniform(-0.28, 0.28, len(own))
    alpha = float(np.clip(40 / len(own), 0.25, 0.75))
    axes.scatter(value[~outside], up[~outside], s=9, color=BLUE, alpha=alpha, linewidths=0)
    _outside(axes, value[outside], own.loc[outside, "worker"].to_numpy(), middle)
    axes.set_ylim(-0.75, 0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    named = SIGNAL_WORDS.get(signal, f"{short(signal, 24)}, times a session")
    axes.set_title(f"{named[0].upper()}{named[1:]}", fontsize=8, pad=3)
    axes.annotate(f"n = {int(row['workers']):,}", (1, 1), (0, 3), xycoords="axes fraction", textcoords="offset points",
                  ha="right", va="bottom", fontsize=7, color=QUIET)  # fmt: skip


def _outside(axes: Axes, value: Floats, worker: Floats, middle: float) -> None:
    """Draw the workers who are outside, and number those farthest from the middle where there is room for a number."""
    far = np.argsort(-np.abs(value - middle), kind="stable")
    points = axes.transData.transform(np.column_stack([value, np.zeros(len(value))]))
    across = axes.transAxes.inverted().transform(points)[:, 0]
    taken: list[tuple[float, float]] = []
    for place in far:
        free = [lane for lane in LANES if all(at != lane or abs(x - across[place]) > APART for x, at in taken)]
        lane = free[0] if free else LANES[0]
        axes.scatter(value[place], lane, s=14, color=VERMILION, marker="D", linewidths=0, zorder=3)
        if free:
            taken.append((across[place], lane))
            axes.annotate(f"{worker[place]}", (value[place], lane), (4, 0), textcoords="offset points", va="center",
                          fontsize=7, annotation_clip=False)  # fmt: skip


def _at_end(signal: str, fence: float) -> bool:
    """Return whether nothing can be beyond the fence."""
    return signal != "deviation" and (fence == 0 or (signal in SHARES and fence == 1))


def signal_axis(axes: Axes, signal: str, values: Floats, *, few: bool = False) -> None:
    """Make the x axis one for these values of a signal. few: with fewer ticks, for a narrow panel."""
    if signal in SHARES:
        axes.set_xlim(-0.03, 1.03)
        if few:
            axes.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
        else:
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        return
    least, most = float(values.min()), float(values.max())
    if signal in LOGARITHMIC:
        axes.set_xscale("log")
        axes.set_xlim(least / 1.3, most * 1.3)
        far, near = ([tick for tick in ticks if least / 1.3 <= tick <= most * 1.3] for ticks in SECONDS)
        ticks = far if len(far) > 2 else near[:: max(1, -(-len(near) // 5))] or [least]
        ticks = ticks[:: 2 if few and len(ticks) > 3 else 1]
        axes.set_xticks(ticks, [_time(tick) for tick in ticks])
        axes.minorticks_off()
        return
    room = 0.05 * (most - least) or 0.5
    axes.set_xlim(least - room, most + room)
    if most == least:
        axes.set_xticks([most], [f"{most:.3g}"])
        return
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=most - least > 1))


def _time(seconds: float) -> str:
    if seconds < 10 or seconds % 1:
        return f"{seconds:.2g} s"
    return duration(seconds).removesuffix(" 0 s").removesuffix(" 0 min")


def _text(table: pd.DataFrame) -> str:
    parts = []
    for signal, row in table.iterrows():
        name = SIGNAL_WORDS.get(str(signal), f"{signal}, times a session")
        value = _said(str(signal), row["middle"])
        parts.append(
            f"{name}: median {value} of {count(int(row['workers']), 'worker')}, {int(row['outside']):,} outside"
        )
    return f"A strip for each signal, every worker a point. {'; '.join(parts)}."


def _said(signal: str, value: float) -> str:
    if signal in SHARES:
        return f"{100 * value:.0f} %"
    return _time(round(value, 1) if value < 1 else round(value)) if signal in LOGARITHMIC else f"{value:.2g}"
