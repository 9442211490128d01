"""Who came and how it ended: flow → bars;  consort → boxes from those who were invited to those who are analysed."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from imgloop_widgets.analysis.codebook import OPEN, UNKNOWN
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, INK, ORANGE, QUIET, nothing, paper, sheet
from imgloop_widgets.analysis.words import STEP_WORDS, count, percent

NOBODY = "There is nothing to draw yet: no session."
NOT_OVER = {OPEN: ORANGE, UNKNOWN: QUIET}

LINE, PAD, GAP, EDGE = 0.15, 0.09, 0.2, 0.04
"""Height of a line of text in a box, free space in a box, between boxes, and around all; inches."""

HEADS = {"invited": "Invited", "came": "Came", "started": "Wrote a prompt", "analysed": "Analysed"}


@paper
def flow(counts: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `measures.flow`: a bar for each step and reason, with its number and its share of those who came."""
    steps = dict(zip(counts["step"], counts["sessions"], strict=True))
    came = steps.get("came", 0)
    if not came:
        return nothing(NOBODY)
    figure = sheet(COLUMN if narrow else FULL * 0.78, 3.0, _flow_text(steps))
    axes = figure.subplots()
    places = [i + (i > 2) * 0.45 + (step in NOT_OVER) * 0.45 for i, step in enumerate(counts["step"])]
    colours = [INK if i < 3 else NOT_OVER.get(step, BLUE) for i, step in enumerate(counts["step"])]
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
def consort(table: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw `exclusions.exclusion_flow`: a box for each step, and beside the way those who are left out there."""
    came = table.loc[table["stage"] == "came", "sessions"]
    if came.empty or not came.iloc[0]:
        return nothing(NOBODY)
    width = COLUMN if narrow else COLUMN * 1.5
    boxes = list(_boxes(table, letters=24 if narrow else 36))
    height = sum(PAD * 2 + LINE * len(lines) for _, lines in boxes) + GAP * (len(boxes) - 1) + 2 * EDGE
    figure = sheet(width, height, _consort_text(table))
    figure.set_layout_engine("none")  # the boxes are where they are
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    _draw(axes, boxes, width)
    return figure


def _boxes(table: pd.DataFrame, *, letters: int) -> Iterator[tuple[bool, list[str]]]:
    """Yield each box from top to bottom: whether it is beside the way, and its lines, a head first."""
    steps = {row["step"]: row for row in _records(table)}
    rules = [row for row in _records(table) if row["stage"] == "excluded"]
    for stage in HEADS:
        if stage not in steps:
            continue
        row = steps[stage]
        if stage == "analysed" and rules:
            names = [f"{rule['step']}: {rule['sessions']:,}" for rule in rules]
            out = count(sum(rule["sessions"] for rule in rules), "session")
            yield True, [f"Excluded: {out}", *(line for name in names for line in _wrapped(name, letters))]
        workers = count(row["workers"], "worker")
        yield (
            False,
            [HEADS[stage], workers if stage == "invited" else f"{count(row['sessions'], 'session')}, {workers}"],
        )
        if stage == "came":
            yield True, [f"No prompt: {count(row['sessions'] - steps['started']['sessions'], 'session')}"]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.astype(object).to_numpy().tolist()]


def _wrapped(name: str, letters: int) -> list[str]:
    """Return the name in lines that fit, below each other."""
    first, *rest = wrap(name, letters) or [""]
    return [f"· {first}", *(f"   {line}" for line in rest)]


def _draw(axes: Axes, boxes: list[tuple[bool, list[str]]], width: float) -> None:
    """Draw the boxes from the top, and the arrows that lead to them."""
    split, middle, top = width * 0.52, width * 0.25, EDGE
    way = top  # the lower end of the last box on the way
    for beside, lines in boxes:
        tall = PAD * 2 + LINE * len(lines)
        left, right = (split, width - EDGE) if beside else (EDGE, split - 0.08)
        axes.add_patch(Rectangle((left, top), right - left, tall, facecolor="white", edgecolor=QUIET, linewidth=0.8))
        for number, line in enumerate(lines):
            bold = "bold" if number == 0 else "normal"
            place = (left + PAD, top + PAD + LINE * (number + 0.5))
            axes.text(*place, line, va="center", ha="left", fontweight=bold, fontsize=7.5)
        if beside:
            _arrow(axes, (middle, top + tall / 2), (left, top + tall / 2))
        else:
            if top > way:
                _arrow(axes, (middle, way), (middle, top))
            way = top + tall
        top += tall + GAP


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    )


def _consort_text(table: pd.DataFrame) -> str:
    parts = []
    for row in _records(table):
        sessions = "" if row["stage"] == "invited" else f"{count(row['sessions'], 'session')} of "
        name = f"excluded by “{row['step']}”" if row["stage"] == "excluded" else HEADS[row["stage"]].lower()
        parts.append(f"{name}: {sessions}{count(row['workers'], 'worker')}")
    return f"Boxes from those who came to those who are analysed. {'; '.join(parts)}."
