"""How prompts change.

    dynamics_by_attempt → four lines;  prompt_distances → a point each;  edits_by_band → what edits do

The names of what is drawn are here and in `words`.
"""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgloop_widgets.analysis.distances import KINDS
from imgloop_widgets.analysis.figures.axes import attempt_axis
from imgloop_widgets.analysis.figures.forest import intervals, lines
from imgloop_widgets.analysis.figures.series import few_values, reach, short
from imgloop_widgets.analysis.prompts import DYNAMICS
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, INK, QUIET, VERMILION, nothing, paper, rows, sheet
from imgloop_widgets.analysis.words import KIND_WORDS, count

TITLES: dict[str, str] = {
    "words": "Words",
    "characters": "Characters",
    "similarity": "Kept of the prompt before (%)",
    "resubmitted": "Exactly the same text again (%)",
}

SHARES = ("similarity", "resubmitted")
"""Measures that are drawn in percent."""

NO_PROMPT = "There is nothing to draw yet: no prompt."
NO_PAIR = "No target has prompts of two workers, and two of one of them: nothing to compare."
NO_EDIT = "There is nothing to draw yet: no prompt was changed with a value before and after it."


@paper
def prompt_dynamics(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `prompts.dynamics_by_attempt`: for each measure its mean by attempt, with the 95 % interval."""
    if table.empty:
        return nothing(NO_PROMPT)
    figure = (
        sheet(COLUMN, 1.9 * len(DYNAMICS), _dynamics_text(table)) if narrow else sheet(FULL, 4.2, _dynamics_text(table))
    )
    panels: Sequence[Axes] = (figure.subplots(len(DYNAMICS), 1) if narrow else figure.subplots(2, 2)).ravel()
    for axes, measure in zip(panels, DYNAMICS, strict=True):
        rows(axes)
        axes.set_title(TITLES[measure])
        here = table[table["measure"] == measure]
        if here.empty:
            axes.set_xticks([])
            axes.set_yticks([])
            axes.text(0.5, 0.5, "no second prompt yet", transform=axes.transAxes, ha="center", color=QUIET)
            continue
        times = 100 if measure in SHARES else 1
        _points(axes, here["attempt"], here.assign(**{name: times * here[name] for name in ("mean", "low", "high")}))
        top = 100 if measure in SHARES else float(here[["mean", "high"]].max().max())
        axes.set_ylim(-0.04 * top, max(top, 1) * 1.06)
        few_values(axes)
        attempt_axis(axes, here, most=6)
    return figure


def _points(axes: Axes, x: pd.Series, here: pd.DataFrame) -> None:
    axes.errorbar(x, here["mean"], yerr=reach(here, "mean"), color=BLUE, linewidth=1.4, marker="o", markersize=4.5,
                  elinewidth=1.3, capsize=3)  # fmt: skip


def _dynamics_text(table: pd.DataFrame) -> str:
    parts = []
    for measure in DYNAMICS:
        here = table[table["measure"] == measure]
        if not here.empty:
            times = 100 if measure in SHARES else 1
            first, last = here.iloc[0], here.iloc[-1]
            ends = [f"{times * row['mean']:.1f} in attempt {row['attempt']}" for row in (first, last)]
            parts.append(f"{TITLES[measure]}: {', '.join(ends[: len(here)])}")
    return f"Lines of how prompts change by attempt, with 95 % intervals. {'; '.join(parts)}."


@paper
def prompt_distances(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `distances.prompt_distances`: dot and bar: mean and 95 % interval; diamond: the mean after permutation."""
    if table["mean"].isna().all():
        return nothing(NO_PAIR)
    figure = sheet(COLUMN if narrow else FULL * 0.78, 2.5 if narrow else 2.0, _distances_text(table))
    axes = figure.subplots()
    places = range(len(KINDS))
    intervals(axes, places, table, "mean", colour=BLUE, label="measured, 95 % interval")
    axes.plot(table["permuted"], places, "D", color=VERMILION, markerfacecolor="none", markersize=7,
              label="workers' names permuted")  # fmt: skip
    lines(axes, places, [KIND_WORDS[kind] for kind in table["kind"]])
    axes.set_title("Distance of two prompts for a target", pad=8)
    axes.grid(axis="x")
    axes.axvline(0, color=INK, linewidth=0.8)
    row = table.iloc[-1]
    who = f"{count(int(row['targets']), 'target')}, {count(int(row['workers']), 'worker')}, {row['pairs']:,} pairs"
    axes.set_xlabel(f"cosine distance (0: the same words)\n{who}", color=QUIET)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside upper left", ncols=1 if narrow else 2)
    return figure


def _distances_text(table: pd.DataFrame) -> str:
    parts = [
        f"{KIND_WORDS[kind]} {mean:.2f}, permuted {permuted:.2f}"
        for kind, mean, permuted in zip(table["kind"], table["mean"], table["permuted"], strict=True)
    ]
    p = f"; p = {table['p'].iloc[-1]:.3g}" if table["p"].notna().any() else ""
    return f"Mean distance of two prompts for the same target: {'; '.join(parts)}{p}."


@paper
def edits_by_band(table: pd.DataFrame, *, value: str = "score", narrow: bool = False) -> Figure:
    """Draw `prompts.edits_by_band`: the mean change of the value by how much of the prompt was kept."""
    if table.empty:
        return nothing(NO_EDIT)
    figure = sheet(COLUMN if narrow else COLUMN * 1.35, 2.7, _edits_text(table, value))
    axes = figure.subplots()
    rows(axes)
    places = np.arange(len(table))
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.errorbar(places, table["mean"], yerr=reach(table, "mean"), fmt="o", color=BLUE, markersize=5, elinewidth=1.4,
                  capsize=3)  # fmt: skip
    names = [fill(kept.replace(" %", "\u00a0%"), 8) for kept in table["kept"]]
    labels = [f"{name}\nn = {n:,}" for name, n in zip(names, table["edits"], strict=True)]
    axes.set_xticks(places, labels)
    axes.set_xlim(-0.6, len(table) - 0.4)
    axes.tick_params(axis="x", length=0)
    workers = count(int(table["workers"].max()), "worker")
    axes.set_xlabel(f"kept of the prompt before (n: edits, of {workers})", color=QUIET)
    axes.set_title(f"Change of the {short(value, 20)} with an edit", pad=8)
    few_values(axes, 6)
    return figure


def _edits_text(table: pd.DataFrame, value: str) -> str:
    parts = [
        f"{kept} kept: {mean:+.2f}" + ("" if np.isnan(low) else f" ({low:+.2f} to {high:+.2f})")
        for kept, mean, low, high in zip(table["kept"], table["mean"], table["low"], table["high"], strict=True)
    ]
    return f"Mean change of the {value} by how much of the prompt was kept, with 95 % intervals. {'; '.join(parts)}."
