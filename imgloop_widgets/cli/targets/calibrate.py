"""`imgloop targets calibrate`: how close the true prompt comes to its target, and with which seed."""

import sys
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import count, facts, short
from imgloop_widgets.cli.replay import asked
from imgloop_widgets.cli.specs import named
from imgloop_widgets.cli.targets.about import StudyOption, images_of

EXAMPLE = "imgloop targets calibrate --generator scenes --scorer ssim --seeds 50 --id bears-01"


def calibrate(
    generator: Annotated[str, typer.Option(metavar="GENERATOR", help="[LABEL=]NAME[:OPTION=VALUE,…]: what draws.")],
    scorer: Annotated[str, typer.Option(metavar="SCORER", help="[LABEL=]NAME[:OPTION=VALUE,…]: what compares.")],
    seeds: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="How many are tried of each.")] = 50,
    ids: Annotated[
        list[str] | None, typer.Option("--id", metavar="ID", help="Of a target; left out, all that have a prompt.")
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="processes (of this machine), threads (for services), or ray.")
    ] = "processes",
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At once; left out, as many as there are processors.")
    ] = None,
    study: StudyOption = None,
) -> None:
    """Draw targets' true prompts with many seeds, and find the one that comes closest.

    The best seed, its score, and the mean and the worst of all go into prompts.toml, beside the prompt. The seed that a
    target was drawn with is not tried: it would give the target itself.
    """
    from imgloop_widgets.engines import engine as engine_of
    from imgloop_widgets.library import load_library
    from imgloop_widgets.targets.calibrate import Drawer
    from imgloop_widgets.targets.calibrate import calibrate as find

    (drawer,) = named([generator], "--generator", whole=True).values()
    ((metric, wanted),) = asked([scorer]).items()
    about, folder = images_of(study)
    library = load_library(folder, verify=False)
    by = Drawer(name=drawer.name, label=drawer.label, options=drawer.options, library=library, folder=about.path.parent)
    by.generator()  # a mistake is told before anything is begun
    number = (len(ids) if ids else len(library.targets)) * seeds
    with typer.progressbar(length=number, label="images", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        made = find(
            library, ids or [], by, metric, wanted, engine_of(engine, workers), seeds=seeds,
            progress=lambda done: bar.update(1),
        )  # fmt: skip
    typer.echo(f"calibrated {count(len(made), 'target')} by {metric}, with {count(seeds, 'seed')} each")
    typer.echo(
        facts(
            (one.target_id, f"seed {one.seed}: {one.value:.4g} (mean {one.mean:.4g}, worst {one.worst:.4g})")
            for one in made
        )
    )
    typer.echo(f"Kept in {short(folder / 'prompts.toml')}.")
