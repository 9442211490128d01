"""What a configuration holds once it is read: the versions of a form, each to be filled with a study's tokens."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.forms.functions import Functions
from imgloop_widgets.forms.items import items
from imgloop_widgets.forms.mistakes import Path as Steps
from imgloop_widgets.forms.mistakes import path_text
from imgloop_widgets.forms.schema import FormModel
from imgloop_widgets.forms.slots import TARGET_TOKEN, remove_slots
from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES, TOKEN_ATTRIBUTES, fill, is_token_name, token_names

MOST_FILLED = 64
"""Forms that a version keeps, each filled with other values; a form is never changed, so everybody gets the same."""

Written = Callable[[Steps], str]
"""Path within a form, in its full shape → the path where its author has written what stands there."""


def _in_full(steps: Steps) -> str:
    return path_text(("form", *steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormVersion:
    """One version of a form.

    where: file and position, for messages; empty for a form in Python. written: for messages, too.
    source: the form's JSON, insertions in place, tokens not filled.
    tokens: name → value of the file's token set, plain text. insertions: name → HTML, for values that are files.
    metadata: `form_metadata`. extra: further keys beside the form, as they are. functions, css: of the form's author.
    """

    where: str
    source: Mapping[str, Any]
    tokens: Mapping[str, str]
    insertions: Mapping[str, str]
    metadata: Mapping[str, Any]
    extra: Mapping[str, Any]
    functions: Functions
    css: str
    written: Written = field(default=_in_full, compare=False)
    _filled: dict[tuple[tuple[str, str], ...], FormModel] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def tokens_used(self) -> frozenset[str]:
        """Return the names of the tokens in it."""
        return frozenset(used_tokens(self.source))

    def form(self, tokens: Mapping[str, str] | None = None) -> FormModel:
        """Return the form with its tokens filled.

        tokens: values of the study, plain text; they win over the file's.

        Raises:
            ConfigurationError: a token has no value, or a value (other than of `target_image`) is used nowhere.
        """
        given = dict(tokens or {})
        key = tuple(sorted(given.items()))
        if key not in self._filled:
            while len(self._filled) >= MOST_FILLED:
                self._filled.pop(next(iter(self._filled)), None)
            self._filled[key] = self._fill(given)
        return self._filled[key]

    def _fill(self, given: Mapping[str, str]) -> FormModel:
        used = used_tokens(self.source)
        unused = [name for name in given if name not in used and name != TARGET_TOKEN]
        problems = [
            Problem(self.where or "form", f"the token `{name}` has a value, but the form does not use it")
            for name in unused
        ]
        source = deepcopy(dict(self.source))
        values = {**self.tokens, **given}
        ready = {name: html for name, html in self.insertions.items() if name not in given}
        for item in items(source, ()):
            for key in sorted(TOKEN_ATTRIBUTES & item.values.keys()):
                text, html = item.values[key], key in HTML_ATTRIBUTES
                try:
                    item.values[key] = fill(remove_slots(text) if html else text, values, html=html, ready=ready)
                except KeyError as error:
                    where = ": ".join(filter(None, (self.where, self.written((*item.path, key)))))
                    problems.append(Problem(where, f"the token {{{{ {error.args[0]} }}}} has no value"))
        if problems:
            raise ConfigurationError(problems)
        return FormModel.model_validate(source).equipped(self.functions, self.css)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """A form's configuration.

    versions: one or more. files: every file that was read. css: the author's styles. sha256: over all files' contents.
    """

    versions: tuple[FormVersion, ...]
    files: tuple[Path, ...]
    css: str
    sha256: bytes

    def digest(self) -> bytes:
        """Return the hash of what was read, 32 bytes: the same wherever the folder lies."""
        return self.sha256


def used_tokens(form: object, written: Written = _in_full) -> dict[str, str]:
    """Return the tokens of a form's JSON, in order: name → path of the first place that uses it."""
    used: dict[str, str] = {}
    for item in items(form, ()):
        for key, value in item.values.items():
            if key in TOKEN_ATTRIBUTES and isinstance(value, str):
                for name in filter(is_token_name, token_names(value)):
                    used.setdefault(name, written((*item.path, key)))
    return used
