"""A session as one JSON file, in the shape that Mephisto gives the data of a unit.

    {"worker_id", "unit_id", "assignment_id", "status", "task_start", "task_end",
     "data": {"inputs": {…}, "outputs": {…}, "times": {"task_start", "task_end"}, "attempts": [{…}, …]}}

| key | here |
| --- | --- |
| assignment_id | the target, with which the units of several workers belong together |
| status | `completed`; `returned` where the worker has withdrawn or a researcher has returned it; `in task` while it goes on |
| task_start, task_end | seconds since 1970 (UTC), as there; task_end is null while it goes on |
| inputs | what the session was given: study, study_hash, arm, target_id, target_sha256, seed |
| outputs | the form's fields by name, those of the loop as the form's dynamic fieldsets name them: the first prompt under its own name, then `<score>__k__` and `<prompt>__k__` below image k (the prompt is the next image's) |
| attempts | not in the reference: attempt k as one record, prompt k with image k and score k |
"""  # noqa: E501  a table

from collections.abc import Mapping
from typing import Any

from imgloop_widgets.forms import LoopParts
from imgloop_widgets.loop import Rules, State, band
from imgloop_widgets.rows import attempt_rows

STATUS = {None: "in task", "withdrawn": "returned", "returned": "returned"}
"""Why a session is finished → its status there; any other reason: completed."""

_OF_ATTEMPT = ("attempt", "prompt", "score", "write_s", "wait_s", "judge_s", "image_sha256", "generator",
               "generator_version", "seed")  # fmt: skip


def unit(state: State, worker_id: str, *, parts: LoopParts | None, rules: Rules, answers: bool) -> dict[str, Any]:
    """Return the record of a session.

    worker_id: as it is to be called. answers: whether the form's own fields are in it.
    parts: the loop's fields in the form; None: the form can't be read any more, and the fields get plain names.
    """
    opened, finished = state.opened, state.finished
    assert opened is not None
    begin = opened.at.timestamp()
    times = {"task_start": begin, "task_end": finished.at.timestamp() if finished else None}
    given = ("study", "study_hash", "arm", "target_id", "target_sha256", "seed")
    outputs = {**(state.answers or {} if answers else {}), **loop_fields(state, parts, rules)}
    rows = [{name: row[name] for name in _OF_ATTEMPT} for row in attempt_rows(state)]
    return {
        "worker_id": worker_id,
        "unit_id": opened.unit_id,
        "assignment_id": opened.target_id,
        "status": STATUS.get(finished.reason if finished else None, "completed"),
        **times,
        "data": {
            "inputs": {name: getattr(opened, name) for name in given},
            "outputs": outputs,
            "times": times,
            "attempts": rows,
        },
    }


def loop_fields(state: State, parts: LoopParts | None, rules: Rules) -> Mapping[str, Any]:
    """Return the values of the loop's fields, named as the form's dynamic fieldsets name them."""
    fields: dict[str, Any] = {}
    before: int | None = None
    name = parts.start.prompt if parts else "prompt"
    for attempt in state.attempts:
        fields[name] = attempt.prompt.prompt
        template = parts.templates.get(band(rules, before) or "") if parts else None
        if parts and template is None:
            template = next(iter(parts.templates.values()))
        suffix = f"__{attempt.number}__"
        if attempt.score is not None:
            fields[(template.score if template else "score") + suffix] = attempt.score
        name = (template.prompt if template else "prompt") + suffix
        before = attempt.score
    return fields
