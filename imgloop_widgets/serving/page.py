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
from imgloop_widgets.errors import Refused
from imgloop_widgets.generators.contract import Generator, Reviser
from imgloop_widgets.identity import answer_in, identify
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.runner import utc_now
from imgloop_widgets.widgets import LookAlike, Notice

SORRY = "This task can't be shown at the moment. Please try again later, or tell the researcher the number {}."


def open_page(
    study: Path | str = "study.toml",
    *,
    generate: Generator | None = None,
    revise: Reviser | None = None,
    scorer: Callable[..., float] | None = None,
) -> ipywidgets.DOMWidget:
    """Return the page of whoever opened the link.

    study: the study file or its folder. generate: the researcher's own callback `(prompt, context) → image`; it goes
    before the generator that the study file names. revise: rewrites each prompt before it is sent, unseen by the
    worker: `(prompt, context) → prompt`; it goes before the one that the study file names. scorer: measures each image,
    `(image, target) → number`, two Pillow images; it goes before the one that the study file names, and the worker sees
    it where that says show_metric = true (which needs `my_function.range = (lowest, highest)`).

    Raises:
        ImgloopError: in JupyterLab only (`ConfigurationError` above all); a worker gets a neutral sentence.
    """
    query = os.environ.get("QUERY_STRING")
    if query is None:
        return LookAlike(study, generate=generate, revise=revise, scorer=scorer)
    try:
        who = identify(query)
        opened = OpenStudy.load(study, generate=generate, revise=revise, scorer=scorer)
        runner = opened.enter(who, answer=answer_in(query, opened.study.assignment.stratify_by))
        if who.unit is not None:
            return LookAlike(runner=runner)
        return LookAlike(runner=runner, next_is_due=lambda: opened.has_next(who.worker_id, utc_now()))
    except Refused as refused:
        return Notice(str(refused))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return Notice(SORRY.format(incidents.report("a page could not be opened", text)))
