"""Mistakes that no single attribute shows: names given twice, tokens out of place, triggers that lead nowhere.

The checks read the JSON itself and not the models, so that they find their mistakes also where the shape is wrong
elsewhere: an author sees all of them at once. Each takes the objects of the form, and its author's functions, and
yields mistakes. To add a check: write it, and name it in `CHECKS`.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from imgloop_widgets.forms.checks_conditions import check_conditions
from imgloop_widgets.forms.checks_functions import check_triggers, check_validators
from imgloop_widgets.forms.checks_values import check_lengths, check_options, check_values
from imgloop_widgets.forms.functions import Functions
from imgloop_widgets.forms.items import Item, Origin, items, texts
from imgloop_widgets.forms.mistakes import UNSTORABLE, Mistake, Path, did_you_mean, listed, path_text, show
from imgloop_widgets.forms.slots import IMAGE_TOKEN, remove_slots, unsafe_attributes
from imgloop_widgets.forms.tokens import (
    HTML_ATTRIBUTES,
    TOKEN_ATTRIBUTES,
    dynamic_names,
    is_token_name,
    token_names,
)
from imgloop_widgets.forms.values import is_storable

_COPY = re.compile(r"__[1-9][0-9]*__$")
"""The end of ids and names in a copy of a template (see `sheet`)."""


def semantic_mistakes(form: object, at: Path, functions: Functions, origin: Origin) -> list[Mistake]:
    """Return what the checks find.

    form: in its full shape, insertions in place. at: where it stands in the file. origin: for paths within texts.
    """
    found = list(items(form, at, origin))
    return [mistake for check in CHECKS for mistake in check(found, functions)]


def _unique(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    for attribute in ("id", "name", "lookup_name"):
        first: dict[str, Path] = {}
        for item in found:
            value = item.values.get(attribute)
            if not isinstance(value, str) or not value:
                continue
            if value in first:
                taken = f"{show(value)} is taken by {path_text(first[value])}; choose another {attribute}"
                yield Mistake((*item.path, attribute), taken)
            else:
                first[value] = (*item.written, attribute)


def _copies(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield ids and names that a copy of a template could have."""
    for attribute in ("id", "name"):
        all_of = [(item, item.values.get(attribute)) for item in found]
        copied = {value for item, value in all_of if item.template == "own" and isinstance(value, str) and value}
        for item, value in all_of:
            if isinstance(value, str) and (number := _COPY.search(value)) and value[: number.start()] in copied:
                text = f"{show(value)} is taken by copies of the template with {show(value[: number.start()])}"
                yield Mistake((*item.path, attribute), f"{text}; choose another {attribute}")


def _tokens(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    children = {item.level for item in found}
    for item in found:
        for key, value in item.values.items():
            if key in TOKEN_ATTRIBUTES and isinstance(value, str):
                yield from _in_text((*item.path, key), value, html=key in HTML_ATTRIBUTES, template=item.template)
            elif key not in children or isinstance(value, str):
                allowed = f"can't stand here, only in {listed(sorted(TOKEN_ATTRIBUTES))}"
                for path, text in texts((*item.path, key), value):
                    for name in token_names(text):
                        yield Mistake(path, f"the token {{{{ {name} }}}} {allowed}")
                if item.template and isinstance(value, str):
                    for name in dynamic_names(value):
                        yield Mistake((*item.path, key), f"the token [[{name}]] {allowed}")


def _in_text(path: Path, text: str, *, html: bool, template: str) -> Iterator[Mistake]:
    for name in token_names(text):
        if not is_token_name(name):
            yield Mistake(path, f"{show(name)} is no name for a token; use letters, digits and underscores")
    for note in unsafe_attributes(text) if html else ():
        yield Mistake(path, note)
    if template == "own":
        return  # the trigger that adds it says what its [[ tokens ]] stand for
    for name in dynamic_names(remove_slots(text) if html and template else text):
        if name != IMAGE_TOKEN:
            yield Mistake(
                path,
                f"the token [[{name}]] is not known; known is [[{IMAGE_TOKEN}]]{did_you_mean(name, [IMAGE_TOKEN])}",
            )
        else:
            where = 'as <img src="[[image_url]]"> in a fieldset with `lookup_name`'
            yield Mistake(path, f"the token [[{name}]] can only stand {where}")


def _storable(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    levels = {item.level for item in found}
    for item in found:
        for key, value in item.values.items():
            if key not in levels or isinstance(value, str):
                for path, text in texts((*item.path, key), value):
                    if not is_storable(text):
                        yield Mistake(path, UNSTORABLE)


CHECKS: tuple[Callable[[Sequence[Item], Functions], Iterator[Mistake]], ...] = (
    _unique,
    _copies,
    check_validators,
    check_lengths,
    check_options,
    check_values,
    check_triggers,
    check_conditions,
    _tokens,
    _storable,
)
