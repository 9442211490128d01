"""`imgloop score`: measure how close the images of a study come to their targets."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    facts,
    kept,
    open_study_file,
    require_results,
)
from imgloop_widgets.cli.replay import asked, troubles
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.scoring import Summary

EXAMPLE = "imgloop score notebooks/look_alike --scorer ssim --scorer phash"


def score(
    study: StudyPath,
    scorers: Annotated[
        list[str],
        typer.Option(
            "--scorer", metavar="SCORER", help="[LABEL=]NAME[:OPTION=VALUE,…], as often as there are scorers."
        ),
    ],
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="processes (of this machine), threads, or ray.")
    ] = "processes",
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At once; left out, as many as there are processors.")
    ] = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Score all images of a study, and those of its replays.

    The values go into the table of metrics, which exports and reports have. What was scored by the same version of a
    scorer is left as it is, so an interrupted run goes on where it stood. Scorers: ssim, mse, psnr, phash, dhash,
    colours, ciede2000, open_nsfw, unsafe; clip, lpips and dreamsim with path=WEIGHTS.
    """
    from imgloop_widgets.engines import engine as engine_of
    from imgloop_widgets.library import load_library
    from imgloop_widgets.scoring import score_attempts, score_replays
    from imgloop_widgets.store import has_results, open_results

    wanted = asked(scorers)
    file = open_study_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        raise ImgloopError(f"nobody has played {file.name} yet, so there is nothing to score; {again('serve', file)}")
    library = load_library(file.file(file.about.images), verify=False)
    runner = engine_of(engine, workers)
    rows: list[tuple[str, object]] = []
    seconds = 0.0
    with open_results(file.results) as store:
        own = None if engine == "threads" else file.results
        for what, work in (("attempts", score_attempts), ("replays", score_replays)):
            with typer.progressbar(length=100, label=what, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
                done = work(
                    store, file.name, wanted, runner, library=library, results=own,
                    progress=lambda number, of: bar.update(number * 100 // of - bar.pos),
                )  # fmt: skip
            rows += _rows(what, done)
            seconds += done.seconds
    rows.append(("results", kept(file)))
    typer.echo(f"{file.name}: scored in {seconds:.1f} s\n{facts(rows)}")


def _rows(what: str, done: "Summary") -> list[tuple[str, object]]:
    notes = [f"{done.before} there already"] if done.before else []
    notes += [f"{count(done.no_image, 'image')} not there"] if done.no_image else []
    notes += [f"{done.no_target} without a target in targets.toml"] if done.no_target else []
    if not done.images and not notes:
        return [] if what == "replays" else [(what, "none")]
    text = f"{count(done.values, 'value')} of {count(done.images, 'image')}"
    return [(what, "; ".join([text, *notes])), *(("", line) for line in troubles(done.troubles))]
