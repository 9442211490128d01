"""Triggers as they stand in a form: a name, or [name, arguments]. Authors write their own (see `functions`).

    "triggers": {"onClick": ["requestNextFieldSet", ["SECTION", "LOOKUP_NAME"]]}

Built in is the loop's own, `requestNextFieldSet`, for buttons. It asks for the next image, which is shown in a template
of the section of that name. Which template it is follows from the score; the lookup name given here may be null.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

NEXT_FIELDSET = "requestNextFieldSet"


class Call(NamedTuple):
    """A trigger as it stands in a form. arguments: JSON values; a list in the form is several of them."""

    name: str
    arguments: tuple[object, ...]


def call(value: object) -> Call | None:
    """Return the call that an event's value stands for; None: it is neither "name" nor ["name", arguments]."""
    match value:
        case str() as name:
            return Call(name, ())
        case [str() as name]:
            return Call(name, ())
        case [str() as name, [*arguments]]:
            return Call(name, tuple(arguments))
        case [str() as name, argument]:
            return Call(name, (argument,))
    return None


def _next_fieldset(arguments: tuple[object, ...], templates: Mapping[str, frozenset[str]]) -> Iterator[str]:
    match arguments:
        case (str() as section, None | str() as lookup_name):
            if section not in templates:
                yield f"names the section {section!r}, which the form does not have"
            elif lookup_name is not None and lookup_name not in templates[section]:
                yield f"names the template {lookup_name!r}, which the section {section!r} does not have"
        case _:
            yield f'needs arguments: ["{NEXT_FIELDSET}", ["SECTION", "LOOKUP_NAME"]], LOOKUP_NAME may be null'


BUILT_IN_TRIGGERS: dict[str, Callable[[tuple[object, ...], Mapping[str, frozenset[str]]], Iterator[str]]] = {
    NEXT_FIELDSET: _next_fieldset,
}
"""Name → check of the arguments: yields what is wrong. The mapping holds section → lookup names of its templates."""
