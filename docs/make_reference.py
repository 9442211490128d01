"""Make docs/reference anew from the code: `make docs`. A page for each command, table of a study file, and event.

    commands   what `--help` says
    settings   the tables' classes: types, bounds, defaults, and the docstring under each field
    events     the records' classes: docstring, fields, and a line of a stored log

`pages` returns them all; tests/unit/test_reference.py holds them beside what is committed.
"""

import ast
import inspect
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer
from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from imgloop_widgets import gold_table, panel_table, step_tables, study
from imgloop_widgets import study_tables as tables
from imgloop_widgets.cli.app import app
from imgloop_widgets.events import KINDS, RATING_KINDS, Generation, from_record, to_record
from imgloop_widgets.ratings import tables as rating_tables

HERE = Path(__file__).parent / "reference"
LOGS = Path(__file__).parents[1] / "tests/unit/data"
MADE = "<!-- Made by `make docs` from the code; change it there. -->\n"
WIDTH = 100
"""Characters of a line of help."""

TABLES: Mapping[str, tuple[type[BaseModel], Any]] = {
    "[study]": (tables.About, None),
    "[loop]": (tables.Loop, None),
    "[[loop.band]]": (tables.Band, None),
    "[[arm]]": (tables.Arm, None),
    "[arm.guidance]": (tables.Guidance, None),
    "[generation]": (tables.Generation, None),
    "[assignment]": (tables.Assignment, None),
    "[pay]": (tables.Pay, None),
    "[[pay.bonus]]": (tables.Bonus, None),
    "[panel]": (panel_table.PanelTable, panel_table),
    "[[step]]": (step_tables.Step, step_tables),
    "[[require]]": (step_tables.Require, None),
    "[gold]": (gold_table.Gold, gold_table),
    "[[gold.unit]]": (gold_table.GoldUnit, None),
    "[ratings]": (rating_tables.Ratings, rating_tables),
    "[[question]]": (rating_tables.Question, None),
}
"""A table as it is written → its class, and the module whose docstring tells of it; None: it has no more to say."""

RECORDS: Mapping[str, type] = {**KINDS, **RATING_KINDS, "Generation": Generation}


def pages() -> dict[str, str]:
    """Return every page by its path below docs/reference."""
    commands = {name: help_of(name) for name in command_names()}
    made = {f"commands/{_file(name)}.md": _page(f"imgloop {name}", _fenced(text)) for name, text in commands.items()}
    made |= {f"settings/{_file(name)}.md": _page(f"`{name}`", table_text(name)) for name in TABLES}
    made["settings/study-file.md"] = _page("The study file", f"{inspect.getdoc(study)}\n")
    made |= {f"events/{name}.md": _page(name, event_text(name)) for name in RECORDS}
    return made | {"README.md": _page("Reference", _index(commands))}


