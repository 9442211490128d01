"""What is asked about an item: its form, and answers in words that don't depend on the order of the images.

    Question, Shown  →  form_of   the page asks about image A, image B, …
    page's answers   →  coded     attempt numbers in place of letters     →  is_right  (checks)

Letters and not left and right: on a phone images stand below each other, and a screen reader has no left.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from imgloop_widgets.forms import FormModel, make_form
from imgloop_widgets.ratings.items import TARGET, Shown
from imgloop_widgets.ratings.tables import Check, Question

SAME = "same"
"""The answer to `closer` where neither is."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letter(place: int) -> str:
    """Return what the image at a place (0-based) is called."""
    return LETTERS[place] if place < len(LETTERS) else str(place + 1)


@lru_cache(maxsize=64)
def form_of(title: str, instruction: str, questions: tuple[Question, ...], pictures: int, last: bool) -> FormModel:
    """Return the form of an item with so many pictures. last: whether there is none after it."""
    return make_form(
        {
            "title": title,
            "instruction": instruction,
            "fields": [_field(question, pictures) for question in questions],
            "submit_button": "Finish" if last else "Next",
        }
    )


def _field(question: Question, pictures: int) -> dict[str, Any]:
    common = {"name": question.name, "label": question.text, "validators": {"required": True}}
    images = [{"label": f"Image {letter(k)}", "value": letter(k)} for k in range(pictures)]
    match question.kind:
        case "scale":
            ends = {"min_label": question.low_label, "max_label": question.high_label}
            bounds = {"min": question.low, "max": question.high}
            return {**common, "type": "rating", "symbols": "numbers", **bounds, **ends}
        case "choice":
            options = [{"label": text, "value": k} for k, text in enumerate(question.options, 1)]
            return {**common, "type": "radio", "options": options}
        case "closer":
            tie = [{"label": question.tie, "value": SAME}] if question.tie else []
            return {**common, "type": "radio", "options": [*images, *tie]}
    return {**common, "type": "ranking", "options": images}


def coded(questions: Sequence[Question], shown: Shown, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a page, checked already, with attempts in place of letters."""
    attempts = {letter(k): picture.attempt for k, picture in enumerate(shown.pictures)}
    made: dict[str, Any] = {}
    for question in questions:
        answer = answers[question.name]
        if question.kind == "closer":
            answer = attempts.get(answer, SAME)
        elif question.kind == "ranking":
            answer = [attempts[one] for one in answer]
        made[question.name] = answer
    return made


def uncoded(questions: Sequence[Question], shown: Shown, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as the page holds them: what `coded` was given (of two same images, the first)."""
    letters = {picture.attempt: letter(k) for k, picture in reversed(list(enumerate(shown.pictures)))}
    made: dict[str, Any] = {}
    for question in questions:
        if question.name not in answers:  # the study was changed meanwhile
            continue
        answer = answers[question.name]
        if question.kind == "closer":
            answer = letters.get(answer, SAME)
        elif question.kind == "ranking":
            answer = [letters[one] for one in answer if one in letters]
        made[question.name] = answer
    return made


def right_answers(questions: Sequence[Question], check: Check) -> dict[str, tuple[Any, ...]]:
    """Return what is right in a check, for each question that it judges. Of a ranking: what may come first."""
    right: dict[str, tuple[Any, ...]] = {}
    for question in questions:
        if question.kind == "ranking" or (question.kind == "closer" and check == "target"):
            right[question.name] = (TARGET,)
        elif question.kind == "closer" and question.tie:
            right[question.name] = (SAME,)
        elif question.alike is not None and check == "target":
            right[question.name] = tuple(_near(question))
    return right


def _near(question: Question) -> range:
    assert question.alike is not None
    if question.kind == "choice":
        return range(question.alike, question.alike + 1)
    low, high = question.alike - question.alike_within, question.alike + question.alike_within
    return range(max(low, question.low), min(high, question.high) + 1)


def is_right(answer: Any, right: Sequence[Any]) -> bool:
    """Whether an answer (coded) is one of those that are right; of a ranking, its first."""
    first = answer[0] if isinstance(answer, (list, tuple)) and answer else answer
    return first in right


def asked(questions: Sequence[Question]) -> dict[str, dict[str, Any]]:
    """Return the questions as they stand in `ItemsAllotted.questions`."""
    return {
        question.name: {"kind": question.kind, "text": question.text, **_values(question)} for question in questions
    }


def _values(question: Question) -> dict[str, Any]:
    if question.kind == "scale":
        return {"low": question.low, "high": question.high}
    return {"options": list(question.options)} if question.kind == "choice" else {}
