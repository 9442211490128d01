"""`imgloop resume`: let a study that was paused go on."""

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, open_study_file, require_results
from imgloop_widgets.cli.units.about import Who, Why, name_of
from imgloop_widgets.cli.watched import dollars

EXAMPLE = "imgloop resume notebooks/look_alike"


def resume(
    study: StudyPath,
    why: Why = "",
    who: Who = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Let a study that was paused go on.

    After `imgloop pause` everybody goes on with as much time as they had. A study pauses by itself where its image
    service refuses the key or the account, and where its spending cap is reached; nobody gets an image from then on.
    Mend the cause first: `imgloop status` shows it.
    """
    from datetime import UTC, datetime

    from imgloop_widgets.errors import Refused
    from imgloop_widgets.store import has_results, open_results
    from imgloop_widgets.watching import steer_study

    file = open_study_file(study, results, database)
    require_results(file, results)
    if not has_results(file.results):
        typer.echo(f"{file.name} is not paused; it has not begun.")
        return
    now = datetime.now(UTC)
    with open_results(file.results) as store:
        try:
            was = steer_study(store, file.name, "resume", who=name_of(who), why=why, now=now)
        except Refused:
            was = None
        spent = store.gate(file.name, now).spent
    if was is None:
        typer.echo(f"{file.name} is not paused.")
        return
    since = f"It was paused since {was.at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"{file.name} goes on. {since}{f': {was.why}' if was.why else '.'}")
    cap = file.generation.max_cost
    if cap is not None:
        typer.echo(f"Spent so far: {dollars(spent)} of {dollars(cap)}.")
