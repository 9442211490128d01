"""What a study sets, and what follows from it: how many attempts are left, what ends a session, which score, which
choice and which prompt are acceptable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from imgloop_widgets.errors import Refused
from imgloop_widgets.events import Reason
from imgloop_widgets.loop.controls import Controls, beside
from imgloop_widgets.loop.known import Known
from imgloop_widgets.loop.sets import derived
from imgloop_widgets.loop.state import State
from imgloop_widgets.loop.steps import StepRule

Duplicates = Literal["exact", "normalized", "allow"]


Seeds = Literal["session", "attempt"]

Steer = Literal["prompt", "pick"]
"""How the next image is asked for: in words, or by picking one of the images, whose variations come next."""

SCORE, PROMPT, PICK = "score", "prompt", beside("pick")
"""Names of the fields a refusal of the loop stands beside."""

NO_CONTROLS: Mapping[str, Any] = MappingProxyType({})


NONE_SET = Controls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a study sets.

    max_answer_loops: attempts a worker may make; None: no limit. min_answer_loops: from so many on they may finish
    whenever they want, and a perfect score ends the session; 0: finishing is always early. score_min, score_max:
    the scale, both included. perfect_score: ends the session; None: none does. self_rating: whether a score is
    asked for. images: of each prompt. pick: whether the worker chooses one of them. steer: see `Steer`. duplicates:
    which repeats of an earlier prompt are refused: `exact` (after stripping), `normalized` (also case and spaces),
    `allow`. bands: (lowest score, name of the form's template), rising; the instruction under an image follows from
    the score before it. prompt_max_characters: a hard bound. max_refusals: prompts that a safety filter may refuse
    before the session ends; None: no limit. controls: what a worker may set beside the prompt. seeds: whether all
    images of a session have its seed, or each attempt its own. steps: what stands before and after the loop. known: of
    a gold unit, what its worker should do; None: it is no gold.
    """

    max_answer_loops: int | None = 3
    score_min: int = 1
    score_max: int = 10
    perfect_score: int | None = 10
    min_answer_loops: int = 0
    self_rating: bool = True
    images: int = 1
    pick: bool = False
    steer: Steer = "prompt"
    duplicates: Duplicates = "exact"
    bands: tuple[tuple[int, str], ...] = ()
    prompt_max_characters: int = 10_000
    max_refusals: int | None = 10
    controls: Controls = NONE_SET
    seeds: Seeds = "session"
    steps: tuple[StepRule, ...] = ()
    known: Known | None = None

    def step(self, name: str) -> StepRule:
        """Return what is set for a step. Raises: KeyError: the study has it no more."""
        return {rule.name: rule for rule in self.steps}[name]


def attempts_left(rules: Rules, state: State) -> int | None:
    """How many more attempts may be made; None: no limit."""
    return None if rules.max_answer_loops is None else max(0, rules.max_answer_loops - len(state.attempts))


def refusals_left(rules: Rules, state: State) -> int | None:
    """How many more prompts may be refused; with the last of them the session ends. None: no limit."""
    return None if rules.max_refusals is None else max(1, rules.max_refusals - state.refusals)


def perfect_now(rules: Rules, state: State) -> int | None:
    """The score that ends the session if the image shown gets it; None: none does, or not yet."""
    return rules.perfect_score if len(state.attempts) >= rules.min_answer_loops else None


def ends_with(rules: Rules, state: State, score: int | None) -> Reason | None:
    """The reason for which the session ends if the image shown gets this score; None: it goes on.

    score: None where none is asked for, and the worker goes on.
    """
    if score is not None and score == perfect_now(rules, state):
        return "perfect"
    return "attempts_used" if attempts_left(rules, state) == 0 else None


def is_enough(rules: Rules, state: State) -> bool:
    """Whether the worker may finish as they like, and it is not early. Only attempts that are done count."""
    return 0 < rules.min_answer_loops <= sum(attempt.is_done for attempt in state.attempts)


def writes(rules: Rules, state: State) -> bool:
    """Whether the next prompt is written; False: an image is picked instead, and its variations come."""
    return rules.steer == "prompt" or not state.attempts


def seed_of(rules: Rules, session: int, attempt: int) -> int:
    """The seed of an attempt's image, 0 to 2**31 - 1. session: the session's. attempt: 1-based.

    Where an image is picked instead of writing, the words stay the same, so that another seed must make the next ones.
    """
    same = rules.seeds == "session" and (rules.steer == "prompt" or attempt == 1)
    return session if same else derived(session, attempt)


def band(rules: Rules, score_before: int | None) -> str | None:
    """The name of the template for an image; score_before: of the image before it, None for the first image."""
    names = [name for lowest, name in rules.bands if score_before is None or score_before >= lowest]
    if not names:
        return rules.bands[0][1] if rules.bands else None
    return names[0] if score_before is None else names[-1]


def check_score(rules: Rules, score: object) -> int:
    """Return the score if it is a whole number on the scale.

    Raises:
        Refused: it is not.
    """
    if isinstance(score, bool) or not isinstance(score, int) or not rules.score_min <= score <= rules.score_max:
        raise Refused(f"Please choose a score from {rules.score_min} to {rules.score_max}.", field=SCORE)
    return score


def check_pick(rules: Rules, state: State, pick: object) -> int | None:
    """Return the place of the image that is chosen; None: there is nothing to be chosen.

    Where only one image has come of several, that is the one.

    Raises:
        Refused: it is none of the images shown.
    """
    if not rules.pick:
        return None
    places = [image.place for image in state.attempts[-1].images]
    if len(places) == 1:
        return places[0]
    if isinstance(pick, bool) or not isinstance(pick, int) or pick not in places:
        raise Refused("Please choose one of the images.", field=PICK)
    return pick


def check_prompt(rules: Rules, state: State, prompt: object, controls: Mapping[str, Any] = NO_CONTROLS) -> str:
    """Return the prompt, stripped, if it may be submitted. controls: set with it; with others it is no repeat.

    Raises:
        Refused: it is empty, too long, not storable text, or repeats the prompt of an earlier attempt.
    """
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused("Please write a prompt.", field=PROMPT)
    prompt = prompt.strip()
    if len(prompt) > rules.prompt_max_characters:
        raise Refused(
            f"Please shorten the prompt to {rules.prompt_max_characters} characters (now {len(prompt)}).",
            field=PROMPT,
        )
    if "\0" in prompt or not _is_unicode(prompt):
        raise Refused("The prompt has characters that can't be stored; please type it again.", field=PROMPT)
    if rules.duplicates != "allow":
        form = _NORMAL_FORMS[rules.duplicates]
        if form(prompt) in {form(a.prompt.prompt) for a in state.attempts if a.prompt.controls == controls}:
            raise Refused("Same prompt cannot be used twice. Please change it.", field=PROMPT)
    return prompt


_NORMAL_FORMS: dict[Duplicates, Callable[[str], str]] = {
    "exact": str.strip,
    "normalized": lambda prompt: " ".join(prompt.split()).casefold(),
}


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can carry it, no database can
        return False
    return True
