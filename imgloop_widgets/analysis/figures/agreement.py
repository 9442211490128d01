"""How others rated: rating_counts → bars; agreement_by_question → estimates with their intervals and benchmarks."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgloop_widgets.analysis.figures.forest import beside, intervals, lines, said, wrapped
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, LINE, QUIET, VERMILION, nothing, paper, sheet
from imgloop_widgets.analysis.words import COEFFICIENT_WORDS, count, percent

NO_RATING = "There is nothing to draw yet: no ratings."

MOST_BARS = 15
"""Different answers that have a bar each; more are put in ten ranges."""

BENCHMARKS: dict[str, tuple[float, ...]] = {"alpha": (0.667, 0.8), "ICC": (0.5, 0.75, 0.9)}
"""Where a measure is read anew: Krippendorff 2019, chapter 12; Koo and Li, Journal of Chiropractic Medicine 2016."""


@paper
def rating_counts(counts: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `raters.rating_counts`: for each question, how often each answer was given."""
    if counts.empty:
        return nothing(NO_RATING)
    questions = list(dict.fromkeys(counts["question"]))
    columns = 1 if narrow else min(3, len(questions))
    height = -(-len(questions) // columns) * 1.7 + 0.2
    figure = sheet(COLUMN if narrow else min(FULL, 0.4 + 3.1 * columns), height, _ratings_text(counts))
    panels = figure.subplots(-(-len(questions) // columns), columns, squeeze=False).ravel()
    for axes in panels[len(questions) :]:
        axes.remove()
    for axes, question in zip(panels, questions, strict=False):
        _bars(axes, counts[counts["question"] == question])
        axes.set_title(wrapped(question, 24 if columns == 3 else 36))
    return figure


def _bars(axes: Axes, counts: pd.DataFrame) -> None:
    values, ratings = counts["value"].to_numpy(), counts["ratings"].to_numpy()
    if len(values) > MOST_BARS:
        height, edges = np.histogram(values, weights=ratings, bins=10)
        axes.bar(edges[:-1], height, width=np.diff(edges) * 0.94, align="edge", color=BLUE)
    else:
        height = ratings
        step = float(np.diff(values).min()) if len(values) > 1 else 1.0
        axes.bar(values, height, width=0.8 * step, color=BLUE)
        axes.set_xticks(values, [f"{value:g}" for value in values])
        for value, number in zip(values, ratings, strict=True):
            axes.annotate(f"{number:,}", (value, number), (0, 2), textcoords="offset points", ha="center", fontsize=7)
    axes.set_ylim(0, float(height.max()) * 1.15)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(f"answer ({count(int(ratings.sum()), 'rating')})", color=QUIET)


def _ratings_text(counts: pd.DataFrame) -> str:
    parts = []
    for question, rows in counts.groupby("question", sort=False):
        shown = [f"{value:g}: {percent(share)}" for value, share in zip(rows["value"], rows["share"], strict=True)]
        ends = shown if len(shown) <= MOST_BARS else [*shown[:3], "…", shown[-1]]
        parts.append(f"{question}, {count(int(rows['ratings'].sum()), 'rating')}: {', '.join(ends)}")
    return f"Bars of how often each answer was given. {'; '.join(parts)}."


@paper
def rater_agreement(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `raters.agreement_by_question`: every measure with its interval, and the values it is usually read by."""
    if table.empty:
        return nothing(NO_RATING)
    questions = list(dict.fromkeys(table["question"]))
    figure = sheet(COLUMN if narrow else FULL * 0.8, 1.6 * len(questions) + 0.4, _agreement_text(table))
    panels = figure.subplots(len(questions), 1, sharex=True, squeeze=False).ravel()
    known = table[["value", "low"]].min().min()
    least = -0.05 if np.isnan(known) else max(-1.0, min(-0.05, known - 0.05))
    for axes, question in zip(panels, questions, strict=True):
        rows = table[table["question"] == question]
        _measures(axes, rows)
        items, raters = count(int(rows["items"].iloc[0]), "item"), count(int(rows["raters"].iloc[0]), "rater")
        axes.set_title(f"{wrapped(question, 28 if narrow else 50)}\n({items}, {raters})")
        axes.set_xlim(least, 1.03)
        if not narrow:
            beside(axes, [said(*row) for row in rows[["value", "low", "high"]].to_numpy()], range(len(rows)))
    panels[-1].set_xlabel("agreement, 95 % interval (1: always the same, 0: as by chance)".replace(
        " (1:", "\n(1:" if narrow else " (1:"), color=QUIET)  # fmt: skip
    return figure


def _measures(axes: Axes, rows: pd.DataFrame) -> None:
    places = list(range(len(rows)))
    axes.axvline(0, color=LINE, linewidth=0.8, zorder=0)
    for kind, colour, marker in (("alpha", BLUE, "o"), ("ICC", VERMILION, "s")):
        own = [place for place, name in zip(places, rows["coefficient"], strict=True) if name.startswith(kind)]
        for x in BENCHMARKS[kind]:
            ends = [min(own) - 0.4, max(own) + 0.4]
            axes.plot([x, x], ends, color=QUIET, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)
        intervals(axes, own, rows.iloc[own], "value", colour=colour, marker=marker)
    lines(axes, places, [COEFFICIENT_WORDS[name] for name in rows["coefficient"]])


def _agreement_text(table: pd.DataFrame) -> str:
    parts = [
        f"{question}: " + ", ".join(
            f"{COEFFICIENT_WORDS[row['coefficient']]} {said(row['value'], row['low'], row['high'])}"
            for _, row in rows.iterrows()
        )
        for question, rows in table.groupby("question", sort=False)
    ]  # fmt: skip
    return f"Points of the agreement of raters with their 95 % intervals. {'; '.join(parts)}."
