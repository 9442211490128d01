"""Reading a form's configuration: files in, versions of a form out.

    unit_config.json                one form, with tokens            ┐ one version for each set of values,
    token_sets_values_config.json   beside it: sets of their values  ┘ or one without any
    task_data.json                  a list of forms, one version each
    form.toml, form.json            one form, also without the key `form` around it
    insertions/*.html               texts that attributes of any of these, or values of tokens, stand for
    insertions/*.css                styles that are added to the page
    functions.py                    validators and triggers (see `functions`)

A folder is read by the first of these files that it holds (FormComposer's older name form_config.json stands for
unit_config.json); a file of any name is read by its content. All mistakes of all files are reported at once. The token
`target_image` always comes from the study: a configuration may use it without giving it a value, and the study's value
wins over the file's. `make_form` makes a form that was written in Python.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.forms.checks import semantic_mistakes
from imgloop_widgets.forms.content import read_content
from imgloop_widgets.forms.functions import FUNCTIONS_FILE, Functions, registered, run_functions_file
from imgloop_widgets.forms.insertions import Insertions, decode, is_insertion, read_bytes, read_styles
from imgloop_widgets.forms.items import items
from imgloop_widgets.forms.known import known
from imgloop_widgets.forms.mistakes import UNSTORABLE, Mistake, did_you_mean, path_text, problem, shape_mistakes, show
from imgloop_widgets.forms.mistakes import Path as Steps
from imgloop_widgets.forms.schema import FormModel
from imgloop_widgets.forms.shorthand import Expanded
from imgloop_widgets.forms.slots import TARGET_TOKEN, remove_slots
from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES, TOKEN_ATTRIBUTES, dynamic_names, token_names
from imgloop_widgets.forms.values import is_storable
from imgloop_widgets.forms.version import FormFile, FormVersion, Written, used_tokens

UNIT_FILE = "unit_config.json"
TOKENS_FILE = "token_sets_values_config.json"
TASK_FILE = "task_data.json"
START_FILES = (UNIT_FILE, "form_config.json", TASK_FILE, "form.toml", "form.json")
"""The files by which a folder is read."""

_TOO_DEEP = "objects are nested too deeply"

_OWN_KEYS = ("title", "sections", "fields")
"""A file without the key `form` but with one of these is the form itself."""


def load_form(path: Path, *, supplied: Collection[str] = (TARGET_TOKEN,), text_alone: str = "") -> FormFile:
    """Read a form's configuration.

    path: a folder, or a JSON or TOML file. supplied: tokens whose values the study gives later. text_alone: name of a
    hidden field that a form is given which is only to be read (no sections, no fields); empty: there must be fields.

    Raises:
        ConfigurationError: with every mistake of every file.
    """
    path, tokens = Path(path), frozenset(supplied)
    return known(path, tokens, text_alone, lambda: _Reading(path, tokens, text_alone).result())


def make_form(form: Mapping[str, Any], tokens: Mapping[str, str] | None = None) -> FormModel:
    """Return a form that is written in Python: the same shape, short ways and mistakes as in a file.

    Raises:
        ConfigurationError: with every mistake, each with its path.
    """
    functions = registered()
    try:
        expanded = Expanded(form, (), submit=True)
        mistakes = [*_mistakes(expanded, (), functions), *_without_folder(expanded)]
    except RecursionError:
        raise ConfigurationError([Problem("form", _TOO_DEEP)]) from None
    if mistakes:
        raise ConfigurationError(problem(path_text(path) or "form", text) for path, text in mistakes)
    assert isinstance(expanded.form, dict)
    version = FormVersion(
        where="",
        source=expanded.form,
        tokens={},
        insertions={},
        metadata={},
        extra={},
        functions=functions,
        css="",
        written=_written(expanded, ()),
    )
    return version.form(tokens)


def _written(expanded: Expanded, start: Steps) -> Written:
    """Tell where the author has written what has a path within the form; without its position in a list of forms."""

    def written(steps: Steps) -> str:
        path = expanded.origin((*start, *steps))
        return path_text(path[1:] if isinstance(path[0], int) else path)

    return written


def _mistakes(expanded: Expanded, at: Steps, functions: Functions) -> list[Mistake]:
    """Return the mistakes of a form in its order, with the paths of its file."""
    form = expanded.form
    semantic = semantic_mistakes(form, at, functions, expanded.origin)
    mistakes = [*expanded.mistakes, *shape_mistakes(form, at), *semantic]
    order = {path: k for k, path in enumerate(_paths(form, at))}
    mistakes.sort(key=lambda mistake: _position(mistake.path, order))
    return [Mistake(expanded.origin(path), text) for path, text in mistakes]


def _without_folder(expanded: Expanded) -> Iterator[Mistake]:
    for item in items(expanded.form, ()):
        for key in sorted(TOKEN_ATTRIBUTES & item.values.keys()):
            text = item.values[key]
            if isinstance(text, str) and is_insertion(text):
                path = expanded.origin((*item.path, key))
                yield Mistake(path, f"an insertion needs a form in a file; read the text yourself: not {show(text)}")


class _Entry(NamedTuple):
    """One `{form, …}` of a file. content: its keys, the form in its full shape. written: see `FormVersion`."""

    content: dict[str, Any]
    written: Written

    @property
    def form(self) -> dict[str, Any]:
        form: dict[str, Any] = self.content["form"]
        return form


class _Reading:
    """One run through the files; collects what they hold and what is wrong with them."""

    def __init__(self, path: Path, supplied: frozenset[str], text_alone: str) -> None:
        self.path = path
        self.text_alone = text_alone
        self.folder = path if path.is_dir() else path.parent
        self.supplied = supplied
        self.insertions = Insertions(self.folder)
        self.read: dict[Path, bytes] = {}
        self.problems: list[Problem] = []
        self.functions = registered()
        self.css = ""

    def result(self) -> tuple[FormFile, dict[Path, bytes]]:
        """Return the form, and each file that was read with its content."""
        versions: tuple[FormVersion, ...] = ()
        try:
            if file := self._start():
                self._run_functions()
                self._read_styles()
                versions = self._versions(file, self._content(file))
        except RecursionError:
            self._problem(self.path, _TOO_DEEP)
        if self.problems:
            raise ConfigurationError(self.problems)
        contents = {**self.read, **self.insertions.contents}
        total = sha256()
        for read, content in contents.items():
            for part in (read.relative_to(self.folder).as_posix().encode(), content):
                total.update(len(part).to_bytes(8, "big") + part)
        return FormFile(versions=versions, files=tuple(contents), css=self.css, sha256=total.digest()), contents

    def _start(self) -> Path | None:
        if not self.path.exists():
            self._problem(
                self.path, "there is no such folder or file; give a folder with unit_config.json or task_data.json"
            )
            return None
        if not self.path.is_dir():
            return self.path
        for name in START_FILES:
            if (self.path / name).exists():
                return self.path / name
        self._problem(self.path, f"the folder holds neither {UNIT_FILE} nor {TASK_FILE}, and no form.toml or form.json")
        return None

    def _run_functions(self) -> None:
        file = self.folder / FUNCTIONS_FILE
        if not file.is_file():
            return
        try:
            self.read[file] = read_bytes(file)
            self.functions |= run_functions_file(file, decode(file, self.read[file]))
        except ValueError as error:
            self._problem(file, str(error))

    def _read_styles(self) -> None:
        try:
            for file, content in read_styles(self.folder):
                self.read[file] = content
                self.css += decode(file, content) + "\n"
        except ValueError as error:
            self._problem(self.folder / "insertions", str(error))

    def _content(self, file: Path) -> Any:
        try:
            self.read[file] = read_bytes(file)
            content = read_content(file, self.read[file])
        except ValueError as error:
            self._problem(file, str(error))
            return None
        for name in content.twice:
            self._problem(file, f"the key `{name}` stands twice in one object; remove one")
        return content.value

    def _versions(self, file: Path, content: Any) -> tuple[FormVersion, ...]:
        match content:
            case None:
                if not self.problems:
                    self._problem(file, "must be an object with `form`, or a list of them; not null")
                return ()
            case dict():
                entry = self._entry(file, content, ())
                return self._token_sets(file, entry) if entry else ()
            case [_, *_]:
                entries = [self._entry(file, entry, (k,)) for k, entry in enumerate(content)]
                return tuple(self._filled(file, entry, (k,)) for k, entry in enumerate(entries) if entry)
        self._problem(file, f"must be an object with `form`, or a list of them; not {show(content)}")
        return ()

    def _entry(self, file: Path, entry: Any, at: Steps) -> _Entry | None:
        """Check one `{form, …}` and return it with insertions in place; None: there is no form to go on with."""
        if not isinstance(entry, dict):
            self._problem(file, f"must be an object with `form`; not {show(entry)}", at)
            return None
        if "annotator" in entry:
            text = "this is a configuration of VideoAnnotator, another product; a form needs the key `form`"
            self._problem(file, text, (*at, "annotator"))
            return None
        if not isinstance(entry.get("form_metadata", {}), dict):
            self._problem(file, f"must be an object; not {show(entry['form_metadata'])}", (*at, "form_metadata"))
        own = "form" not in entry and any(key in entry for key in _OWN_KEYS)
        if own:
            entry = {"form": entry}
        if "form" not in entry:
            near = [key for key in entry if did_you_mean(key, ["form"]) and key != "form_metadata"]
            hint = f"; is it `{near[0]}`?" if near else ""
            self._problem(file, f"is missing; add it{hint}", (*at, "form"))
            return None
        start = at if own else (*at, "form")
        form = deepcopy(entry["form"])
        if self.text_alone and isinstance(form, dict) and not form.keys() & {"sections", "fields"}:
            form["fields"] = [{"type": "hidden", "name": self.text_alone, "value": "yes"}]
        expanded = Expanded(form, start, submit=own)
        inserted = [Mistake(expanded.origin(path), text) for path, text in self._insert(expanded.form, start)]
        for mistake in (*inserted, *_mistakes(expanded, start, self.functions)):
            self._problem(file, mistake.text, mistake.path)
        if not isinstance(expanded.form, dict):
            return None
        return _Entry({**entry, "form": expanded.form}, _written(expanded, start))

    def _insert(self, form: Any, at: Steps) -> Iterator[Mistake]:
        for item in items(form, at):
            for key in sorted(TOKEN_ATTRIBUTES & item.values.keys()):
                text = item.values[key]
                if not isinstance(text, str) or not is_insertion(text):
                    continue
                path = (*item.path, key)
                if key not in HTML_ATTRIBUTES:
                    yield Mistake(path, f"`{key}` is plain text and can't be an insertion, which is HTML")
                    continue
                try:
                    item.values[key] = self.insertions.read(text)
                except ValueError as error:
                    yield Mistake(path, str(error))

    def _token_sets(self, file: Path, entry: _Entry) -> tuple[FormVersion, ...]:
        source = self.folder / TOKENS_FILE
        if not source.exists():
            return (self._version(file, entry, {}, file, (), strict=True),)
        sets = self._content(source)
        if sets is None and self.problems:
            return ()
        if not isinstance(sets, list):
            self._problem(source, f"must be a list of objects with `tokens_values`; not {show(sets)}")
            return ()
        versions = []
        for k, token_set in enumerate(sets or [{}]):
            if not isinstance(token_set, dict):
                self._problem(source, f"must be an object with `tokens_values`; not {show(token_set)}", (k,))
                continue
            for key in sorted(token_set.keys() - {"tokens_values"}):
                self._problem(
                    source, f"unknown key{did_you_mean(key, ['tokens_values'])} (allowed: `tokens_values`)", (k, key)
                )
            values = token_set.get("tokens_values", {})
            versions.append(self._version(file, entry, values, source, (k, "tokens_values"), strict=True))
        return tuple(versions)

    def _filled(self, file: Path, entry: _Entry, at: Steps) -> FormVersion:
        """A version of task_data: its tokens are filled already, so their recorded values may be used nowhere."""
        metadata = entry.content.get("form_metadata")
        values = metadata.get("tokens_values", {}) if isinstance(metadata, dict) else {}
        return self._version(file, entry, values, file, (*at, "form_metadata", "tokens_values"), strict=False)

    def _version(self, file: Path, entry: _Entry, values: Any, source: Path, at: Steps, *, strict: bool) -> FormVersion:
        if not isinstance(values, dict):
            self._problem(source, f"must be an object of names and values; not {show(values)}", at)
        tokens: dict[str, str] = {}
        ready: dict[str, str] = {}
        used = used_tokens(entry.form, entry.written) if isinstance(values, dict) else {}
        values = values if isinstance(values, dict) else {}
        for name, value in values.items():
            if not isinstance(value, str):
                self._problem(source, f"must be text, in quotes; not {show(value)}", (*at, name))
            elif not is_storable(value):
                self._problem(source, UNSTORABLE, (*at, name))
            elif is_insertion(value) and (strict or name in used):
                ready[name] = self._token_insertion(source, (*at, name), name, value, entry)
            if strict and name not in used:
                self._problem(
                    source, f"the form does not use the token `{name}`{did_you_mean(name, used)}", (*at, name)
                )
            tokens[name] = str(value)
        for name, place in used.items():
            if name not in tokens and name not in self.supplied:
                hint = f"; add it to {TOKENS_FILE}" if strict else ""
                self._problem(source, f"no value for the token `{name}`, which {place} uses{hint}", at)
        metadata = entry.content.get("form_metadata")
        metadata = dict(metadata) if isinstance(metadata, dict) else {}
        if values:
            metadata["tokens_values"] = dict(values)
        extra = {key: value for key, value in entry.content.items() if key not in ("form", "form_metadata")}
        where = f"{file.name}: {path_text(at[:1])}" if at else file.name
        return FormVersion(
            where=where,
            source=entry.form,
            tokens=tokens,
            insertions=ready,
            metadata=metadata,
            extra=extra,
            functions=self.functions,
            css=self.css,
            written=entry.written,
        )

    def _token_insertion(self, source: Path, at: Steps, name: str, value: str, entry: _Entry) -> str:
        try:
            html = self.insertions.read(value)
        except ValueError as error:
            self._problem(source, str(error), at)
            return ""
        if next(token_names(html), None) or next(dynamic_names(remove_slots(html)), None):
            self._problem(source, f"`{value}` holds tokens; a file that is a token's value can't", at)
        for item in items(entry.form, ()):
            for key in sorted((TOKEN_ATTRIBUTES - HTML_ATTRIBUTES) & item.values.keys()):
                if name in token_names(str(item.values[key])):
                    where = entry.written((*item.path, key))
                    self._problem(source, f"{where} is plain text and can't hold `{value}`, which is HTML", at)
        return remove_slots(html)

    def _problem(self, file: Path, what: str, at: Steps = ()) -> None:
        found = problem(f"{file.name}: {path_text(at)}" if at else file.name, what)
        if found not in self.problems:
            self.problems.append(found)


def _paths(value: object, at: Steps) -> Iterator[Steps]:
    yield at
    children: Sequence[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        children = tuple(value.items())
    elif isinstance(value, list):
        children = tuple(enumerate(value))
    for key, child in children:
        yield from _paths(child, (*at, key))


def _position(path: Steps, order: Mapping[Steps, int]) -> int:
    """Where a path stands in its file; what is missing stands with the object it is missing from."""
    while path and path not in order:
        path = path[:-1]
    return order.get(path, -1)
