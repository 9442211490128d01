"""`open_monitor`: the one call of the researcher's notebook.

Under `imgloop serve` the server has let the researcher in by their link, and says whom and to which study
(`access.researchers`). In JupyterLab there is no link: who can run the notebook can read the store anyway.
"""

import getpass
import os
import traceback
from pathlib import Path

import ipywidgets

from imgloop_widgets import incidents
from imgloop_widgets.access import Entrance
from imgloop_widgets.access.researchers import researcher_in
from imgloop_widgets.errors import Refused
from imgloop_widgets.opening import load_files
from imgloop_widgets.runner import utc_now
from imgloop_widgets.serving.page import SORRY
from imgloop_widgets.store import open_results
from imgloop_widgets.widgets.monitor import Monitor
from imgloop_widgets.widgets.notice import Notice


def open_monitor(study: Path | str = "study.toml") -> ipywidgets.DOMWidget:
    """Return the page on which a study is watched and steered. study: under `imgloop serve` it is the one served.

    Raises:
        ImgloopError: in JupyterLab only; on a served page a neutral sentence with a number stands in its place.
    """
    researcher = researcher_in(os.environ)
    if researcher is None:
        return _monitor(Path(study), who=_user())
    try:
        return _monitor(researcher.study, who=researcher.who, query=researcher.query)
    except Refused as refused:
        return Notice(str(refused))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return Notice(SORRY.format(incidents.report("the monitor could not be opened", text)))


def _monitor(study: Path, *, who: str, query: str | None = None) -> Monitor:
    files = load_files(study)
    file, store = files.study, open_results(files.study.results)
    entrance = Entrance(study=file, store=store)
    return Monitor(
        store,
        files.plan,
        title=file.about.title or file.name,
        who=who,
        clock=utc_now,
        max_cost=file.generation.max_cost,
        allowed=lambda: None if query is None else entrance.admit_researcher(query, utc_now()),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "somebody in a notebook"
