"""`imgloop panel codes`: the code of each outcome, to be entered at the panel."""

from typing import TYPE_CHECKING

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, facts, open_any_file
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.ratings import AnyStudy

EXAMPLE = "imgloop panel codes notebooks/my_study"


def codes(study: StudyPath, results: ResultsFolder = None) -> None:
    """Print the code of each outcome, to be entered at the panel.

    They are random and made once; a code in the study file goes before.
    """
    from imgloop_widgets.access import Entrance
    from imgloop_widgets.store import open_results

    file = open_any_file(study, results)
    require_panel(file)
    with open_results(file.results) as store:
        made = Entrance(study=file, store=store).codes()
    typer.echo(facts(made.items()))


def require_panel(study: "AnyStudy") -> None:
    """Make sure that the study is on a panel. Raises: ImgloopError: it is on none."""
    from imgloop_widgets.panels import PANELS

    if study.about.access not in PANELS:
        what = f"is on no panel (access = {study.about.access!r}); set access to one of {', '.join(PANELS)}"
        raise ImgloopError(f"{study.name} {what}")
