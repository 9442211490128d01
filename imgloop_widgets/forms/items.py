"""The objects of a form as its file has them, whatever is wrong with them: what checks and fillings walk over."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from imgloop_widgets.forms.mistakes import Path
from imgloop_widgets.forms.triggers import NEXT_FIELDSET, call

_CHILDREN: dict[str, tuple[str, ...]] = {
    "form": ("sections", "submit_button"),
    "sections": ("fieldsets",),
    "fieldsets": ("rows",),
    "rows": ("fields",),
    "fields": ("options",),
}


class Item(NamedTuple):
    """One object of a form.

    path: in the form's full shape. written: where its author has it, who may have written in a short way. level: the
    key it stands under. template: `loop` in a template of the loop, `own` in one that a trigger of the author's adds,
    else empty.
    """

    path: Path
    written: Path
    level: str
    values: dict[str, Any]
    template: str

    @property
    def kind(self) -> str:
        """The type of a field; empty for another object."""
        kind = self.values.get("type")
        return kind if self.level == "fields" and isinstance(kind, str) else ""


Origin = Callable[[Path], Path]
"""Path in a form's full shape → path in its file."""


def items(form: object, at: Path, origin: Origin = lambda path: path) -> Iterator[Item]:
    """Yield the form and every object in it, as the file has them; what is no object is passed over."""
    yield from _items(form, at, origin, "form", "")


def _items(value: object, at: Path, origin: Origin, level: str, template: str) -> Iterator[Item]:
    if not isinstance(value, dict):
        return
    if level == "fieldsets" and value.get("lookup_name"):
        template = "loop" if any(map(asks_for_next, _fields(value))) else "own"
    yield Item(at, origin(at), level, value, template)
    for key, children in value.items():
        if key not in _CHILDREN.get(level, ()):
            continue
        if isinstance(children, list):
            for k, child in enumerate(children):
                yield from _items(child, (*at, key, k), origin, key, template)
        else:
            yield from _items(children, (*at, key), origin, key, template)


def asks_for_next(field: object) -> bool:
    """Whether an object of a form is a button that asks the loop for the next image."""
    triggers = field.get("triggers") if isinstance(field, dict) else None
    trigger = call(triggers.get("onClick")) if isinstance(triggers, dict) else None
    return trigger is not None and trigger.name == NEXT_FIELDSET


def first_prompts(found: Iterable[Item]) -> frozenset[str]:
    """The names of the fields in which the loop's first prompt is written; see `parts`."""
    names: list[object] = []
    for item in found:
        if item.level == "fieldsets" and not item.template and any(map(asks_for_next, _fields(item.values))):
            fields = [one for one in _fields(item.values) if isinstance(one, dict)]
            areas = [one.get("name") for one in fields if one.get("type") == "textarea"]
            names += (areas or [one.get("name") for one in fields if one.get("type") == "input"])[:1]
    return frozenset(name for name in names if isinstance(name, str))


def _fields(fieldset: dict[str, Any]) -> Iterator[object]:
    rows = fieldset.get("rows")
    for row in rows if isinstance(rows, list) else ():
        fields = row.get("fields") if isinstance(row, dict) else None
        yield from fields if isinstance(fields, list) else ()


def texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    """Yield every text within a JSON value, with its path."""
    match value:
        case str():
            yield path, value
        case list():
            for k, child in enumerate(value):
                yield from texts((*path, k), child)
        case dict():
            for key, child in value.items():
                yield from texts((*path, key), child)
