"""separate_token_values_config.json: a list of values for each token, to be combined into token sets.

    {"animal": ["bear", "fox"], "place": ["wood"]}      ⟶      bear in the wood, fox in the wood

What is wrong in it is told in the words that `load_form` has for token sets, and all at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path

from imgloop_widgets.cli.forms.files import form_files, read_values
from imgloop_widgets.errors import ConfigurationError, Problem

MOST_SETS = 10_000
"""A form has at most so many token sets; more would be a slip."""

_SHAPE = 'must be an object of tokens, each with a list of values: {"token": ["value", "other value"]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Separate:
    """values: token → its values, each once. notes: what is odd, but no mistake."""

    values: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @property
    def number(self) -> int:
        """The number of token sets."""
        return prod(len(values) for values in self.values.values())

    def sets(self) -> list[dict[str, dict[str, str]]]:
        """Return every combination, in the order of the file; the first token varies slowest."""
        return [
            {"tokens_values": dict(zip(self.values, chosen, strict=True))} for chosen in product(*self.values.values())
        ]


def read_separate(file: Path) -> Separate:
    """Read the lists of values, and compare their tokens with those of the form beside them, if there is one.

    Raises:
        ConfigurationError: every mistake.
    """
    content = read_values(file)
    if not isinstance(content, dict) or not content:
        from imgloop_widgets.forms.mistakes import show

        raise ConfigurationError([Problem(file.name, f"{_SHAPE}; not {show(content)}")])
    found = [Problem(f"{file.name}: {where}", what) for where, what in _mistakes(file.parent, content)]
    if found:
        raise ConfigurationError(found)
    values = {name: tuple(dict.fromkeys(given)) for name, given in content.items()}
    notes = tuple(
        f"{file.name}: {name}: {value!r} stands there {given.count(value)} times; it counts once"
        for name, given in content.items()
        for value in values[name]
        if given.count(value) > 1
    )
    separate = Separate(values=values, notes=notes)
    if separate.number > MOST_SETS:
        what = f"the values make {separate.number:,} token sets; at most {MOST_SETS:,} are possible, so leave some out"
        raise ConfigurationError([Problem(file.name, what)])
    return separate


def _mistakes(folder: Path, content: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    from imgloop_widgets.forms.insertions import Insertions, is_insertion
    from imgloop_widgets.forms.mistakes import did_you_mean, show
    from imgloop_widgets.forms.slots import TARGET_TOKEN
    from imgloop_widgets.forms.tokens import is_token_name

    used, insertions = used_in(folder), Insertions(folder)
    for name, values in content.items():
        if not is_token_name(name):
            yield name, "is no name for a token; use letters, digits and underscores"
        elif used is not None and name not in used:
            yield name, f"the form does not use the token `{name}`{did_you_mean(name, used)}"
        if not isinstance(values, list):
            yield name, f"must be a list of values; not {show(values)}"
        elif not values:
            yield name, "must hold at least one value"
        for k, value in enumerate(values if isinstance(values, list) else ()):
            if not isinstance(value, str):
                yield f"{name}[{k}]", f"must be text, in quotes; not {show(value)}"
            elif is_insertion(value):
                try:
                    insertions.read(value)
                except ValueError as error:
                    yield f"{name}[{k}]", str(error)
    for name, place in (used or {}).items():
        if name not in content and name != TARGET_TOKEN:
            yield name, f"is missing: no values for the token `{name}`, which {place} uses"


def used_in(folder: Path) -> dict[str, str] | None:
    """Return the tokens that a folder's form uses, each with its first place; None: there is no form.

    The form is taken as it is: whatever is wrong with it, it is not what is asked about here.

    Raises:
        ConfigurationError: its file can't be read.
    """
    from imgloop_widgets.forms.insertions import Insertions, is_insertion
    from imgloop_widgets.forms.items import items
    from imgloop_widgets.forms.shorthand import Expanded
    from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES
    from imgloop_widgets.forms.version import used_tokens

    files = form_files(folder, tasks=False)
    if not files:
        return None
    content, insertions = read_values(files[0]), Insertions(folder)
    form = Expanded(content.get("form", content) if isinstance(content, dict) else {}, ("form",), submit=False).form
    for item in items(form, ("form",)):
        for key in HTML_ATTRIBUTES & item.values.keys():
            text = item.values[key]
            if isinstance(text, str) and is_insertion(text):
                try:
                    item.values[key] = insertions.read(text)
                except ValueError:
                    continue
    return used_tokens(form)
