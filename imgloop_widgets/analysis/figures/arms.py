"""Arms beside each other: a curve each; end_differences and arm_by_attempt → what lies above the baseline's."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgloop_widgets.analysis.arms import ENDS
from imgloop_widgets.analysis.figures.forest import intervals, lines
from imgloop_widgets.analysis.figures.series import (
    TOGETHER,
    Group,
    canvas,
    few_values,
    groups,
    reach,
    short,
    who,
    whole_ticks,
)
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, INK, QUIET, nothing, paper, sheet

ONE_ARM = "There is one arm only: nothing to compare."
NO_VALUE = "There is nothing to draw yet: no attempt has a value."


@paper
def arm_curves(
    table: pd.DataFrame, *, baseline: str, value: str = "score", arm: str = "arm", narrow: bool = False
) -> Figure:
    """Draw `learning.learning_curve` of each arm: the mean by attempt with its 95 % interval.

    table: the curves below each other, with the column `arm`. With more than four arms each has a panel, where the
    baseline's curve is dashed.
    """
    if table.empty:
        return nothing(NO_VALUE)
    parts = groups(table, arm, first=baseline)
    figure, panels = canvas(parts, _curves_text(parts, value), narrow=narrow)
    first, last = int(table["attempt"].min()), int(table["attempt"].max())
    alone = len(parts) > TOGETHER
    for axes, here in panels:
        if alone and here[0].name != baseline:
            base = parts[0].rows
            axes.plot(base["attempt"], base["mean"], color=QUIET, linewidth=1.2, linestyle="--")
        for part in here:
            _curve(axes, part)
        axes.set_xlim(first - 0.5, last + 0.5)
        whole_ticks(axes, first, last, 6 if alone else 12)
        few_values(axes)
        if alone:
            axes.set_title(f"{short(here[0].name, 20)}\n{who(here[0].rows)}", fontsize=7.5, fontweight="normal")
    if alone:
        note = f"dashed: {short(baseline, 24)}"
        figure.suptitle(
            f"{value.capitalize()} (mean, 95 % interval)", x=0.01, ha="left", fontsize=8.5, fontweight="bold"
        )
        figure.supxlabel(f"attempt; {note}", fontsize=8, color=QUIET)
    else:
        axes.set_title(f"{value.capitalize()} (mean, 95 % interval)", pad=8)
        axes.set_xlabel("attempt", color=QUIET)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=1, alignment="left")
    return figure


def _curve(axes: Axes, part: Group) -> None:
    rows, x = part.rows, part.rows["attempt"] + 0.1 * part.side
    name = f"{short(part.name, 24)} ({who(rows)})" if part.name else who(rows)
    axes.errorbar(x, rows["mean"], yerr=reach(rows, "mean"), color=part.colour, linestyle=part.line, marker=part.marker,
                  markersize=4.5, linewidth=1.5, elinewidth=1.1, capsize=2.5, label=name)  # fmt: skip


def _curves_text(parts: Sequence[Group], value: str) -> str:
    ends = []
    for part in parts:
        first, last = part.rows.iloc[0], part.rows.iloc[-1]
        name = f"{part.name}: " if part.name else ""
        ends.append(
            f"{name}{first['mean']:.2f} in attempt {first['attempt']}, {last['mean']:.2f} in attempt {last['attempt']}"
        )
    return f"Lines of the mean {value} by attempt, an arm each, with 95 % intervals. {'; '.join(ends)}."


@paper
def arm_differences(
    table: pd.DataFrame, *, baseline: str, value: str = "score", arm: str = "arm", narrow: bool = False
) -> Figure:
    """Draw `arms.end_differences`: for each of `ENDS`, how far each arm is above the baseline, with 95 % intervals."""
    if table.empty:
        return nothing(ONE_ARM)
    order = table[table["end"] == ENDS[-1]].sort_values("difference", ascending=False, kind="stable")[arm].tolist()
    panels = [(f"{end.capitalize()} {value}", table[table["end"] == end].set_index(arm).loc[order]) for end in ENDS]
    text = f"Difference of each arm to {baseline}, with 95 % intervals. {_forest_text(panels, 'difference')}"
    return _forest(
        panels, "difference", f"{short(value, 20)} above “{short(baseline, 16)}” (n: sessions)", text, narrow
    )


@paper
def arm_slopes(
    table: pd.DataFrame, *, baseline: str, value: str = "score", arm: str = "arm", narrow: bool = False
) -> Figure:
    """Draw `arms.arm_by_attempt`: how much more each arm gains in an attempt than the baseline, with 95 % intervals."""
    others = table[table[arm] != baseline]
    if others.empty:
        return nothing(ONE_ARM)
    rows = others.sort_values("slope", ascending=False, kind="stable", na_position="last").set_index(arm)
    panels = [("Gain in an attempt", rows)]
    text = f"Gain in an attempt above {baseline}'s, with 95 % intervals. {_forest_text(panels, 'slope')}"
    return _forest(panels, "slope", f"{short(value, 20)} above “{short(baseline, 16)}” (n: sessions)", text, narrow)


def _forest(panels: Sequence[tuple[str, pd.DataFrame]], column: str, label: str, text: str, narrow: bool) -> Figure:
    """Draw a row for each arm: a dot and its interval, and a line at no difference."""
    places, several = range(len(panels[0][1])), len(panels) > 1
    height = 0.75 + len(places) * 0.26
    if narrow:
        figure = sheet(COLUMN, height * len(panels), text)
        grid = np.ravel(figure.subplots(len(panels), 1, sharex=True))
    else:
        figure = sheet(FULL if several else FULL * 0.7, height, text)
        grid = np.ravel(figure.subplots(1, len(panels), sharex=True, sharey=True))
    for place, (axes, (title, rows)) in enumerate(zip(grid, panels, strict=True)):
        axes.axvline(0, color=INK, linewidth=0.8)
        intervals(axes, places, rows, column, colour=BLUE)
        axes.set_title(title)
        axes.grid(axis="x")
        axes.tick_params(axis="x", labelbottom=True)
        axes.locator_params(axis="x", nbins=5)
        named = [f"{short(name, 18 if narrow else 24)} (n = {n:,})" for name, n in rows["sessions"].items()]
        lines(axes, places, named)
        axes.tick_params(axis="y", labelleft=narrow or place == 0)
    figure.supxlabel(label, fontsize=8, color=QUIET)
    return figure


def _forest_text(panels: Sequence[tuple[str, pd.DataFrame]], column: str) -> str:
    parts = []
    for title, rows in panels:
        values = [
            f"{name} {value:+.2f}" + ("" if np.isnan(low) else f" ({low:+.2f} to {high:+.2f})")
            for name, value, low, high in zip(rows.index, rows[column], rows["low"], rows["high"], strict=True)
        ]
        parts.append(f"{title}: {', '.join(values)}")
    return f"{'; '.join(parts)}."
