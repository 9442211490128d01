"""What a report says first of what it needs: in a sentence how much of it there is, or how to get it."""

import pandas as pd

from imgloop_widgets.analysis import markup
from imgloop_widgets.analysis.data import SCORE, Value
from imgloop_widgets.analysis.markup import Shown
from imgloop_widgets.analysis.planning import Plan
from imgloop_widgets.analysis.replays import Contrast
from imgloop_widgets.analysis.words import count, percent
from imgloop_widgets.study import Study

NO_RATINGS = (
    "The workers' own scores can't stand in for them: each worker scores their own pictures, so that no picture has "
    "two scores that could agree. Have other people rate the pictures, each by two raters or more: serve a rating "
    "study (see notebooks/ratings); or write a table with the columns rater_id, item, question and value, and read it "
    "with: imgloop import ratings.csv"
)
NO_MACHINES = (
    "Let blind machines play the study: imgloop simulate --policy blind. Each takes the first prompt of a person, and "
    "then rewrites it without seeing the target or an image. The study must measure its images (a scorer in its arms, "
    "or imgloop score), for nobody scores them by eye."
)
NO_METRICS = (
    "Measure the pictures with imgloop score; or write a table that has a row for each attempt and a column for each "
    "metric, and read it with: imgloop import attempts.csv --map metric.NAME=COLUMN"
)
NO_REPLAYS = (
    "Draw the prompts anew on each model and measure the pictures with imgloop replay; or name a table of your own "
    "with the parameter `replays`: a row for each picture, with the columns worker_id, session_id (or target_id), "
    "attempt, arm, model and value."
)
NO_TELEMETRY = (
    "Nothing that pages noted is in this data. Let the study record it (signals = true in its study file), or read a "
    "table with the columns session_id, attempt and phase and those of the codebook, with: imgloop import telemetry.csv"
)
SIGNALS_OFF = (
    "This study does not record what happens in its pages: signals = true is not in its study file. So there is "
    "nothing to show here; the times to write, to wait and to score above come from the events themselves."
)
NO_TELEMETRY_YET = "This study records what happens in its pages, but nothing has come in yet."
NO_VARIANCES = (
    "Run this report on the sessions of a pilot, at least three attempts with a value; or give the parameter "
    "`variances`, as in {'worker': 1.2, 'session': 0.5, 'residual': 2.0}."
)
MORE_ARMS = (
    "An arm is a condition of the study, such as a model. Attempts of several arms are read from tables in which a "
    "column names the arm (imgloop import attempts.csv --map arm=COLUMN). To compare by another column of the "
    "attempts, name it with the parameter `arm`."
)
"""How to get what a report can't do without; for `Report.missing`."""


def rated(question: str) -> Shown:
    """Say which question the mean ratings are about. question: "": none was asked about single images."""
    if not question:
        return markup.note("Nobody was asked about single images.")
    return markup.note(f"The question is “{question}”; the parameter `question` names another one.")


SCENARIO_WORDS = {"estimated": "", "cautious": " if every variance is as large as its interval allows"}


def value(what: Value, *, goal: str = "") -> Shown:
    """Say what is measured, on which scale, and of how many attempts. goal: of `words.goal`, where there is one."""
    scored, size = int(what.attempts[what.name].notna().sum()), len(what.attempts)
    named = "the score that its worker gave" if what.name == SCORE else f"the metric “{what.name}”"
    low, high = what.scale
    ends = "" if what.given or not scored else ", the lowest and the highest in the data (no scale is named)"
    return markup.note(
        f"The value of an attempt is {named}, from {low:g} to {high:g}{ends}; {scored:,} of {count(size, 'attempt')} "
        f"{'has' if scored == 1 else 'have'} one. Higher is taken to be better."
        + (f" A session has reached the goal with its first attempt that has {goal}." if goal else "")
    )


def arms(frame: pd.DataFrame, *, baseline: str, arm: str = "arm") -> Shown:
    """Say which arms there are and who is in them; of one alone, how others come into the data.

    In: session_id, worker_id, arm.
    """
    groups = {name: frame[frame[arm] == name] for name in sorted(frame[arm].dropna().unique())}
    if len(groups) < 2:
        only = f"There is one arm only, “{baseline}”" if groups else "There is no attempt in any arm yet"
        return markup.lead(f"{only}: nothing can be compared. {MORE_ARMS}")
    parts = [
        f"“{name}” ({count(part['worker_id'].nunique(), 'worker')}, {count(part['session_id'].nunique(), 'session')})"
        for name, part in sorted(groups.items(), key=lambda item: item[0] != baseline)
    ]
    return markup.note(f"{len(parts)} arms, of which the first is the one to compare with: {', '.join(parts)}.")


