"""Whether people get better from attempt to attempt.

learning_curve → every session, and the mean closer;  slopes, gains, gain_shares, variance_shares → estimates below each
other;  best_attempts → bars
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from imgloop_widgets.analysis.figures.axes import attempt_axis
from imgloop_widgets.analysis.figures.forest import intervals, lines, mark, said
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, ORANGE, QUIET, nothing, paper, rows, sheet
from imgloop_widgets.analysis.words import count, percent

MOST_LINES = 300
"""Sessions drawn one by one; more are drawn as an even choice, and the figure says so."""

NO_VALUE = "There is nothing to draw yet: no attempt has a value."

METHODS = {"mixed": "within sessions\n(mixed model)", "clustered": "over all attempts\n(least squares)"}
SHARES = {
    "last_above_first": "sessions whose last\nis above the first",
    "best_above_first": "sessions whose best\nis above the first",
    "edits_that_improve": "edits that improve on\nthe attempt before",
}
TOGETHER = "between workers,\nand sessions of one"
"""What a session's part is, where the worker's can't be told from it."""
PARTS = {"worker": "between workers", "session": "between sessions\nof a worker", "residual": "within a session"}


@paper
def learning_curve(
    table: pd.DataFrame,
    attempts: pd.DataFrame,
    *,
    value: str = "score",
    scale: tuple[float, float],
    narrow: bool = False,
) -> Figure:
    """Draw `learning.learning_curve` over a faint line for each session, and once more alone, closer.

    attempts: with the value, a row each. scale: the lowest and the highest possible value.
    """
    if table.empty:
        return nothing(NO_VALUE)
    figure = sheet(COLUMN, 4.8, _curve_text(table, value)) if narrow else sheet(FULL, 2.7, _curve_text(table, value))
    every, close = figure.subplots(2, 1) if narrow else figure.subplots(1, 2)
    for axes in (every, close):
        rows(axes)
    drawn, total = _draw_sessions(every, attempts, value, scale)
    for axes in (every, close):
        reach = np.nan_to_num([table["mean"] - table["low"], table["high"] - table["mean"]])
        axes.errorbar(table["attempt"], table["mean"], yerr=reach, color=BLUE, linewidth=1.8, marker="o",
                      markersize=4.5, elinewidth=1.3, capsize=3)  # fmt: skip
        attempt_axis(axes, table, most=6)
    few = "every session" if drawn == total else f"{drawn:,} of {total:,} sessions"
    every.set_title(f"{_capital(value)}: mean, and {few}", pad=8)
    close.set_title("The mean, closer (95 % interval)", pad=8)
    low, high = scale
    every.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    whole = float(low).is_integer() and float(high).is_integer() and high - low > 2
    every.yaxis.set_major_locator(MaxNLocator(integer=whole, nbins=6, steps=[1, 2, 3, 5, 10]))
    if whole and high - low <= 12:
        every.set_yticks(range(int(low), int(high) + 1))
    close.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    return figure


def _draw_sessions(axes: Axes, attempts: pd.DataFrame, value: str, scale: tuple[float, float]) -> tuple[int, int]:
    """Draw the sessions' own lines, each moved by a little so that equal ones do not hide each other."""
    known = attempts[["session_id", "attempt", value]].dropna(subset=[value])
    ids = known["session_id"].unique()
    drawn = ids[np.unique(np.linspace(0, len(ids) - 1, min(len(ids), MOST_LINES)).astype(int))]
    shown = known[known["session_id"].isin(drawn)]
    groups = shown.groupby(shown["session_id"].to_numpy())[
        ["attempt", value]
    ]  # not by hundreds of thousands of categories
    chosen = [group.to_numpy(dtype="float64") for _, group in groups]
    moved = np.random.default_rng(0).uniform(-1, 1, (len(chosen), 2)) * [0.06, 0.025 * (scale[1] - scale[0])]
    paths = [line + move for line, move in zip(chosen, moved, strict=True)]
    alpha = float(np.clip(20 / len(paths), 0.15, 0.6))
    axes.add_collection(LineCollection(list(paths), colors=QUIET, linewidths=0.6, alpha=alpha))
    points = np.concatenate(paths)
    axes.scatter(points[:, 0], points[:, 1], s=3, color=QUIET, alpha=alpha, linewidths=0)
    return len(chosen), len(ids)


def _curve_text(table: pd.DataFrame, value: str) -> str:
    known = zip(table["attempt"], table["mean"], table["low"], table["high"], strict=True)
    digits = _digits(table, "mean")
    parts = [f"attempt {k}: {said(mean, low, high, digits)}" for k, mean, low, high in known]
    shown = parts if len(parts) <= 12 else [*parts[:11], "…", parts[-1]]
    return f"Line of the mean {value} by attempt, with its 95 % interval. {'; '.join(shown)}."


@paper
def slopes(table: pd.DataFrame, *, value: str = "score", narrow: bool = False) -> Figure:
    """Draw `learning.slope`: what an attempt adds, by both methods, beside none (the line at 0)."""
    if table["estimate"].isna().all():
        return nothing("There is nothing to draw yet: no slope without a second attempt.")
    names = [METHODS[method] for method in table["method"]]
    what = f"{value} added by an attempt"
    return _estimates(table, "estimate", names, f"Slope: {what}", f"{what}, 95 % interval", zero=True, narrow=narrow)


