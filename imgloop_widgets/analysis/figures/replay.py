"""Prompts drawn anew: quality → lines over the models; split → the gain and its parts; luck → three means."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgloop_widgets.analysis.decomposition import EFFECTS, ORDERS
from imgloop_widgets.analysis.figures.forest import beside, digits, intervals, lines, mark, said
from imgloop_widgets.analysis.figures.series import short
from imgloop_widgets.analysis.style import (
    BLUE,
    COLUMN,
    FULL,
    INK,
    QUIET,
    SERIES,
    VERMILION,
    nothing,
    paper,
    rows,
    sheet,
)
from imgloop_widgets.analysis.words import EFFECT_WORDS, LUCK_WORDS, ORDER_WORDS, count, percent

NO_REPLAY = "There is nothing to draw yet: no replays."
NO_CONTRAST = "There is nothing to draw: no two arms and two models."


@paper
def replay_quality(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `replays.quality`: the mean of each arm's prompts on each model, with its 95 % interval."""
    if table.empty:
        return nothing(NO_CONTRAST)
    figure = sheet(COLUMN if narrow else COLUMN * 1.25, 2.8, _quality_text(table))
    axes = figure.subplots()
    rows(axes)
    arms, models = (list(dict.fromkeys(table[name])) for name in ("arm", "model"))
    for i, (arm, (colour, marker, line)) in enumerate(zip(arms, SERIES, strict=False)):
        own = table[table["arm"] == arm]
        x = np.array([models.index(model) for model in own["model"]]) + 0.04 * (2 * i - 1)
        reach = [np.nan_to_num(own["mean"] - own["low"]), np.nan_to_num(own["high"] - own["mean"])]
        size = f"{count(int(own['prompts'].max()), 'prompt')}, {count(int(own['workers'].max()), 'worker')}"
        axes.errorbar(x, own["mean"], yerr=np.maximum(reach, 0), color=colour, marker=marker, linestyle=line,
                      linewidth=1.6, markersize=5, elinewidth=1.3, capsize=3,
                      label=f"{short(arm, 16)} ({size})")  # fmt: skip
    axes.set_xticks(range(len(models)), [short(model, 20) for model in models])
    axes.set_xlim(-0.4, len(models) - 0.6)
    axes.set_xlabel("drawn on the model", color=QUIET)
    axes.set_title("Mean value (95 % interval)", pad=8)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", title="prompts of the arm",
                  alignment="left", title_fontsize=7.5)  # fmt: skip
    return figure


@paper
def replay_split(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `replays.split`: the gain between two models and its two parts, in both orders, with 95 % intervals."""
    if table.empty:
        return nothing(NO_CONTRAST)
    height = 2.6 if narrow else 2.3
    figure = sheet(COLUMN if narrow else FULL * 0.85, height, _split_text(table))
    panels = figure.subplots(len(ORDERS), 1, sharex=True)
    for axes, order in zip(panels, ORDERS, strict=True):
        _effects(axes, table[table["order"] == order], narrow)
        axes.set_title(ORDER_WORDS[order])
    who = f"{count(int(table['workers'].iloc[0]), 'worker')}, {count(int(table['prompts'].iloc[0]), 'prompt')}"
    panels[-1].set_xlabel(f"gain in the value, 95 % interval{chr(10) if narrow else ' '}({who})", color=QUIET)
    return figure


def _effects(axes: Axes, own: pd.DataFrame, narrow: bool) -> None:
    mark(axes, 0)
    whole = digits(own["estimate"].iloc[0])
    for place, (effect, colour, marker) in enumerate(zip(EFFECTS, (INK, BLUE, VERMILION), "Dos", strict=True)):
        row = own[own["effect"] == effect]
        intervals(axes, [place], row, "estimate", colour=colour, marker=marker)
        first = row.iloc[0]
        share = "" if effect == "total" or np.isnan(first["share"]) else percent_of(first["share"])
        text = (
            share
            if narrow
            else f"{said(first['estimate'], first['low'], first['high'], whole)}{', ' + share if share else ''}"
        )
        beside(axes, [text], [place])
    lines(axes, range(len(EFFECTS)), [EFFECT_WORDS[effect] for effect in EFFECTS])


@paper
def replay_luck(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `replays.luck`: the best of a session, the best of as many pictures of its first prompt, the difference."""
    if table.empty:
        return nothing(NO_REPLAY)
    figure = sheet(COLUMN if narrow else FULL * 0.85, 2.3 if narrow else 1.7, _luck_text(table))
    places = digits(float(table["mean"].iloc[0]))
    both = figure.subplots(1, 2, width_ratios=[3, 2]) if not narrow else figure.subplots(2, 1, height_ratios=[2, 1.2])
    for axes, names, colour in zip(both, (["best", "luck"], ["beyond_luck"]), (BLUE, VERMILION), strict=True):
        own = table.set_index("of").loc[names]
        intervals(axes, range(len(own)), own, "mean", colour=colour, marker="o" if len(own) > 1 else "s")
        lines(axes, range(len(own)), [LUCK_WORDS[name] for name in names])
        for place, mean in enumerate(own["mean"]):
            axes.annotate(
                f"{mean:.{places}f}", (mean, place), (0, 6), textcoords="offset points", ha="center", fontsize=7
            )
    mark(both[1], 0)
    first = table.iloc[0]
    figure.supxlabel(f"value, 95 % interval ({count(int(first['sessions']), 'session')}, "
                     f"{count(int(first['workers']), 'worker')})", fontsize=8, color=QUIET)  # fmt: skip
    return figure


def percent_of(share: float) -> str:
    """Return a share of the gain, which may be below 0 or above 1."""
    return f"{100 * share:.0f} %" if share < 0 or share > 1 else percent(share)


def _quality_text(table: pd.DataFrame) -> str:
    parts = [
        f"prompts of {row['arm']} on {row['model']}: {said(row['mean'], row['low'], row['high'], digits(row['mean']))}"
        for _, row in table.iterrows()
    ]
    return f"Lines of the mean value of the prompts of each arm on each model, with 95 % intervals. {'; '.join(parts)}."


def _split_text(table: pd.DataFrame) -> str:
    parts = []
    for order, rows_of in table.groupby("order", sort=False):
        whole = digits(rows_of["estimate"].iloc[0])
        effects = [
            f"{EFFECT_WORDS[row['effect']]} {said(row['estimate'], row['low'], row['high'], whole)}"
            + ("" if row["effect"] == "total" or np.isnan(row["share"]) else f", {percent_of(row['share'])}")
            for _, row in rows_of.iterrows()
        ]
        parts.append(f"{ORDER_WORDS[str(order)]}: {'; '.join(effects)}")
    return f"Points of the gain between two models and its parts, with 95 % intervals. {'. '.join(parts)}."


def _luck_text(table: pd.DataFrame) -> str:
    places = digits(float(table["mean"].iloc[0]))
    parts = [
        f"{LUCK_WORDS[row['of']].replace(chr(10), ' ')} {said(row['mean'], row['low'], row['high'], places)}"
        for _, row in table.iterrows()
    ]
    return f"Points of the best of a session and the best by luck, with 95 % intervals: {'; '.join(parts)}."
