"""What the commands for qualifications have in common."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import LEFT_OUT, default_study, open_study_file
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.qualifying import NAME

if TYPE_CHECKING:
    from imgloop_widgets.store import Store
    from imgloop_widgets.study import Study

StudyOption = Annotated[
    Path | None,
    typer.Option("--study", metavar="STUDY", help=f"The study whose results are meant; {LEFT_OUT}."),
]
Worker = Annotated[str, typer.Argument(metavar="WORKER", help="The worker's id, as their link has it.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The qualification: letters, digits, '_', '.' and '-'.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="For whoever looks later.")]

_WORKER = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,100}")


@contextmanager
def store_of(study: Path | None, results: Path | None) -> "Iterator[tuple[Study, Store]]":
    """Open the store of a study, which may be new."""
    from imgloop_widgets.store import open_store

    file = open_study_file(study or default_study(), results)
    with open_store(file.results) as store:
        yield file, store


def mistakes(worker: str, name: str, value: str = "1") -> list[str]:
    """Return what is wrong with a qualification as it was typed."""
    wrong = []
    if not _WORKER.fullmatch(worker):
        wrong.append(f"the worker's id must be 1 to 100 characters without spaces; not {worker!r}")
    if not NAME.fullmatch(name):
        wrong.append(f"the name may have up to 64 letters, digits, '_', '.' and '-', no sign first; not {name!r}")
    if not value or len(value) > 200:
        wrong.append("the value must be 1 to 200 characters")
    return wrong


def checked(worker: str, name: str, value: str = "1") -> None:
    """Raises: ImgloopError: the first thing that is wrong."""
    if wrong := mistakes(worker, name, value):
        raise ImgloopError(wrong[0])
