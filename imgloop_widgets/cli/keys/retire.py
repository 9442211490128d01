"""`imgloop keys retire`: remove a key, and with it all links that it has signed."""

from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, open_study_file

EXAMPLE = "imgloop keys retire 0123abcd notebooks/look_alike"


def retire(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, see `imgloop keys list`.")],
    study: StudyPath,
    results: ResultsFolder = None,
) -> None:
    """Remove a key: links that it has signed open nothing from now on."""
    from imgloop_widgets.access.keys import retire_key

    file = open_study_file(study, results)
    retire_key(file.results, key)
    typer.echo(f"{key} is retired; links that it has signed open nothing any more.")
