"""What a simulated worker does at a gold unit: who pays attention does what is known to be right, and some do not."""

import random
from typing import Any

from imgloop_widgets.loop import Known, says
from imgloop_widgets.runner import Runner
from imgloop_widgets.simulate.stepping import right_answer

ATTENTIVE = 0.8
"""The probability that a worker does at a gold what is known to be right."""


def known_to(runner: Runner, seed: str) -> Known | None:
    """Return what the worker does right; None: it is no gold, or they just play. seed: text, of all their chance."""
    attentive = random.Random(f"{seed}/gold").random() < ATTENTIVE
    return runner.part.rules.known if attentive else None


def right_answers(known: Known, runner: Runner) -> dict[str, Any]:
    """Return the right answers to the form's questions, as the page would send them."""
    form = runner.sheet.form
    return {name: right_answer(form.field(name), right) for name, right in known.right.items()}


def named(known: Known, prompt: str, longest: int) -> str:
    """Return the prompt with the words that must be in it. longest: characters."""
    missing = [words[0] for words in known.says if not any(says(prompt, one) for one in words)]
    words = ", ".join(missing)
    return f"{words}, {prompt}"[:longest].rstrip(" ,") if missing else prompt


def within(known: Known, score: int) -> int:
    """Return the score, or the nearest one within all that is known of scores."""
    low = max((ends[0] for ends in known.scores.values()), default=score)
    high = min((ends[1] for ends in known.scores.values()), default=score)
    return max(low, min(high, score)) if low <= high else score
