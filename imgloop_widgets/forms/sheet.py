"""A form as one worker has it: what triggers have added, shown, hidden and set, and which fields are in sight.

An element's path is its positions, joined by dots: `1` a section, `1.0` a fieldset, `1.0.2` a row, `1.0.2.0` a field.
An element is in sight if it and all that it stands in are. Each is where a trigger has said so; else where its classes
do not hold `hidden` and its `show_if` holds. The page draws by the same rule (conditions.js).

Copy k (1-based, over the whole form) of a template has `__k__` behind its ids and names, and stands at the end of its
section.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from imgloop_widgets.forms.conditions import holds, renamed
from imgloop_widgets.forms.fields import AnyField, Button, Email, Hidden, Input, Password, TextArea
from imgloop_widgets.forms.mistakes import did_you_mean
from imgloop_widgets.forms.nodes import Node
from imgloop_widgets.forms.read import Wrong, read, size
from imgloop_widgets.forms.schema import Fieldset, FormModel, Row, Section, fieldset_json
from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES, TOKEN_ATTRIBUTES, fill_dynamic
from imgloop_widgets.forms.triggers import NEXT_FIELDSET, call
from imgloop_widgets.forms.values import strip

HIDDEN_CLASS = "hidden"
"""An element with this class is out of sight until a trigger shows it."""

MOST_ADDED = 200
"""Fieldsets that triggers may add to a form."""


class Added(NamedTuple):
    """A copy of a template. tokens: name of a `[[ token ]]` → its text."""

    section: str
    lookup_name: str
    tokens: Mapping[str, str]


class Element(NamedTuple):
    """An element of a form, with its path."""

    path: str
    node: Section | Fieldset | Row | AnyField


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """form: with the added fieldsets in it. shown: path → whether a trigger shows or hides it. held: name of a hidden
    field → the value that a trigger has set. added: the copies of templates, in order.
    """

    form: FormModel
    shown: Mapping[str, bool] = field(default_factory=dict)
    held: Mapping[str, Any] = field(default_factory=dict)
    added: tuple[Added, ...] = ()

    def visible(self, values: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the fields in sight. values: name of field → what its control holds."""
        return _Sight(self, values).names()

    def find(self, reference: str) -> Element:
        """Return the element with this name, or else with this id.

        Raises:
            ValueError: there is none; the text says what is near.
        """
        found = list(elements(self.form))
        for attribute in ("name", "id"):
            for element in found:
                if reference and getattr(element.node, attribute, None) == reference:
                    return element
        known = {getattr(e.node, a, "") for e in found for a in ("name", "id")} - {""}
        raise ValueError(f"the form has no element {reference!r}{did_you_mean(str(reference), known)}")

    def element(self, path: str) -> Node:
        """Return the element at a path; `submit` is the submit button.

        Raises:
            KeyError: there is none.
        """
        if path == "submit":
            return self.form.submit_button
        return {element.path: element.node for element in elements(self.form)}[path]

    def set_shown(self, reference: str, shown: bool) -> Self:
        """Return the sheet with an element shown or hidden, by its name or id.

        Raises:
            ValueError: there is no such element, or it is a template's, which has no place on the page.
        """
        path = self.find(reference).path
        if template := self._template(path):
            raise ValueError(f"{reference!r} is of the template {template!r}; only copies of it are shown")
        return replace(self, shown={**self.shown, path: shown})

    def _template(self, path: str) -> str:
        """The lookup name of the template that an element stands in, or is; empty: of none."""
        section, *inner = map(int, path.split("."))
        return self.form.sections[section].fieldsets[inner[0]].lookup_name if inner else ""

    def hold(self, name: str, value: Any) -> Self:
        """Return the sheet with another value of a hidden field."""
        return replace(self, held={**self.held, name: value})

    def add(self, added: Added) -> Self:
        """Return the sheet with a copy of a template at the end of its section.

        Raises:
            ValueError: there is no such section or template, it is the loop's, a token has no text, or it is full.
        """
        if len(self.added) >= MOST_ADDED:
            raise ValueError(f"a form can have at most {MOST_ADDED} added fieldsets")
        sections = {section.name: k for k, section in enumerate(self.form.sections) if section.name}
        if added.section not in sections:
            raise ValueError(f"the form has no section {added.section!r}{did_you_mean(added.section, sections)}")
        at = sections[added.section]
        section = self.form.sections[at]
        copy = _copy(section, added, len(self.added) + 1)
        grown = section.model_copy(update={"fieldsets": (*section.fieldsets, copy)})
        parts = (*self.form.sections[:at], grown, *self.form.sections[at + 1 :])
        form = self.form.model_copy(update={"sections": parts})
        return replace(self, form=form, added=(*self.added, added))

    def changes(self) -> dict[str, Any]:
        """Return what the page has to draw besides the form, as plain JSON values."""
        last = {section.name: list(section.fieldsets) for section in self.form.sections}
        drawn = []
        for added in reversed(self.added):
            k = next(k for k, section in enumerate(self.form.sections) if section.name == added.section)
            drawn.append({"section": k, "fieldset": fieldset_json(last[added.section].pop())})
        changes = {"shown": dict(self.shown), "added": drawn[::-1]}
        return changes | ({"held": dict(self.held)} if self.held else {})

    def to_json(self) -> dict[str, Any]:
        """Return what has to be kept besides the form, as plain JSON values; empty where nothing was changed."""
        kept = {"shown": dict(self.shown), "held": dict(self.held), "added": [list(added) for added in self.added]}
        return {name: value for name, value in kept.items() if value}

    @classmethod
    def from_json(cls, form: FormModel, kept: Mapping[str, Any]) -> "Sheet":
        """Return the sheet that `to_json` was made from; what does not fit the form any more is left out."""
        sheet = cls(form=form, held=dict(kept.get("held", {})))
        for section, lookup_name, tokens in kept.get("added", ()):
            try:
                sheet = sheet.add(Added(section, lookup_name, tokens))
            except ValueError:
                break
        paths = {element.path for element in elements(sheet.form)}
        return replace(sheet, shown={path: on for path, on in kept.get("shown", {}).items() if path in paths})


