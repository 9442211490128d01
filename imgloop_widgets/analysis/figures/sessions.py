"""How long things took: time_by_attempt → quartiles of each part of an attempt."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgloop_widgets.analysis.figures.axes import attempt_axis
from imgloop_widgets.analysis.measures import PARTS
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, GREEN, ORANGE, QUIET, nothing, paper, rows, sheet
from imgloop_widgets.analysis.words import PART_WORDS

NO_TIME = "There is nothing to draw yet: no time is known."


@paper
def time_by_attempt(times: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `measures.times_by_attempt`: for each part of an attempt the median (dot) and the quartiles (bar).

    narrow: the parts below each other, not side by side.
    """
    if times.empty:
        return nothing(NO_TIME)
    figure = sheet(COLUMN, 1.9 * len(PARTS), _time_text(times)) if narrow else sheet(FULL, 2.3, _time_text(times))
    panels: Sequence[Axes] = figure.subplots(len(PARTS), 1) if narrow else figure.subplots(1, len(PARTS))
    for axes, part, colour in zip(panels, PARTS, (BLUE, ORANGE, GREEN), strict=True):
        rows(axes)
        axes.set_title(PART_WORDS[part].capitalize() + " (s)", pad=12 if narrow else None)
        rows_of = times[times["part"] == part]
        if rows_of.empty:
            axes.set_xticks([])
            axes.set_yticks([])
            axes.text(0.5, 0.5, "none yet", transform=axes.transAxes, ha="center", color=QUIET)
            continue
        x = rows_of["attempt"]
        axes.vlines(x, rows_of["q1"], rows_of["q3"], color=colour, linewidth=5, alpha=0.4)
        axes.plot(x, rows_of["median"], color=colour, linewidth=1, marker="o", markersize=4.5)
        axes.set_ylim(0, max(float(rows_of["q3"].max()) * 1.1, 0.1))
        attempt_axis(axes, rows_of, most=3)
    return figure


def _time_text(times: pd.DataFrame) -> str:
    parts = []
    for part in PARTS:
        known = times[times["part"] == part]
        if not known.empty:
            first, last = known.iloc[0], known.iloc[-1]
            parts.append(
                f"{PART_WORDS[part]}: {first['median']:.1f} s in attempt {first['attempt']}, "
                f"{last['median']:.1f} s in attempt {last['attempt']}"
            )
    return f"Median times by attempt, with quartiles. {'; '.join(parts)}."
