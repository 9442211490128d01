"""Tokens: places in a form's texts that are filled with a study's values.

    {{ name }}   filled once, when the form is made; only in help, instruction, label, title and tooltip
    [[ name ]]   filled each time a template is shown: by the loop (`image_url`, as the source of an image), or by the
                 trigger that adds it

help, instruction and title are HTML, so a value is escaped there. label and tooltip are plain text, which the page
shows as text, so a value goes in as it is. A value is put in once: what looks like a token in it stays text.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

HTML_ATTRIBUTES = frozenset({"help", "instruction", "title"})
"""Attributes whose text is the author's HTML."""

TOKEN_ATTRIBUTES = HTML_ATTRIBUTES | {"label", "tooltip"}
"""Attributes in which a token may stand."""

_TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_DYNAMIC = re.compile(r"\[\[\s*(\w+)\s*\]\]")
_NAME = re.compile(r"\w+")


def token_names(text: str) -> Iterator[str]:
    """Yield the name of each `{{ token }}` in the text, in order; what is between the braces may be no name at all."""
    for found in _TOKEN.finditer(text):
        yield found[1].strip()


def dynamic_names(text: str) -> Iterator[str]:
    """Yield the name of each `[[ token ]]` in the text, in order."""
    for found in _DYNAMIC.finditer(text):
        yield found[1]


def is_token_name(name: str) -> bool:
    """Whether a token may have this name: letters, digits and underscores."""
    return _NAME.fullmatch(name) is not None


def fill(text: str, values: Mapping[str, str], *, html: bool, ready: Mapping[str, str]) -> str:
    """Return the text with its tokens filled.

    values: name → value, plain text. html: the text is HTML, so values are escaped. ready: name → HTML of the
    study's author, which goes in as it is.

    Raises:
        KeyError: a token has no value; its name is the error's argument.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in ready:
            return ready[name]
        return escape(values[name]) if html else values[name]

    return _TOKEN.sub(value, text)


def fill_dynamic(text: str, values: Mapping[str, str], *, html: bool) -> str:
    """Return the text with its `[[ tokens ]]` filled. values: name → value, plain text. html: values are escaped.

    Raises:
        ValueError: a token has no value.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ValueError(f"the token [[{found[1]}]] has no value")
        return escape(str(values[found[1]])) if html else str(values[found[1]])

    return _DYNAMIC.sub(value, text)
