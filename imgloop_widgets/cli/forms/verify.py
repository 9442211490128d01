"""`imgloop forms verify`: read forms and the files of their tokens; say what is there, or all that is wrong."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from imgloop_widgets.cli.arguments import count, facts, short, tinted
from imgloop_widgets.cli.forms.files import SEPARATE_FILE, form_files, read_values
from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem

if TYPE_CHECKING:
    from imgloop_widgets.forms import FormFile, FormModel

EXAMPLE = "imgloop forms verify forms/animals forms/consent.toml"

Facts = list[tuple[str, Any]]


def verify(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", show_default=False, help="Folders of forms, or single files.")
    ],
) -> None:
    """Check forms and the files of their tokens.

    Says of each file what is in it, or all mistakes with their places, in the words of `imgloop check`. A folder stands
    for all such files in it.
    """
    wrong: list[tuple[Path, ConfigurationError]] = []
    for path in paths:
        for file in _files(path):
            try:
                found = _facts(file)
            except ConfigurationError as error:
                wrong.append((file, error))
            else:
                typer.echo(tinted(f"{short(file)}: all is well", "green"))
                typer.echo(facts(found))
    if wrong:
        raise ImgloopError("\n".join(f"{short(file)}: {error}" for file, error in wrong))


def _files(path: Path) -> list[Path]:
    """The files that a path stands for; the path itself where there is none, so that its reading says why."""
    from imgloop_widgets.forms.load import TOKENS_FILE

    if not path.is_dir():
        return [path]
    forms = form_files(path)
    others = [path / name for name in (SEPARATE_FILE, *(() if forms else (TOKENS_FILE,))) if (path / name).is_file()]
    return [*forms, *others] or [path]


def _facts(file: Path) -> Facts:
    """Return what is in a file. Raises: ConfigurationError: every mistake."""
    from imgloop_widgets.forms import load_form
    from imgloop_widgets.forms.load import TOKENS_FILE

    if file.name == SEPARATE_FILE and file.is_file():
        return _separate(file)
    if file.name == TOKENS_FILE and file.is_file():
        return _token_sets(file)
    read = load_form(file)
    return _form(file, read)


def _separate(file: Path) -> Facts:
    from imgloop_widgets.cli.forms.separate import read_separate

    separate = read_separate(file)
    tokens = ", ".join(f"{name} ({count(len(values), 'value')})" for name, values in separate.values.items())
    return [("tokens", tokens), ("token sets", separate.number), *(("note", note) for note in separate.notes)]


def _token_sets(file: Path) -> Facts:
    """Read token sets for the form beside them; without one, only whether they could be any form's."""
    from imgloop_widgets.forms import load_form

    forms = form_files(file.parent, tasks=False)
    if forms:
        load_form(forms[0])
    sets = read_values(file)
    if problems := [Problem(f"{file.name}: {where}" if where else file.name, what) for where, what in _wrong(sets)]:
        raise ConfigurationError(problems)
    tokens = dict.fromkeys(name for one in sets for name in one.get("tokens_values", {}))
    return [("tokens", ", ".join(tokens) or "none"), ("token sets", len(sets))]


def _wrong(sets: object) -> Iterator[tuple[str, str]]:
    from imgloop_widgets.forms.mistakes import did_you_mean, show

    if not isinstance(sets, list):
        yield "", f"must be a list of objects with `tokens_values`; not {show(sets)}"
    for k, one in enumerate(sets if isinstance(sets, list) else ()):
        if not isinstance(one, dict):
            yield f"[{k}]", f"must be an object with `tokens_values`; not {show(one)}"
            continue
        for key in sorted(one.keys() - {"tokens_values"}):
            yield f"[{k}].{key}", f"unknown key{did_you_mean(key, ['tokens_values'])} (allowed: `tokens_values`)"
        values = one.get("tokens_values", {})
        if not isinstance(values, dict):
            yield f"[{k}].tokens_values", f"must be an object of names and values; not {show(values)}"
        for name, value in values.items() if isinstance(values, dict) else ():
            if not isinstance(value, str):
                yield f"[{k}].tokens_values.{name}", f"must be text, in quotes; not {show(value)}"


def _form(file: Path, read: "FormFile") -> Facts:
    from imgloop_widgets.forms.slots import TARGET_TOKEN
    from imgloop_widgets.serving.rehearsal import loop_of

    problems: dict[Problem, None] = {}
    loops = set()
    for version in read.versions:
        try:
            loop = loop_of(version.form({TARGET_TOKEN: "target"}))
            loops.add(tuple(loop.templates) if loop else ())
        except ConfigurationError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise ConfigurationError(problems)
    forms = [version.form({TARGET_TOKEN: "target"}) for version in read.versions]
    titles = dict.fromkeys(form.title for form in forms)
    more = f", and {count(len(titles) - 1, 'other')}" if len(titles) > 1 else ""
    rows: Facts = [("title", f"{forms[0].title!r}{more}")]
    tokens = dict.fromkeys(name for version in read.versions for name in version.tokens)
    rows.append(("versions", f"{len(forms)} (tokens {', '.join(tokens)})" if tokens else len(forms)))
    rows.append(("fields", _fields(forms[0])))
    templates = max(loops)
    rows.append(("loop", f"{count(len(templates), 'template')} ({', '.join(templates)})" if templates else "none"))
    functions = read.versions[0].functions
    named = [("validators", functions.validators), ("triggers", functions.triggers)]
    rows.append(("functions", "; ".join(f"{what} {', '.join(names)}" for what, names in named if names) or "none"))
    rows.append(("files", ", ".join(one.relative_to(file.parent).as_posix() for one in read.files)))
    return rows


def _fields(form: "FormModel") -> str:
    kinds = Counter(field.type for field in form.fields())
    return f"{kinds.total()} ({', '.join(f'{number} {kind}' for kind, number in kinds.most_common())})"
