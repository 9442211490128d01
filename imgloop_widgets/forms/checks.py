"""Mistakes that no single attribute shows: names given twice, tokens out of place, triggers that lead nowhere.

The checks read the JSON itself and not the models, so that they find their mistakes also where the shape is wrong
elsewhere: an author sees all of them at once. Each takes the objects of the form and yields mistakes. To add a
check: write it, and name it in `CHECKS`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from imgloop_widgets.forms.mistakes import Mistake, Path, did_you_mean, listed, path_text, show
from imgloop_widgets.forms.slots import IMAGE_TOKEN, remove_slots, unsafe_attributes
from imgloop_widgets.forms.tokens import (
    HTML_ATTRIBUTES,
    TOKEN_ATTRIBUTES,
    dynamic_names,
    is_token_name,
    token_names,
)
from imgloop_widgets.forms.triggers import TRIGGERS, call

_CHILDREN: dict[str, tuple[str, ...]] = {
    "form": ("sections", "submit_button"),
    "sections": ("fieldsets",),
    "fieldsets": ("rows",),
    "rows": ("fields",),
    "fields": ("options",),
}


class Item(NamedTuple):
    """One object of a form. level: the key it stands under. template: it belongs to a template of the loop."""

    path: Path
    level: str
    values: dict[str, Any]
    template: bool


def items(form: object, at: Path, level: str = "form", template: bool = False) -> Iterator[Item]:
    """Yield the form and every object in it, as the file has them; what is no object is passed over."""
    if not isinstance(form, dict):
        return
    template = template or bool(level == "fieldsets" and form.get("lookup_name"))
    yield Item(at, level, form, template)
    for key, value in form.items():
        if key not in _CHILDREN.get(level, ()):
            continue
        if isinstance(value, list):
            for k, child in enumerate(value):
                yield from items(child, (*at, key, k), key, template)
        else:
            yield from items(value, (*at, key), key, template)


def semantic_mistakes(form: object, at: Path) -> list[Mistake]:
    """Return what the checks find. form: from JSON, insertions in place. at: where it stands in the file."""
    found = list(items(form, at))
    return [mistake for check in CHECKS for mistake in check(found)]


def _unique(found: Sequence[Item]) -> Iterator[Mistake]:
    for attribute in ("id", "name", "lookup_name"):
        first: dict[str, Path] = {}
        for item in found:
            value = item.values.get(attribute)
            if not isinstance(value, str) or not value:
                continue
            path = (*item.path, attribute)
            if value in first:
                yield Mistake(path, f"{show(value)} is taken by {path_text(first[value])}; choose another {attribute}")
            else:
                first[value] = path


def _lengths(found: Sequence[Item]) -> Iterator[Mistake]:
    for item in found:
        validators = item.values.get("validators")
        if item.level != "fields" or not isinstance(validators, dict):
            continue
        least, most = validators.get("minLength"), validators.get("maxLength")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield Mistake((*item.path, "validators", "minLength"), f"{least} is above `maxLength`, which is {most}")
        if item.values.get("type") == "select" and item.values.get("multiple") is not True:
            for name in ("minLength", "maxLength"):
                if name in validators:
                    yield Mistake((*item.path, "validators", name), f"`{name}` needs a select with `multiple`: true")


def _options(found: Sequence[Item]) -> Iterator[Mistake]:
    for item in found:
        options = item.values.get("options")
        if item.level != "fields" or not isinstance(options, list):
            continue
        # Compared as text: on a page, 1 and "1" can't be told apart.
        first: dict[str, int] = {}
        for k, option in enumerate(options):
            if not isinstance(option, dict) or "value" not in option:
                continue
            text = str(option["value"])
            if text in first:
                path = (*item.path, "options", k, "value")
                yield Mistake(
                    path, f"{show(option['value'])} is the value of option {first[text] + 1} too; choose another"
                )
            else:
                first[text] = k
        if "value" in item.values and first:
            for value in _chosen(item.values["value"]):
                if value != "" and not any(_same(value, o.get("value")) for o in options if isinstance(o, dict)):
                    allowed = "the values of its options"
                    yield Mistake((*item.path, "value"), f"must be one of {allowed}; not {show(value)}")


def _chosen(value: object) -> list[object]:
    match value:
        case list():
            return value
        case dict():
            return []
    return [value]


def _same(one: object, other: object) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _values(found: Sequence[Item]) -> Iterator[Mistake]:
    """What a field holds at first must be something it can hold."""
    for item in found:
        if item.level != "fields" or "value" not in item.values:
            continue
        value, path = item.values["value"], (*item.path, "value")
        match item.values.get("type"):
            case "number" if value != "" and (isinstance(value, str | bool)):
                yield Mistake(path, f"must be a number, without quotes; not {show(value)}")
            case "select" if item.values.get("multiple") is True and value != "" and not isinstance(value, list):
                yield Mistake(path, f"must be a list, since `multiple` is true; not {show(value)}")
            case "select" if item.values.get("multiple") is not True and isinstance(value, list | dict):
                yield Mistake(path, f"must be the value of one option; not {show(value)}")
            case "checkbox" if isinstance(value, dict):
                options = item.values.get("options")
                known = (
                    {str(o.get("value")) for o in options if isinstance(o, dict)} if isinstance(options, list) else ()
                )
                for name in value:
                    if name not in known:
                        yield Mistake((*path, name), f"is the value of no option{did_you_mean(name, known)}")


def _triggers(found: Sequence[Item]) -> Iterator[Mistake]:
    templates = {
        item.values["name"]: frozenset(_lookup_names(item.values.get("fieldsets")))
        for item in found
        if item.level == "sections" and isinstance(item.values.get("name"), str)
    }
    for item in found:
        triggers = item.values.get("triggers")
        if item.level != "fields" or not isinstance(triggers, dict) or "onClick" not in triggers:
            continue
        path = (*item.path, "triggers", "onClick")
        field = item.values.get("name") or item.values.get("id") or path_text(item.path)
        trigger = call(triggers["onClick"])
        if trigger is None:
            yield Mistake(path, f'must be "NAME" or ["NAME", arguments]; not {show(triggers["onClick"])}')
        elif trigger.name not in TRIGGERS:
            near = did_you_mean(trigger.name, TRIGGERS)
            known = listed(TRIGGERS)
            yield Mistake(
                path, f"`{trigger.name}` of the field `{field}` is no registered trigger{near} (registered: {known})"
            )
        else:
            for text in TRIGGERS[trigger.name](trigger.arguments, templates):
                yield Mistake(path, f"`{trigger.name}` of the field `{field}` {text}")


def _lookup_names(fieldsets: object) -> Iterator[str]:
    for fieldset in fieldsets if isinstance(fieldsets, list) else ():
        if isinstance(fieldset, dict) and isinstance(fieldset.get("lookup_name"), str):
            yield fieldset["lookup_name"]


def _tokens(found: Sequence[Item]) -> Iterator[Mistake]:
    children = {key for keys in _CHILDREN.values() for key in keys}
    for item in found:
        for key, value in item.values.items():
            if key in TOKEN_ATTRIBUTES and isinstance(value, str):
                yield from _in_text((*item.path, key), value, html=key in HTML_ATTRIBUTES, template=item.template)
            elif key not in children or isinstance(value, str):
                for path, text in _texts((*item.path, key), value):
                    for name in token_names(text):
                        allowed = listed(sorted(TOKEN_ATTRIBUTES))
                        yield Mistake(path, f"the token {{{{ {name} }}}} can't stand here, only in {allowed}")


def _in_text(path: Path, text: str, *, html: bool, template: bool) -> Iterator[Mistake]:
    for name in token_names(text):
        if not is_token_name(name):
            yield Mistake(path, f"{show(name)} is no name for a token; use letters, digits and underscores")
    for note in unsafe_attributes(text) if html else ():
        yield Mistake(path, note)
    for name in dynamic_names(remove_slots(text) if html and template else text):
        if name != IMAGE_TOKEN:
            yield Mistake(
                path,
                f"the token [[{name}]] is not known; known is [[{IMAGE_TOKEN}]]{did_you_mean(name, [IMAGE_TOKEN])}",
            )
        else:
            where = 'as <img src="[[image_url]]"> in a fieldset with `lookup_name`'
            yield Mistake(path, f"the token [[{name}]] can only stand {where}")


def _texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            yield path, value
        case list():
            for k, child in enumerate(value):
                yield from _texts((*path, k), child)
        case dict():
            for key, child in value.items():
                yield from _texts((*path, key), child)


CHECKS: tuple[Callable[[Sequence[Item]], Iterator[Mistake]], ...] = (
    _unique,
    _lengths,
    _options,
    _values,
    _triggers,
    _tokens,
)
