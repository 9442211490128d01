"""Scores and metrics: measured → points and means; associations → estimates; means_by_attempt → lines."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from imgloop_widgets.analysis.association import LEVELS, METHODS
from imgloop_widgets.analysis.figures.axes import attempt_axis
from imgloop_widgets.analysis.figures.forest import beside, digits, intervals, lines, mark, said
from imgloop_widgets.analysis.figures.series import short
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, QUIET, VERMILION, nothing, paper, rows, sheet
from imgloop_widgets.analysis.words import LEVEL_WORDS, count

NO_METRIC = "There is nothing to draw yet: no metric."
NO_PAIR = "There is nothing to draw yet: no attempt has a score and a metric."

MOST_POINTS = 2000
"""Attempts drawn one by one in a panel; of more, an even choice."""


@paper
def score_and_metric(measured: pd.DataFrame, means: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw each attempt's metric over its score, and `metrics.means_by_score` with its 95 % interval."""
    if means.empty:
        return nothing(NO_PAIR)
    scored = measured[measured["score"].notna()]
    figure, panels = _panels(means, _means_text(means, "score"), narrow)
    for axes, metric in panels:
        drawn, total = _points(axes, scored[scored["metric"] == metric])
        own = means[means["metric"] == metric]
        _means(axes, own, "score")
        few = f" ({drawn:,} drawn)" if drawn < total else ""
        workers = count(int(scored.loc[scored["metric"] == metric, "worker_id"].nunique()), "worker")
        axes.set_xlabel(f"score\n({count(total, 'attempt')}{few}, {workers})", color=QUIET)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axes.set_title(short(metric, 30))
    return figure


def _points(axes: Axes, scored: pd.DataFrame) -> tuple[int, int]:
    """Draw the attempts, each moved sideways by a little so that equal ones do not hide each other."""
    chosen = scored.iloc[np.unique(np.linspace(0, len(scored) - 1, min(len(scored), MOST_POINTS)).astype(int))]
    x = chosen["score"].to_numpy(dtype="float64")
    moved = np.random.default_rng(0).uniform(-0.28, 0.28, len(x)) * min(1.0, (np.ptp(x) or 1) / 9)
    alpha = float(np.clip(60 / len(x), 0.12, 0.6))
    axes.scatter(x + moved, chosen["value"], s=5, color=QUIET, alpha=alpha, linewidths=0)
    return len(chosen), len(scored)


@paper
def metric_by_attempt(means: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `metrics.means_by_attempt`: the mean of each metric by attempt, with its 95 % interval."""
    if means.empty:
        return nothing(NO_METRIC)
    figure, panels = _panels(means, _means_text(means, "attempt"), narrow)
    for axes, metric in panels:
        own = means[means["metric"] == metric]
        _means(axes, own, "attempt")
        attempt_axis(axes, own, most=5)
        axes.set_title(short(metric, 30))
    return figure


@paper
def metric_associations(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `metrics.associations`: both coefficients at each level, with their 95 % intervals."""
    if table.empty:
        return nothing(NO_PAIR)
    metrics = list(dict.fromkeys(table["metric"]))
    figure = sheet(
        COLUMN if narrow else FULL * 0.8, (1.35 if narrow else 1.55) * len(metrics) + 0.65, _associations_text(table)
    )
    panels: NDArray[Any] = figure.subplots(len(metrics), 1, sharex=True, squeeze=False).ravel()
    for axes, metric in zip(panels, metrics, strict=True):
        mark(axes, 0)
        for method, colour, marker, side in zip(METHODS, (BLUE, VERMILION), "os", (-0.16, 0.16), strict=True):
            own = table[(table["metric"] == metric) & (table["method"] == method)]
            places = [LEVELS.index(level) + side for level in own["level"]]
            intervals(axes, places, own, "r", colour=colour, marker=marker, label=method.capitalize())
            if not narrow:
                beside(axes, [said(*row) for row in own[["r", "low", "high"]].to_numpy()], places)
        lines(axes, range(len(LEVELS)), [LEVEL_WORDS[level] for level in LEVELS])
        axes.set_xlim(-1.02, 1.02)
        whole = table[(table["metric"] == metric) & (table["level"] == "all")].iloc[0]
        size = f"({count(int(whole['rows']), 'attempt')}, {count(int(whole['workers']), 'worker')})"
        axes.set_title(f"{short(metric, 30)}{chr(10) if narrow else ' '}{size}")
    panels[-1].set_xlabel("correlation with the score, 95 % interval", color=QUIET)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2)
    return figure


def _panels(means: pd.DataFrame, alt: str, narrow: bool) -> tuple[Figure, list[tuple[Axes, str]]]:
    """Return a figure with axes for each metric."""
    metrics = list(dict.fromkeys(means["metric"]))
    columns = 1 if narrow else min(3, len(metrics))
    lines_of = -(-len(metrics) // columns)
    width = COLUMN if narrow else (COLUMN * 1.25 if columns == 1 else FULL)
    figure = sheet(width, (2.5 if narrow or columns < 3 else 2.2) * lines_of, alt)
    grid = figure.subplots(lines_of, columns, squeeze=False).ravel()
    for axes in grid[len(metrics) :]:
        axes.remove()
    for axes in grid[: len(metrics)]:
        rows(axes)
    return figure, list(zip(grid, metrics, strict=False))


def _means(axes: Axes, means: pd.DataFrame, x: str) -> None:
    reach = [np.nan_to_num(means["mean"] - means["low"]), np.nan_to_num(means["high"] - means["mean"])]
    axes.errorbar(means[x], means["mean"], yerr=np.maximum(reach, 0), color=BLUE, linewidth=1.6, marker="o",
                  markersize=4.5, elinewidth=1.3, capsize=2.5)  # fmt: skip


def _means_text(means: pd.DataFrame, x: str) -> str:
    parts = []
    for metric, own in means.groupby("metric", sort=False):
        places = digits(float(own["mean"].abs().max()))
        points = [
            f"{x} {place:g}: {said(mean, low, high, places)}"
            for place, mean, low, high in zip(own[x], own["mean"], own["low"], own["high"], strict=True)
        ]
        shown = points if len(points) <= 12 else [*points[:11], "…", points[-1]]
        parts.append(f"{metric}: {'; '.join(shown)}")
    return f"Mean of each metric by {x}, with its 95 % interval. {'. '.join(parts)}."


def _associations_text(table: pd.DataFrame) -> str:
    parts = [
        f"{row['metric']}, {LEVEL_WORDS[row['level']]}, {row['method'].capitalize()}: "
        f"{said(row['r'], row['low'], row['high'])}"
        for _, row in table.iterrows()
    ]
    return f"Points of the correlation of each metric with the score, with 95 % intervals. {'; '.join(parts)}."
