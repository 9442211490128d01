"""The tidy tables and what their columns mean: the one source of frames, of checks, and of the codebook in an export.

| table | a row is | made from |
| --- | --- | --- |
| participants | a worker | sessions |
| sessions | a worker's work on one target | events, or attempts that are imported |
| attempts | an image shown | events |
| generations | a prompt submitted, whatever came of it | events |
| steps | an answer to a step before or after the loop | events |
| metrics | a measured value of an attempt | scorers (imgloop score), or imported |
| ratings | a judgement by somebody else | raters' events, or imported |
| events | an event | events |
| allotments | a unit that was given to a worker | the store's units |
| telemetry | what a page noted of one phase of an attempt | workers' pages, where the study says so |
| decisions | what a reviewer decided about a unit | reviewers |
| replays | a prompt drawn anew | imgloop replay |
| replay_metrics | a measured value of a replay | scorers |

`frames` and `columns` make frames of these columns and types, `schema` checks frames against them, `files` writes
them beside every export. A table that nothing has filled yet is empty, with its columns. To add a column: a line here,
and its value where the table is made (`rows`, `frames`, `columns`; a test compares them).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from imgloop_widgets.signals import SIGNALS

MOMENT = "datetime64[us, UTC]"

OPEN = "open"
"""The status of a session that is not finished."""

UNKNOWN = "unknown"
"""The status of a session that is imported: whether it is over is not known."""


@dataclass(frozen=True, slots=True)
class Column:
    """dtype: as pandas names it; `object` holds mappings. meaning: what a value is, with its unit.

    missing: whether a value may be missing. least: the lowest possible number. given: whether a file that is imported
    must have it (what else is missing there is filled in or empty). json: text that holds JSON.
    """

    dtype: str
    meaning: str
    missing: bool = False
    least: float | None = None
    given: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """row: what a row is. key: the columns that together are never the same twice. within: the table that has every
    value of the key's first column, where that table is there too.
    """

    row: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    within: str = ""


PARTICIPANTS: dict[str, Column] = {
    "worker_id": Column("str", "as the link gave it, or a pseudonym", given=True),
    "simulated": Column("bool", "whether the worker was a program (imgloop simulate), by their id"),
    "arrived_at": Column(MOMENT, "when their first session was opened, UTC", missing=True),
    "sessions": Column("int64", "sessions opened", least=0),
    "started": Column("int64", "sessions in which a prompt was submitted", least=0),
    "finished": Column("int64", "sessions that are over", least=0),
    "attempts": Column("int64", "images shown in all of them", least=0),
}

SESSIONS: dict[str, Column] = {
    "session_id": Column("str", "random, 32 hex digits; imported: from worker and target", given=True),
    "study": Column("str", "name of the study"),
    "study_hash": Column("str", "sha256 of the study file and its form, when the session was opened"),
    "arm": Column("str", "condition"),
    "worker_id": Column("str", "as the link gave it; never in a table that is saved", given=True),
    "simulated": Column("bool", "whether the worker was a program (imgloop simulate), by their id"),
    "unit_id": Column("str", "which unit of work"),
    "form_version": Column("Int64", "which version of the arm's form, 1-based", missing=True, least=1),
    "position": Column("Int64", "which of the worker's units it is, 1-based", missing=True, least=1),
    "stratum": Column("str", "within which the arm was drawn; empty: none, or none of those told apart", missing=True),
    "gold": Column("bool", "whether its answers are known, so that it says something of the worker alone"),
    "gold_passed": Column("boolean", "whether these were right; none where it is no gold or not judged", missing=True),
    "target_id": Column("str", "id of the target image in targets.toml", given=True),
    "target_sha256": Column("str", "sha256 of the target image that was shown"),
    "seed": Column("Int64", "all chance of the session comes from it", missing=True),
    "opened_at": Column(MOMENT, "when the link was opened for the first time, UTC", missing=True),
    "started": Column("bool", "whether a prompt was submitted"),
    "finished_at": Column(MOMENT, "UTC; none while it is open", missing=True),
    "reason": Column("str", "why it is finished; none while it is open", missing=True),
    "status": Column("str", "the reason, or 'open'; 'unknown' where it was imported without"),
    "duration_s": Column("float64", "seconds from opening to the end; none while it is open", missing=True, least=0),
    "attempts": Column("int64", "images shown", least=0),
    "first_score": Column("Int64", "the first score given; none without a score", missing=True),
    "last_score": Column("Int64", "the last score given; none without a score", missing=True),
    "best_score": Column("Int64", "the highest score given; none without a score", missing=True),
    "answers": Column("object", "the form's other fields, by name", missing=True, json=True),
}

ATTEMPTS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to"),
    "worker_id": Column("str", "as in the sessions", given=True),
    "simulated": Column("bool", "as in the sessions"),
    "arm": Column("str", "condition"),
    "target_id": Column("str", "id of the target image", given=True),
    "attempt": Column("int64", "1-based; an attempt is an image shown, or several of one prompt", least=1),
    "prompt": Column("str", "as submitted"),
    "score": Column("Int64", "the worker's score of this image, or of all; none where not given", missing=True),
    "best": Column("bool", "whether it has the session's highest score; the earliest of several"),
    "write_s": Column("float64", "seconds from the page, or the image before, to this prompt", missing=True, least=0),
    "wait_s": Column("float64", "seconds from the prompt to its image, the last of several", missing=True, least=0),
    "judge_s": Column("float64", "seconds from the image to its score; none without one", missing=True, least=0),
    "image_sha256": Column("str", "of the image's file in the store; imported: the id that the file gives it"),
    "images": Column(
        "Int64", "how many were shown; the file above is the one picked, or the first", missing=True, least=1
    ),
    "picked": Column(
        "Int64", "which of them the worker chose, 1-based; none: none was to choose", missing=True, least=1
    ),
    "generator": Column("str", "what made the image"),
    "generator_version": Column("str", "its version"),
    "seed": Column("Int64", "of the generation", missing=True),
    "submitted_at": Column(MOMENT, "when the prompt was submitted, UTC", missing=True),
}

GENERATIONS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to", given=True),
    "worker_id": Column("str", "as in the sessions"),
    "seq": Column("int64", "of the prompt in the session's log, 0-based", least=0, given=True),
    "place": Column("int64", "which of the prompt's images, 1-based", least=1, given=True),
    "attempt": Column("int64", "the attempt that it was for, 1-based", least=1),
    "prompt": Column("str", "as submitted"),
    "variation_of": Column(
        "str", "image that was picked instead of writing; none: the prompt was written", missing=True
    ),
    "controls": Column("str", "what else the worker has set, JSON; none: nothing", missing=True, json=True),
    "seed": Column("Int64", "of the generation", missing=True),
    "submitted_at": Column(MOMENT, "when the prompt was submitted, UTC", missing=True),
    "outcome": Column("str", "shown, pending, abandoned (the session ended first), or the kind of failure"),
    "wait_s": Column(
        "float64", "seconds from the prompt to what came of it; none while pending", missing=True, least=0
    ),
    "image_sha256": Column("str", "of the image's file; none where none was shown", missing=True),
    "width": Column("Int64", "pixels", missing=True, least=1),
    "height": Column("Int64", "pixels", missing=True, least=1),
    "generator": Column("str", "what made the image", missing=True),
    "generator_version": Column("str", "its version", missing=True),
    "parameters": Column("str", "what else is needed to make it again, JSON", missing=True, json=True),
    "incident": Column("str", "number under which the cause of a failure is kept", missing=True),
}

STEPS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to", given=True),
    "worker_id": Column("str", "as in the sessions"),
    "seq": Column("int64", "of the answer in the session's log, 0-based", least=0, given=True),
    "step": Column("str", "the step's name in the study file", given=True),
    "kind": Column("str", "its kind: consent, comprehension, questionnaire, …"),
    "version": Column("str", "of its text"),
    "tries": Column("int64", "which try it was, 1-based", least=1),
    "outcome": Column(
        "str", "passed; again (wrong, asked once more); wrong; no_consent or screened_out: it ended there"
    ),
    "wrong": Column("str", "names of the fields with a wrong answer, with a space between them", missing=True),
    "answers": Column("object", "its form's fields, by name", missing=True, json=True),
    "submitted_at": Column(MOMENT, "when it was answered, UTC", missing=True),
    "answer_s": Column("float64", "seconds from the event before to this answer", missing=True, least=0),
}

METRICS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to", given=True),
    "attempt": Column("int64", "the attempt that was measured, 1-based", least=1, given=True),
    "metric": Column("str", "its name", given=True),
    "value": Column("float64", "what was measured; none where it failed", missing=True),
}

RATINGS: dict[str, Column] = {
    "rater_id": Column("str", "who judged; a pseudonym", given=True),
    "item": Column("str", "what was judged: an image, or a pair of them", given=True),
    "session_id": Column("str", "the session that the image comes from, where it is known", missing=True),
    "attempt": Column("Int64", "its attempt, 1-based, where it is known", missing=True, least=1),
    "question": Column("str", "what was asked", given=True),
    "value": Column("float64", "the answer as a number; none where it was not given", missing=True, given=True),
    "kind": Column("str", "of the question: scale, choice, closer (1: the later attempt), ranking", missing=True),
    "attempts": Column("str", "the attempts that the item is made of, as 1+5; 0: the target itself", missing=True),
    "shown": Column("str", "the same in the order in which the rater saw them, A first", missing=True),
    "arm": Column("str", "condition in which the images were made, where it is known", missing=True),
    "target_id": Column("str", "id of the target, where it is known", missing=True),
    "is_check": Column("bool", "whether the right answer is known, so that the row says something of the rater alone"),
    "passed": Column(
        "Int64", "1: the answer to a check is right, 0: it is not; none of all else", missing=True, least=0
    ),
    "place": Column("Int64", "place of the item among the rater's, 1-based", missing=True, least=1),
    "seconds": Column("float64", "seconds from the item before to this answer", missing=True, least=0),
    "rated_at": Column(MOMENT, "when the answer was given, UTC", missing=True),
    "rating_study": Column("str", "name of the study in which it was asked", missing=True),
    "rating_session": Column("str", "the rater's session, random, 32 hex digits", missing=True),
    "seq": Column("Int64", "of the answer in that session's log, 0-based", missing=True, least=0),
    "simulated": Column("bool", "whether the rater was a program (imgloop simulate), by their id"),
}

EVENTS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to", given=True),
    "seq": Column("int64", "its place in the session's log, 0-based", least=0, given=True),
    "kind": Column("str", "its kind, as in events.py", given=True),
    "at": Column(MOMENT, "when it was stored, UTC", given=True),
    "data": Column("str", "its other fields, JSON", json=True, given=True),
}

ALLOTMENTS: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to", given=True),
    "state": Column(
        "str",
        "running, done, returned (due again), extra (not counted: somebody else had the unit); a gold: passed, failed",
        given=True,
    ),
    "seen_at": Column(MOMENT, "when the worker's page was last heard of, UTC", missing=True),
}

TELEMETRY: dict[str, Column] = {
    "session_id": Column("str", "the session it belongs to", given=True),
    "attempt": Column("int64", "the attempt that it was for, 1-based", least=1, given=True),
    "phase": Column("str", "what the worker was at: about, writing, waiting or judging", given=True),
    "page": Column("str", "an id for each time the page was opened; 'simulated' where there was none"),
    "at": Column(MOMENT, "when it was noted last, UTC", missing=True),
    **{
        name: Column("Int64" if signal.counted else "float64", signal.meaning, missing=True, least=0)
        for name, signal in SIGNALS.items()
    },
}

DECISIONS: dict[str, Column] = {
    "session_id": Column("str", "the session of the unit", given=True),
    "number": Column(
        "int64", "which decision about this unit, 1-based; taking one back is one too", least=1, given=True
    ),
    "worker_id": Column("str", "as in the sessions"),
    "decision": Column(
        "str", "approve, soft_reject (paid, not to be used), reject; undo: one was taken back", given=True
    ),
    "counts": Column("bool", "whether it is the one that counts: the latest that was not taken back", given=True),
    "undoes": Column("Int64", "of an undo: the number of the decision that it takes back", missing=True, least=1),
    "bonus": Column("float64", "given with the decision, in the study's currency", least=0),
    "act": Column("str", "the same for all units that were decided about together; random"),
    "reviewer_id": Column("str", "who decided; a pseudonym"),
    "decided_at": Column(MOMENT, "when, UTC", missing=True),
}

REPLAYS: dict[str, Column] = {
    "replay_id": Column("str", "64 hex digits, from all that decides what is drawn", given=True),
    "session_id": Column("str", "the session that the prompt is from; of a file: what it says, or a number"),
    "worker_id": Column("str", "who wrote the prompt, where it is known"),
    "arm": Column("str", "condition in which the prompt was written"),
    "target_id": Column("str", "id of the target that the prompt was written for"),
    "attempt": Column("int64", "the attempt that the prompt was for, 1-based", least=1),
    "prompt": Column("str", "as it was submitted", given=True),
    "model": Column("str", "what drew it now, as it was asked for", given=True),
    "draw": Column("int64", "which of the draws of this prompt by this model, 1-based", least=1),
    "outcome": Column("str", "made, or the kind of failure"),
    "image_sha256": Column("str", "of the image's file in the store; none where nothing was made", missing=True),
    "width": Column("Int64", "pixels", missing=True, least=1),
    "height": Column("Int64", "pixels", missing=True, least=1),
    "generator": Column("str", "the generator's own name"),
    "generator_version": Column("str", "its version"),
    "parameters": Column("str", "what else is needed to make it again, JSON", missing=True, json=True),
    "seed": Column("Int64", "of this draw", missing=True),
    "duration_s": Column("float64", "seconds that it took", missing=True, least=0),
    "drawn_at": Column(MOMENT, "when, UTC", missing=True),
    "source": Column("str", "where the prompts are from: a study's name, or a file's"),
}

REPLAY_METRICS: dict[str, Column] = {
    "replay_id": Column("str", "the replay that was measured", given=True),
    "metric": Column("str", "its name", given=True),
    "value": Column("float64", "what was measured; none where it failed", missing=True),
}

TABLES: dict[str, Table] = {
    "participants": Table("a worker", PARTICIPANTS, ("worker_id",)),
    "sessions": Table("a worker's work on one target", SESSIONS, ("session_id",)),
    "attempts": Table("an image shown", ATTEMPTS, ("session_id", "attempt"), "sessions"),
    "generations": Table(
        "an image of a prompt submitted, whatever came of it", GENERATIONS, ("session_id", "seq", "place"), "sessions"
    ),
    "steps": Table("an answer to a step before or after the loop", STEPS, ("session_id", "seq"), "sessions"),
    "metrics": Table("a measured value of an attempt", METRICS, ("session_id", "attempt", "metric"), "sessions"),
    "ratings": Table("a judgement by somebody else", RATINGS, ("rater_id", "item", "question")),
    "events": Table("an event of a session", EVENTS, ("session_id", "seq"), "sessions"),
    "allotments": Table("a unit that was given to a worker", ALLOTMENTS, ("session_id",), "sessions"),
    "telemetry": Table(
        "what a page noted of one phase of an attempt",
        TELEMETRY,
        ("session_id", "attempt", "phase", "page"),
        "sessions",
    ),
    "decisions": Table("what a reviewer decided about a unit", DECISIONS, ("session_id", "number"), "sessions"),
    "replays": Table("a prompt drawn anew", REPLAYS, ("replay_id",)),
    "replay_metrics": Table("a measured value of a replay", REPLAY_METRICS, ("replay_id", "metric"), "replays"),
}
"""Every table, in the order in which they are written."""

Tables = dict[str, pd.DataFrame]
"""Name of a table → its frame, with the columns of its codebook."""


def typed(values: pd.Series, column: Column) -> pd.Series:
    """Return the values with the column's type."""
    dtype: Any = column.dtype
    made: pd.Series = values.astype(dtype)
    return made


def empty(table: str) -> pd.DataFrame:
    """Return the table without a row."""
    return pd.DataFrame({name: pd.Series(dtype=column.dtype) for name, column in TABLES[table].columns.items()})


def described() -> list[dict[str, Any]]:
    """Return the codebook as rows: table, row, column, type, meaning, may_be_missing."""
    return [
        {
            "table": table,
            "row": about.row,
            "column": name,
            "type": "JSON" if column.json else column.dtype,
            "meaning": column.meaning,
            "may_be_missing": column.missing,
        }
        for table, about in TABLES.items()
        for name, column in about.columns.items()
    ]
