"""Checking what a worker has written, on the kernel's side: the page's own checks (validate.js) are a courtesy only.

For each field in sight: read the submitted value (see `read`), then, unless it is empty, put it to the field's bounds
and validators, its author's own last. An empty optional field passes; an empty required one doesn't. A field that is
not in sight has the answer None, whatever the page sends for it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms.fields import AnyField, Button, File, Hidden, Input, Ranking, TextArea
from imgloop_widgets.forms.functions import ValidatorContext, arguments_of
from imgloop_widgets.forms.parts import answer_fields
from imgloop_widgets.forms.read import Unfit, Wrong, read, size
from imgloop_widgets.forms.regexp import compile_regexp
from imgloop_widgets.forms.schema import FormModel
from imgloop_widgets.forms.sheet import Sheet
from imgloop_widgets.forms.values import on_step
from imgloop_widgets.forms.words import say

HasFile = Callable[[str], bool]

_NO_FORM = "This page does not fit the task any more. Please reload it."


def no_file(sha256: str) -> bool:
    """Say that no file is there."""
    return False


def check_answers(sheet: Sheet, values: Mapping[str, object], *, has_file: HasFile = no_file) -> dict[str, Any]:
    """Return the answers to all fields outside of the loop, typed, by name of field; None: the field was not in sight.

    values: what the page has sent, JSON values by name of field; a field that is missing counts as empty. has_file:
    whether a file with this sha256 was uploaded.

    Raises:
        Refused: with a message for each field that needs a change; an answer to a field that the form does not have
            gives a message without a field.
    """
    if not isinstance(values, Mapping):
        raise Refused(_NO_FORM)
    fields = {field.name: field for field in answer_fields(sheet.form)}
    shown = sheet.visible(values)
    answers: dict[str, Any] = dict.fromkeys(fields)
    problems: dict[str, str] = {}
    foreign = bool(values.keys() - fields.keys())
    for name, field in fields.items():
        if name not in shown:
            continue
        try:
            answers[name] = _answer(sheet, field, values, has_file)
        except Unfit:  # there is no place on the page for its message
            foreign = True
        except Wrong as wrong:
            problems[name] = str(wrong)
    if foreign:
        raise Refused(_NO_FORM, problems=problems)
    typed = typed_values(sheet, values)
    for name, field in fields.items():
        if name in shown and name not in problems and (message := _custom(sheet.form, field, answers[name], typed)):
            problems[name] = message
    if problems:
        count = len(problems)
        raise Refused(say("problems_one") if count == 1 else say("problems_many", n=count), problems=problems)
    return answers


def check_field(sheet: Sheet, name: str, values: Mapping[str, object], *, has_file: HasFile = no_file) -> str | None:
    """Return what is wrong with one field, its author's validators too; None: nothing, or there is no such field."""
    field = next((field for field in answer_fields(sheet.form) if field.name == name), None)
    if field is None or name not in sheet.visible(values):
        return None
    try:
        answer = _answer(sheet, field, values, has_file)
    except Wrong as wrong:
        return str(wrong) or None
    return _custom(sheet.form, field, answer, typed_values(sheet, values))


def check_prompt_field(form: FormModel, field_name: str, text: object) -> None:
    """Check a prompt against the validators of the field it was written in.

    Raises:
        Refused: with the message for the field `prompt`.
        KeyError: the form has no such field.
    """
    field = form.field(field_name)
    try:
        answer = _checked(field, read(field, text), no_file)
    except Wrong as wrong:
        raise Refused(str(wrong), field="prompt") from None
    if message := _custom(form, field, answer, {field_name: answer}):
        raise Refused(message, field="prompt")


def prompt_limits(form: FormModel, field_name: str) -> dict[str, int | None]:
    """Return `{"min": …, "max": …}`, the characters the prompt field asks for; None: no limit.

    Raises:
        KeyError: the form has no such field.
    """
    field = form.field(field_name)
    if not isinstance(field, Input | TextArea):
        return {"min": None, "max": None}
    return {"min": field.validators.minLength, "max": field.validators.maxLength}


def typed_values(sheet: Sheet, values: Mapping[str, object]) -> dict[str, Any]:
    """Return what stands in the page's fields as answers; None where one is empty, out of sight or can't be read."""
    shown = sheet.visible(values)
    typed: dict[str, Any] = {}
    for field in answer_fields(sheet.form):
        try:
            answer = _read(sheet, field, values) if field.name in shown else None
        except Wrong:
            answer = None
        typed[field.name] = answer if isinstance(field, Hidden) or size(answer) else None
    return typed