def elements(form: FormModel) -> Iterator[Element]:
    """Yield sections, fieldsets, rows and fields with their paths, each before what stands in it."""
    for s, section in enumerate(form.sections):
        yield Element(f"{s}", section)
        for f, fieldset in enumerate(section.fieldsets):
            yield Element(f"{s}.{f}", fieldset)
            for r, row in enumerate(fieldset.rows):
                yield Element(f"{s}.{f}.{r}", row)
                for c, one in enumerate(row.fields):
                    yield Element(f"{s}.{f}.{r}.{c}", one)


class _Sight:
    """Which elements are in sight, for one set of values; each is decided once."""

    def __init__(self, sheet: Sheet, values: Mapping[str, Any]) -> None:
        self._sheet, self._values = sheet, values
        self._nodes = dict(elements(sheet.form))
        self._paths = {
            node.name: path for path, node in self._nodes.items() if not isinstance(node, Section | Fieldset | Row)
        }
        self._known: dict[str, bool] = {}
        self._answers: dict[str, Any] = {}

    def names(self) -> frozenset[str]:
        return frozenset(name for name, path in self._paths.items() if name and self._in_sight(path))

    def _in_sight(self, path: str) -> bool:
        if path not in self._known:
            above = path.rpartition(".")[0]
            self._known[path] = (not above or self._in_sight(above)) and self._alone(path)
        return self._known[path]

    def _alone(self, path: str) -> bool:
        node = self._nodes[path]
        if path in self._sheet.shown:
            return self._sheet.shown[path]
        if isinstance(node, Fieldset) and node.lookup_name:
            return False
        if HIDDEN_CLASS in getattr(node, "classes", "").split():
            return False
        condition = getattr(node, "show_if", None)
        return condition is None or holds(condition, self._answer)

    def _answer(self, name: str) -> Any:
        path = self._paths.get(name)
        if path is None or not self._in_sight(path):
            return None
        if name not in self._answers:
            node = self._nodes[path]
            held = {name: node.value, **self._sheet.held} if isinstance(node, Hidden) else self._values
            self._answers[name] = _comparable(node, held.get(name))
        return self._answers[name]


def _comparable(field: Any, value: object) -> Any:
    """Return a field's answer as conditions compare it; None: it is empty or can't be read."""
    if isinstance(field, Email | Hidden | Input | Password | TextArea):
        answer = strip(value) if isinstance(value, str) else value if isinstance(field, Hidden) else None
        return None if answer in ("", [], {}) else answer
    try:
        answer = read(field, value)
    except Wrong:
        return None
    return answer if size(answer) else None


def _copy(section: Section, added: Added, number: int) -> Fieldset:
    templates = {f.lookup_name: f for f in section.fieldsets if f.lookup_name}
    if added.lookup_name not in templates:
        near = did_you_mean(added.lookup_name, templates)
        raise ValueError(f"the section {added.section!r} has no template {added.lookup_name!r}{near}")
    template = templates[added.lookup_name]
    for one in template.fields():
        trigger = call(one.triggers.onClick) if isinstance(one, Button) else None
        if trigger and trigger.name == NEXT_FIELDSET:
            raise ValueError(f"the template {added.lookup_name!r} is the loop's own; only the loop can add it")
    suffix = f"__{number}__"
    names = {one.name: one.name + suffix for one in template.fields()}
    source = template.model_dump(exclude_unset=True)
    return Fieldset.model_validate({**_instance(source, suffix, names, added.tokens), "lookup_name": ""})


def _instance(value: Any, suffix: str, names: Mapping[str, str], tokens: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _attribute(key, item, suffix, names, tokens) for key, item in value.items()}
        case list() | tuple():
            return [_instance(item, suffix, names, tokens) for item in value]
    return value


def _attribute(key: str, value: Any, suffix: str, names: Mapping[str, str], tokens: Mapping[str, str]) -> Any:
    if key in ("validators", "triggers", "value"):
        return value
    if key in ("id", "name"):
        return value + suffix if value else value
    if key == "show_if":
        return renamed(value, names)
    if key in TOKEN_ATTRIBUTES and isinstance(value, str):
        return fill_dynamic(value, tokens, html=key in HTML_ATTRIBUTES)
    return _instance(value, suffix, names, tokens)
