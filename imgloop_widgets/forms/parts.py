"""Which parts of a form are the loop's: found by the trigger `requestNextFieldSet` of their buttons.

section of the loop
├── a fieldset with the prompt and the button Start          shown at first; further fields in it are answers
└── templates, fieldsets with a `lookup_name`                one is shown for each image
    └── a score (select, radio or slider), a prompt, the button Update, and nothing else: the loop stores no more
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.forms.fields import AnyField, Button, Input, Radio, Select, Slider, TextArea
from imgloop_widgets.forms.nodes import Node
from imgloop_widgets.forms.schema import Fieldset, FormModel, Section
from imgloop_widgets.forms.sheet import HIDDEN_CLASS
from imgloop_widgets.forms.triggers import NEXT_FIELDSET, call

LOOP_NAMES = frozenset({"prompt", "score"})
"""Names the page and the store use for the loop's own values; other fields can't have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where the first prompt is written. fieldset: position in the section. prompt, button: names of fields."""

    fieldset: int
    prompt: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What is shown under an image. fieldset: position in the section. score, prompt, button: names of fields."""

    fieldset: int
    score: str
    prompt: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopParts:
    """section: position in the form, 0-based. templates: lookup name → template, in the order of the file."""

    section: int
    start: Start
    templates: dict[str, Template]

    def to_json(self) -> dict[str, Any]:
        """Return the parts as plain JSON values."""
        return asdict(self)


def loop_parts(form: FormModel) -> LoopParts:
    """Return which parts of the form are the loop's.

    Raises:
        ConfigurationError: something is missing, or there is more than the loop can store; all of it at once.
    """
    problems: list[Problem] = []
    starts = _starts(form)
    if len(starts) != 1:
        what = "no button" if not starts else f"{len(starts)} buttons"
        text = f"{what} with the trigger `{NEXT_FIELDSET}` outside of templates; the loop needs exactly one, its Start"
        raise ConfigurationError([Problem("form", text)])
    at, fieldset_at, start_button = starts[0]
    section = form.sections[at]
    where = f"form.sections[{at}]"
    if _target(start_button) != section.name:
        text = (
            f"the Start button asks for the section {_target(start_button)!r}; it must name its own, {section.name!r}"
        )
        problems.append(Problem(where, text))
    prompt = _prompt(section.fieldsets[fieldset_at], f"{where}.fieldsets[{fieldset_at}]", problems)
    start = Start(fieldset=fieldset_at, prompt=prompt, button=_named(start_button, where, problems))
    fieldset = section.fieldsets[fieldset_at]
    holders = (
        section,
        fieldset,
        *(r for r in fieldset.rows if any(f.name in (prompt, start.button) for f in r.fields)),
    )
    for node in (*holders, *(f for f in fieldset.fields() if f.name in (prompt, start.button))):
        always = f"{_called(node)} must always be shown: the loop starts there; remove"
        if getattr(node, "show_if", None) is not None:
            problems.append(Problem(where, f"{always} `show_if`"))
        if HIDDEN_CLASS in getattr(node, "classes", "").split():
            problems.append(Problem(where, f"{always} the class `{HIDDEN_CLASS}`"))
    templates = {
        fieldset.lookup_name: _template(k, fieldset, section, f"{where}.fieldsets[{k}]", problems)
        for k, fieldset in enumerate(section.fieldsets)
        if fieldset.lookup_name
    }
    if not templates:
        problems.append(
            Problem(where, "no fieldset with a `lookup_name`; the loop needs at least one, to show an image in")
        )
    for k, other in enumerate(form.sections):
        if k != at and any(fieldset.lookup_name and _asks_for_next(fieldset) for fieldset in other.fieldsets):
            text = (
                f"a fieldset with `lookup_name` and `{NEXT_FIELDSET}` must be in the loop's section, which is {where}"
            )
            problems.append(Problem(f"form.sections[{k}]", text))
    loop_names = {start.prompt, *(name for t in templates.values() for name in (t.score, t.prompt))}
    for field in form.fields():
        if field.name in LOOP_NAMES and field.name not in loop_names:
            problems.append(Problem(f"form, field {field.name!r}", "this name is the loop's own; choose another"))
    if problems:
        raise ConfigurationError(problems)
    return LoopParts(section=at, start=start, templates=templates)


