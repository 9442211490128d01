"""How many workers a study needs: curves → lines with the error of the simulation; needed → points by effect."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from imgloop_widgets.analysis.planning import Plan
from imgloop_widgets.analysis.style import COLUMN, QUIET, SERIES, nothing, paper, rows, sheet
from imgloop_widgets.analysis.words import SCENARIO_WORDS, percent

NOTHING_KNOWN = "There is nothing to draw yet: no variances are known."


@paper
def power_curve(curves: pd.DataFrame, needed: pd.DataFrame, plan: Plan, *, narrow: bool = False) -> Figure:
    """Draw `planning.curves`: the power by the number of workers in all arms; the band is the simulation's error.

    needed: of `planning.needed`: where each curve reaches the power that is wanted.
    """
    if curves.empty:
        return nothing(NOTHING_KNOWN)
    figure = sheet(COLUMN if narrow else COLUMN * 1.35, 2.8, _text(curves, needed, plan))
    axes = figure.subplots()
    rows(axes)
    own = needed[needed["effect"] == plan.effect].set_index("scenario")
    axes.axhline(plan.power, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
    for name, (colour, marker, line) in zip(dict.fromkeys(curves["scenario"]), SERIES, strict=False):
        part = curves[curves["scenario"] == name]
        axes.fill_between(part["total"], part["power_low"], part["power_high"], color=colour, alpha=0.2, linewidth=0)
        axes.plot(part["total"], part["power"], color=colour, marker=marker, linestyle=line, markersize=4,
                  linewidth=1.6, label=SCENARIO_WORDS[str(name)])  # fmt: skip
        _reached(axes, own["total"], str(name), plan.power, colour)
    axes.set_ylim(0, 1.03)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "20", "40", "60", "80", "100 %"])
    _workers(axes, curves)
    axes.set_title(f"Chance to find a difference of {plan.effect:g}", pad=8)
    axes.set_xlabel("workers in all arms together", color=QUIET)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=1 if narrow else 2)
    return figure


def _workers(axes: Axes, curves: pd.DataFrame) -> None:
    axes.set_xscale("log")
    low, high = int(curves["total"].min()), int(curves["total"].max())
    steps = [step * 10**power for power in range(6) for step in (1, 2, 5)]
    axes.set_xlim(low / 1.1, high * 1.1)
    axes.set_xticks([step for step in steps if low / 1.1 <= step <= high * 1.1])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()


def _reached(axes: Axes, totals: pd.Series, name: str, power: float, colour: str) -> None:
    total = totals.get(name)
    if total is None or total is pd.NA:
        return
    axes.plot([total, total], [0, power], color=colour, linewidth=0.8, linestyle=(0, (1, 1.5)))
    axes.annotate(f"{total:,}", (total, 0), (3, 3), textcoords="offset points", fontweight="bold", fontsize=7.5)


def _text(curves: pd.DataFrame, needed: pd.DataFrame, plan: Plan) -> str:
    totals = needed[needed["effect"] == plan.effect].set_index("scenario")["total"]
    parts = []
    for name, part in curves.groupby("scenario", sort=False):
        first, last, total = part.iloc[0], part.iloc[-1], totals.get(str(name))
        reached = "is not reached" if total is None or total is pd.NA else f"takes {total:,} workers"
        parts.append(
            f"{SCENARIO_WORDS[str(name)]}: {percent(first['power'])} with {int(first['total']):,} workers, "
            f"{percent(last['power'])} with {int(last['total']):,}; {percent(plan.power)} {reached}"
        )
    return f"Lines of the chance to find a difference of {plan.effect:g}, by the number of workers. {'. '.join(parts)}."
