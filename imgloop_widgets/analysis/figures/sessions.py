"""How sessions went: flow → bars; score_by_attempt → mean, interval and every session; time_by_attempt → quartiles."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from imgloop_widgets.analysis.figures.axes import attempt_axis
from imgloop_widgets.analysis.measures import PARTS
from imgloop_widgets.analysis.style import (
    BLUE,
    COLUMN,
    FULL,
    GREEN,
    INK,
    ORANGE,
    QUIET,
    nothing,
    paper,
    rows,
    sheet,
)
from imgloop_widgets.analysis.words import PART_WORDS, STEP_WORDS, count, percent

MOST_LINES = 300
"""Sessions drawn one by one; more are drawn as an even choice, and the figure says so."""

NOBODY = "There is nothing to draw yet: no session."
NO_SCORE = "There is nothing to draw yet: no score."
NO_TIME = "There is nothing to draw yet: no attempt."


@paper
def flow(counts: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `measures.flow`: a bar for each step and reason, with its number and its share of those who came."""
    steps = dict(zip(counts["step"], counts["sessions"], strict=True))
    came = steps.get("came", 0)
    if not came:
        return nothing(NOBODY)
    figure = sheet(COLUMN if narrow else FULL * 0.78, 2.7, _flow_text(steps))
    axes = figure.subplots()
    places = [i + (i > 2) * 0.45 + (i > 8) * 0.45 for i in range(len(counts))]
    colours = [INK if i < 3 else ORANGE if step == "open" else BLUE for i, step in enumerate(counts["step"])]
    axes.barh(places, counts["sessions"], height=0.72, color=colours)
    for place, n, share in zip(places, counts["sessions"], counts["share"], strict=True):
        axes.annotate(f"{n:,}", (n, place), (4, 0), textcoords="offset points", va="center", fontweight="bold")
        if n and n != came:
            offset = 9 + 5.6 * len(f"{n:,}"), 0.0  # points; past the number
            axes.annotate(percent(share), (n, place), offset, textcoords="offset points", va="center", color=QUIET)
    axes.set_yticks(places, [STEP_WORDS.get(step, step) for step in counts["step"]])
    axes.invert_yaxis()
    axes.set_xlim(0, came * 1.14)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])
    workers = count(int(counts["workers"].max()), "worker")
    gap = "\n" if narrow else " "
    axes.set_title(f"Sessions, of {workers}{gap}(share of those who came)", pad=8, x=0)
    return figure


def _flow_text(steps: dict[str, int]) -> str:
    parts = [f"{STEP_WORDS.get(step, step)} {n:,}" for step, n in steps.items()]
    return f"Bars of how many sessions reached each step: {', '.join(parts)}."


@paper
def score_by_attempt(
    means: pd.DataFrame, attempts: pd.DataFrame, *, scale: tuple[int, int], narrow: bool = False
) -> Figure:
    """Draw `measures.score_by_attempt` with its 95 % interval, over a faint line for each session.

    attempts: of `attempts_frame`. scale: the lowest and the highest possible score.
    """
    if means.empty:
        return nothing(NO_SCORE)
    figure = sheet(COLUMN if narrow else COLUMN * 1.25, 2.9, _score_text(means))
    axes = figure.subplots()
    rows(axes)
    drawn, total = _draw_sessions(axes, attempts, scale)
    x = means["attempt"].to_numpy()
    axes.errorbar(
        x,
        means["mean"],
        yerr=[means["mean"] - means["low"], means["high"] - means["mean"]],
        color=BLUE,
        linewidth=1.8,
        marker="o",
        markersize=4.5,
        elinewidth=1.3,
        capsize=3,
    )
    gap = "\n" if narrow else " "
    few = "" if drawn == total else f"{gap}({drawn:,} of {total:,} sessions drawn)"
    axes.set_title(f"Score (mean, 95 % interval){few}", pad=8)
    low, high = scale
    axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, steps=[1, 2, 3, 5, 10]))
    if high - low <= 12:
        axes.set_yticks(range(low, high + 1))
    attempt_axis(axes, means, most=6)
    return figure


def _draw_sessions(axes: Axes, attempts: pd.DataFrame, scale: tuple[int, int]) -> tuple[int, int]:
    """Draw the sessions' own lines, each moved by a little so that equal ones do not hide each other."""
    known = attempts.dropna(subset=["score"])
    ids = known["session_id"].unique()
    drawn = ids[np.unique(np.linspace(0, len(ids) - 1, min(len(ids), MOST_LINES)).astype(int))]
    groups = known[known["session_id"].isin(drawn)].groupby("session_id")[["attempt", "score"]]
    chosen = [group.to_numpy(dtype="float64") for _, group in groups]
    moved = np.random.default_rng(0).uniform(-1, 1, (len(chosen), 2)) * [0.06, 0.025 * (scale[1] - scale[0])]
    lines = [line + move for line, move in zip(chosen, moved, strict=True)]
    alpha = float(np.clip(20 / len(lines), 0.15, 0.6))
    axes.add_collection(LineCollection([line for line in lines], colors=QUIET, linewidths=0.6, alpha=alpha))
    points = np.concatenate(lines)
    axes.scatter(points[:, 0], points[:, 1], s=3, color=QUIET, alpha=alpha, linewidths=0)
    return len(chosen), len(ids)


def _score_text(means: pd.DataFrame) -> str:
    known = zip(means["attempt"], means["mean"], means["low"], means["high"], strict=True)
    parts = [
        f"attempt {k}: {mean:.1f}" + ("" if np.isnan(low) else f" ({low:.1f} to {high:.1f})")
        for k, mean, low, high in known
    ]
    shown = parts if len(parts) <= 12 else [*parts[:11], "…", parts[-1]]
    return f"Line of the mean score by attempt, with its 95 % interval. {'; '.join(shown)}."


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
