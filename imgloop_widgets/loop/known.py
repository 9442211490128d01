"""What is known of a gold unit, pure: the checks that a session must meet, and which of them it does not.

| check | is met where |
| --- | --- |
| right.FIELD | the form's own question has the right answer, as `steps.is_right` has it |
| says.WORD | a prompt of the session has the word (or words in a row), or another one of its list |
| first_score, last_score, best_score | that score is within the range, both ends included |

A session is judged where its worker has come to the end of it or has left by Exit, and has seen an image. Whose time
was over, or who has withdrawn, has got nothing wrong.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from imgloop_widgets.events import Event, Reason, SessionFinished
from imgloop_widgets.loop.state import State, fold
from imgloop_widgets.loop.steps import is_right

Which = Literal["first_score", "last_score", "best_score"]
WHICH: tuple[Which, ...] = get_args(Which)
"""The scores of a session that a range can be known of."""

JUDGED: frozenset[Reason] = frozenset({"perfect", "attempts_used", "stopped", "exited"})
"""Reasons for which a session ends that can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known. right: field → its right answer, or a list of those that are. says: of each list one must be in
    the prompts. scores: which → the lowest and the highest that is right.
    """

    right: Mapping[str, Any] = field(default_factory=dict)
    says: tuple[tuple[str, ...], ...] = ()
    scores: Mapping[Which, tuple[int, int]] = field(default_factory=dict)


def with_verdict(known: Known | None, state: State, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return what a session is about to go on with, with what of a gold unit was wrong where that ends it."""
    *before, end = events
    if known is None or not isinstance(end, SessionFinished):
        return events
    after = fold(before, state)
    return (*before, replace(end, wrong=wrong_in(known, after) if can_judge(after, end.reason) else None))


def can_judge(state: State, reason: Reason) -> bool:
    """Whether a session that ends like this says something of its worker."""
    return reason in JUDGED and bool(state.attempts)


def wrong_in(known: Known, state: State) -> tuple[str, ...]:
    """Return the checks that the session does not meet, in the order of the table; none: it was passed."""
    return tuple(_wrong(known, state))


def says(prompt: str, words: str) -> bool:
    """Whether a prompt has these words in a row, without regard to case and to what is between them."""
    return f" {_plain(words)} " in f" {_plain(prompt)} "


def _wrong(known: Known, state: State) -> Iterator[str]:
    answers = state.answers or {}
    yield from (f"right.{name}" for name, right in known.right.items() if not is_right(answers.get(name), right))
    prompts = [attempt.prompt.prompt for attempt in state.attempts]
    for words in known.says:
        if not any(says(prompt, one) for one in words for prompt in prompts):
            yield f"says.{words[0]}"
    scores = [attempt.score for attempt in state.attempts if attempt.score is not None]
    for which, (low, high) in known.scores.items():
        if not scores or not low <= _OF[which](scores) <= high:
            yield which


_OF: dict[Which, Callable[[list[int]], int]] = {
    "first_score": lambda scores: scores[0],
    "last_score": lambda scores: scores[-1],
    "best_score": max,
}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
