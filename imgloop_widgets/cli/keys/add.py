"""`imgloop keys add`: a new key, which signs from now on."""

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, open_study_file

EXAMPLE = "imgloop keys add notebooks/look_alike"


def add(study: StudyPath, results: ResultsFolder = None) -> None:
    """Make a key that signs all links from now on.

    Links that were made before go on working until their key is retired.
    """
    from imgloop_widgets.access.keys import add_key

    file = open_study_file(study, results)
    typer.echo(f"{add_key(file.results).id} signs new links from now on.")
