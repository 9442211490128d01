"""Which sessions reached the threshold.

    success_within → a point and its interval for each attempt;  kaplan_meier → steps, with the numbers at risk below

Shares are drawn on an axis that always goes from 0 to 100 %.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgloop_widgets.analysis.figures.series import (
    LINE_HEIGHT,
    TICKS,
    TOGETHER,
    Group,
    canvas,
    groups,
    percent_axis,
    reach,
    short,
    under_axis,
    who,
    whole_ticks,
)
from imgloop_widgets.analysis.style import BLUE, QUIET, nothing, paper
from imgloop_widgets.analysis.words import percent

NO_VALUE = "There is nothing to draw yet: no attempt has a value."
ONE_ARM = "There is one arm only: nothing to compare."


@paper
def success_within(table: pd.DataFrame, *, goal: str, narrow: bool = False) -> Figure:
    """Draw `success.success_within`: the share of all sessions that had reached the threshold by each attempt.

    goal: of `words.goal`.
    """
    if table.empty:
        return nothing(NO_VALUE)
    figure, ((axes, _),) = canvas([Group(name="", rows=table)], _within_text(table, goal), narrow=narrow)
    x, share = table["attempt"], table["share"]
    ends = reach(table, "share", "share_low", "share_high")
    axes.errorbar(x, share, yerr=ends, color=BLUE, linewidth=1.8, marker="o", markersize=4.5, elinewidth=1.3,
                  capsize=3)  # fmt: skip
    percent_axis(axes)
    last = int(table["attempt"].max())
    axes.set_xlim(0.5, last + 0.5)
    whole_ticks(axes, 1, last, 12)
    axes.set_xlabel(f"by attempt ({who(table)})", color=QUIET)
    axes.set_title(f"Sessions with {goal}", pad=8)
    return figure


@paper
def kaplan_meier(
    table: pd.DataFrame, *, goal: str, by: str = "arm", compare: bool = False, narrow: bool = False
) -> Figure:
    """Draw `success.kaplan_meier`: steps with their band; +: some sessions stopped here; below: sessions at risk.

    table: of all, or below each other for each value of `by`. compare: whether it is there to compare them.
    """
    if table.empty:
        return nothing(NO_VALUE)
    parts = groups(table, by)
    if compare and len(parts) < 2:
        return nothing(ONE_ARM)
    alone = len(parts) > TOGETHER
    lines = 1 if alone else len(parts) + 1
    figure, panels = canvas(parts, _meier_text(parts, goal), narrow=narrow, extra=lines * LINE_HEIGHT / 72 + 0.1)
    last, room = int(table["attempt"].max()), 0.0
    for axes, here in panels:
        for part in here:
            _steps(axes, part, last)
        percent_axis(axes)
        axes.set_xlim(-0.15, last + 0.3)
        ticks = [k for k in whole_ticks(axes, 0, last, 6 if alone else 12) if k]
        risk = [("" if alone else part.name, part.rows.set_index("attempt")["at_risk"]) for part in here]
        room = under_axis(axes, ticks, risk, "" if alone else "sessions at risk")
        if alone:
            axes.set_title(f"{short(here[0].name, 20)}\n{who(here[0].rows)}", fontsize=7.5, fontweight="normal")
    title = f"Sessions with {goal},\nhad nobody stopped early"
    if alone:
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
        figure.supxlabel("by attempt; below: sessions at risk", fontsize=8, color=QUIET)
    else:
        axes.set_title(title, pad=8)
        of = "" if len(parts) > 1 else f" ({who(table)})"
        axes.set_xlabel(f"by attempt{of}", color=QUIET, labelpad=room + TICKS / 2)
    if 1 < len(parts) <= TOGETHER:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", alignment="left")
    return figure


def _steps(axes: Axes, part: Group, last: int) -> None:
    known = part.rows.dropna(subset=["share"])
    x = np.append(0, known["attempt"])
    y, low, high = (np.append(0.0, known[name]) for name in ("share", "share_low", "share_high"))
    end = np.append(x, (last if y[-1] == 1 else x[-1]) + 0.3)  # where all have reached it, that stays so
    axes.fill_between(
        end, np.append(low, low[-1]), np.append(high, high[-1]), step="post", color=part.colour, alpha=0.18, linewidth=0
    )
    axes.plot(end, np.append(y, y[-1]), drawstyle="steps-post", color=part.colour, linestyle=part.line, linewidth=1.6,
              label=f"{short(part.name, 24)} ({who(part.rows)})")  # fmt: skip
    stopped = known[known["censored"] > 0]
    axes.plot(stopped["attempt"], stopped["share"], "+", color=part.colour, markersize=6, markeredgewidth=1.2)


def _within_text(table: pd.DataFrame, goal: str) -> str:
    points = [
        f"by attempt {k}: {percent(share)}" + ("" if np.isnan(low) else f" ({percent(low)} to {percent(high)})")
        for k, share, low, high in zip(
            table["attempt"], table["share"], table["share_low"], table["share_high"], strict=True
        )
    ]
    shown = points if len(points) <= 12 else [*points[:11], "…", points[-1]]
    return f"Line of the share of sessions with {goal}, with its 95 % interval. {'; '.join(shown)}."


def _meier_text(parts: list[Group], goal: str) -> str:
    ends = []
    for part in parts:
        known = part.rows.dropna(subset=["share"])
        if known.empty:
            continue
        row = known.iloc[-1]
        interval = (
            "" if np.isnan(row["share_low"]) else f" ({percent(row['share_low'])} to {percent(row['share_high'])})"
        )
        name = f"{part.name}: " if part.name else ""
        ends.append(f"{name}{percent(row['share'])}{interval} by attempt {row['attempt']:.0f}")
    return f"Steps of the share of sessions with {goal} had nobody stopped early, with a 95 % band. {'; '.join(ends)}."
