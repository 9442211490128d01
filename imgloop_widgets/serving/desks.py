"""`open_monitor` and `open_review`: each the one call of a researcher's notebook.

Under `imgloop serve` the server has let the researcher in by their link, and says whom and to which study
(`access.researchers`). In JupyterLab there is no link: who can run the notebook can read the store anyway.
"""

import getpass
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ipywidgets

from imgloop_widgets import incidents
from imgloop_widgets.access import Entrance
from imgloop_widgets.access.researchers import researcher_in
from imgloop_widgets.errors import ImgloopError, Refused
from imgloop_widgets.opening import Files, load_files
from imgloop_widgets.ratings import is_of_ratings
from imgloop_widgets.reviewing import labels_of
from imgloop_widgets.runner import utc_now
from imgloop_widgets.serving.page import SORRY
from imgloop_widgets.store import Store, open_results
from imgloop_widgets.widgets.monitor import Monitor
from imgloop_widgets.widgets.notice import Notice
from imgloop_widgets.widgets.review import Review

OF_RATINGS = (
    "{study} is a study of ratings, which has no units to watch, steer or review here; in a terminal, "
    "imgloop status {study} --watch shows how far its raters are, and the report agreement of the study whose images "
    "are rated shows what they said"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A study and who looks at it. allowed: raises Refused once their link does not hold any more."""

    files: Files
    store: Store
    who: str
    allowed: Callable[[], object]

    @property
    def title(self) -> str:
        return self.files.study.about.title or self.files.study.name


def open_monitor(study: Path | str = "study.toml") -> ipywidgets.DOMWidget:
    """Return the page on which a study is watched and steered. study: under `imgloop serve` it is the one served.

    Raises:
        ImgloopError: in JupyterLab only; on a served page a neutral sentence with a number stands in its place.
    """
    return _for_researcher(Path(study), _monitor)


def open_review(study: Path | str = "study.toml") -> ipywidgets.DOMWidget:
    """Return the page on which finished units are reviewed. study, Raises: as `open_monitor`."""
    return _for_researcher(Path(study), _review)


def _for_researcher(study: Path, page: Callable[[_Opened], ipywidgets.DOMWidget]) -> ipywidgets.DOMWidget:
    researcher = researcher_in(os.environ)
    if researcher is None:
        return page(_opened(study, who=_user()))
    try:
        return page(_opened(researcher.study, who=researcher.who, query=researcher.query))
    except Refused as refused:
        return Notice(str(refused))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return Notice(SORRY.format(incidents.report("a researcher's page could not be opened", text)))


def _opened(study: Path, *, who: str, query: str | None = None) -> _Opened:
    if is_of_ratings(study):
        raise ImgloopError(OF_RATINGS.format(study=study))
    files = load_files(study)
    store = open_results(files.study.results)
    entrance = Entrance(study=files.study, store=store)
    return _Opened(
        files=files,
        store=store,
        who=who,
        allowed=lambda: None if query is None else entrance.admit_researcher(query, utc_now()),
    )


def _monitor(opened: _Opened) -> Monitor:
    return Monitor(
        opened.store,
        opened.files.plan,
        title=opened.title,
        who=opened.who,
        clock=utc_now,
        max_cost=opened.files.study.generation.max_cost,
        allowed=opened.allowed,
    )


def _review(opened: _Opened) -> Review:
    files = opened.files
    return Review(
        opened.store,
        files.study.name,
        files.library,
        labels=labels_of((*files.forms.values(), *files.steps.values())),
        title=opened.title,
        who=opened.who,
        clock=utc_now,
        currency=files.study.pay.currency if files.study.pay else "",
        allowed=opened.allowed,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "somebody in a notebook"
