"""What a configuration holds once it is read: the versions of a form, each to be filled with a study's tokens."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.forms.checks import items
from imgloop_widgets.forms.mistakes import path_text
from imgloop_widgets.forms.schema import Form
from imgloop_widgets.forms.slots import TARGET_TOKEN, remove_slots
from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES, TOKEN_ATTRIBUTES, fill, is_token_name, token_names


@dataclass(frozen=True, slots=True, kw_only=True)
class FormVersion:
    """One version of a form.

    where: file and position, for messages. source: the form's JSON, insertions in place, tokens not filled.
    tokens: name → value of the file's token set, plain text. insertions: name → HTML, for values that are files.
    metadata: `form_metadata`. extra: further keys beside the form, as they are.
    """

    where: str
    source: Mapping[str, Any]
    tokens: Mapping[str, str]
    insertions: Mapping[str, str]
    metadata: Mapping[str, Any]
    extra: Mapping[str, Any]

    def form(self, tokens: Mapping[str, str] | None = None) -> Form:
        """Return the form with its tokens filled.

        tokens: values of the study, plain text; they win over the file's.

        Raises:
            ConfigurationError: a token has no value, or a value (other than of `target_image`) is used nowhere.
        """
        given = dict(tokens or {})
        used = used_tokens(self.source)
        unused = [name for name in given if name not in used and name != TARGET_TOKEN]
        problems = [
            Problem(self.where, f"the token `{name}` has a value, but the form does not use it") for name in unused
        ]
        source = deepcopy(dict(self.source))
        values = {**self.tokens, **given}
        ready = {name: html for name, html in self.insertions.items() if name not in given}
        for item in items(source, ("form",)):
            for key in sorted(TOKEN_ATTRIBUTES & item.values.keys()):
                text, html = item.values[key], key in HTML_ATTRIBUTES
                try:
                    item.values[key] = fill(remove_slots(text) if html else text, values, html=html, ready=ready)
                except KeyError as error:
                    where = f"{self.where}: {path_text((*item.path, key))}"
                    problems.append(Problem(where, f"the token {{{{ {error.args[0]} }}}} has no value"))
        if problems:
            raise ConfigurationError(problems)
        return Form.model_validate(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """A form's configuration. versions: one or more. files: every file that was read. sha256: over their contents."""

    versions: tuple[FormVersion, ...]
    files: tuple[Path, ...]
    sha256: bytes

    def digest(self) -> bytes:
        """Return the hash of what was read, 32 bytes: the same wherever the folder lies."""
        return self.sha256


def used_tokens(form: object) -> dict[str, str]:
    """Return the tokens of a form's JSON, in order: name → path of the first place that uses it."""
    used: dict[str, str] = {}
    for item in items(form, ("form",)):
        for key, value in item.values.items():
            if key in TOKEN_ATTRIBUTES and isinstance(value, str):
                for name in filter(is_token_name, token_names(value)):
                    used.setdefault(name, path_text((*item.path, key)))
    return used