def command_names() -> Iterator[str]:
    """Yield `serve`, …, `forms`, `forms verify`, …: every command there is."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        yield name
        yield from (f"{name} {own}" for own in getattr(command, "commands", ()))


def help_of(name: str) -> str:
    """Return what `imgloop NAME --help` prints."""
    ran = CliRunner().invoke(
        app, [*name.split(), "--help"], prog_name="imgloop", terminal_width=WIDTH, max_content_width=WIDTH
    )
    return "\n".join(line.rstrip() for line in ran.output.strip().splitlines())


def table_text(name: str) -> str:
    """Return what there is to say of a table of the study file: each setting with its type, default and meaning."""
    table, module = TABLES[name]
    said = meanings(table)
    texts = [inspect.getdoc(module) if module else inspect.getdoc(table)]
    for key, field in table.model_fields.items():
        texts.append(f"## `{key}`\n\n{_type_text(field)}; {_default_text(field)}.")
        texts.append(_linked(said[key]) if key in said else "")
    return "\n\n".join(text for text in texts if text) + "\n"


def meanings(table: type[BaseModel]) -> dict[str, str]:
    """Return setting → the docstring under it, of a table."""
    tree = ast.parse(inspect.getsource(table).lstrip()).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=key)), ast.Expr(value=ast.Constant(value=str(text))):
                found[key] = inspect.cleandoc(text)
    return found


def event_text(name: str) -> str:
    """Return what there is to say of an event: its docstring, its fields, and how one is stored."""
    kind = RECORDS[name]
    rows = [f"| `{f.name}` | {_words(f.type)} | {_left_out(f)} |" for f in fields(kind)]
    table = "\n".join(("| field | type | left out |", "| --- | --- | --- |", *rows))
    line = _stored(name)
    stored = f"\nAs it is stored:\n\n{_fenced(line, 'json')}" if line else ""
    return f"{_linked(inspect.getdoc(kind) or '')}\n\n{table}\n{stored}"


def _stored(name: str) -> str:
    """Return an event of this kind as the newest of the committed logs has it; "": none has."""
    logs = sorted(LOGS.glob("session_v*.jsonl"), key=lambda path: int(path.stem.partition("_v")[2]), reverse=True)
    for line in (line for path in logs for line in path.read_text(encoding="utf-8").splitlines()):
        record = json.loads(line)
        if record["kind"] == name:
            return json.dumps(to_record(from_record(record)), ensure_ascii=False)
    return ""


def _index(commands: Mapping[str, str]) -> str:
    lines = ["## Commands\n", "| command | what it does |", "| --- | --- |"]
    for name, text in commands.items():
        said = _first(text.partition("\n\n")[2])  # after the line of usage
        lines.append(f"| [`imgloop {name}`](commands/{_file(name)}.md) | {said} |")
    lines += ["\n## Settings\n", "[The study file](settings/study-file.md) at a glance; its tables:\n"]
    lines += ["| table | settings |", "| --- | --- |"]
    for name, (table, _) in TABLES.items():
        keys = (f"[{key}](settings/{_file(name)}.md#{key})" for key in table.model_fields)
        lines.append(f"| [`{name}`](settings/{_file(name)}.md) | {', '.join(keys)} |")
    lines += ["\n## Events\n", "| event | what it says |", "| --- | --- |"]
    lines += [f"| [{name}](events/{name}.md) | {_first(inspect.getdoc(kind))} |" for name, kind in RECORDS.items()]
    return "\n".join(lines) + "\n"


def _page(title: str, text: str) -> str:
    return f"{MADE}\n# {title}\n\n{text}"


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}\n```\n"


def _file(name: str) -> str:
    return re.sub(r"[ .]", "-", name.strip("[]"))


def _first(text: str | None) -> str:
    """The first sentence of a docstring, in one line."""
    paragraph = " ".join((text or "").partition("\n\n")[0].split())
    return re.split(r"(?<=\w[.])\s", paragraph, maxsplit=1)[0]


def _linked(text: str) -> str:
    """Link the names of events in a text about one."""
    return re.sub(r"`(\w+)`", lambda m: f"[`{m[1]}`](../events/{m[1]}.md)" if m[1] in RECORDS else m[0], text)


def _default_text(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "required"
    if isinstance(value, BaseModel) or value is None or value == ():
        return "may be left out"
    return f"left out: `{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f"{value:g}" if isinstance(value, float) else "{}" if value == {} else str(value)


def _left_out(field: "Field[Any]") -> str:
    if field.default is not MISSING:
        return f"`{json.dumps(field.default)}`"
    return "must be there" if field.default_factory is MISSING else f"`{json.dumps(field.default_factory())}`"


def _type_text(field: FieldInfo) -> str:
    said = [words.format(one) for one in field.metadata for kind, words in _BOUNDS.items() if isinstance(one, kind)]
    return ", ".join((_words(field.annotation), *said))


_BOUNDS: Mapping[type, str] = {Ge: "{0.ge:g} or more", Gt: "more than {0.gt:g}", Le: "{0.le:g} or less"}


_WORDS: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    Any: "any value",
    NoneType: "nothing",
}


def _words(kind: Any) -> str:
    """Return a type in words."""
    origin, args = get_origin(kind), [one for one in get_args(kind) if one is not NoneType]
    if kind in _WORDS:
        return _WORDS[kind]
    if origin is Literal:
        return "false" if args == [False] else "one of " + ", ".join(f"`{one}`" for one in args)
    if origin in (Union, UnionType):
        return " or ".join(_words(one) for one in args)
    if origin is tuple:
        return f"a list, each {_words(args[0])}" if args[-1] is Ellipsis else " and ".join(_words(one) for one in args)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "a table"
    if origin is not None:
        return f"a table, each {_words(args[1])}"
    return {"datetime": "a moment, UTC"}.get(getattr(kind, "__name__", ""), str(kind))


if __name__ == "__main__":
    shutil.rmtree(HERE, ignore_errors=True)
    made = pages()
    for path, text in made.items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_text(text, encoding="utf-8")
    sys.stdout.write(f"docs/reference: {len(made)} pages\n")
