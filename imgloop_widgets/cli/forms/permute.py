"""`imgloop forms permute`: every combination of the values of a form's tokens."""

import typer

from imgloop_widgets.cli.arguments import count, short
from imgloop_widgets.cli.forms.files import SEPARATE_FILE, Force, FormFolder, form_files, write_values
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop forms permute forms/animals"


def permute(folder: FormFolder, force: Force = False) -> None:
    """Combine lists of values into token sets.

    Reads separate_token_values_config.json, a list of values for each token, and writes token_sets_values_config.json,
    in the order of the lists; the first token varies slowest. A form has one version for each token set.
    """
    from imgloop_widgets.cli.forms.separate import read_separate
    from imgloop_widgets.forms.load import TOKENS_FILE

    form_files(folder)
    source, file = folder / SEPARATE_FILE, folder / TOKENS_FILE
    if not source.exists():
        raise ImgloopError(f'{source}: is missing; it holds the values of each token: {{"animal": ["bear", "fox"]}}')
    separate = read_separate(source)
    for note in separate.notes:
        typer.echo(f"note: {note}", err=True)
    written = write_values(file, separate.sets(), force=force)
    sizes = " times ".join(f"{len(values)} of {name}" for name, values in separate.values.items())
    already = "" if written else "; they stood there already"
    typer.echo(f"{short(file)}: {count(separate.number, 'token set')} ({sizes}){already}")
