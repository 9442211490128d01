"""What a page of the loop may ask for, as a command; all that is strange in it is refused or left out."""

from collections.abc import Callable, Mapping
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.loop import Cancel, Command, Decline, Exit, Score, SubmitPrompt, SubmitStep
from imgloop_widgets.widgets.base import (
    MAX_COMMAND_CHARACTERS,
    MAX_DRAFT_CHARACTERS,
    OUT_OF_ORDER,
    TOO_MUCH,
    characters,
    seq_of,
)


def command_of(
    content: Mapping[str, Any],
    *,
    true_values: Callable[[dict[str, Any]], dict[str, Any]],
    kept: Callable[[Mapping[str, Any] | None], Mapping[str, Any]],
) -> Command:
    """Return the command of a message.

    true_values: values with what is known of uploaded files. kept: what is kept of a draft as the worker leaves; of
    None: what was kept of it before.

    Raises:
        Refused: there is no such command, or it is too large.
    """
    seq = seq_of(content)
    prompt, answers, draft = content.get("prompt"), content.get("answers"), content.get("draft")
    given = content.get("controls")
    controls = given if isinstance(given, dict) else {}
    if content.get("name") != "exit" and characters(content) > MAX_COMMAND_CHARACTERS:
        raise Refused(TOO_MUCH)
    match content.get("name"):
        case "submit_prompt":
            answers = true_values(answers) if isinstance(answers, dict) else None
            words = prompt if isinstance(prompt, str) else ""
            return SubmitPrompt(seq=seq, prompt=words, answers=answers, controls=controls)
        case "score":
            score: Any = content.get("score")
            pick: Any = content.get("pick")
            text = prompt if isinstance(prompt, str) else None
            return Score(seq=seq, score=score, prompt=text, controls=controls, pick=pick)
        case "submit_step":
            values = content.get("values")
            return SubmitStep(seq=seq, answers=true_values(values if isinstance(values, dict) else {}))
        case "decline":
            return Decline(seq=seq)
        case "cancel":
            return Cancel(seq=seq)
        case "exit":
            told = draft if isinstance(draft, dict) and characters(draft) <= MAX_DRAFT_CHARACTERS else None
            return Exit(seq=seq, draft=kept(told))
    raise Refused(OUT_OF_ORDER)
