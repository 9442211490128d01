"""`imgloop forms extrapolate`: a form with tokens becomes a list of forms without.

The list reads as the form does: `load_form` gives the same forms for both. So a token stays a token where its value
would not read as what it is (a value that looks like a token itself), and `target_image` stays one wherever the study's
own value has to find its place; all values are in `form_metadata.tokens_values` besides, from where they are filled.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import typer

from imgloop_widgets.cli.arguments import count, short
from imgloop_widgets.cli.forms.files import Force, FormFolder, form_files, write_values
from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem

if TYPE_CHECKING:
    from imgloop_widgets.forms import FormVersion

EXAMPLE = "imgloop forms extrapolate forms/animals"


def extrapolate(folder: FormFolder, force: Force = False) -> None:
    """Make a list of all versions of a form.

    Reads unit_config.json and token_sets_values_config.json, fills the tokens, puts insertions in their places, and
    writes task_data.json.
    """
    from imgloop_widgets.forms import load_form
    from imgloop_widgets.forms.load import START_FILES, TASK_FILE

    units = [file for file in form_files(folder) if file.name in START_FILES[:2]]
    if not units:
        raise ImgloopError(f"{folder}: the folder holds no {START_FILES[0]} to make versions of")
    versions = load_form(units[0]).versions
    entries = [entry_of(version) for version in versions]
    file = folder / TASK_FILE
    written = write_values(file, entries, force=force)
    already = "" if written else "; they stood there already"
    typer.echo(f"{short(file)}: {count(len(entries), 'version')} of {units[0].name}{already}")
    if left := sorted({name for entry in entries for name in _tokens_in(entry["form"])}):
        names = ", ".join(f"`{name}`" for name in left)
        typer.echo(f"note: still tokens in it, to be filled when a form is made: {names}", err=True)


def entry_of(version: "FormVersion") -> dict[str, Any]:
    """Return the entry of task_data.json that reads as this version does.

    Raises:
        ConfigurationError: there is none.
    """
    from imgloop_widgets.forms.insertions import is_insertion
    from imgloop_widgets.forms.items import items
    from imgloop_widgets.forms.mistakes import path_text
    from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES, TOKEN_ATTRIBUTES

    form = deepcopy(dict(version.source))
    problems = []
    for item in items(form, ("form",)):
        for key in TOKEN_ATTRIBUTES & item.values.keys():
            text = item.values[key]
            if is_insertion(text):  # it came from a file itself, where it was plain text
                what = f"the insertion holds the path of another, {text.strip()!r}; write the other's text there"
                problems.append(Problem(f"{version.where}: {path_text((*item.path, key))}", what))
            else:
                item.values[key] = _filled(text, version, html=key in HTML_ATTRIBUTES)
    if problems:
        raise ConfigurationError(problems)
    metadata = {"form_metadata": dict(version.metadata)} if version.metadata else {}
    return {"form": form, **metadata, **version.extra}


def _filled(text: str, version: "FormVersion", *, html: bool) -> str:
    """Return the text with as many of its tokens filled as can be, so that it says the same when it is read again."""
    from imgloop_widgets.forms.insertions import is_insertion
    from imgloop_widgets.forms.slots import TARGET_TOKEN
    from imgloop_widgets.forms.tokens import dynamic_names, fill

    if "{{" not in text:
        return text
    worlds = [{**version.tokens, TARGET_TOKEN: "another target"}]
    if TARGET_TOKEN in version.tokens:
        worlds.append(dict(version.tokens))
    wanted = [_read(text, world, version, html=html) for world in worlds]
    for kept in ({}, {TARGET_TOKEN: f"{{{{{TARGET_TOKEN}}}}}"}):
        try:
            filled = fill(text, {**version.tokens, **kept}, html=html, ready=version.insertions)
            same = [_read(filled, world, version, html=html) for world in worlds] == wanted
        except KeyError:  # the target has no value, or a value has made a token
            continue
        plain = "{{" not in (filled.replace(kept[TARGET_TOKEN], "") if kept else filled)
        if same and plain and not is_insertion(filled) and list(dynamic_names(filled)) == list(dynamic_names(text)):
            return filled
    return text


def _read(text: str, values: Mapping[str, str], version: "FormVersion", *, html: bool) -> str:
    """What `FormVersion.form` makes of a text."""
    from imgloop_widgets.forms.slots import remove_slots
    from imgloop_widgets.forms.tokens import fill

    return fill(remove_slots(text) if html else text, values, html=html, ready=version.insertions)


def _tokens_in(form: dict[str, Any]) -> Iterator[str]:
    from imgloop_widgets.forms.version import used_tokens

    yield from used_tokens(form)
