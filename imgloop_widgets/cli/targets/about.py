"""What the commands for targets have in common: what is to be said of a target, and where it goes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import LEFT_OUT, again, default_study, facts, open_study_file, short

if TYPE_CHECKING:
    from imgloop_widgets.library import Target
    from imgloop_widgets.study import Study

Id = Annotated[str, typer.Option("--id", metavar="ID", help="Letters, digits, - and _; nobody else's.")]
Category = Annotated[
    str, typer.Option(metavar="NAME", help="Which kind of picture; a folder of images/library may have its name.")
]
Licence = Annotated[str, typer.Option(metavar="TEXT", help="What may be done with it, such as CC0-1.0.")]
Alt = Annotated[
    str, typer.Option(metavar="TEXT", help="What is to be seen, for those who don't see it; not the prompt.")
]
StudyOption = Annotated[
    Path | None, typer.Option("--study", metavar="STUDY", help=f"Whose images: a study file or its folder; {LEFT_OUT}.")
]


def images_of(study: Path | None) -> "tuple[Study, Path]":
    """Return the study and its folder of images."""
    file = open_study_file(study or default_study())
    return file, file.file(file.about.images)


def told(target: "Target", study: "Study") -> None:
    """Say what was added."""
    width, height = target.size
    typer.echo(f"{target.id}: added to {short(target.file.parent.parent)}")
    typer.echo(facts([("file", f"{short(target.file)}, {width} x {height} pixels"), ("sha256", target.sha256)]))
    chosen = study.about.targets
    if chosen and target.id not in chosen:
        typer.echo(f"{study.name} names its targets: add {target.id!r} to them. {again('check', study)} looks at it.")
