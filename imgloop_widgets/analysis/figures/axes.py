"""What the axes of several figures have in common."""

import pandas as pd
from matplotlib.axes import Axes

from imgloop_widgets.analysis.style import LINE, QUIET
from imgloop_widgets.analysis.words import count


def attempt_axis(axes: Axes, table: pd.DataFrame, *, most: int) -> None:
    """Label the attempts, each with its number of sessions; of more than `most` an even choice."""
    first, last = int(table["attempt"].min()), int(table["attempt"].max())
    axes.set_xlim(first - 0.5, last + 0.5)
    step = max(1, -(-(last - first + 1) // most))
    shown = table[(table["attempt"] - first) % step == 0]
    axes.set_xticks(shown["attempt"], [f"{row.attempt}\nn = {row.sessions:,}" for row in shown.itertuples(index=False)])
    workers = count(int(table["workers"].max()), "worker")
    axes.set_xlabel(f"attempt (n: sessions, of {workers})", color=QUIET)
    axes.tick_params(axis="x", color=LINE)
