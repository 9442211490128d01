"""`imgloop targets make`: a target that a generator draws."""

from typing import Annotated

import typer

from imgloop_widgets.cli.specs import named
from imgloop_widgets.cli.targets.about import Alt, Category, Id, Licence, StudyOption, images_of, told
from imgloop_widgets.errors import ImgloopError

EXAMPLE = (
    "imgloop targets make --generator scenes --prompt 'a red fox sleeps in the snow' --seed 7 --id foxes-09 "
    "--category foxes --licence CC0-1.0 --alt 'A fox lies curled up in a white field.'"
)


def make(
    generator: Annotated[str, typer.Option(metavar="GENERATOR", help="NAME[:OPTION=VALUE,…]: what draws it.")],
    prompt: Annotated[str, typer.Option(metavar="TEXT", help="What it draws; hidden from workers.")],
    id: Id,
    category: Category,
    licence: Licence,
    alt: Alt,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="By which; hidden, too.")] = 1,
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="Where it is from; left out, what drew it, with its version.")
    ] = "",
    study: StudyOption = None,
) -> None:
    """Draw an image with a generator and add it as a target.

    The prompt and the seed go into prompts.toml, which no worker is served, so that it can be drawn again and
    calibrated.
    """
    from imgloop_widgets.generators.named import build
    from imgloop_widgets.targets import NewTarget
    from imgloop_widgets.targets import make as draw
    from imgloop_widgets.targets.files import library_of

    (asked,) = named([generator], "--generator", whole=True).values()
    about, folder = images_of(study)
    try:
        drawer = build(asked.name, library_of(folder), about.path.parent, **asked.options)
    except ValueError as error:
        raise ImgloopError(f"--generator: {error}") from None
    new = NewTarget(id=id, category=category, source=source, licence=licence, alt=alt)
    told(draw(folder, new, drawer, prompt, seed, asked.options), about)
