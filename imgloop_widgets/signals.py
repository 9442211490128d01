"""What a worker's page notes of the work itself, where the study asks for it: counts and durations, and nothing else.

    page/signals.js ──▶ {"page": …, "steps": [{"attempt", "phase", "values"}]} ──▶ `noted` ──▶ store (telemetry)
                                          SIGNALS ──▶ `recorded`: what the worker reads of it

Never which key, never a text, never where the pointer is. What a page sends are its totals so far of a step, so that a
message that comes twice changes nothing, and one that is lost is made up for by the next.

A study records it with `signals = true`; else the page listens to nothing and the kernel takes nothing. **To record
another signal**: a line in `SIGNALS`, which has no place for one without a sentence; then page/signals.js counts it.
Whatever is not in the table is not taken. A session never depends on any of it, and a page can say what it likes: these
are hints about a worker's work, and no proof of anything.
"""

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PHASES: dict[str, str] = {
    "about": "the questions before the first prompt, and reading",
    "writing": "the prompt",
    "waiting": "waiting for the image",
    "judging": "looking at the image and scoring it",
}
"""Phase → what a worker is at. Of a page that asks for a score and a prompt, what has the focus decides."""

PAUSE_S = 2
"""Seconds without a key from which on it is a pause."""

MOST_STEPS = 16
"""Steps in one message; a page that is cut off for long has a few."""

MOST_TIMES, MOST_S = 10**6, 30 * 24 * 3600.0
"""The highest count and the longest time, seconds, that is taken for true."""

_PAGE = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """meaning: for the codebook. says: the sentence that a worker reads; several signals may share one.

    counted: whether it is a whole number of times; else it is seconds.
    """

    meaning: str
    says: str
    counted: bool = True

    def __post_init__(self) -> None:
        if not self.says.strip():
            raise ValueError("a signal must have a sentence that tells the worker of it")

    @property
    def most(self) -> float:
        """The highest value that is taken for true."""
        return MOST_TIMES if self.counted else MOST_S


_OPEN = "How long each step was open, and how long you were in a text field."
_RHYTHM = f"How long you typed, and how many pauses of more than {PAUSE_S} seconds were in it."
_KEYS = "How many times you wrote or removed something with a key; never which key."
_PASTED = "How many times a text was pasted, and of how many characters."
_HIDDEN = "How many times and how long this page was hidden, for example behind another tab."
_LOST = "How many times and how long the connection was lost."

SIGNALS: dict[str, Signal] = {
    "open_s": Signal(meaning="seconds that the step was open, also hidden or cut off", says=_OPEN, counted=False),
    "focus_s": Signal(meaning="seconds that a text field had the focus on a page in sight", says=_OPEN, counted=False),
    "typing_s": Signal(
        meaning=f"seconds between one key and the next, without pauses (more than {PAUSE_S} s)",
        says=_RHYTHM,
        counted=False,
    ),
    "pauses": Signal(meaning=f"pauses between one key and the next, of more than {PAUSE_S} s", says=_RHYTHM),
    "keys": Signal(meaning="times a key wrote or removed something in a text field", says=_KEYS),
    "deletions": Signal(meaning="times something was removed, of these", says=_KEYS),
    "pastes": Signal(meaning="times a text was pasted or dropped into a text field", says=_PASTED),
    "pasted_characters": Signal(meaning="characters that were pasted or dropped", says=_PASTED),
    "hidden": Signal(meaning="times the page was hidden", says=_HIDDEN),
    "hidden_s": Signal(meaning="seconds that the page was hidden", says=_HIDDEN, counted=False),
    "lost": Signal(meaning="times the connection was lost", says=_LOST),
    "lost_s": Signal(meaning="seconds that the connection was lost", says=_LOST, counted=False),
}
"""All that is noted, by its name in messages, in the store and in tables."""

ALWAYS = (
    "Your answers, prompts and scores, and when you gave them; so also how long you wrote, waited and judged.",
    "What you have typed and not sent yet, so that it is still there after a reload.",
)
"""What every study records, whether it asks for signals or not."""

APART = (
    "The numbers are kept for each attempt: for the questions, the writing, the waiting and the scoring, each apart."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What one page has noted of one phase of an attempt so far.

    page: an id of its own for each time a page was opened. attempt: 1-based. phase: of `PHASES`. values: signal →
    times or seconds.
    """

    page: str
    attempt: int
    phase: str
    values: Mapping[str, float]


def recorded(signals: bool) -> tuple[str, ...]:
    """Return what a study records, in sentences for its workers. signals: whether it asks for them."""
    if not signals:
        return ALWAYS
    return (*ALWAYS, *dict.fromkeys(signal.says for signal in SIGNALS.values()), APART)


def recorded_html(signals: bool) -> str:
    """Return the same as a list in HTML, for a consent form."""
    items = "".join(f"<li>{html.escape(sentence, quote=False)}</li>" for sentence in recorded(signals))
    return f"<ul>{items}</ul>"


def noted(content: Mapping[str, Any], attempts: int) -> tuple[Noted, ...]:
    """Return what a page's message says; nothing where any of it is out of shape or out of bounds.

    content: as a stranger may have written it. attempts: images that the session has; of the next one there may be
    something too.
    """
    page, steps = content.get("page"), content.get("steps")
    if not isinstance(page, str) or not _PAGE.fullmatch(page):
        return ()
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        return ()
    found = [_step(page, step, attempts) for step in steps]
    return tuple(step for step in found if step is not None) if None not in found else ()


def _step(page: str, step: object, attempts: int) -> Noted | None:
    match step:
        case {"attempt": int(attempt), "phase": str(phase), "values": dict(values), **rest} if not rest:
            if isinstance(attempt, bool) or not 1 <= attempt <= attempts + 1 or phase not in PHASES:
                return None
            if not values or not all(_possible(name, value) for name, value in values.items()):
                return None
            rounded = {name: round(value, 3) for name, value in values.items()}
            return Noted(page=page, attempt=attempt, phase=phase, values=rounded)
    return None


def _possible(name: object, value: object) -> bool:
    signal = SIGNALS.get(name) if isinstance(name, str) else None
    if signal is None or isinstance(value, bool) or not isinstance(value, int if signal.counted else int | float):
        return False
    return math.isfinite(value) and 0 <= value <= signal.most
