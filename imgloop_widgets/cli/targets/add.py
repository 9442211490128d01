"""`imgloop targets add`: an image of yours as a target."""

from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.targets.about import Alt, Category, Id, Licence, StudyOption, images_of, told
from imgloop_widgets.errors import ImgloopError

EXAMPLE = (
    "imgloop targets add fox.png --id foxes-09 --category foxes --source 'own photograph' --licence CC-BY-4.0 "
    "--alt 'A fox looks out of its den.'"
)


def add(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An image: WebP, PNG, JPEG or another that Pillow reads.")
    ],
    id: Id,
    category: Category,
    source: Annotated[str, typer.Option(metavar="TEXT", help="Where it is from.")],
    licence: Licence,
    alt: Alt,
    study: StudyOption = None,
) -> None:
    """Add an image as a target.

    What is written into the file beside the picture, such as a camera's notes, is left out. All that is wrong is
    listed, and then nothing is written.
    """
    from imgloop_widgets.targets import NewTarget
    from imgloop_widgets.targets import add as put

    if not file.is_file():
        raise ImgloopError(f"{file}: it does not exist; look whether its name is right")
    about, folder = images_of(study)
    new = NewTarget(id=id, category=category, source=source, licence=licence, alt=alt)
    told(put(folder, new, file.read_bytes()), about)
