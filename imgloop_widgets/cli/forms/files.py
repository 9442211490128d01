"""The files of a form's folder: which there are, reading one as JSON, and writing one without losing another."""

import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from imgloop_widgets.cli.arguments import count
from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem

SEPARATE_FILE = "separate_token_values_config.json"

FormFolder = Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="The folder of a form.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file, whatever it holds.")]


def form_files(folder: Path, *, tasks: bool = True) -> list[Path]:
    """Return the files of a folder that hold forms, the one by which it is read first. tasks: task_data.json, too.

    Raises:
        ImgloopError: there is no such folder.
    """
    from imgloop_widgets.forms.load import START_FILES, TASK_FILE

    if not folder.is_dir():
        raise ImgloopError(f"{folder}: there is no such folder; give the folder with a form's files")
    names = [name for name in START_FILES if tasks or name != TASK_FILE]
    return [folder / name for name in names if (folder / name).is_file()]


def read_values(file: Path) -> Any:
    """Return what a JSON or TOML file holds.

    Raises:
        ConfigurationError: it can't be read, is none, or has a key twice in one object.
    """
    from imgloop_widgets.forms.insertions import decode, read_bytes

    twice: dict[str, None] = {}

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        twice.update(dict.fromkeys(name for name in names if names.count(name) > 1))
        return dict(found)

    try:
        text = decode(file, read_bytes(file))
        values = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        what = f"line {error.lineno}, column {error.colno}: this is no JSON ({error.msg})"
        raise ConfigurationError([Problem(file.name, what)]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Problem(file.name, f"this is no TOML ({error})")]) from None
    except ValueError as error:
        raise ConfigurationError([Problem(file.name, str(error))]) from None
    except RecursionError:
        raise ConfigurationError([Problem(file.name, "objects are nested too deeply")]) from None
    if twice:
        what = "the key `{}` stands twice in one object; remove one"
        raise ConfigurationError(Problem(file.name, what.format(name)) for name in twice)
    return values


def write_values(file: Path, values: list[Any], *, force: bool) -> bool:
    """Write a list as JSON; False: the file holds these values already, and was left as it is.

    Raises:
        ImgloopError: it holds others, and may not be overwritten.
    """
    if file.exists():
        try:
            before = json.loads(file.read_bytes())
        except ValueError:
            before = None
        if _same(before, values):
            return False
        if not force:
            differs = isinstance(before, list) and len(before) != len(values)
            why = f" ({count(len(before), 'entry', 'entries')}, not {len(values)})" if differs else ""
            raise ImgloopError(f"{file}: holds something else{why}; look at it, then overwrite it with --force")
    text = json.dumps(values, ensure_ascii=False, indent=2) + "\n"
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, file)
    except OSError as error:
        error.filename = file  # the other name means nothing to anybody
        raise
    finally:
        beside.unlink(missing_ok=True)
    return True


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same text; unlike in Python, 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
