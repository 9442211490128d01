"""Who came, who is left out and by which rule, and who is analysed: the flow that a paper has to show.

    invited → came → started → left out, by the first rule that says so → analysed      exclusion_flow; by arm: flow_by

A rule has a name and is a function from the sessions that are still in to True (left out) or False for each. The rules
apply in their order, each to what the ones before it have left, so that every session is counted once:
started = the sum over the rules + analysed.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from imgloop_widgets.analysis.tidy import require, whole

Rule = Callable[[pd.DataFrame], "pd.Series"]
"""Sessions → whether each is left out, with the same index."""

NOT_STARTED = "not started"
"""What a session is left out by that never had a prompt."""


def excluded_by(sessions: pd.DataFrame, rules: Mapping[str, Rule]) -> pd.DataFrame:
    """Return the sessions with the rule by which each is left out.

    In: session_id, worker_id, started, and what the rules need. rules: name → rule, in their order. Out: the same, and
    excluded_by (`NOT_STARTED`, a rule's name, or missing: analysed).

    Raises: ValueError: a column is missing, or a rule does not give True or False for each session.
    """
    require(sessions, "session_id", "worker_id", "started")
    reasons = pd.Series(pd.NA, index=sessions.index, dtype="str")
    reasons[~sessions["started"].astype(bool)] = NOT_STARTED
    for name, rule in rules.items():
        remaining = sessions.loc[reasons.isna()]
        if len(remaining):
            reasons[remaining.index[_answers(name, rule, remaining)]] = name
    return sessions.assign(excluded_by=reasons)


def analysed(sessions: pd.DataFrame, rules: Mapping[str, Rule]) -> pd.DataFrame:
    """Return the sessions that no rule leaves out. In, Raises: as `excluded_by`. Out: the columns of the sessions."""
    return sessions.loc[excluded_by(sessions, rules)["excluded_by"].isna()]


def exclusion_flow(sessions: pd.DataFrame, rules: Mapping[str, Rule], *, invited: int | None = None) -> pd.DataFrame:
    """Return the flow, from those who were invited to those who are analysed.

    In: as `excluded_by`. invited: workers, if it is known. Out: stage ('invited', 'came', 'started', 'excluded',
    'analysed'), step (the stage, or the rule's name), sessions (missing for 'invited'), workers (who have such a
    session: one worker may be in several rows), left_sessions, left_workers (still in after this row).

    Raises: ValueError: as `excluded_by`, or fewer were invited than came.
    """
    rows = excluded_by(sessions, rules)
    if invited is not None:
        whole("invited", invited, int(rows["worker_id"].nunique()))
    reason = rows["excluded_by"]
    inside = reason.ne(NOT_STARTED) | reason.isna()
    table: list[tuple[str | int | None, ...]] = []
    if invited is not None:
        table = [("invited", "invited", None, invited, None, None)]
    table += [("came", "came", *_count(rows), *_count(rows))]
    table += [("started", "started", *_count(rows.loc[inside]), *_count(rows.loc[inside]))]
    for name in rules:
        inside = inside & reason.ne(name).fillna(True)
        table += [("excluded", name, *_count(rows.loc[reason.eq(name).fillna(False)]), *_count(rows.loc[inside]))]
    table += [("analysed", "analysed", *_count(rows.loc[inside]), *_count(rows.loc[inside]))]
    columns = ["stage", "step", "sessions", "workers", "left_sessions", "left_workers"]
    return pd.DataFrame(table, columns=columns).astype(
        {"stage": "str", "step": "str", **dict.fromkeys(columns[2:], "Int64")}
    )


def flow_by(sessions: pd.DataFrame, rules: Mapping[str, Rule], *, by: str) -> pd.DataFrame:
    """Return the flow of each arm, target or other group, in a row.

    In: as `excluded_by`, and `by`. Out: by, came, started, excluded, analysed (sessions), workers (who have one that is
    analysed); in the order of `by`.

    Raises: ValueError: as `excluded_by`, or there is no such column.
    """
    require(sessions, by)
    rows = excluded_by(sessions, rules)
    started, inside = rows["started"].astype(bool), rows["excluded_by"].isna()
    marks = rows.assign(came=True, started=started, excluded=started & ~inside, analysed=inside)
    names = ["came", "started", "excluded", "analysed"]
    found = marks.groupby(by, sort=True)[names].sum().astype("int64")
    workers = rows.loc[inside].groupby(by)["worker_id"].nunique()
    return found.assign(workers=workers.reindex(found.index, fill_value=0).astype("int64")).reset_index()


def _answers(name: str, rule: Rule, sessions: pd.DataFrame) -> pd.Series:
    answers = rule(sessions)
    fits = isinstance(answers, pd.Series) and len(answers) == len(sessions) and answers.index.equals(sessions.index)
    if not fits or answers.isna().any() or not pd.api.types.is_bool_dtype(answers):
        raise ValueError(
            f"rule {name!r} must give True or False for each session; not {type(answers).__name__} {answers!r:.80}."
        )
    return answers.astype(bool)


def _count(rows: pd.DataFrame) -> tuple[int, int]:
    return len(rows), int(rows["worker_id"].nunique())
