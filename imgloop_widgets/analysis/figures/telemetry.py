"""What pages noted, beside what workers gained: with_gains → a panel for each signal, every worker a point."""

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from imgloop_widgets.analysis.figures.forest import said
from imgloop_widgets.analysis.figures.workers import signal_axis
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, QUIET, nothing, paper, rows, sheet
from imgloop_widgets.analysis.words import SIGNAL_WORDS, count
from imgloop_widgets.analysis.workers import LOGARITHMIC, SHORTEST_S

NO_PAIR = "There is nothing to draw yet: of no worker both a signal of their page and a gain are known."


@paper
def signals_and_gains(beside: pd.DataFrame, associations: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `telemetry.with_gains`: the gain of each worker over each signal; above it `gain_associations`."""
    if beside.empty:
        return nothing(NO_PAIR)
    table = associations.set_index("signal")
    columns = 1 if narrow else len(table)
    lines = -(-len(table) // columns)
    figure = sheet(COLUMN if narrow else FULL, 2.35 * lines, _text(table))
    panels: NDArray[Any] = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
    for place, (axes, (signal, row)) in enumerate(zip(panels, table.iterrows(), strict=True)):
        _points(axes, beside[beside["signal"] == signal], str(signal))
        axes.set_title(f"{_name(str(signal))}\n{_found(row)}", fontsize=7.5, fontweight="normal", pad=4)
        axes.set_xlabel(f"n = {count(int(row['workers']), 'worker')}", color=QUIET, fontsize=7)
        if place % columns == 0:
            axes.set_ylabel("last less first score")
    return figure


def _points(axes: Axes, own: pd.DataFrame, signal: str) -> None:
    """Draw the workers, each moved up or down by a little so that equal ones do not hide each other."""
    value = own["value"].clip(lower=SHORTEST_S if signal in LOGARITHMIC else None).to_numpy()
    signal_axis(axes, signal, value, few=True)
    rows(axes)
    axes.axhline(0, color=QUIET, linewidth=0.8, zorder=0)
    moved = np.random.default_rng(0).uniform(-0.2, 0.2, len(own)) * min(1.0, (np.ptp(own["gain"]) or 1) / 8)
    alpha = float(np.clip(40 / len(own), 0.25, 0.75))
    axes.scatter(value, own["gain"] + moved, s=11, color=BLUE, alpha=alpha, linewidths=0, clip_on=False, zorder=3)


def _name(signal: str) -> str:
    name = SIGNAL_WORDS[signal]
    return fill(f"{name[0].upper()}{name[1:]}", 26)


def _found(row: pd.Series) -> str:
    return f"Spearman {said(row['r'], row['low'], row['high'])}"


def _text(table: pd.DataFrame) -> str:
    parts = [
        f"{SIGNAL_WORDS[str(signal)]}, {count(int(row['workers']), 'worker')}: {_found(row)}"
        for signal, row in table.iterrows()
    ]
    return f"Every worker a point: what they gained from the first to the last score, over {'; '.join(parts)}."
