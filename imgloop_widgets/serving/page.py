"""`open_page`: the one call of a worker's notebook.

Under Voilà the worker and the unit come from the link (Voilà puts it into the kernel's environment as QUERY_STRING);
in JupyterLab there is no link, and the same call is the pilot of unit 1, kept in memory. Nothing in here may show an
error's text but a `Refused`'s: everything else is logged under an incident number.
"""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import ipywidgets

from imgloop_widgets import incidents
from imgloop_widgets.errors import Refused, TurnedAway
from imgloop_widgets.generators.contract import Generator, Reviser
from imgloop_widgets.identity import identify
from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.ratings import is_of_ratings
from imgloop_widgets.widgets import Judge, LookAlike, Notice

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
    query = os.environ.get("QUERY_STRING")
    if query is None:
        if is_of_ratings(study):
            return _pilot_of_ratings(study)
        return LookAlike(study, generate=generate, revise=revise, scorer=scorer)
    try:
        who = identify(query)
        if is_of_ratings(study):
            return Judge(rater=OpenRatings.load(study).enter(who))
        opened = OpenStudy.load(study, generate=generate, revise=revise, scorer=scorer)
        return LookAlike(runner=opened.enter(who))
    except TurnedAway as refused:
        return Notice(str(refused), title=WELCOME, code=refused.code)
    except Refused as refused:
        return Notice(str(refused))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return Notice(SORRY.format(incidents.report("a page could not be opened", text)))


def _pilot_of_ratings(study: Path | str) -> ipywidgets.DOMWidget:
    try:
        return Judge(study)
    except Refused as refused:  # the first study has no images yet
        return Notice(str(refused))
