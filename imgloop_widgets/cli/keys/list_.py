"""`imgloop keys list`: which keys there are; never what is in them."""

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, facts, open_study_file, short

EXAMPLE = "imgloop keys list notebooks/look_alike"


def list_(study: StudyPath, results: ResultsFolder = None) -> None:
    """List the keys that sign links, the newest first."""
    from imgloop_widgets.access.keys import FILE, known_keys

    file = open_study_file(study, results)
    found = known_keys(file.results)
    if not found:
        typer.echo(f"There is no key yet in {short(file.results)}; the first links make it.")
        return
    rows = [(key.id, f"made {key.made:%Y-%m-%d %H:%M} UTC") for key in reversed(found)]
    rows[0] = (rows[0][0], f"{rows[0][1]}, signs new links")
    typer.echo(f"{short(file.results / FILE)}:\n{facts(rows)}")
