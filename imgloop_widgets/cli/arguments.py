"""What several commands have in common: the study, the results folder, and how a list of facts is printed.

Precedence for the results folder: `--results`, then the environment variable IMGLOOP_RESULTS, then the study file. For
the database: `--store`, then the environment variable IMGLOOP_STORE, then the results folder's own. Images and files
are in the results folder, unless the environment variable IMGLOOP_FILES names a URL of fsspec.
"""

import os
import shlex
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.ratings import AnyStudy
    from imgloop_widgets.study import Study

RESULTS = "IMGLOOP_RESULTS"
DEFAULT_STUDY = Path("notebooks/look_alike")

S = TypeVar("S", bound="AnyStudy")

LEFT_OUT = f"left out: this folder where it has a study.toml, else {DEFAULT_STUDY}"


def default_study() -> Path:
    """Return the study that is meant where none is named."""
    here = Path()
    return here if (here / "study.toml").is_file() else DEFAULT_STUDY


StudyPath = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY",
        default_factory=default_study,
        show_default=False,
        help=f"A study file or its folder; {LEFT_OUT}.",
    ),
]
ResultsFolder = Annotated[
    Path | None, typer.Option("--results", metavar="DIR", help="Where results are kept, instead of the study's own.")
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="A database in place of the results folder's own: postgresql://USER@HOST/DATABASE; images stay in the "
        "folder, or at IMGLOOP_FILES. With a password, better in IMGLOOP_STORE, which no list of processes shows.",
    ),
]

opened: "ContextVar[AnyStudy | None]" = ContextVar("opened", default=None)
"""The study that the command has come so far as to know."""


named: "ContextVar[str | None]" = ContextVar("named", default=None)
"""The database that the command was given, without a password."""


def open_study_file(path: Path, results: Path | None = None, store: str | None = None) -> "Study":
    """Return the study of a file, its results folder and database settled for this process and all it starts.

    store: the URL of a database; None: the environment's, else the results folder's own.

    Raises:
        ConfigurationError: every mistake in the study file; or it is one of ratings.
        StoreError: what names the database is no URL.
    """
    from imgloop_widgets.study import load_study

    return _settled(path, results, store, load_study)


def open_any_file(path: Path, results: Path | None = None, store: str | None = None) -> "AnyStudy":
    """Return the study of a file, as `open_study_file` does, or a rating study.

    Raises:
        ConfigurationError: every mistake in the study file.
        StoreError: what names the database is no URL.
    """
    from imgloop_widgets.ratings import load_any

    return _settled(path, results, store, load_any)


def _settled(path: Path, results: Path | None, store: str | None, load: "Callable[[Path], S]") -> "S":
    from imgloop_widgets.store.choosing import STORE, place

    if store is not None:
        os.environ[STORE] = store
    there = place()
    named.set(there if store is not None else None)
    if results is not None:
        os.environ[RESULTS] = str(results.absolute())
    study = load(path)
    os.environ[RESULTS] = str(study.results.absolute())
    opened.set(study)
    return study


def again(command: str, study: "AnyStudy") -> str:
    """Return the command line, in backticks, that does this with the same study and the same results."""
    own = study.path.name == "study.toml"
    words = ["imgloop", *command.split(), short(study.path.parent if own else study.path)]
    if study.results.resolve() != study.file(study.about.results):
        words += ["--results", short(study.results)]
    if url := named.get():
        words += ["--store", url]
    return f"`{shlex.join(words)}`"


def require_results(study: "AnyStudy", results: Path | None) -> None:
    """Make sure that a folder of results that was asked for is one. results: None: the study's own, which may be new.

    Raises:
        ImgloopError: there are no results in it.
    """
    from imgloop_widgets.store import has_results

    if results is not None and not has_results(study.results):
        how = "look whether its name is right" if not results.is_dir() else "name another folder with --results"
        raise ImgloopError(f"there are no results in {results}; {how}, or begin them with {again('serve', study)}")


def require_played(study: "AnyStudy", results: Path | None) -> None:
    """Make sure that somebody has played. results: as in `require_results`.

    Raises:
        ImgloopError: there are no results.
    """
    from imgloop_widgets.store import has_results

    require_results(study, results)
    if not has_results(study.results):
        raise ImgloopError(f"nobody has played {study.name} yet; {again('serve', study)} begins")


def kept(study: "AnyStudy") -> str:
    """Return where results are kept: the folder, and the database where another was named."""
    from imgloop_widgets.store.choosing import place

    url = place()
    return f"{url} and {short(study.results)}" if url else short(study.results)


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
