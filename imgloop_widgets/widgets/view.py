"""The picture of a state that the page draws: plain JSON values, nothing that a worker may not know.

`form_json` is sent once, `view_json` after each change (page/look_alike.js draws both). Images are named by id and
fetched by message; a target's prompt, its file, the arm, the seed and other workers' data are in neither.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from imgloop_widgets.decisions import code_of
from imgloop_widgets.errors import Failure
from imgloop_widgets.events import ImageGenerated, Reason
from imgloop_widgets.forms import prompt_limits
from imgloop_widgets.forms.fields import Password
from imgloop_widgets.library import Target
from imgloop_widgets.loop import (
    EMPTY,
    PAUSED,
    Attempt,
    Phase,
    Rules,
    State,
    attempts_left,
    best,
    pending,
    perfect_now,
    refusals_left,
    seconds_left,
    writes,
)
from imgloop_widgets.part import Part, template_of
from imgloop_widgets.signals import recorded
from imgloop_widgets.stage import form_now, playing
from imgloop_widgets.widgets.base import drawn_form
from imgloop_widgets.widgets.control_fields import control_fields
from imgloop_widgets.widgets.step_view import key_of, progress_json, step_json

STOPPED = "This task has ended"
ENDED = (
    "The researcher has ended it for you. What you did so far is saved, and nothing more is asked of you. Thank you!"
)

FINISHED: dict[Reason, tuple[str, str]] = {
    "perfect": ("A perfect match!", "Thank you for guiding the algorithm to perfection. Your work is saved."),
    "attempts_used": ("All done, thank you!", "You have used all your attempts. Your work is saved."),
    "stopped": ("All done, thank you!", "You made as many attempts as were asked for. Your work is saved."),
    "exited": ("Thank you!", "You finished early. What you did so far is saved."),
    "expired": ("The time is over", "Your work so far was submitted for you, just before the time ran out. Thank you!"),
    "withdrawn": ("You have withdrawn", "Nothing more is asked of you."),
    "failed": (
        "We have to stop here",
        "The image service does not work at the moment. What you did is saved. Thank you!",
    ),
    "no_consent": (
        "Thank you for coming",
        "You chose not to take part. Nothing more is asked of you, and you can close this page.",
    ),
    "screened_out": (
        "Thank you for your time",
        "The task itself is not open to you this time: some answers were not the ones we need for it. That is no "
        "judgement of you. Nothing more is asked of you.",
    ),
    "closed": (STOPPED, ENDED),
    "returned": (STOPPED, ENDED),
}
"""Title and message of the last page, by the reason for which the session ended."""

FAREWELL = "Thank you for your work"
"""Title of the last page of somebody who may begin no other task."""

FAILED: dict[Failure, str] = {
    "refused": "This wording was refused. Try to say it differently.",
    "rate_limited": "The image service is busy. Please try again in a moment.",
    "transient": "The image could not be made. Please try again.",
    "timeout": "The image took too long. Please try again.",
    "quota": "The image service does not work at the moment.",
    "invalid_parameters": "The image could not be made. You can change the prompt and try again.",
    "bad_output": "The image came back broken. Please try again.",
    "cancelled": "Cancelled.",
}
"""What a worker reads beside the prompt when no image came, by the kind of failure."""

FEW_REFUSALS = 3
"""From so many on, a worker reads how many more prompts may be refused."""

AGAIN: frozenset[Failure] = frozenset({"rate_limited", "transient", "timeout", "bad_output"})
"""Failures after which the page offers to try the same words again."""

REFUSED = ("We have to stop here", "Too many of the prompts were refused by the image service. What you did is saved.")
"""Title and message of the last page, where the last prompt that may be refused was."""


def form_json(part: Part, state: State = EMPTY) -> dict[str, Any]:
    """Return the form on the page; of the loop's also which of its parts are the loop's, and the bounds of a prompt's
    length (characters).

    records: what the page is to note of the work, in sentences for the worker; none: it notes nothing.
    """
    if state.phase is Phase.ASKING:
        return drawn_form(form_now(part, state))
    part = playing(part, state)[0]
    limits = prompt_limits(part.form, part.parts.start.prompt)
    controls = control_fields(part.rules.controls)
    return {
        **drawn_form(part.form),
        "parts": asdict(part.parts),
        "prompt_limits": limits,
        "controls": controls,
        "records": list(recorded(True)) if part.signals else [],
    }


def view_json(
    part: Part,
    state: State,
    now: datetime,
    *,
    draft: Mapping[str, Any] | None = None,
    notice: str | None = None,
    metrics: Mapping[int, int] | None = None,
    leave: Mapping[str, Any] | None = None,
    away: bool = False,
    next_is_due: bool = False,
    farewell: str = "",
) -> dict[str, Any]:
    """Return the session as the page shows it.

    draft: what was typed at this very state and not submitted. metrics: attempt → what a scorer says, 0 to 100, where
    the worker is to see it. leave: the way back to their panel, once the session is finished. away: whether another
    page has the session. next_is_due: whether the same link gives the worker another task, once this one is over.
    farewell: what they read at its end who may begin no other one; "": they may.
    """
    whole, place = state, part
    part, state = playing(part, state)
    assert state.opened is not None
    rules, target = part.rules, part.target
    top = best(state)
    width, height = _size(target)
    return {
        "session": hashlib.sha256(state.opened.session_id.encode()).hexdigest()[:16],
        "seq": state.since,
        "phase": str(state.phase),
        "target": {"image": "target", "alt": target.alt, "width": width, "height": height},
        "answers": _without_secrets(part, state.answers) if state.answers is not None else None,
        "attempts": [
            {**_attempt(part, state, a, best=a is top), "metric": (metrics or {}).get(a.number)}
            if part.history or a is state.attempts[-1]
            else {"number": a.number, "hidden": True, "template": template_of(part, state, a.number)}
            for a in state.attempts
        ],
        **_prompt(part, state),
        "draft": dict(draft or {}),
        "scale": {
            "min": rules.score_min,
            "max": rules.score_max,
            "perfect": perfect_now(rules, state),
            "labels": list(part.score_labels),
        },
        "rated": rules.self_rating,
        "writes": writes(rules, state),
        "pick": rules.pick and state.phase is Phase.SCORING and len(state.attempts[-1].images) > 1,
        "making": _making(state),
        "max_attempts": rules.max_answer_loops,
        "min_attempts": rules.min_answer_loops,
        "done": sum(attempt.is_done for attempt in state.attempts),
        "last": state.phase is Phase.SCORING and attempts_left(rules, state) == 0,
        "failure": _failure(rules, state),
        "again": _again(state),
        "waited_s": max(0.0, (now - owed.at).total_seconds()) if (owed := pending(state)) else None,
        "remaining_s": seconds_left(state, now),
        "finished": _finished(whole, leave, next_is_due, farewell),
        "away": away,
        "notice": PAUSED if state.paused and not whole.finished else notice,
        "page": key_of(whole),
        "progress": progress_json(whole),
        "practice": whole.practice is not None,
        "step": step_json(place, whole, draft=draft or {}),
    }


def images_of(state: State) -> set[str]:
    """Return the sha256 of each image that the worker may see: of attempts, and those of a prompt that came so far."""
    shown = (image for attempt in state.attempts for image in attempt.images)
    return {image.image_sha256 for image in (*shown, *state.came)}


def _without_secrets(part: Part, answers: Mapping[str, Any]) -> dict[str, Any]:
    secret = {field.name for field in part.form.fields() if isinstance(field, Password)}
    return {name: answer for name, answer in answers.items() if name not in secret}


@lru_cache(maxsize=16)
def _size(target: Target) -> tuple[int, int]:
    """Width and height, pixels; looked up once, as its file may be gone when the next view is drawn."""
    return target.size


def _attempt(part: Part, state: State, attempt: Attempt, *, best: bool) -> dict[str, Any]:
    """Return an attempt; images: what is shown of it, where that is more than the one image."""
    several = len(attempt.images) > 1
    shown = [_image(attempt.prompt.images, image, attempt.prompt.prompt) for image in attempt.images]
    return {
        "number": attempt.number,
        "prompt": attempt.prompt.prompt,
        "image": next(one for one in shown if one["place"] == attempt.image.place),
        "images": shown if several and attempt.picked is None else [],
        "of": attempt.prompt.images,
        "picked": attempt.picked.place if attempt.picked else None,
        "score": attempt.score,
        "best": best,
        "template": template_of(part, state, attempt.number),
    }


def _image(of: int, image: ImageGenerated, prompt: str) -> dict[str, Any]:
    """Return an image of an attempt. of: how many of the prompt there should be."""
    which = f"Image {image.attempt}" if of == 1 else f"Image {image.place} of {of} of attempt {image.attempt}"
    return {
        "image": image.image_sha256,
        "place": image.place,
        "alt": f"{which}, made from the prompt: {prompt}",
        "width": image.width,
        "height": image.height,
    }


def _making(state: State) -> dict[str, Any] | None:
    """Return which of several images have come so far, while some of them are owed; None: one is made, or none."""
    prompt = pending(state)
    if prompt is None or prompt.images == 1:
        return None
    came = sorted(state.came, key=lambda image: image.place)
    return {"of": prompt.images, "images": [_image(prompt.images, image, prompt.prompt) for image in came]}


def _prompt(part: Part, state: State) -> dict[str, Any]:
    """Return the latest prompt, with what was set beside it, unless the next one is to begin with nothing."""
    if state.prompt is None or (not part.keep_prompt and state.phase is Phase.SCORING):
        return {"prompt": "", "controls": {}}
    return {"prompt": state.prompt.prompt, "controls": dict(state.prompt.controls)}


def _failure(rules: Rules, state: State) -> str | None:
    if state.failure is None or state.phase is not Phase.PROMPTING:
        return None
    text = FAILED[state.failure.failure] + " This did not cost an attempt."
    left = refusals_left(rules, state)
    if state.failure.failure == "refused" and left is not None and left <= FEW_REFUSALS:
        more = "the next refusal ends the task" if left == 1 else f"after {left} more refusals the task ends"
        text += f" Please choose other words: {more}."
    return f"{text} (Incident {state.failure.incident})" if state.failure.incident else text


def _again(state: State) -> bool:
    """Whether the same words may well work the next time."""
    return state.phase is Phase.PROMPTING and state.failure is not None and state.failure.failure in AGAIN


def _finished(state: State, leave: Mapping[str, Any] | None, next_is_due: bool, farewell: str) -> dict[str, Any] | None:
    if state.finished is None or state.opened is None:
        return None
    title, message = FINISHED[state.finished.reason]
    if state.finished.reason == "failed" and state.failure and state.failure.failure == "refused":
        title, message = REFUSED
    if farewell:
        title, message = FAREWELL, farewell
    code = code_of(state.opened.session_id)  # random already; the researcher finds it in the report
    told = {"reason": state.finished.reason, "title": title, "message": message, "next": next_is_due}
    return {**told, "code": leave["code"] if leave else code, "leave": dict(leave) if leave else None}
