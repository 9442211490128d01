"""Gains of people and of blind machines below each other."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from imgloop_widgets.analysis.figures.forest import beside, digits, intervals, lines, mark, said
from imgloop_widgets.analysis.figures.series import short
from imgloop_widgets.analysis.style import BLUE, COLUMN, ORANGE, QUIET, nothing, paper, sheet
from imgloop_widgets.analysis.words import count

NAMES = {"last_minus_first": "by the last\nattempt", "best_minus_first": "by the best\nattempt"}
MARKS = {"people": (BLUE, "o"), "blind": (ORANGE, "s")}


@paper
def blind_gains(table: pd.DataFrame, *, value: str = "score", narrow: bool = False) -> Figure:
    """Draw `blind.blind_gains`: what people gain over their first attempt, and what blind machines do."""
    if table["who"].nunique() < len(MARKS):
        return nothing("There is nothing to draw yet: it needs attempts of people and of blind machines.")
    names = [f"{who}, {NAMES[measure]}" for who, measure in zip(table["who"], table["measure"], strict=True)]
    numbers = table[["mean", "low", "high"]].to_numpy(dtype="float64")
    texts = [said(mean, low, high, digits(mean)) for mean, low, high in numbers]
    told = "; ".join(f"{' '.join(name.split())}: {text}" for name, text in zip(names, texts, strict=True))
    what = f"{short(value, 20)} gained over the first attempt"
    figure = sheet(COLUMN if narrow else COLUMN * 1.4, 1.05 + 0.4 * len(table), f"{what}, with 95 % intervals. {told}.")
    axes = figure.subplots()
    for place, who in enumerate(table["who"]):
        colour, marker = MARKS[who]
        intervals(axes, [place], table.iloc[[place]], "mean", colour=colour, marker=marker)
    lines(axes, range(len(table)), names)
    mark(axes, 0, dashed=True)
    if not narrow:
        beside(axes, texts, range(len(table)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4 if narrow else 6, steps=[1, 2, 2.5, 5, 10]))
    sizes = [count(int(table.loc[table["who"] == who, "sessions"].max()), "session") for who in MARKS]
    gap = "\n" if narrow else " "
    axes.set_xlabel(f"{what},\n95 % interval{gap}({sizes[0]} of people, {sizes[1]} blind)", color=QUIET)
    return figure
