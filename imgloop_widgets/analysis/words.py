"""What columns and codes are called in a figure or a table that people read; the saved files keep the codes."""

from numbers import Integral

import pandas as pd

REASON_WORDS: dict[str, str] = {
    "perfect": "perfect score",
    "attempts_used": "all attempts used",
    "exited": "pressed Exit",
    "expired": "time was over",
    "withdrawn": "withdrew",
    "failed": "failed",
    "open": "still open",
}

STEP_WORDS: dict[str, str] = {"came": "came", "started": "wrote a prompt", "finished": "finished", **REASON_WORDS}

PART_WORDS: dict[str, str] = {
    "write_s": "writing the prompt",
    "wait_s": "waiting for the picture",
    "judge_s": "until the score",
}

GAIN_WORDS: dict[str, str] = {
    "first": "first score",
    "last": "last score",
    "best": "best score",
    "last_minus_first": "gained by the last",
    "best_minus_first": "gained by the best",
}

CODES: dict[str, dict[str, str]] = {"step": STEP_WORDS, "part": PART_WORDS, "measure": GAIN_WORDS}
"""Column → code → words."""

HEADINGS: dict[str, str] = {
    "part": "time for",
    "measure": "score",
    "share": "share of those who came",
    "low": "95\u00a0% from",
    "high": "to",
    "median": "median\u00a0(s)",
    "q1": "25\u00a0% below\u00a0(s)",
    "q3": "75\u00a0% below\u00a0(s)",
}
"""Column → heading of a table; others are called as they are."""

NONE = "—"
"""Stands in a table for what is not there."""

DECIMALS: dict[str, int] = {"mean": 2, "low": 2, "high": 2, "median": 1, "q1": 1, "q3": 1}
"""Column → digits after the point in a table that people read."""


def cell(column: str, value: object) -> str:
    """Return a value of a table as people read it; nothing for what is not there."""
    if isinstance(value, str):
        return CODES.get(column, {}).get(value, value)
    if value is None or value is pd.NA or value != value:  # NaN is not itself
        return NONE
    if column == "share":
        return percent(float(str(value)))
    if column in DECIMALS:
        return f"{float(str(value)):.{DECIMALS[column]}f}"
    return f"{value:,}" if isinstance(value, Integral) else str(value)


def count(number: int, one: str, many: str | None = None) -> str:
    """Return the number with its noun: `1 worker`, `1,200 workers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return the seconds as people say them: `45 s`, `2 min 5 s`, `1 h 3 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def percent(share: float) -> str:
    """Return a share (0 to 1) in whole percent; `<1 %` where that would read as none."""
    return "<1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
