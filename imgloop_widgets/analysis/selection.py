"""Which sessions a report is about: conditions that a researcher writes as text, in pandas' query syntax.

    where    "arm == 'b' and attempts > 1"                     true for the sessions to look at
    exclude  {"too fast": "duration_s < 20", …}                true for the sessions to leave out, rule by rule

A condition that is neither true nor false, because a value is missing, is false: it neither picks nor leaves out.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from imgloop_widgets.analysis.exclusions import NOT_STARTED, Rule
from imgloop_widgets.errors import ImgloopError

GOLD = "gold unit"
"""The rule by which units with known answers are left out, unless a condition speaks of them."""

TAKEN = ("simulated", "where", NOT_STARTED, GOLD)
"""Names that a rule can't have: what else sessions are left out by."""


def matching(sessions: pd.DataFrame, condition: str, *, name: str) -> pd.Series:
    """Return whether each session meets the condition. name: what the condition is called in a message.

    Raises:
        ImgloopError: it is no condition, or names a column that there is not; the text lists those that there are.
    """
    try:
        answers: Any = sessions.eval(condition, engine="python", local_dict={}, global_dict={})
    except Exception as error:  # pandas raises whatever Python does with such text
        raise ImgloopError(f"{name}: {condition!r} can't be understood ({_why(error, sessions)})") from None
    whole = isinstance(answers, pd.Series) and len(answers) == len(sessions)
    if not whole or not (pd.api.types.is_bool_dtype(answers) or sessions.empty):
        given = answers.dtype if whole else f"{answers!r:.40}"
        raise ImgloopError(
            f"{name}: {condition!r} must be true or false for each session, like {EXAMPLE!r}; it gives {given}"
        )
    made: pd.Series = answers.astype("boolean").fillna(False).astype("bool")
    return made


EXAMPLE = "arm == 'b' and attempts > 1"


def without_golds(sessions: pd.DataFrame, conditions: Iterable[str]) -> dict[str, Rule]:
    """Return the rule that leaves gold units out: where there are any, and no condition of the researcher's says
    something of the columns `gold` or `gold_passed`, so that `gold or not gold` keeps them all.
    """
    spoken = any(re.search(r"\bgold(_passed)?\b", condition) for condition in conditions)
    return {} if spoken or not sessions["gold"].any() else {GOLD: lambda rows: rows["gold"].astype("bool")}


def rules(exclude: Mapping[str, str]) -> dict[str, Rule]:
    """Return the rules as `exclusions` takes them, in their order.

    Raises:
        ImgloopError: a rule has a name that is taken, or is no text.
    """
    for name, condition in exclude.items():
        if name in TAKEN:
            raise ImgloopError(f"exclude: a rule can't be called {name!r}; give it another name")
        if not isinstance(condition, str):
            raise ImgloopError(f"exclude: the rule {name!r} must be text like {EXAMPLE!r}; not {condition!r}")
    return {name: _rule(name, condition) for name, condition in exclude.items()}


def _rule(name: str, condition: str) -> Rule:
    return lambda sessions: matching(sessions, condition, name=f"exclude, rule {name!r}")


def _why(error: Exception, sessions: pd.DataFrame) -> str:
    """Return what is wrong, with the columns that there are."""
    known = list(map(str, sessions.columns))
    lost = re.match(r"(?:local variable|name) '(.+)' is not defined", str(error))
    if lost is None:
        reason = str(error) or type(error).__name__
        return f"{reason}; it may use {', '.join(known)}"
    close = difflib.get_close_matches(lost[1], known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"there is no column {lost[1]}; {hint}There are {', '.join(known)}"
