"""The steps before and after the loop, read and built: their forms, and what the practice plays with.

    study file  →  `load_steps`: name → form        (every mistake at once, right answers that nobody can give too)
                →  `step_parts`: name → `StepPart`   what a session has of each, beside its loop

To add a kind of step: its name in `loop.steps.StepKind`, what must hold of its table in `step_tables`, and a line in
`TITLES` of widgets/step_view.py. Kinds differ in nothing else but what those modules say.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.forms import FormFile, FormModel, load_form, loop_parts
from imgloop_widgets.forms.fields import AnyField, Checkbox, Radio, Ranking, Select
from imgloop_widgets.forms.read import Wrong, read
from imgloop_widgets.forms.values import option_key
from imgloop_widgets.library import Library
from imgloop_widgets.loop import State, practice_rules
from imgloop_widgets.part import Part, StepPart
from imgloop_widgets.signals import recorded, recorded_html
from imgloop_widgets.stage import TEXT_ALONE
from imgloop_widgets.step_tables import BUTTONS, Step
from imgloop_widgets.study import Study

CONTINUE = "Continue"
_UNSAID = "Submit"
"""The button's text in a form that does not say one."""

TOKENS: dict[str, Callable[[Study], str]] = {
    "minutes": lambda study: f"{study.loop.assignment_duration_in_seconds / 60:g}",
    "attempts": lambda study: str(study.loop.max_answer_loops or "any number of"),
}
"""Tokens that the form of any step may use: name → its text in a study. To add one, a line."""

RECORDED = "recorded"
"""The token for all that is recorded of a worker, as a list: what consent is given to."""

StepForms = Mapping[str, FormFile]
"""Name of a step → its form."""


def load_steps(study: Study, library: Library | None) -> StepForms:
    """Return the forms of the steps. Raises: ConfigurationError: every mistake in any of them."""
    forms: dict[str, FormFile] = {}
    problems: list[Problem] = []
    for step in study.steps:
        where = f"{study.path.name}: step {step.called!r}"
        if step.target and library is not None:
            try:
                library.target(step.target)
            except ConfigurationError as error:
                problems += [Problem(f"{where}, target", p.what) for p in error.problems]
        if not step.form:
            continue
        try:
            supplied = {*TOKENS, RECORDED, *step.tokens}
            forms[step.called] = load_form(study.file(step.form), supplied=supplied, text_alone=TEXT_ALONE)
            problems += _problems(study, step, forms[step.called], where)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return forms


def step_parts(study: Study, library: Library, forms: StepForms, part: Part) -> dict[str, StepPart]:
    """Return what a session has of each step. part: what its loop plays with."""
    return {step.called: _part(study, library, forms, part, step) for step in study.steps}


def steps_of(study: Study, passed: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the steps that a worker has before them. passed: (name, version) of those they have passed before."""
    return tuple(
        (step.called, step.kind)
        for step in study.steps
        if not (step.asked_once and (step.called, "" if step.kind == "practice" else step.version) in passed)
    )


def check_plan(study: Study, state: State, part: Part) -> None:
    """Raises: ConfigurationError: a session that goes on has a step before it that the study file has no more."""
    if state.opened is None or not state.opened.steps:
        return
    gone = [name for name, _ in state.plan[state.place :] if name not in part.steps]
    if gone and not state.finished:
        what = f"is gone, and session {state.opened.session_id} has it before it; put it back"
        raise ConfigurationError([Problem(f"{study.path.name}: step {name!r}", what) for name in gone])


def _part(study: Study, library: Library, forms: StepForms, part: Part, step: Step) -> StepPart:
    if step.kind == "practice":
        form = practice_form(part.form)
        own = replace(
            part,
            rules=practice_rules(part.rules),
            form=form,
            parts=loop_parts(form),
            target=library.target(step.target),
            scorer=None,
            signals=False,
        )
        return StepPart(practice=own, grants=step.grants)
    if step.called not in forms:
        return StepPart(grants=step.grants)
    form = _filled(study, step, forms[step.called])
    own_text = form.submit_button.text
    unsaid = own_text == _UNSAID
    return StepPart(
        form=form,
        button=step.button or (BUTTONS.get(step.kind, CONTINUE) if unsaid else own_text),
        decline=step.decline if step.kind == "consent" else "",
        is_text=[one.name for one in form.fields()] == [TEXT_ALONE],
        grants=step.grants,
    )


def practice_form(form: FormModel) -> FormModel:
    """Return the loop's own section of a form, without the questions beside it: they are asked in the loop itself."""
    parts = loop_parts(form)
    section = form.sections[parts.section]
    start = section.fieldsets[parts.start.fieldset]
    names = {parts.start.prompt, parts.start.button}
    rows = [
        row.model_copy(update={"fields": tuple(one for one in row.fields if one.name in names)}) for row in start.rows
    ]
    start = start.model_copy(update={"rows": tuple(row for row in rows if row.fields)})
    templates = [section.fieldsets[template.fieldset] for template in parts.templates.values()]
    section = section.model_copy(update={"fieldsets": (start, *templates)})
    return form.model_copy(update={"sections": (section,)})


def _filled(study: Study, step: Step, file: FormFile) -> FormModel:
    version, signals = file.versions[0], study.about.signals
    known = {RECORDED: " ".join(recorded(signals)), **version.tokens}
    version = replace(version, tokens=known, insertions={RECORDED: recorded_html(signals), **version.insertions})
    used = version.tokens_used()
    own = {name: make(study) for name, make in TOKENS.items() if name in used}
    return version.form({**own, **step.tokens})


def _problems(study: Study, step: Step, file: FormFile, where: str) -> Iterator[Problem]:
    if len(file.versions) > 1:
        yield Problem(f"{where}, form", f"has {len(file.versions)} versions; the form of a step has one")
    try:
        form = _filled(study, step, file)
    except ConfigurationError as error:
        yield from error.problems
        return
    fields = {one.name: one for one in form.fields() if one.name}
    for name, right in step.right.items():
        if name not in fields:
            yield Problem(f"{where}, right.{name}", f"the form has no such field; possible: {', '.join(fields)}")
        elif mistake := impossible(fields[name], right):
            yield Problem(f"{where}, right.{name}", mistake)


def impossible(field: AnyField, right: Any) -> str | None:
    """Say why nobody can give this right answer; None: somebody can."""
    many = isinstance(field, Checkbox | Ranking) or (isinstance(field, Select) and field.multiple)
    answers = right if isinstance(right, list) else [right]
    if isinstance(field, Checkbox | Radio | Ranking | Select):
        known = [option.value for option in field.options]
        named = {option_key(value) for value in known} if isinstance(field, Checkbox) else known
        unknown = [one for one in answers if one not in named]
        return f"{unknown[0]!r} is no option of this field; possible: {', '.join(map(str, named))}" if unknown else None
    try:
        for one in [answers] if many else answers:
            read(field, one)
    except Wrong as wrong:
        return f"the field can't hold {right!r} ({wrong})"
    return None