@paper
def gains(table: pd.DataFrame, luck: pd.DataFrame, *, value: str = "score", narrow: bool = False) -> Figure:
    """Draw what a session gains over its first attempt, and how much of that any order of its attempts would give.

    table: of `gains.gains`. luck: of `gains.order_luck`.
    """
    if table.empty or luck["luck"].isna().all():
        return nothing(NO_VALUE)
    columns = ["mean", "low", "high"]
    known = table.set_index("measure").loc[["last_minus_first", "best_minus_first"]]
    best = luck.set_index("measure").loc[["best_minus_first"]]
    shown = pd.concat(
        [
            known[columns],
            pd.DataFrame({"mean": best["luck"], "low": np.nan, "high": np.nan}),
            best.rename(columns={"beyond": "mean"})[columns],
        ]
    ).assign(workers=known["workers"].max(), sessions=known["sessions"].max())
    names = ["by the last attempt", "by the best attempt", "of which luck", "of which beyond luck"]
    colours = [BLUE, BLUE, QUIET, ORANGE]
    what = f"{value} gained over the first attempt"
    return _estimates(
        shown, "mean", names, f"Gain: {what}", f"{what}, 95 % interval", zero=True, narrow=narrow, colours=colours
    )


@paper
def gain_shares(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `gains.gain_shares`: shares of sessions and of edits."""
    if table.empty:
        return nothing("There is nothing to draw yet: no session has a second attempt with a value.")
    names = [SHARES[measure] for measure in table["measure"]]
    return _estimates(table, "mean", names, "Shares that gain", "share, 95 % interval", shares=True, narrow=narrow)


@paper
def variance_shares(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `learning.variance_components` as shares of the whole."""
    known = table.dropna(subset=["share"])
    if known.empty:
        return nothing("There is nothing to draw yet: too few attempts have a value.")
    shown = known.assign(mean=known["share"], low=known["share_low"], high=known["share_high"])
    apart = "worker" in set(shown["part"])
    names = [PARTS[part] if apart or part != "session" else TOGETHER for part in shown["part"]]
    return _estimates(
        shown, "mean", names, "Where the differences lie", "share of the variance, 95 % interval", shares=True,
        narrow=narrow,
    )  # fmt: skip


@paper
def best_attempts(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `gains.best_attempts`: in what share of the sessions each attempt is the best one."""
    if table.empty:
        return nothing(NO_VALUE)
    parts = [f"attempt {k}: {percent(share)}" for k, share in zip(table["attempt"], table["mean"], strict=True)]
    text = f"Bars of which attempt is the best. {'; '.join(parts)}."
    figure = sheet(COLUMN if narrow else COLUMN * 1.25, 2.3, text)
    axes = figure.subplots()
    rows(axes)
    reach = np.nan_to_num([table["mean"] - table["low"], table["high"] - table["mean"]])
    axes.bar(table["attempt"], table["mean"], yerr=reach, width=0.6, color=BLUE, alpha=0.75, capsize=3,
             error_kw={"elinewidth": 1.1})  # fmt: skip
    axes.set_ylim(0, None)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.set_xlabel(f"attempt ({_who(table)})", color=QUIET)
    axes.set_title("Sessions whose best attempt it is", pad=8)
    return figure


def _estimates(
    table: pd.DataFrame, value: str, names: Sequence[str], title: str, what: str, *, zero: bool = False,
    shares: bool = False, narrow: bool = False, colours: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """Draw estimates below each other. In: value, low, high, workers, sessions. zero: whether there is a line at 0."""
    digits = 0 if shares else _digits(table, value)
    numbers = table[[value, "low", "high"]].to_numpy(dtype="float64") * (100 if shares else 1)
    texts = [said(middle, low, high, digits) + (" %" if shares else "") for middle, low, high in numbers]
    text = "; ".join(f"{' '.join(name.split())} {words}" for name, words in zip(names, texts, strict=True))
    figure = sheet(COLUMN if narrow else COLUMN * 1.4, 0.75 + 0.36 * len(names), f"{title}. {text}.")
    axes = figure.subplots()
    for place in range(len(names)):
        colour = colours[place] if colours else BLUE
        intervals(axes, [place], table.iloc[[place]], value, colour=colour)
        if not narrow:
            axes.annotate(texts[place], (1.02, place), xycoords=axes.get_yaxis_transform(), va="center", fontsize=7.5)
    if zero:
        mark(axes, 0, dashed=True)
    if shares:
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    lines(axes, range(len(names)), list(names))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4 if narrow else 6, steps=[1, 2, 2.5, 5, 10]))
    gap = "\n" if narrow else " "
    axes.set_xlabel(f"{what}{gap}({_who(table)})", color=QUIET)
    return figure


def _who(table: pd.DataFrame) -> str:
    return f"{count(int(table['sessions'].max()), 'session')} of {count(int(table['workers'].max()), 'worker')}"


def _digits(table: pd.DataFrame, value: str) -> int:
    """Return digits after the point: two that say something, and never fewer than two."""
    largest = float(table[value].abs().max())
    return int(np.clip(1 - np.floor(np.log10(largest)), 2, 6)) if largest > 0 else 2


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
