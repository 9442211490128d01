"""What raters said of pairs: closer_shares → a point for each arm, with its interval."""

import pandas as pd
from matplotlib.figure import Figure

from imgloop_widgets.analysis.figures.forest import beside, intervals, lines, mark, wrapped
from imgloop_widgets.analysis.style import BLUE, COLUMN, FULL, QUIET, nothing, paper, sheet
from imgloop_widgets.analysis.words import count, percent

NO_PAIRS = "There is nothing to draw: nobody was asked which of two attempts is closer."


@paper
def closer_shares(table: pd.DataFrame, *, by: str = "arm", narrow: bool = False) -> Figure:
    """Draw `judgements.closer_shares`: the share of judgements that the later attempt is closer, and 95 % intervals."""
    if table.empty:
        return nothing(NO_PAIRS)
    questions = list(dict.fromkeys(table["question"]))
    height = 0.28 * len(table) + (0.75 if narrow else 0.45) * len(questions) + 0.5
    figure = sheet(COLUMN if narrow else FULL * 0.8, height, _text(table, by))
    sizes = [len(table[table["question"] == question]) for question in questions]
    panels = figure.subplots(len(questions), 1, sharex=True, squeeze=False, height_ratios=sizes).ravel()
    for axes, question in zip(panels, questions, strict=True):
        rows = table[table["question"] == question]
        places = list(range(len(rows)))
        mark(axes, 0.5, dashed=True)
        bars = rows.rename(columns={"share_low": "low", "share_high": "high"})
        intervals(axes, places, bars, "share", colour=BLUE)
        lines(axes, places, [wrapped(name, 18) for name in rows[by]])
        if not narrow:
            beside(axes, [_said(row) for _, row in rows.iterrows()], places)
        items, raters = count(int(rows["items"].sum()), "item"), count(int(rows["raters"].max()), "rater")
        gap = "\n" if narrow else " "
        axes.set_title(f"{wrapped(question, 28 if narrow else 50)}{gap}({items}, {raters})")
        axes.set_xlim(-0.02, 1.02)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    panels[-1].set_xlabel("judgements that the later one\nis closer, 95 % interval" if narrow else
                          "judgements that the later one is closer, 95 % interval", color=QUIET)  # fmt: skip
    return figure


def _said(row: pd.Series) -> str:
    text = percent(row["share"])
    return (
        text if pd.isna(row["share_low"]) else f"{text} ({percent(row['share_low'])} to {percent(row['share_high'])})"
    )


def _text(table: pd.DataFrame, by: str) -> str:
    parts = [f"{row['question']}, {row[by]}: {_said(row)}" for _, row in table.iterrows()]
    return (
        "Points of the share of judgements that the later of two attempts is closer to the target, and 95 % intervals; "
        f"a dashed line at half. {'; '.join(parts)}."
    )