def answer_fields(form: FormModel) -> tuple[AnyField, ...]:
    """Return the fields with an answer that are no part of the loop, in order; those of folded sections too."""
    starts = _starts(form)
    prompts: set[str] = set()
    for section, fieldset, _ in starts:
        prompts.update(_prompts(form.sections[section].fieldsets[fieldset])[:1])
    return tuple(
        field
        for section in form.sections
        for fieldset in section.fieldsets
        if not fieldset.lookup_name
        for field in fieldset.fields()
        if not isinstance(field, Button) and field.name not in prompts
    )


def scores_of(field: AnyField) -> set[int]:
    """Return the scores that a template's field offers: the whole numbers of its options, or of a slider's steps."""
    if isinstance(field, Slider):
        ends = field.min, field.max, field.step
        whole = all(float(one or 0).is_integer() for one in ends) and field.step == 1
        return set(range(int(field.min), int(field.max) + 1)) if whole else set()
    return {option.value for option in getattr(field, "options", ()) if isinstance(option.value, int)}


def _starts(form: FormModel) -> list[tuple[int, int, Button]]:
    return [
        (s, f, field)
        for s, section in enumerate(form.sections)
        for f, fieldset in enumerate(section.fieldsets)
        if not fieldset.lookup_name
        for field in fieldset.fields()
        if isinstance(field, Button) and _target(field) is not None
    ]


def _asks_for_next(fieldset: Fieldset) -> bool:
    return any(isinstance(field, Button) and _target(field) is not None for field in fieldset.fields())


def _target(button: Button) -> str | None:
    """The section whose next image the button asks for; None: it has another purpose."""
    trigger = call(button.triggers.onClick)
    if trigger is None or trigger.name != NEXT_FIELDSET or not trigger.arguments:
        return None
    return str(trigger.arguments[0])


def _prompts(fieldset: Fieldset) -> list[str]:
    """The fields that can be the prompt: the text areas, or where there are none the lines of text."""
    fields = list(fieldset.fields())
    areas = [field.name for field in fields if isinstance(field, TextArea)]
    return areas or [field.name for field in fields if isinstance(field, Input)]


def _prompt(fieldset: Fieldset, where: str, problems: list[Problem]) -> str:
    return _one(_prompts(fieldset), "field for the prompt (of type textarea, or input)", where, problems)


def _template(k: int, fieldset: Fieldset, section: Section, where: str, problems: list[Problem]) -> Template:
    fields = list(fieldset.fields())
    scores = [f.name for f in fields if isinstance(f, Select | Radio | Slider) and not getattr(f, "multiple", False)]
    score = _one(scores, "field for the score (of type select, radio or slider)", where, problems)
    buttons = [f for f in fields if isinstance(f, Button) and _target(f) is not None]
    template = Template(
        fieldset=k,
        score=score,
        prompt=_prompt(fieldset, where, problems),
        button=_one([_named(b, where, problems) for b in buttons], f"button with `{NEXT_FIELDSET}`", where, problems),
    )
    for field in fields:
        if isinstance(field, Button) and field not in buttons:
            problems.append(
                Problem(f"{where}, button {field.name!r}", f"needs the trigger `{NEXT_FIELDSET}`; or remove it")
            )
        elif not isinstance(field, Button) and field.name not in (*scores, template.prompt):
            text = (
                "the loop stores a score and a prompt for each image and no more; move this field out of the template"
            )
            problems.append(Problem(f"{where}, field {field.name!r}", text))
        if field.name == score and isinstance(field, Select | Radio):
            values = [option.value for option in field.options if option.value != ""]
            if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
                text = 'the values of a score must be whole numbers without quotes (and "" for no score)'
                problems.append(Problem(f"{where}, field {field.name!r}", text))
    for button in buttons:
        if _target(button) != section.name:
            text = f"asks for the section {_target(button)!r}; it must name its own, {section.name!r}"
            problems.append(Problem(f"{where}, button {button.name!r}", text))
    return template


def _called(node: Node) -> str:
    name = getattr(node, "name", "") or getattr(node, "title", "")
    return (
        f"the {type(node).__name__.lower()} {name!r}"
        if name
        else f"the {type(node).__name__.lower()} of the first prompt"
    )


def _named(button: Button, where: str, problems: list[Problem]) -> str:
    if not button.name:
        problems.append(Problem(where, f"the button with `{NEXT_FIELDSET}` has no name; add `name`"))
    return button.name


def _one(names: Sequence[str], what: str, where: str, problems: list[Problem]) -> str:
    if len(names) == 1:
        return names[0]
    problems.append(Problem(where, f"has {len(names) or 'no'} {what}; the loop needs exactly one"))
    return names[0] if names else ""
