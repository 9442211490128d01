"""What columns and codes are called in a figure or a table that people read; the saved files keep the codes."""

from numbers import Integral

import pandas as pd

REASON_WORDS: dict[str, str] = {
    "perfect": "perfect score",
    "attempts_used": "all attempts used",
    "stopped": "enough attempts, then finished",
    "exited": "pressed Exit",
    "expired": "time was over",
    "withdrawn": "withdrew",
    "failed": "failed",
    "no_consent": "did not consent",
    "screened_out": "screened out",
    "closed": "ended by the researcher",
    "returned": "returned by the researcher",
    "open": "still open",
    "unknown": "end not known",
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

SHARE_WORDS: dict[str, str] = {
    "last_above_first": "sessions with last above first",
    "best_above_first": "sessions with best above first",
    "edits_that_improve": "edits that improve",
}

METHOD_WORDS: dict[str, str] = {"mixed": "within sessions (mixed model)", "clustered": "over all (least squares)"}

ALPHA = "\N{GREEK SMALL LETTER ALPHA}"

COEFFICIENT_WORDS: dict[str, str] = {
    "alpha, nominal": f"{ALPHA} nominal",
    "alpha, ordinal": f"{ALPHA} ordinal",
    "alpha, interval": f"{ALPHA} interval",
    "ICC(1,1)": "ICC(1,1)",
    "ICC(1,k)": "ICC(1,k)",
}

LEVEL_WORDS: dict[str, str] = {"all": "all attempts", "within": "within workers", "between": "between workers"}

LUCK_WORDS: dict[str, str] = {
    "best": "best of the session",
    "luck": "best of the first prompt,\ndrawn as often",
    "beyond_luck": "difference",
}

ORDER_WORDS: dict[str, str] = {
    "model first": "Model first",
    "prompting first": "Prompting first",
}

EFFECT_WORDS: dict[str, str] = {"total": "whole gain", "model": "model effect", "prompting": "prompting effect"}

SIGNAL_WORDS: dict[str, str] = {
    "write_s": "time to write a prompt (median)",
    "wait_s": "time to wait for a picture (median)",
    "judge_s": "time to a score (median)",
    "attempts_each": "attempts in a session",
    "repeated": "prompts sent again",
    "fast": "very fast scores",
    "same": "same score as just before",
    "score_range": "highest less lowest score",
    "deviation": "scores less those of others",
    "left_early": "sessions left early",
    "pasted": "share of the prompts that was pasted",
    "typing_s": "time typing a prompt (median)",
    "deleted": "keys that removed something",
    "pauses_each": "pauses in writing a prompt",
    "hidden": "share of the time with the page hidden",
    "hidden_each": "page hidden, times a session",
    "lost_each": "connection lost, times a session",
}

SCENARIO_WORDS: dict[str, str] = {
    "estimated": "variances as estimated",
    "cautious": "variances at the upper ends",
}

DYNAMICS_WORDS: dict[str, str] = {
    "words": "words",
    "characters": "characters",
    "similarity": "kept (0 to 1)",
    "resubmitted": "sent again (0 to 1)",
}

KIND_WORDS: dict[str, str] = {
    "within": "same worker",
    "across": "different workers",
    "across_minus_within": "difference",
}

READING_WORDS: dict[str, str] = {"chain": "plain chain", "maximum": "running maximum"}

CODES: dict[str, dict[str, str]] = {
    "step": STEP_WORDS,
    "part": {**PART_WORDS, "worker": "between workers", "session": "between sessions", "residual": "within sessions"},
    "measure": {
        **GAIN_WORDS,
        **SHARE_WORDS,
        **DYNAMICS_WORDS,
    },
    "method": {**METHOD_WORDS, "pearson": "Pearson", "spearman": "Spearman"},
    "kind": KIND_WORDS,
    "reading": READING_WORDS,
    "of": LUCK_WORDS,
    "coefficient": COEFFICIENT_WORDS,
    "level": LEVEL_WORDS,
    "order": ORDER_WORDS,
    "effect": EFFECT_WORDS,
    "signal": SIGNAL_WORDS,
    "scenario": SCENARIO_WORDS,
}
"""Column → code → words."""

HEADINGS: dict[str, str] = {
    "measure": "measure",
    "end": "value",
    "kind": "prompts of",
    "d_low": "95\u00a0% of d from",
    "d_high": "to",
    "at_risk": "at risk",
    "share": "share",
    "left_sessions": "sessions still in",
    "left_workers": "workers still in",
    "target_id": "target",
    "se": "standard error",
    "of": "mean of",
    "per_item": "ratings an\u00a0item",
    "fence_low": "fence below",
    "fence_high": "fence above",
    "power_low": "95\u00a0% from",
    "power_high": "to",
    "gain_low": "95\u00a0% from",
    "gain_high": "to",
    "share_low": "95\u00a0% from",
    "share_high": "to",
    "low": "95\u00a0% from",
    "high": "to",
    "median": "median\u00a0(s)",
    "q1": "25\u00a0% below\u00a0(s)",
    "q3": "75\u00a0% below\u00a0(s)",
}
"""Column → heading of a table; others are called as they are."""

NONE = "—"
"""Stands in a table for what is not there."""

DECIMALS: dict[str, int] = {"median": 1, "q1": 1, "q3": 1}
"""Column → digits after the point in a table that people read; others have them by their numbers."""

SHARES: tuple[str, ...] = ("share", "share_low", "share_high", "power", "power_low", "power_high")
"""Columns in percent."""


def digits(frame: pd.DataFrame) -> dict[str, int]:
    """Return column → digits after the point: none where all are whole, and no mean; 3 in a table whose numbers are all
    below 1, as those of a metric or a correlation often are; else 2.
    """
    floats = frame.select_dtypes("float").drop(columns=[*DECIMALS, *SHARES], errors="ignore")
    whole = [name for name in floats if name not in ("mean", "low", "high") and (floats[name].dropna() % 1 == 0).all()]
    small = floats.drop(columns=whole).abs().max().max() <= 1
    return {**{str(name): 3 if small else 2 for name in floats}, **dict.fromkeys(map(str, whole), 0), **DECIMALS}


def cell(column: str, value: object, decimals: int = 2) -> str:
    """Return a value of a table as people read it; `NONE` for what is not there. decimals: of a number with some."""
    if isinstance(value, str):
        return CODES.get(column, {}).get(value, value)
    if value is None or value is pd.NA or value != value:  # NaN is not itself
        return NONE
    if column in SHARES:
        return percent(float(str(value))).replace(" ", "\u00a0")
    if column == "p":
        return "<0.001" if float(str(value)) < 0.001 else f"{float(str(value)):.3f}"
    if isinstance(value, float):
        places = DECIMALS.get(column, decimals)
        return f"{round(value, places) + 0.0:,.{places}f}"  # + 0.0: no minus before a zero
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


def goal(value: str, threshold: float, top: float) -> str:
    """Return a threshold in words: `a score of 8 or more`. value: its name. top: of its scale."""
    return f"a {value} of {threshold:g}{'' if threshold >= top else ' or more'}"