def ratings(frame: pd.DataFrame) -> Shown | None:
    """Say what was rated. frame: of `codebook.RATINGS`."""
    known = frame.dropna(subset=["value"])
    if known.empty:
        return None
    several = known.groupby(["question", "item"])["rater_id"].nunique().gt(1)
    return markup.note(
        f"{count(len(known), 'rating')} by {count(known['rater_id'].nunique(), 'rater')} of "
        f"{count(known['item'].nunique(), 'item')}; {count(known['question'].nunique(), 'question')}. "
        f"{percent(float(several.mean()))} of the items that a question was asked about have two raters or more; only "
        "these say anything about agreement."
    )


def metrics(attempts: pd.DataFrame, frame: pd.DataFrame) -> Shown | None:
    """Say what was measured, and of how many attempts. frame: of `codebook.METRICS`."""
    known = frame.dropna(subset=["value"])
    if known.empty:
        return None
    parts = ", ".join(f"{name} of {size:,}" for name, size in known.groupby("metric").size().items())
    scored = int(attempts["score"].notna().sum())
    said = f"{scored:,} of them {'has' if scored == 1 else 'have'} a score." if scored else (
        "None has a score: only the metrics by attempt can be shown."
    )  # fmt: skip
    return markup.note(f"Measured of the {count(len(attempts), 'attempt')}: {parts}. {said}")


def replays(frame: pd.DataFrame, pair: Contrast) -> Shown | None:
    """Say what was drawn anew, and what is compared. frame: of `replays.read_replays`."""
    if frame.empty:
        return None
    prompts = frame[["worker_id", "session_id", "attempt"]].drop_duplicates()
    measured = ", ".join(map(str, frame["metric"].dropna().unique()))
    said = (
        f"{count(len(frame), 'picture')} drawn anew from {count(len(prompts), 'prompt')} of "
        f"{count(frame['worker_id'].nunique(), 'worker')}, on {count(frame['model'].nunique(), 'model')}"
        f"{f', measured by {measured}' if measured not in ('', 'value') else ''}."
    )
    if pair.why:
        return markup.note(f"{said} No gain can be split: {pair.why} (parameters `arms` and `models`).")
    (old, new), (first, second) = pair.arms, pair.models
    return markup.note(
        f"{said} Compared: the prompts of arm “{old}”, written on {first}, with those of arm “{new}”, written on "
        f"{second}."
    )


def telemetry(frame: pd.DataFrame, study: Study | None) -> Shown:
    """Say how much is known of what happened in pages. frame: of `codebook.TELEMETRY`. study: None: only files."""
    if frame.empty:
        where = NO_TELEMETRY if study is None else NO_TELEMETRY_YET if study.about.signals else SIGNALS_OFF
        return markup.note(where)
    pages = frame.drop_duplicates(["session_id", "page"])
    return markup.note(
        f"Noted by {count(len(pages), 'page')} in {count(frame['session_id'].nunique(), 'session')}: "
        f"{count(len(frame), 'step')} (a phase of an attempt in one page)."
    )


def plan(needed: pd.DataFrame, plan: Plan, *, value: str) -> Shown | None:
    """Say how many workers are needed. needed: of `planning.needed`. value: what the effect is a difference of."""
    if needed.empty:
        return None
    own = needed.loc[needed["effect"] == plan.effect]
    parts = [
        f"{_workers(n, plan)}{SCENARIO_WORDS[name]}" for name, n in zip(own["scenario"], own["workers"], strict=True)
    ]
    return markup.lead(
        f"To find a difference of {plan.effect:g} in {value} between two arms in {percent(plan.power)} of studies "
        f"(two-sided, level {plan.alpha:g}), a study needs {'; '.join(parts)}."
    )


def _workers(number: object, plan: Plan) -> str:
    if number is pd.NA:
        return "more workers than were tried"
    each = int(str(number))
    if plan.design == "within":
        return f"{count(each, 'worker')}, each in all {plan.arms} arms"
    return f"{count(each * plan.arms, 'worker')} ({each:,} in each of {plan.arms} arms)"