def check_settable(field: AnyField, value: Any) -> Any:
    """Return the value as a field's control holds it.

    Raises:
        ValueError: the field can't hold it.
    """
    if value is None:
        return None
    if isinstance(field, Hidden):
        try:
            return json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError):
            raise ValueError(f"the field {field.name!r} can't hold {value!r} (this is no JSON value)") from None
    try:
        read(field, value)
    except Wrong as wrong:
        raise ValueError(f"the field {field.name!r} can't hold {value!r} ({wrong})") from None
    return value


def _read(sheet: Sheet, field: AnyField, values: Mapping[str, object]) -> Any:
    value = values.get(field.name)
    if isinstance(field, Hidden) and field.name in sheet.held:
        return sheet.held[field.name]
    return read(field, value)


def _answer(sheet: Sheet, field: AnyField, values: Mapping[str, object], has_file: HasFile) -> Any:
    return _checked(field, _read(sheet, field, values), has_file)


def _checked(field: Any, answer: Any, has_file: HasFile) -> Any:
    if isinstance(field, Button | Hidden):
        return answer
    if size(answer) == 0:
        if field.validators.required:
            raise Wrong(say(_REQUIRED.get(field.type, "required")))
        return answer
    if isinstance(field, File) and not has_file(answer["sha256"]):
        raise Wrong(say("not_file"))
    for check in _CHECKS:
        if message := check(field, answer):
            raise Wrong(message)
    return answer


_REQUIRED = {
    "checkbox": "required_choices",
    "file": "required_file",
    "radio": "required_choice",
    "ranking": "rank_all",
    "rating": "required_choice",
    "select": "required_choice",
    "slider": "required_choice",
}


def _custom(form: FormModel, field: Any, answer: Any, values: Mapping[str, Any]) -> str | None:
    if isinstance(field, Button | Hidden) or not size(answer):
        return None
    for name, arguments in field.validators.custom.items():
        context = ValidatorContext(arguments=arguments_of(arguments), values=values, field=field.name)
        message = form.functions.validators[name](answer, context)
        if message is not None and not isinstance(message, str):
            raise TypeError(f"the validator {name!r} must return a text or None; not {message!r}")
        if message:
            return message
    return None


def _bounds(field: Any, answer: Any) -> str | None:
    low, high, step = (getattr(field, name, None) for name in ("min", "max", "step"))
    day = isinstance(answer, str)
    if low is not None and answer < low:
        return say("not_before" if day else "at_least", n=low)
    if high is not None and answer > high:
        return say("not_after" if day else "at_most", n=high)
    if step is not None and not on_step(answer, low, step):
        return say("step", n=step)
    return None


def _min_length(field: Any, answer: Any) -> str | None:
    least, now = getattr(field.validators, "minLength", None), size(answer)
    if least is None or now >= least:
        return None
    if not isinstance(answer, str):
        return say("min_choices", n=least, now=now)
    return say("min_length_one" if least == 1 else "min_length", n=least, now=now)


def _max_length(field: Any, answer: Any) -> str | None:
    most, now = getattr(field.validators, "maxLength", None), size(answer)
    if most is None or now <= most:
        return None
    if not isinstance(answer, str):
        return say("max_choices", n=most, now=now)
    return say("max_length_one" if most == 1 else "max_length", n=most, now=now)


def _all_ranked(field: Any, answer: Any) -> str | None:
    if not isinstance(field, Ranking) or field.validators.maxLength is not None:
        return None
    return None if len(answer) == len(field.options) else say("rank_all")


def _regexp(field: Any, answer: Any) -> str | None:
    regexp = getattr(field.validators, "regexp", None)
    return None if regexp is None or compile_regexp(*regexp).search(answer) else say("regexp")


def _extension(field: Any, answer: Any) -> str | None:
    allowed = getattr(field.validators, "fileExtension", None)
    if allowed is None:
        return None
    _, dot, ending = answer["name"].rpartition(".")
    return None if dot and ending.lower() in allowed else say("file_extension", names=", ".join(allowed))


_CHECKS: tuple[Callable[[Any, Any], str | None], ...] = (
    _bounds,
    _min_length,
    _max_length,
    _all_ranked,
    _regexp,
    _extension,
)
"""What an answer that is there is put to, in this order; each takes (field, answer), returns the message or None."""
