"""What several commands have in common: the study, the results folder, and how a list of facts is printed.

Precedence for the results folder: `--results`, then the environment variable IMGLOOP_RESULTS, then the study file.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from imgloop_widgets.study import Study

RESULTS = "IMGLOOP_RESULTS"
DEFAULT_STUDY = Path("notebooks/look_alike")

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="A study file or its folder.")]
ResultsFolder = Annotated[
    Path | None, typer.Option("--results", metavar="DIR", help="Where results are kept, instead of the study's own.")
]


def open_study_file(path: Path, results: Path | None = None) -> "Study":
    """Return the study of a file, its results folder settled for this process and all it starts.

    Raises:
        ConfigurationError: every mistake in the study file.
    """
    from imgloop_widgets.study import load_study

    if results is not None:
        os.environ[RESULTS] = str(results.absolute())
    study = load_study(path)
    os.environ[RESULTS] = str(study.results.absolute())
    return study


def facts(rows: Iterable[tuple[str, object]], *, indent: int = 2) -> str:
    """Return name and value pairs as aligned lines."""
    pairs = [(name, str(value)) for name, value in rows]
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{'':{indent}}{name:<{width}}  {value}".rstrip() for name, value in pairs)


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return `1 worker`, `2 workers`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def tinted(text: str, colour: str) -> str:
    """Return the text in a colour; it is taken off again where the output is no terminal, or NO_COLOR is set."""
    return text if os.environ.get("NO_COLOR") else typer.style(text, fg=colour)


def short(path: Path) -> str:
    """Return the path as a person here would write it: relative where that is shorter."""
    try:
        return min(str(path), os.path.relpath(path), key=len)
    except ValueError:  # another drive
        return str(path)
