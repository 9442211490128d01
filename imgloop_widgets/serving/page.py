"""`open_page`: the one call of a worker's notebook; `end_page`, where a worker leaves before the task.

Under `imgloop serve` the server has let the worker in, and says whom (`access.admitted`). Under a plain Voilà nobody
has looked at the link yet (it is in the kernel's environment as QUERY_STRING), so the same door is asked here. In
JupyterLab there is no link, and the same call is the pilot of unit 1, kept in memory. Nothing in here may show an
error's text but a `Refused`'s: everything else is logged under an incident number.
"""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import ipywidgets

from imgloop_widgets import incidents
from imgloop_widgets.access import Admitted, Entrance
from imgloop_widgets.access.admitted import LOOKING, admitted_by
from imgloop_widgets.errors import Refused, TurnedAway
from imgloop_widgets.generators.contract import Generator, Reviser
from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.panel_table import OUTCOME, Outcome
from imgloop_widgets.ratings import is_of_ratings
from imgloop_widgets.runner import utc_now
from imgloop_widgets.widgets import Judge, Leaving, LookAlike, Notice

WELCOME = "Thank you for coming"
SORRY = "This task can't be shown at the moment. Please try again later, or tell the researcher the number {}."


def open_page(
    study: Path | str = "study.toml",
    *,
    generate: Generator | None = None,
    revise: Reviser | None = None,
    scorer: Callable[..., float] | None = None,
) -> ipywidgets.DOMWidget:
    """Return the page of whoever opened the link.

    study: the study file or its folder; of a rating study the page shows images to judge, and all else that can be
    given here is for a loop. generate: the researcher's own callback `(prompt, context) → image`; it goes before the
    generator that the study file names. revise: rewrites each prompt before it is sent, unseen by the worker:
    `(prompt, context) → prompt`; it goes before the one that the study file names. scorer: measures each image,
    `(image, target) → number`, two Pillow images; it goes before the one that the study file names, and the worker sees
    it where that says show_metric = true (which needs `my_function.range = (lowest, highest)`).

    Raises:
        ImgloopError: in JupyterLab only (`ConfigurationError` above all); a worker gets a neutral sentence.
    """
    if _has_no_link():
        if is_of_ratings(study):
            return _pilot_of_ratings(study)
        return LookAlike(study, generate=generate, revise=revise, scorer=scorer)

    def page() -> ipywidgets.DOMWidget:
        if is_of_ratings(study):
            return _of_ratings(study)
        opened = OpenStudy.load(study, generate=generate, revise=revise, scorer=scorer)
        entrance = Entrance(study=opened.study, store=opened.store)
        admitted = _admitted(entrance)
        who = admitted.identity
        if who is None:
            return Notice(LOOKING)
        last = opened.last_of(who.worker_id, utc_now()) if entrance.panel else None
        left = last is not None and last.finished is not None and OUTCOME[last.finished] != "completed"
        try:
            runner = opened.enter(who, answer=admitted.answer, begins=admitted.begins and not left)
        except TurnedAway as refused:
            return _turned_away(refused, entrance, admitted)
        entrance.note(runner.session_id, admitted, utc_now())
        return LookAlike(
            runner=runner,
            leave=lambda outcome: entrance.ending(outcome, admitted),
            next_is_due=None if who.unit else lambda: opened.has_next(who.worker_id, utc_now()),
            dismissed=lambda: opened.dismissed(who.worker_id, utc_now()),
        )

    return _shown(page)


def end_page(study: Path | str, outcome: Outcome, title: str, text: str) -> ipywidgets.DOMWidget:
    """Return the last page of a worker who does not come to the task: what they read, their code, and the way back.

    study: the study file or its folder. outcome: what their panel is told. Nothing of theirs is stored here.
    """

    def page() -> ipywidgets.DOMWidget:
        opened = OpenStudy.load(study)
        entrance = Entrance(study=opened.study, store=opened.store)
        return Leaving(title, text, None if _has_no_link() else entrance.ending(outcome, _admitted(entrance)))

    return page() if _has_no_link() else _shown(page)


def _has_no_link() -> bool:
    return admitted_by(os.environ) is None and os.environ.get("QUERY_STRING") is None


def _admitted(entrance: Entrance) -> Admitted:
    return admitted_by(os.environ) or entrance.admit(os.environ["QUERY_STRING"], utc_now())


def _shown(page: Callable[[], ipywidgets.DOMWidget]) -> ipywidgets.DOMWidget:
    """Return the page, or in its place why there is none."""
    try:
        return page()
    except Refused as refused:
        return Notice(str(refused))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return Notice(SORRY.format(incidents.report("a page could not be opened", text)))


def _turned_away(refused: TurnedAway, entrance: Entrance, admitted: Admitted) -> ipywidgets.DOMWidget:
    """Return the page of a worker who does not come in: why, their code, and the way back to their panel."""
    ending = entrance.ending("failed" if refused.ours else "screened_out", admitted)
    if ending is None:
        return Notice(str(refused), title=WELCOME, code=refused.code)
    return Leaving(WELCOME, str(refused), ending, now=not refused.later)


def _of_ratings(study: Path | str) -> ipywidgets.DOMWidget:
    opened = OpenRatings.load(study)
    entrance = Entrance(study=opened.study, store=opened.store)
    admitted = _admitted(entrance)
    if admitted.identity is None:
        return Notice(LOOKING)
    try:
        rater = opened.enter(admitted.identity, begins=admitted.begins)
    except TurnedAway as refused:
        return _turned_away(refused, entrance, admitted)
    entrance.note(rater.session_id, admitted, utc_now())
    return Judge(rater=rater, leave=lambda outcome: entrance.ending(outcome, admitted))


def _pilot_of_ratings(study: Path | str) -> ipywidgets.DOMWidget:
    try:
        return Judge(study)
    except Refused as refused:  # the first study has no images yet
        return Notice(str(refused))
