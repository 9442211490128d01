"""What the pages of simulated workers would have noted of the work, made up from what happened in their sessions.

Times are those of the events, so that the numbers fit the session; the rest is chance, and a habit that each worker
has. The shares of the habits are guesses, in no way measured: they only give a report something to show.

| habit | what their page notes |
| --- | --- |
| plain | typing, some pauses, now and then a page hidden while they wait |
| pastes | most prompts pasted in, hardly a key |
| looks_elsewhere | the page hidden again and again, also while they write |
| loses_connection | the connection lost once or twice |
"""

import random
from collections.abc import Mapping
from datetime import datetime

from imgloop_widgets.loop import State
from imgloop_widgets.signals import PAUSE_S, Noted

PAGE = "simulated"
"""Stands for the id of a page, so that these rows say by themselves that no page was there."""

HABITS: Mapping[str, float] = {"plain": 0.63, "pastes": 0.14, "looks_elsewhere": 0.15, "loses_connection": 0.08}
"""The share of each habit."""

KEY_S = 0.24
"""Seconds between two keys of somebody who types."""


def notes(state: State, chance: random.Random) -> tuple[Noted, ...]:
    """Return what the worker's page has noted of the session, for each phase of each attempt that was shown."""
    if state.opened is None:
        return ()
    habit = chance.choices(list(HABITS), list(HABITS.values()))[0]
    found: list[Noted] = []
    begun, before = state.opened.at, ""
    for attempt in state.attempts:
        number, prompt = attempt.number, attempt.prompt
        spent = _seconds(begun, prompt.at)
        other = chance.uniform(0.25, 0.5) * spent  # the questions at first, then the score of the image before
        if number == 1:
            found.append(_note(1, "about", _answering(other, chance)))
        else:
            found.append(_note(number - 1, "judging", {"open_s": other}))
        found.append(_note(number, "writing", _writing(spent - other, before, prompt.prompt, habit, chance)))
        found.append(_note(number, "waiting", {"open_s": max(image.wait_s for image in attempt.images)}))
        begun, before = attempt.shown_at, prompt.prompt
    last = state.attempts[-1] if state.attempts else None
    if last is not None and last.scored is not None:
        found.append(_note(last.number, "judging", {"open_s": _seconds(begun, last.scored.at)}))
    return tuple(_disturbed(note, habit, chance) for note in found)


def _note(attempt: int, phase: str, values: Mapping[str, float]) -> Noted:
    return Noted(page=PAGE, attempt=attempt, phase=phase, values=values)


def _seconds(begun: datetime, ended: datetime) -> float:
    return max(0.0, (ended - begun).total_seconds())


def _answering(open_s: float, chance: random.Random) -> dict[str, float]:
    keys = chance.randint(2, 8)
    return {"open_s": open_s, "focus_s": 0.3 * open_s, "typing_s": min(0.2 * open_s, KEY_S * keys), "keys": keys}


def _writing(open_s: float, before: str, prompt: str, habit: str, chance: random.Random) -> dict[str, float]:
    focus_s = chance.uniform(0.7, 0.98) * open_s
    if habit == "pastes" and chance.random() < 0.8:
        keys = chance.randint(0, 12)
        pasted = {"pastes": 1, "pasted_characters": round(chance.uniform(0.7, 1) * len(prompt))}
        return {"open_s": open_s, "focus_s": focus_s, "typing_s": min(focus_s, KEY_S * keys), "keys": keys, **pasted}
    written = len(prompt) if not before else abs(len(prompt) - len(before)) + chance.randint(3, 15)
    deletions = round(written * chance.uniform(0.03, 0.25))
    keys = written + 2 * deletions
    return {
        "open_s": open_s,
        "focus_s": focus_s,
        "typing_s": min(focus_s, KEY_S * keys * chance.uniform(0.7, 1.4)),
        "keys": keys,
        "deletions": deletions,
        "pauses": round(chance.uniform(0.2, 1.0) * focus_s / (5 * PAUSE_S)),
    }


def _disturbed(note: Noted, habit: str, chance: random.Random) -> Noted:
    """Let the page be hidden, or cut off, for a part of the step; and round the times."""
    values, open_s = dict(note.values), note.values["open_s"]
    often = {"looks_elsewhere": 0.6, "pastes": 0.5}.get(habit, 0.15 if note.phase == "waiting" else 0.03)
    if chance.random() < often:
        values |= {"hidden": chance.randint(1, 3), "hidden_s": chance.uniform(0.1, 0.6) * open_s}
    if chance.random() < (0.25 if habit == "loses_connection" else 0.005):
        values |= {"lost": 1, "lost_s": min(open_s, chance.uniform(2, 20))}
    return _note(note.attempt, note.phase, {name: round(value, 3) for name, value in values.items()})
