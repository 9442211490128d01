"""Steerability: steerability → a row for each target, both readings; chain → the moves between bins as a heat map."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from imgloop_widgets.analysis.figures.series import reach, short
from imgloop_widgets.analysis.steerability import READINGS
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, QUIET, SKY, VERMILION, nothing, paper, sheet
from imgloop_widgets.analysis.words import READING_WORDS, count

MOST_TARGETS = 60
"""Targets that are drawn; of more, an even choice from the easiest to the hardest, and the figure says so."""

NO_MOVE = "There is nothing to draw yet: no attempt has a value."

_MARKS = {"chain": (BLUE, "o", -0.16), "maximum": (VERMILION, "D", 0.16)}


@paper
def expected_attempts(table: pd.DataFrame, *, by: str = "target_id", least: int = 10, narrow: bool = False) -> Figure:
    """Draw `steerability.steerability`: the expected attempts of each target in both readings, the easiest first.

    least: sessions that a target must have; as it was asked for.
    """
    known = table.dropna(subset=["attempts"])
    noun = by.removesuffix("_id")
    if known.empty:
        return nothing(f"No {noun} has {count(least, 'session')} or more: nothing to draw.")
    order = known[known["reading"] == "maximum"].sort_values(["attempts", by], kind="stable")[by].tolist()
    places = np.unique(np.linspace(0, len(order) - 1, min(len(order), MOST_TARGETS)).astype(int))
    shown = [order[place] for place in places]
    height = 1.0 + max(len(shown) * (0.3 if len(shown) <= 15 else 0.135), 0.3)
    figure = sheet(COLUMN if narrow else FULL * 0.85, height, _targets_text(known, order, by))
    axes = figure.subplots()
    for reading in READINGS:
        _row_points(axes, known[known["reading"] == reading].set_index(by).loc[shown], reading, len(shown))
    sessions = known.drop_duplicates(by).set_index(by)["sessions"]
    axes.set_yticks(range(len(shown)), [f"{short(name, 18 if narrow else 36)} ({sessions[name]:,})" for name in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelsize=7.5 if len(shown) <= 15 else 6.5)
    axes.spines["left"].set_visible(False)
    attempts_axis(axes)
    few = table[by].nunique() - len(order)
    notes = [f"{len(shown)} of {len(order)} {noun}s drawn"] if len(shown) < len(order) else []
    notes += [f"{few:,} with fewer than {least} left out"] if few else []
    workers = count(int(known["workers"].max()), "worker")
    about = f"expected attempts to the last bin, 95 % interval\n(in brackets: sessions; up to {workers} a {noun})"
    figure.supxlabel(about, fontsize=8, color=QUIET)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=1 if narrow else 2,
                  title="; ".join(notes) or None, alignment="left", title_fontsize=7.5)  # fmt: skip
    return figure


def _row_points(axes: Axes, rows: pd.DataFrame, reading: str, size: int) -> None:
    colour, marker, aside = _MARKS[reading]
    y = np.arange(size) + aside
    dense = size > 15
    axes.errorbar(rows["attempts"], y, xerr=reach(rows, "attempts"), fmt=marker, color=colour,
                  markersize=3 if dense else 4.5, elinewidth=0.8 if dense else 1.2,
                  label=READING_WORDS[reading])  # fmt: skip


def attempts_axis(axes: Axes) -> None:
    """Make x a number of attempts, from 1, in steps of equal ratio."""
    axes.set_xscale("log")
    axes.set_xlim(left=1)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", which="major")


def _targets_text(known: pd.DataFrame, order: Sequence[str], by: str) -> str:
    table = known.set_index([by, "reading"])["attempts"]
    ends = [order[0], order[-1]] if len(order) > 1 else [order[0]]
    parts = [f"{name}: {table[name, 'chain']:.1f} (chain), {table[name, 'maximum']:.1f} (maximum)" for name in ends]
    noun = by.removesuffix("_id")
    return (
        f"Expected attempts to the last bin for {count(len(order), noun)}, from the fewest to the most, with 95 % "
        f"intervals. {'; '.join(parts)}."
    )


@paper
def chain(table: pd.DataFrame, *, edges: Sequence[float], narrow: bool = False) -> Figure:
    """Draw `steerability.chain`: from each bin (rows) the chance of each next bin (columns), and the moves counted.

    edges: of the bins, on the scale of 0 to 100.
    """
    if not table["moves"].sum():
        return nothing(NO_MOVE)
    size = len(edges) + 1
    chances, moves = (table[name].to_numpy().reshape(size + 1, size) for name in ("chance", "moves"))
    figure = sheet(COLUMN if narrow else COLUMN * 1.35, 3.1 if narrow else 3.2, _chain_text(table, size))
    axes = figure.subplots()
    axes.imshow(
        chances, cmap=LinearSegmentedColormap.from_list("chance", ["white", SKY]), vmin=0, vmax=1, aspect="auto"
    )
    for row in range(size + 1):
        for column in range(size):
            words = f"{100 * chances[row, column]:.0f} %\n{moves[row, column]:,}"
            axes.text(column, row, words, ha="center", va="center", fontsize=7)
    names = bin_names(edges)
    axes.set_xticks(range(size), names)
    axes.set_yticks(range(size + 1), ["first attempt", *names])
    axes.set_yticks([0.5], minor=True)
    axes.axhline(0.5, color="white", linewidth=4)
    axes.tick_params(length=0, which="both")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("bin of this attempt (value from 0 to 100)", color=QUIET)
    axes.set_ylabel("bin of the attempt before", color=QUIET)
    total = int(moves.sum())
    axes.set_title(f"Chance of each move, and how often\nit was made ({total:,} attempts)", pad=8)
    return figure


def bin_names(edges: Sequence[float]) -> list[str]:
    """Return what the bins are called; the lower end belongs to a bin, the upper to the next."""
    inner = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"< {edges[0]:g}", *inner, f"≥ {edges[-1]:g}"]


def _chain_text(table: pd.DataFrame, size: int) -> str:
    start = table[table["before"] == -1]["chance"].to_numpy()
    top = table[table["after"] == size - 1]["chance"].to_numpy()
    stay = [f"{100 * chance:.0f} %" for chance in top[1:]]
    return (
        "Heat map of the chances to move from bin to bin. A first attempt is in the last bin with "
        f"{100 * start[-1]:.0f} %; from the lowest bin to the highest, the next one is with {', '.join(stay)}."
    )
