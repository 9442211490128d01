"""`imgloop resume`: let a study that was paused go on."""

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, open_study_file, require_results
from imgloop_widgets.cli.status import dollars

EXAMPLE = "imgloop resume notebooks/look_alike"


def resume(study: StudyPath, results: ResultsFolder = None, database: StoreUrl = None) -> None:
    """Let a study that was paused go on.

    A study pauses by itself where its image service refuses the key or the account, and where its spending cap is
    reached; nobody gets an image from then on. Mend the cause first: `imgloop status` shows it.
    """
    from datetime import UTC, datetime

    from imgloop_widgets.store import has_results, open_results

    file = open_study_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        typer.echo(f"{file.name} is not paused; it has not begun.")
        return
    with open_results(file.results) as store:
        was = store.resume(file.name)
        spent = store.gate(file.name, datetime.now(UTC)).spent
    if was is None:
        typer.echo(f"{file.name} is not paused.")
        return
    typer.echo(f"{file.name} goes on. It was paused since {was.at:%Y-%m-%d %H:%M} UTC: {was.why}")
    cap = file.generation.max_cost
    if cap is not None:
        typer.echo(f"Spent so far: {dollars(spent)} of {dollars(cap)}.")
